/*
 * say.h - what a command tells the person who runs it, on stderr, and whether their terminal wants
 * colours and progress.
 *
 * May include: base, report's printable. Threads: the main thread.
 */
#ifndef COMMAND_SAY_H
#define COMMAND_SAY_H

#include "command/options.h"

/* The exit statuses that no option changes. */
enum { EXIT_CLEAN = 0, EXIT_FOUND = 1, EXIT_TROUBLE = 2 };

/*
 * Print "leaktrawl: " and the text, in printf's form, as one line of at most 2 KiB. Control
 * characters in it are escaped: names and words of the command line may hold anything.
 */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Say err_text(). Returns EXIT_TROUBLE. */
int complain(void);

/*
 * Are colours wanted in what is written to `fd`? `when` (--color) over NO_COLOR over CLICOLOR_FORCE
 * and FORCE_COLOR over CLICOLOR with a terminal.
 */
bool wants_colour(enum when when, int fd);

/* Is a line of progress wanted on stderr? `when` is --progress; by itself on a terminal only. */
bool wants_progress(enum when when);

#endif
