/*
 * covered.h - what of a repository an earlier scan looked at, as lines of text.
 *
 * "tip ID" is what a ref, HEAD, a reflog or the index named: all that it reaches is covered.
 * "pack SUM" is a pack by the checksum at its end, "loose ID" an object outside of packs: covered
 * too, whether reached or not, where all objects were looked at. "shallow ID" is a commit at which
 * a clone was cut off: where that is undone, what the tips reach is more than it was, and nothing
 * counts as covered.
 *
 * May include: base, git/history.h. Threads: constant after the last covered_take().
 */
#ifndef GIT_COVERED_H
#define GIT_COVERED_H

#include "base/arena.h"
#include "git/history.h"
#include "git/store/id.h"

/* {0} is a valid empty one. */
struct covered {
    struct arena arena;
    const char **revisions; /* since.revisions; cap of them */
    size_t cap;
    struct history_range since; /* what the tips did not reach */
    struct id_map packs, loose, shallow;
};

/* Take a line. STATUS_OK; STATUS_INVALID (no text) where it is none of these; STATUS_NOMEM. */
enum status covered_take(struct covered *covered, struct slice line);

void covered_release(struct covered *covered);

#endif
