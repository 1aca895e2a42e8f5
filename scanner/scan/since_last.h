/*
 * since_last.h - the file of --since-last: what an earlier scan of a repository's history covered.
 *
 * It holds what git/covered.h says of the repository, and a hash of all that decides what is found:
 * the rules, the options that leave something out, the version of the program. Where that is
 * another one, nothing counts as covered.
 *
 * May include: base, git/covered.h, scan_settings.h. Threads: one owner at a time.
 */
#ifndef SCAN_SINCE_LAST_H
#define SCAN_SINCE_LAST_H

#include "base/buf.h"
#include "git/covered.h"
#include "scan/scan_settings.h"

/* {0} is a valid empty one. */
struct since_last {
    const char *path;
    char rules[65];         /* that hash, in hex */
    struct covered covered; /* by the earlier scan */
    bool known;             /* the file was there, and what it says counts */
    struct buf note;        /* for scan_history_options.note: what is covered now */
};

/*
 * Read `path`, where it is there, for a scan under the built-in rules and these settings. On
 * success to be released; `path` is borrowed. STATUS_OK; STATUS_INVALID for a file that is none of
 * ours, STATUS_IO, STATUS_LIMIT, each with a text that names the file; STATUS_NOMEM.
 */
enum status since_last_read(struct since_last *since, const char *path,
                            const struct scan_settings *settings);

/* Write what is covered now, in place of the old file. STATUS_OK, or STATUS_IO or STATUS_NOMEM. */
enum status since_last_write(struct since_last *since);

void since_last_release(struct since_last *since);

#endif
