/*
 * help_text.h - what help and the manual page say beside the table of options.
 *
 * Threads: constant data.
 */
#ifndef COMMAND_HELP_TEXT_H
#define COMMAND_HELP_TEXT_H

struct help_row {
    const char *name, *text;
};

extern const char help_description[]; /* one paragraph */
/* Each ends with a row whose name is NULL. */
extern const struct help_row help_statuses[];
extern const struct help_row help_environment[];
extern const struct help_row help_files[];
extern const struct help_row help_examples[]; /* the command line, and what it is for */

#endif
