/*
 * since_last.h - the file of --since-last: what an earlier scan of a repository's history covered.
 *
 * It holds the ids that refs, HEAD, reflogs and the index named then, and a hash of the rules.
 * Under other rules, or another version of the program, nothing counts as covered.
 *
 * May include: base, git/history.h, detect/database.h. Threads: one owner at a time.
 */
#ifndef SINCE_LAST_H
#define SINCE_LAST_H

#include "base/arena.h"
#include "base/buf.h"
#include "git/history.h"

/* {0} is a valid empty one. */
struct since_last {
    const char *path;
    char rules[65]; /* hash of the rules in hex */
    struct arena arena;
    const char **revisions; /* range.revisions; cap of them */
    size_t cap;
    struct history_range range; /* what is new since then */
    bool known;                 /* the file was there, and `range` counts */
    struct buf tips;            /* for scan_history_options.tips: what is covered now */
};

/*
 * Read `path`, where it is there, for a scan under the built-in rules and those of `rules_file`
 * (NULL: none). On success to be released; `path` is borrowed. STATUS_OK; STATUS_INVALID for a file
 * that is none of ours, STATUS_IO, STATUS_LIMIT, each with a text that names the file;
 * STATUS_NOMEM.
 */
enum status since_last_read(struct since_last *since, const char *path, const char *rules_file);

/* Write what is covered now, in place of the old file. STATUS_OK, or STATUS_IO or STATUS_NOMEM. */
enum status since_last_write(struct since_last *since);

void since_last_release(struct since_last *since);

#endif
