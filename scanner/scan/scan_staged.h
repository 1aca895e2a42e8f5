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
    uint64_t max_bytes;     /* of a file; a larger one is SKIP_TOO_LARGE. UINT64_MAX: no maximum */
    unsigned archive_depth; /* archives inside of one another that are opened; 0: none */
};

/* Changes that bring in no content. */
struct staged_without {
    size_t removed;    /* files that are only removed */
    size_t submodules; /* that have another commit */
};

/*
 * Match the staged files that differ from HEAD. Findings, troubles and coverage go into `outcome`;
 * `without` counts what is staged besides. `readers` holds one for each worker. What stands in
 * HEAD, or where a merge is under way in what is merged in, is nothing new. Errors as
 * staged_open().
 */
enum status scan_staged(const struct scan_staged_options *options, struct pool *pool,
                        struct reader *readers, struct outcome *outcome,
                        struct staged_without *without);

#endif
