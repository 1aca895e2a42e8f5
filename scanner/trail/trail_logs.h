/*
 * trail_logs.h - one pass over logs: files, folders and what was gathered, on all cores.
 *
 * What a log holds is log_reader.h's. It follows nothing: records go to follow.h.
 *
 * Threads: called by one; it runs a pool of its own.
 */
#ifndef TRAIL_TRAIL_LOGS_H
#define TRAIL_TRAIL_LOGS_H

#include "base/outcome.h"
#include "trail/follow.h"
#include "trail/gather.h"

struct trail_logs {
    const char *const *targets; /* files and folders: target_count of them, as typed */
    size_t target_count;
    const struct spool *spool; /* what else there is */
    unsigned jobs;
    unsigned archive_depth;
    bool progress;  /* show how far each pass is, on stderr */
    uint64_t steps; /* what there is to do in one (progress.h): trail_logs_count()'s */
};

/* What a pass read. */
struct trail_receipt {
    struct outcome outcome; /* files, bytes (expanded), archives, troubles: sorted */
    uint64_t records;       /* of CloudTrail, give or take */
    uint64_t unknown_versions;
    uint64_t insights, digests;
    uint64_t other_files; /* without any record */
    uint64_t broken;      /* records that are no JSON, lines and files that were cut off */
    uint64_t unknown;     /* texts that speak of records, in a form that is not known */
    uint64_t too_long;
};

/* Count what a pass will read, where progress is wanted: folders are walked for that. STATUS_OK or
 * STATUS_NOMEM. */
enum status trail_logs_count(struct trail_logs *logs);

/*
 * Read all of `logs` once for what `follow` begins a pass with, and tell it. On success the caller
 * releases `out`. Returns STATUS_OK or a failure with its text.
 */
enum status trail_logs_read(struct trail_receipt *out, const struct trail_logs *logs,
                            struct follow *follow);

/* Count what was gathered for the passes too, once. `gathered` has no outcome after that. */
void trail_receipt_add(struct trail_receipt *receipt, struct gathered *gathered);

void trail_receipt_release(struct trail_receipt *receipt);

#endif
