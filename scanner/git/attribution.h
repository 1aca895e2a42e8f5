/*
 * attribution.h - the graph of hits and the trees that hold them, which attribute.c makes and
 * attribution.c is asked.
 *
 * May include: base. Threads: one owner at a time.
 */
#ifndef GIT_ATTRIBUTION_H
#define GIT_ATTRIBUTION_H

#include "git/graph/paths.h"
#include "git/history_private.h"

/* A hit's blob, or a tree that holds one, at whatever depth. */
struct node {
    uint32_t number;            /* of the object; NO_NUMBER for a hit that is no blob */
    uint32_t first;             /* rank of the first commit, or NO_COMMIT */
    uint64_t last;              /* 1 + late() of the last commit, or 0 */
    uint32_t flags;             /* COMMIT_... of the commits that hold it */
    uint32_t edges, edge_count; /* range of attribution.edges: what it holds */
    uint32_t waiting;           /* edges to it that have not been followed */
    uint32_t commits;           /* whose root it is, or, of a message, whose it is */
    uint32_t up;                /* its parents are attribution.up[up .. the next node's up) */
    uint32_t visit;             /* the count that it was visited for last */
    uint32_t *paths;            /* path_count numbers of paths, with PATH_AT_HEAD where it counts */
    uint32_t path_count, path_cap; /* at most LIMIT_GIT_PATHS */
};

/* Of a path's number: HEAD's tree has the node there. */
#define PATH_AT_HEAD (UINT32_C(1) << 31)

struct edge {
    uint32_t to, name;
};

struct attribution {
    struct history *history;
    struct reader reader;
    struct graph *graph; /* the history's */
    struct node *nodes;  /* the hits first */
    uint32_t node_count, hit_count;
    uint32_t *node_at; /* by object number; NO_NUMBER: none */
    struct edge *edges;
    size_t edge_count;
    uint32_t *up, *stack; /* for counting */
    uint32_t visit;
    uint64_t steps; /* of counting, so far */
    struct paths paths;
    bool remotes; /* there are refs of remotes */
};

/*
 * A number that is larger the later a commit is; those that nothing reaches are before all others.
 */
uint64_t attribution_late(const struct graph *graph, const struct commit *commit);

/* Fill in the answer for a hit, whose node is `node`; its text lives in `arena`. STATUS_OK or
 * STATUS_NOMEM. */
enum status attribution_tell(struct attribution *at, struct history_hit *hit, struct node *node,
                             struct arena *arena);

#endif
