/*
 * scan_bucket.h - buckets of S3 as targets: every object through the pipeline, without a file.
 *
 * How objects come is aws/fetch.h's; here is what a scan makes of them, and what it need not read
 * again.
 *
 * Threads: everything here is called by the thread that owns the scan.
 */
#ifndef SCAN_SCAN_BUCKET_H
#define SCAN_SCAN_BUCKET_H

#include "aws/fetch.h"
#include "base/progress.h"
#include "scan/shared_file.h"

/* What is asked for; texts are borrowed and may be NULL. */
struct scan_bucket_options {
    struct fetch_options fetch;
    unsigned archive_depth;
    const char *resume;     /* a file to go on from; NULL: none */
    const char *rules_file; /* what the resumed scan must have had the same; NULL: none */
    bool ignore_marks;      /* likewise */
    bool whole_secrets;     /* secrets will be needed whole: to be shown, or to be verified */
};

struct scan_buckets;

/* No bucket yet. `options` are copied; `set` must outlive it. On success `*out` is the caller's.
 * STATUS_OK or STATUS_NOMEM. */
enum status scan_buckets_new(struct scan_buckets **out, const struct scan_bucket_options *options,
                             const struct ruleset *set);

/* Add one, as fetch_add(); reads the file to go on from the first time. */
enum status scan_buckets_add(struct scan_buckets *buckets, const char *target);

/*
 * Scan all of them, with a reader for each of the pool's workers, into the readers' outcomes and
 * `outcome`. What cannot be listed or read is a trouble there. STATUS_OK where no bucket was added;
 * else as fetch_run().
 */
enum status scan_buckets_run(struct scan_buckets *buckets, struct pool *pool,
                             struct reader *readers, struct outcome *outcome,
                             struct progress *progress);

/* NULL is allowed. */
void scan_buckets_free(struct scan_buckets *buckets);

#endif
