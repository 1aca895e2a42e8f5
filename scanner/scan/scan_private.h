/*
 * scan_private.h - one scan, for the files that make it up: scan.c (the run), scan_targets.c and
 * scan_streams.c (what was named), scan_files.c (what the walk finds).
 *
 * Threads: arrays of one a worker are each worker's own; the rest is constant while the pool runs.
 */
#ifndef SCAN_SCAN_PRIVATE_H
#define SCAN_SCAN_PRIVATE_H

#include <sys/stat.h>

#include "base/arena.h"
#include "base/pool.h"
#include "base/progress.h"
#include "git/ignore.h"
#include "scan/scan.h"
#include "scan/scan_archive.h"
#include "scan/scan_document.h"
#include "scan/scan_history.h"
#include "scan/siblings.h"
#include "source/mirror.h"
#include "source/tree.h"

struct scan {
    struct scan_request request;
    struct ruleset *set;
    struct databases databases;
    struct pool *pool;
    struct outcome *outcomes; /* one a worker; merged into `outcome` at the end */
    struct outcome_pot pot;   /* of `outcomes` */
    struct reader *readers;   /* one a worker */
    struct ignore **ignores;  /* one a worker, or NULL */
    struct scope *scope;      /* NULL: nothing is out of sight */
    struct buf *scratch;      /* one a worker, for scope_hides() */
    struct mirrors *mirrors;  /* NULL: none */
    struct buf *keys;         /* one a worker: of the mirrored object that it reads */
    struct progress *progress;
    struct tree *tree;
    struct scan_history *history;
    struct siblings *siblings;
    struct scan_buckets *buckets; /* NULL: a target s3://... is a file like any other */
    struct outcome outcome;
    struct arena arena;   /* the paths of --files-from; mirrored objects with findings */
    const char **targets; /* target_count of them */
    size_t target_count;
    struct stat *streams; /* streams that were named: stream_count of them */
    size_t stream_count;
    struct staged_without without;
    struct archive_memory archive_memory;
};

/* --- scan_targets.c --- */

/*
 * Queue all that the request names, before the pool runs. STATUS_OK, also where a path cannot be
 * read, which is a trouble then; else, with a text, what keeps the scan from starting.
 */
enum status scan_add_targets(struct scan *scan);

/* --- scan_streams.c --- */

/*
 * Queue `target` where it is a stream: "-", a pipe (as <(command) names one), or stdin by a name
 * such as /dev/stdin. STATUS_OK; STATUS_ABSENT: it is none; STATUS_NOMEM. Below a folder pipes are
 * left alone, and so they are in a list of files: nobody there has said that somebody writes into
 * them.
 */
enum status scan_add_if_stream(struct scan *scan, const char *target);

/* --- scan_files.c --- */

/* What the walk calls, with the scan as its ctx. */
struct tree_callbacks scan_callbacks(struct scan *scan);

/* How archives are scanned by this worker. */
struct archive_scan scan_archives(struct scan *scan, unsigned worker);

/* Is what lies in `fd` from `at` on something special, by its first bytes? Then `*special` says
 * what. */
bool scan_sniff(int fd, off_t at, struct special *special);

#endif
