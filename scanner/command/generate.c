/*
 * generate.c - the commands `help` and `generate`: texts out of the table of options.
 */
#include <stdio.h>

#include "command/command.h"
#include "command/help.h"
#include "command/option_value.h"
#include "command/say.h"

int command_help(const struct options *options)
{
    help_print(stdout, options->help_topic, options->help_long);
    return EXIT_CLEAN;
}

int command_generate(const struct options *options)
{
    static void (*const print[])(FILE *) = {
        [GENERATE_MAN] = help_print_manual,
        [GENERATE_BASH] = help_print_bash,
        [GENERATE_ZSH] = help_print_zsh,
        [GENERATE_FISH] = help_print_fish,
    };
    unsigned kind;

    if (option_word(command_rows[COMMAND_GENERATE].words, options->arguments[0], &kind))
        return complain();
    print[kind](stdout);
    return EXIT_CLEAN;
}
