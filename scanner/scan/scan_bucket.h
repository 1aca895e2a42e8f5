/*
 * scan_bucket.h - buckets of S3 as targets: every object through the pipeline, without a file.
 *
 * One thread lists and asks for objects, as many at once as limits.h allows and whatever the number
 * of workers; the workers scan what has come. libcurl and its thread are started when the first
 * bucket is scanned, and not before.
 *
 * Threads: everything here is called by the thread that owns the scan.
 */
#ifndef SCAN_SCAN_BUCKET_H
#define SCAN_SCAN_BUCKET_H

#include "aws/endpoint.h"
#include "base/glob.h"
#include "scan/progress.h"
#include "scan/shared_file.h"

/* What is asked for; texts are borrowed and may be NULL. */
struct scan_bucket_options {
    const char *profile, *region, *endpoint_url;
    enum addressing addressing;
    bool no_sign_request, requester_pays;
    bool versions;                     /* every version of each object */
    const struct glob_filter *filters; /* filter_count of them; in the order typed */
    size_t filter_count;
    uint64_t max_object_size; /* bytes; UINT64_MAX: no maximum */
    unsigned archive_depth;
    const char *resume;     /* a file to go on from; NULL: none */
    const char *rules_file; /* what the resumed scan must have had the same; NULL: none */
    bool ignore_marks;      /* likewise */
    bool show_secrets;      /* secrets will be needed whole */
    bool allow_empty;       /* a listing without objects is no trouble */
};

struct scan_buckets;

/* Does `target` name a bucket ("s3://...")? */
bool scan_bucket_is_target(const char *target);

/* No bucket yet. `options` are copied; `set` must outlive it. On success `*out` is the caller's.
 * STATUS_OK or STATUS_NOMEM. */
enum status scan_buckets_new(struct scan_buckets **out, const struct scan_bucket_options *options,
                             const struct ruleset *set);

/*
 * Add one, which is borrowed. Reads the AWS CLI's files and the file to go on from the first time;
 * sends nothing. STATUS_OK; STATUS_INVALID for a name, profile or endpoint that is none;
 * STATUS_IO, STATUS_LIMIT, STATUS_NOMEM.
 */
enum status scan_buckets_add(struct scan_buckets *buckets, const char *target);

/*
 * Scan all of them, with a reader for each of the pool's workers, into the readers' outcomes and
 * `outcome`. What cannot be listed or read is a trouble there. STATUS_OK where no bucket was added;
 * else STATUS_OK, STATUS_NOMEM or STATUS_UNSUPPORTED.
 */
enum status scan_buckets_run(struct scan_buckets *buckets, struct pool *pool,
                             struct reader *readers, struct outcome *outcome,
                             struct progress *progress);

/* NULL is allowed. */
void scan_buckets_free(struct scan_buckets *buckets);

#endif
