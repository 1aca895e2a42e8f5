/*
 * trail_logs.h - one pass over logs: files, folders and archives, record by record, on all cores.
 *
 * Only what a picker picks is taken apart and parsed. It follows nothing: records go to follow.h.
 *
 * Threads: called by one; it runs a pool of its own.
 */
#ifndef TRAIL_TRAIL_LOGS_H
#define TRAIL_TRAIL_LOGS_H

#include "base/outcome.h"
#include "trail/follow.h"

struct trail_logs {
    const char *const *targets; /* target_count of them, as typed */
    size_t target_count;
    unsigned jobs;
    unsigned archive_depth;
};

/* What a pass read. */
struct trail_receipt {
    struct outcome outcome; /* files, bytes (expanded), archives, troubles: sorted */
    uint64_t records;       /* of CloudTrail, give or take */
    uint64_t unknown_versions;
    uint64_t insights, digests;
    uint64_t other_files; /* without any record */
    uint64_t parsed;      /* records that were picked */
    uint64_t broken;      /* of them, and lines cut off: no JSON */
    uint64_t too_long;
};

/*
 * Read all of `logs` once for what `follow` begins a pass with, and tell it. On success the caller
 * releases `out`. Returns STATUS_OK or a failure with its text.
 */
enum status trail_logs_read(struct trail_receipt *out, const struct trail_logs *logs,
                            struct follow *follow);
void trail_receipt_release(struct trail_receipt *receipt);

#endif
