/*
 * pushed.h - what a push brings, as git tells its hooks on stdin.
 *
 * May include: base, git/history.h. Threads: one owner at a time.
 */
#ifndef SCAN_PUSHED_H
#define SCAN_PUSHED_H

#include <stdio.h>

#include "base/arena.h"
#include "base/status.h"
#include "git/history.h"

/* {0} is a valid empty one. */
struct pushed {
    struct arena arena;
    const char **revisions; /* range.revisions; cap of them */
    size_t cap;
    struct history_range range; /* what is pushed, without what the other side has */
    size_t updates, deletions;  /* lines that bring something; that only remove a ref */
    bool receives;              /* "OLD NEW REF", on the side that receives; else pre-push */
};

/*
 * Read lines "OLD NEW REF" (pre-receive, update) or "LOCAL-REF LOCAL REMOTE-REF REMOTE" (pre-push)
 * to the end of `in`; where there is none, what the pre-commit framework's variables
 * (PRE_COMMIT_FROM_REF and so on) say. `remote` is the remote that is pushed to, which must outlive
 * `pushed`: of a push to it only its own refs tell what is there; NULL: the framework's variable,
 * else all remotes' refs. On success to be released. STATUS_INVALID with a text that
 * shows a line which is neither; STATUS_IO; STATUS_NOMEM.
 */
enum status pushed_read(struct pushed *pushed, FILE *in, const char *remote);

void pushed_release(struct pushed *pushed);

#endif
