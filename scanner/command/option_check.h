/*
 * option_check.h - do the words of a command line go together?
 *
 * An option that would do nothing is a mistake: who typed it believes that it did something.
 *
 * May include: options.h. Threads: pure.
 */
#ifndef COMMAND_OPTION_CHECK_H
#define COMMAND_OPTION_CHECK_H

#include "command/options.h"

/*
 * Check what was typed, before settings of files and of the environment join it: those are for many
 * scans, and need not count in each. STATUS_OK, or STATUS_INVALID with a text that names the
 * option.
 */
enum status option_check(const struct options *options);

#endif
