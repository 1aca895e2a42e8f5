/*
 * graph.h - all commits of a repository in memory: parents, trees, reachability and age.
 *
 * Every commit object that can be read is in it, whether a ref reaches it or not.
 *
 * May include: base. Threads: one owner at a time.
 */
#ifndef GIT_GRAPH_H
#define GIT_GRAPH_H

#include "git/files/refs.h"
#include "git/store/reader.h"

#define NO_COMMIT UINT32_MAX
#define NO_NUMBER UINT32_MAX

enum {
    COMMIT_REACHED = 1,    /* from a ref, HEAD, a reflog or the like */
    COMMIT_REMOTE = 2,     /* from a ref below refs/remotes/ */
    COMMIT_HEAD = 4,       /* from HEAD */
    COMMIT_INCOMPLETE = 8, /* its tree or a parent is not there */
    COMMIT_WANTED = 16,    /* from what a range begins with */
    COMMIT_UNWANTED = 32,  /* from what a range leaves out */
    COMMIT_LEFT = 64,      /* from A of A...B, … */
    COMMIT_RIGHT = 128,    /* … and from B */
    COMMIT_SELECTED = 256, /* in the range */
};

struct commit {
    uint32_t number;                /* of the object */
    uint32_t tree;                  /* number of its tree, or NO_NUMBER */
    uint32_t parents, parent_count; /* a range of graph.parents */
    uint32_t rank;                  /* set by graph_rank(): oldest first, parents before children */
    uint32_t flags;
    int64_t date; /* the committer's, seconds since 1970 */
};

struct graph {
    const struct objects *objects;
    struct commit *commits;
    uint32_t count;
    uint32_t *parents; /* indexes of commits; those that are not there are left out */
    size_t parent_count;
    uint32_t *commit_of; /* by object number: index of the commit, or NO_COMMIT */
    uint8_t *types;      /* by object number: enum object_type, also of loose objects */
    uint32_t *by_rank;   /* set by graph_rank() */
};

/* Read all commits, on all workers of `pool` (NULL: alone). On success to be released; on failure
 * (STATUS_NOMEM) nothing is held. Objects that cannot be read are left out; their type stays
 * unknown. */
enum status graph_load(struct graph *graph, const struct objects *objects, struct pool *pool);

/* The object that `id` names once tags are peeled; NO_NUMBER where that is not there. Tags on the
 * way are told to `tag` (which may be NULL). */
typedef void graph_tag_fn(void *ctx, uint32_t number);
enum status graph_peel(const struct graph *graph, struct reader *reader, const struct object_id *id,
                       uint32_t *number, graph_tag_fn *tag, void *ctx);

/* Give `flags` to commit `index` and everything before it. STATUS_OK or STATUS_NOMEM. */
enum status graph_mark(struct graph *graph, uint32_t index, uint32_t flags);

/* Mark what the tips and HEAD reach. STATUS_OK or STATUS_NOMEM. */
enum status graph_mark_tips(struct graph *graph, struct reader *reader, const struct refs *refs);

/* Order the commits: those reached first, parents before children, then by date, then by id. */
enum status graph_rank(struct graph *graph);

void graph_release(struct graph *graph);

#endif
