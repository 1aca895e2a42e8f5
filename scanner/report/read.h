/*
 * read.h - a JSON Lines report, as jsonl_write() makes it, back into an outcome.
 *
 * What a report says is not trusted: lines and counts are bounded, every field that is used has its
 * kind checked, fields that are not known are passed over, and a line of a kind that is not known,
 * or a later version of the form, is refused. Whether a secret is whole is proved by its
 * fingerprint; what is not is marked as redacted, and the fingerprint kept.
 *
 * May include: base. Library: cJSON. Threads: one owner at a time.
 */
#ifndef REPORT_READ_H
#define REPORT_READ_H

#include <stdio.h>

#include "base/outcome.h"

/* Names in the pool's arena, each once and sorted once report_names_sort() has been called. */
struct report_names {
    const char **names; /* count of them */
    size_t count, cap;
};

/* What findings that were read point to: targets and rules. {0} is a valid empty one. */
struct report_pool {
    struct arena arena;
    const struct rule *const *known; /* rules whose description is known: known_count of them */
    size_t known_count;
    void *targets, *rules;                   /* search(3) trees of those met so far */
    struct report_names baselines, settings; /* the files that the reports' scans obeyed */
};

void report_pool_release(struct report_pool *pool);

/*
 * Read the report `name` from `in` to its end and add it to `outcome`, whose `every_lone` is set,
 * and whose findings then borrow from `pool`. A report without its summary was cut short, and one
 * that says it is not complete may not give a reason: both become troubles. Returns STATUS_OK, or
 * with a text that names file and line: STATUS_INVALID (no report), STATUS_UNSUPPORTED (a version
 * or kind of line that is not known), STATUS_LIMIT (a line too long), STATUS_IO, STATUS_NOMEM;
 * `outcome` then holds what was read until there.
 */
enum status report_read(struct report_pool *pool, struct outcome *outcome, const char *name,
                        FILE *in);

/* Sort, and leave one of each. */
void report_names_sort(struct report_names *names);

#endif
