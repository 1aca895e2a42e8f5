/*
 * scan_history.h - the objects of the repositories that a scan came upon, through the pipeline.
 *
 * Every object is matched once. What is found is then attributed, made one finding per credential,
 * and laid beside what the work trees hold: a credential that stands in a repository's files is
 * reported there, with its history, and not a second time.
 *
 * Threads: scan_history_add() from any worker; the rest from the thread that owns the scan.
 */
#ifndef SCAN_SCAN_HISTORY_H
#define SCAN_SCAN_HISTORY_H

#include "base/buf.h"
#include "base/progress.h"
#include "git/history.h"
#include "scan/shared_file.h"

struct scan_history;

struct scan_history_options {
    bool all_objects;                  /* also what no ref reaches */
    const struct history_range *range; /* of the only repository; NULL: everything */
    bool hook;                         /* obey the variables that git sets for hooks */
    const struct covered *covered;     /* by an earlier scan of it; NULL: nothing */
    struct buf *note;                  /* gets what this scan covers, by history_note(); or NULL */
    uint64_t max_blob_size;            /* bytes; UINT64_MAX: the limit of limits.h */
    const struct ruleset *set;         /* what the lanes look for */
    bool no_delta_skip;                /* match every object whole */
    bool all_occurrences;              /* a finding for each object that holds a credential */
    bool decode_only;                  /* match nothing: for benchmarks */
    unsigned archive_depth;            /* archives inside of one another that are opened; 0: none */
};

/* On success `*out` is the caller's. STATUS_OK or STATUS_NOMEM. */
enum status scan_history_new(struct scan_history **out, const struct scan_history_options *options);

/*
 * Note the repository, bundle or pack at `path` (copied), shown so in reports, for
 * scan_history_run(). `target` is borrowed. A `bundle` (or pack) may have deltas of what other ones
 * of its folder hold, and is read with their help. A lack of memory is a trouble in `outcome`.
 */
void scan_history_add(struct scan_history *history, struct outcome *outcome, const char *target,
                      const char *path, bool bundle);

/*
 * Read every repository noted, each once by whatever paths it was come upon, in the order of their
 * paths. Findings, troubles and coverage go into `outcome`, which holds what the files gave. A
 * repository that cannot be opened is a trouble. `readers` holds one for each worker of `pool`.
 * STATUS_OK or STATUS_NOMEM.
 */
enum status scan_history_run(struct scan_history *history, struct pool *pool,
                             struct reader *readers, struct outcome *outcome,
                             struct progress *progress);

/* NULL is allowed. */
void scan_history_free(struct scan_history *history);

#endif
