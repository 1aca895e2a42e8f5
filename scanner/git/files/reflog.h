/*
 * reflog.h - what refs named before, and what a branch follows.
 *
 * May include: base. Threads: constant after reflog_read().
 */
#ifndef GIT_REFLOG_H
#define GIT_REFLOG_H

#include "base/buf.h"
#include "git/files/layout.h"
#include "git/store/id.h"

struct reflog_line {
    struct object_id before, after;
    int64_t date;         /* seconds since 1970; 0 where it cannot be read */
    struct slice message; /* borrowed from the reflog */
};

/* {0} is a valid empty one. */
struct reflog {
    struct buf text;
    struct reflog_line *lines; /* count of them, the oldest first */
    size_t count;
};

/*
 * Read the reflog of `ref` ("HEAD", "refs/heads/main"). On success to be released. STATUS_OK;
 * STATUS_ABSENT where there is none; STATUS_IO or STATUS_LIMIT with a text; STATUS_NOMEM.
 */
enum status reflog_read(struct reflog *log, const struct layout *layout, const char *ref);

void reflog_release(struct reflog *log);

/*
 * Put the full name of the branch that HEAD names into `name`. STATUS_ABSENT where it names none,
 * else as reflog_read().
 */
enum status reflog_branch(struct buf *name, const struct layout *layout);

/*
 * Put the full name of the ref that the branch of that full name follows into `name`, as its
 * settings and git's usual places for remotes' branches say. STATUS_ABSENT where it follows none,
 * else as reflog_read().
 */
enum status reflog_upstream(struct buf *name, const struct layout *layout, const char *branch);

#endif
