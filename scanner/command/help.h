/*
 * help.h - the help texts, the manual page and the completions, all from the table of options.
 *
 * May include: option_table.h. Threads: the main thread.
 */
#ifndef COMMAND_HELP_H
#define COMMAND_HELP_H

#include <stdbool.h>
#include <stdio.h>

/*
 * Print how to use the program, or `command`: its name, or the first word of several; NULL for all.
 * One line an option, or with `whole` all that there is to say.
 */
void help_print(FILE *out, const char *command, bool whole);

/* Print the manual page leaktrawl(1), in the macros of man(7). */
void help_print_manual(FILE *out);

/* Print the completions for bash, zsh or fish. */
void help_print_bash(FILE *out);
void help_print_zsh(FILE *out);
void help_print_fish(FILE *out);

#endif
