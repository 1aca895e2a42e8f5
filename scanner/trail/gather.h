/*
 * gather.h - logs that the passes cannot read where they lie, brought here once: buckets, stdin,
 * pipes.
 *
 * Every object is downloaded once, whatever the number of passes, and kept as it lies in a spool.
 * Digest files of CloudTrail hold no records: they are counted by their names and stay where they
 * are. It reads no log.
 *
 * May include: base, aws. Threads: called by one; it runs a pool of its own.
 */
#ifndef TRAIL_GATHER_H
#define TRAIL_GATHER_H

#include "aws/fetch.h"
#include "trail/spool.h"

struct gather_options {
    struct fetch_options fetch;
    const char *const *targets; /* those of gather_is_target(), target_count of them; borrowed */
    size_t target_count;
    unsigned jobs;
    bool progress; /* show on stderr how much has come */
};

/* What came; spool's {0} where no target needs it. */
struct gathered {
    struct spool spool;
    struct outcome outcome; /* objects, what was passed over, troubles */
    uint64_t digests;       /* that were left where they are */
};

/* Is `target` one that is gathered, and not read where it lies: s3://..., "-", a pipe? */
bool gather_is_target(const char *target);

/*
 * Bring all targets here. What cannot be had is told in the outcome, and the rest is kept.
 * On success the caller releases `out`. STATUS_OK; STATUS_INVALID and the like from fetch_add();
 * STATUS_IO where there can be no temporary file; STATUS_NOMEM, STATUS_UNSUPPORTED.
 */
enum status gather(struct gathered *out, const struct gather_options *options);

void gathered_release(struct gathered *gathered);

#endif
