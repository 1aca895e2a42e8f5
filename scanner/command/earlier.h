/*
 * earlier.h - earlier reports, read back into one outcome.
 *
 * May include: base, report, detect's rules for their descriptions. Threads: the main thread.
 */
#ifndef COMMAND_EARLIER_H
#define COMMAND_EARLIER_H

#include "base/outcome.h"
#include "report/read.h"

struct ruleset;

struct earlier {
    struct outcome outcome; /* its findings borrow from the two below */
    struct report_pool pool;
    struct ruleset *set;
};

/*
 * Read the `n` JSON Lines reports `paths` ("-" is stdin), join what they say of the same thing, and
 * sort. To be released, whatever comes back: STATUS_OK, or what report_read() returns.
 */
enum status earlier_read(struct earlier *out, const char *const *paths, size_t n);

void earlier_release(struct earlier *earlier);

#endif
