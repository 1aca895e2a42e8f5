/*
 * results.h - what the commands that end in a report do with it.
 *
 * May include: base, report, output.h. Threads: the main thread.
 */
#ifndef COMMAND_RESULTS_H
#define COMMAND_RESULTS_H

#include "command/options.h"
#include "command/output.h"

/* Seconds since 1970, or what SOURCE_DATE_EPOCH sets, for reports that are compared. */
time_t results_now(void);

/*
 * Write `outcome` (sorted) to `output` and commit it, by the options as typed; `report` holds what
 * they do not say: targets and quiet. Troubles go to stderr where the format does not hold them.
 * What fails has been said; the status is for the caller to give up.
 */
enum status results_write(const struct options *options, const struct outcome *outcome,
                          struct report_options *report, struct output *output);

/* The exit status: --exit-code where there is what --fail-on names, else by completeness, and for
 * --fail-on live by whether it is known of every key. */
int results_status(const struct options *options, const struct outcome *outcome);

#endif
