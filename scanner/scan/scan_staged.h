/*
 * scan_staged.h - what is staged for a commit, through the pipeline.
 *
 * Compared with HEAD by credential, not by line: a credential is reported where a change makes one
 * of what stood there, and is not where it only moved.
 *
 * Threads: called by the thread that owns the pool, which must not be running.
 */
#ifndef SCAN_SCAN_STAGED_H
#define SCAN_SCAN_STAGED_H

#include "scan/scope.h"
#include "scan/shared_file.h"

struct scan_staged_options {
    const char *path;          /* the repository, or a folder in it; NULL: where the hook runs */
    const char *target;        /* as reports show it; must outlive the outcome */
    const struct scope *scope; /* hidden files are SKIP_EXCLUDED; NULL: none are */
    uint64_t max_bytes; /* of a file; a larger one is SKIP_TOO_LARGE. UINT64_MAX: no maximum */
};

/*
 * Match the staged files that differ from HEAD. Findings, troubles and coverage go into `outcome`;
 * `removed` is the number of files that are only removed. `readers` holds one for each worker.
 * Errors as staged_open().
 */
enum status scan_staged(const struct scan_staged_options *options, struct pool *pool,
                        struct reader *readers, struct outcome *outcome, size_t *removed);

#endif
