/*
 * holders.h - which trees hold an object, directly or in a folder, and by which names.
 *
 * May include: base. Threads: called by the thread that owns the pool, which must not be running.
 */
#ifndef GIT_HOLDERS_H
#define GIT_HOLDERS_H

#include "git/graph/graph.h"
#include "git/graph/paths.h"

/* An entry of `tree`: it holds `child` under `name` (of the paths given). Numbers of objects. */
struct holding {
    uint32_t tree, child, name;
};

/* {0} is a valid empty one. */
struct holders {
    struct holding *list; /* count of them, by tree, and in a tree as they stand there */
    size_t count;
};

/*
 * Find every entry, in whatever tree, that is one of the `n` objects `wanted` or a tree that leads
 * to one. Trees are read twice at most, however many objects are asked for and however deep they
 * lie; what cannot be read holds nothing. On success to be released. STATUS_OK or STATUS_NOMEM.
 */
enum status holders_find(struct holders *out, const struct graph *graph, const uint32_t *wanted,
                         size_t n, struct paths *paths, struct pool *pool);

void holders_release(struct holders *holders);

#endif
