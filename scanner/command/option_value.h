/*
 * option_value.h - one value of one option, whether it was typed, in the environment or in a file.
 *
 * May include: base, option_table.h. Threads: the main thread.
 */
#ifndef COMMAND_OPTION_VALUE_H
#define COMMAND_OPTION_VALUE_H

#include "command/option_table.h"

/* Nothing was given. */
void option_defaults(struct options *options);

/*
 * Give `row`'s option the value `text` (borrowed); what may stand more than once gets it besides.
 * KIND_ON takes true, 1, false and 0. STATUS_OK; STATUS_INVALID with a text that does not name the
 * option; STATUS_NOMEM.
 */
enum status option_set(struct options *options, const struct option_row *row, const char *text);

/*
 * Which of `words`, which end with NULL, `text` is. STATUS_OK, or STATUS_INVALID with a text that
 * names them all and the nearest.
 */
enum status option_word(const char *const *words, const char *text, unsigned *out);

/* Take RULE=SEVERITY apart; `*rule` borrows. False: it is none. */
bool option_level(const char *text, struct slice *rule, enum severity *severity);

#endif
