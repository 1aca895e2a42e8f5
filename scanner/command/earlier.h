/*
 * earlier.h - earlier reports, read back into one outcome.
 *
 * May include: base, report, detect's rules for their descriptions. Threads: the main thread.
 */
#ifndef COMMAND_EARLIER_H
#define COMMAND_EARLIER_H

#include "base/buf.h"
#include "base/outcome.h"
#include "report/read.h"
#include "report/report.h"

struct ruleset;

struct earlier {
    struct outcome outcome; /* its findings borrow from the two below */
    struct report_pool pool;
    struct ruleset *set;
    struct buf baselines; /* the names of those that the scans obeyed, with commas between */
};

/*
 * Read the `n` JSON Lines reports `paths` ("-" is stdin), join what they say of the same thing, and
 * sort. To be released, whatever comes back: STATUS_OK, or what report_read() returns.
 */
enum status earlier_read(struct earlier *out, const char *const *paths, size_t n);

/* Let `report` name the baselines and configuration files that the reports' scans obeyed. */
void earlier_describe(const struct earlier *earlier, struct report_options *report);

void earlier_release(struct earlier *earlier);

#endif
