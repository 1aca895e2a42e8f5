/*
 * attribute.c - which commits and paths brought in the objects that held something.
 *
 * From the hits up, and then down again. Up: holders.c finds the trees that hold a hit, or such a
 * tree. The result is a small graph of trees and hits with named edges. Down: each tree takes from
 * the commits whose root it is, and hands to its entries, the first and last commit, the marks and
 * the paths. So every path and every commit of a hit is seen, however often trees are shared, at
 * the cost of reading each tree twice in the order in which it reads fastest. To count commits the
 * way is up again, from the hits of one credential to all roots above them.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "git/content.h"
#include "git/history_private.h"
#include "git/holders.h"
#include "git/paths.h"

/* A hit's blob, or a tree that holds one, at whatever depth. */
struct node {
    uint32_t number;               /* of the object; NO_NUMBER for a hit that is no blob */
    uint32_t first;                /* rank of the first commit, or NO_COMMIT */
    uint64_t last;                 /* 1 + late() of the last commit, or 0 */
    uint32_t flags;                /* COMMIT_... of the commits that hold it */
    uint32_t edges, edge_count;    /* range of attribution.edges: what it holds */
    uint32_t waiting;              /* edges to it that have not been followed */
    uint32_t commits;              /* whose root it is, or, of a message, whose it is */
    uint32_t up;                   /* its parents are attribution.up[up .. the next node's up) */
    uint32_t visit;                /* the count that it was visited for last */
    uint32_t *paths;               /* path_count numbers of paths that it stands at */
    uint32_t path_count, path_cap; /* at most LIMIT_GIT_PATHS */
};

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

/* --- nodes and edges --- */

static struct node *node_of(const struct attribution *at, uint32_t number)
{
    return number == NO_NUMBER || at->node_at[number] == NO_NUMBER
               ? NULL
               : &at->nodes[at->node_at[number]];
}

/* The objects of the hits that are blobs, in `wanted`; every hit has a node. */
static size_t add_hits(struct attribution *at, const struct history_hit *hits, size_t n,
                       uint32_t *wanted)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++) {
        struct object_id id = { 0 };
        uint32_t number = NO_NUMBER;

        if (hits[i].kind != HISTORY_BLOB || !id_parse(&id, slice_of(hits[i].id)) ||
            !objects_find(at->graph->objects, &id, &number))
            number = NO_NUMBER;
        at->nodes[at->node_count] = (struct node){ .number = number, .first = NO_COMMIT };
        if (number != NO_NUMBER) {
            at->node_at[number] = at->node_count;
            wanted[count++] = number;
        }
        at->node_count++;
    }
    at->hit_count = at->node_count;
    return count;
}

/* The holdings, by tree, become edges. */
static void add_edges(struct attribution *at, const struct holders *holders)
{
    for (size_t i = 0; i < holders->count; i++) {
        uint32_t tree = holders->list[i].tree;

        if (at->node_at[tree] == NO_NUMBER) {
            at->nodes[at->node_count] =
                (struct node){ .number = tree, .first = NO_COMMIT, .edges = (uint32_t)i };
            at->node_at[tree] = at->node_count++;
        }
    }
    at->edge_count = holders->count;
    for (size_t i = 0; i < holders->count; i++) {
        const struct holding *holding = &holders->list[i];
        uint32_t to = at->node_at[holding->child];

        at->edges[i] = (struct edge){ .to = to, .name = holding->name };
        at->nodes[at->node_at[holding->tree]].edge_count++;
        at->nodes[to].waiting++;
    }
}

static enum status build(struct attribution *at, const struct history_hit *hits, size_t n)
{
    size_t total = at->graph->objects->total + (size_t)1;
    uint32_t *wanted = malloc((n + 1) * sizeof(*wanted));
    struct holders holders = { 0 };
    struct node *grown;
    enum status status = STATUS_OK;
    size_t count;

    at->node_at = malloc(total * sizeof(*at->node_at));
    at->nodes = malloc((n + 1) * sizeof(*at->nodes));
    if (!wanted || !at->node_at || !at->nodes) {
        free(wanted);
        return err_nomem();
    }
    memset(at->node_at, 0xff, total * sizeof(*at->node_at));
    count = add_hits(at, hits, n, wanted);
    status = holders_find(&holders, at->graph, wanted, count, &at->paths, at->history->pool);
    if (!status) {
        at->edges = malloc((holders.count + 1) * sizeof(*at->edges));
        grown = realloc(at->nodes, (n + holders.count + 1) * sizeof(*grown));
        at->nodes = grown ? grown : at->nodes;
        status = at->edges && grown ? STATUS_OK : err_nomem();
    }
    if (!status)
        add_edges(at, &holders);
    holders_release(&holders);
    free(wanted);
    return status;
}

/* --- down --- */

static enum status add_path(struct node *node, uint32_t path)
{
    for (uint32_t i = 0; i < node->path_count; i++)
        if (node->paths[i] == path)
            return STATUS_OK;
    if (node->path_count == LIMIT_GIT_PATHS)
        return STATUS_OK;
    if (node->path_count == node->path_cap) {
        uint32_t cap = node->path_cap ? node->path_cap * 2 : 2;
        uint32_t *grown = realloc(node->paths, cap * sizeof(*grown));

        if (!grown)
            return err_nomem();
        node->paths = grown;
        node->path_cap = cap;
    }
    node->paths[node->path_count++] = path;
    return STATUS_OK;
}

/* A number that is larger the later a commit is; those that nothing reaches are before all others.
 */
static uint64_t late(const struct graph *graph, const struct commit *commit)
{
    return commit->rank + (commit->flags & COMMIT_REACHED ? (uint64_t)graph->count : 0);
}

/* Give to every commit's root tree what the commit is. */
static enum status seed(struct attribution *at)
{
    const struct graph *graph = at->graph;
    uint32_t wanted = at->history->ranged ? COMMIT_SELECTED : COMMIT_REACHED;
    enum status status = STATUS_OK;

    for (uint32_t i = 0; !status && i < graph->count; i++) {
        const struct commit *commit = &graph->commits[i];
        struct node *node = node_of(at, commit->tree);

        if (!node || graph->types[node->number] != OBJECT_TREE ||
            !(commit->flags & wanted || at->history->all))
            continue;
        if (commit->rank < node->first)
            node->first = commit->rank;
        if (late(graph, commit) + 1 > node->last)
            node->last = late(graph, commit) + 1;
        node->flags |= commit->flags & COMMIT_REMOTE;
        node->commits++;
        status = add_path(node, PATH_ROOT);
    }
    return status;
}

/* HEAD's own tree, not those before it: what stands there is still there. */
static enum status seed_head(struct attribution *at)
{
    const struct graph *graph = at->graph;
    uint32_t number;
    struct node *node;
    enum status status =
        graph_peel(graph, &at->reader, &at->history->refs.head, &number, NULL, NULL);

    if (status || number == NO_NUMBER || graph->commit_of[number] == NO_COMMIT)
        return status;
    number = graph->commits[graph->commit_of[number]].tree;
    node = node_of(at, number);
    if (node)
        node->flags |= COMMIT_HEAD;
    return STATUS_OK;
}

static enum status hand_down(struct attribution *at, const struct node *from,
                             const struct edge *edge)
{
    struct node *to = &at->nodes[edge->to];
    enum status status = STATUS_OK;

    if (from->first < to->first)
        to->first = from->first;
    if (from->last > to->last)
        to->last = from->last;
    to->flags |= from->flags;
    for (uint32_t i = 0; !status && i < from->path_count; i++) {
        uint32_t path;

        status = paths_step(&at->paths, from->paths[i], edge->name, &path);
        if (!status)
            status = add_path(to, path);
    }
    return status;
}

/* Every tree after all trees that hold it. */
static enum status flow(struct attribution *at)
{
    uint32_t *ready = malloc((at->node_count + (size_t)1) * sizeof(*ready)), len = 0;
    enum status status = ready ? STATUS_OK : err_nomem();

    for (uint32_t i = 0; !status && i < at->node_count; i++)
        if (at->nodes[i].waiting == 0)
            ready[len++] = i;
    while (!status && len > 0) {
        struct node *node = &at->nodes[ready[--len]];

        for (uint32_t k = 0; !status && k < node->edge_count; k++) {
            const struct edge *edge = &at->edges[node->edges + k];

            status = hand_down(at, node, edge);
            if (--at->nodes[edge->to].waiting == 0)
                ready[len++] = edge->to;
        }
        if (node->edge_count) {
            free(node->paths);
            node->paths = NULL;
            node->path_count = node->path_cap = 0;
        }
    }
    free(ready);
    return status;
}

/* --- answers --- */

static const char *copy(struct arena *arena, struct slice text)
{
    return (const char *)arena_copy(arena, text).ptr;
}

static const char *copy_id(struct attribution *at, uint32_t number, struct arena *arena)
{
    char hex[ID_DIGITS + 1];

    id_hex(objects_id(at->graph->objects, number), hex);
    return copy(arena, slice_of(hex));
}

static enum status tell_author(struct attribution *at, uint32_t number, struct arena *arena,
                               struct git_origin *origin)
{
    struct commit_head head;
    struct object object;
    struct slice who;
    char date[DATE_SIZE];
    enum status status = reader_read(&at->reader, number, LIMIT_BLOB_BYTES, &object);

    if (status || !commit_parse(&head, object.content) || !head.author.len)
        return status == STATUS_NOMEM ? status : STATUS_OK;
    author_parse(head.author, &who, date);
    origin->author = copy(arena, who);
    origin->date = date[0] ? copy(arena, slice_of(date)) : NULL;
    return origin->author && (origin->date || !date[0]) ? STATUS_OK : err_nomem();
}

static int cmp_path(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum status tell_paths(struct attribution *at, const struct node *node, struct arena *arena,
                              struct git_origin *origin)
{
    const char **paths = arena_alloc(arena, (node->path_count + (size_t)1) * sizeof(*paths));
    enum status status = paths ? STATUS_OK : err_nomem();
    size_t n = 0, kept = 0;

    for (uint32_t i = 0; !status && i < node->path_count; i++) {
        status = paths_text(&at->paths, node->paths[i], arena, &paths[n]);
        n += paths[n] != NULL;
    }
    if (status)
        return status;
    qsort(paths, n, sizeof(*paths), cmp_path);
    for (size_t i = 0; i < n; i++)
        if (!kept || strcmp(paths[kept - 1], paths[i]))
            paths[kept++] = paths[i];
    origin->paths = paths;
    origin->path_count = kept;
    return STATUS_OK;
}

/* A message is brought in by its commit; a tag's by the commit that it names. */
static enum status tell_message(struct attribution *at, const struct history_hit *hit,
                                struct node *node)
{
    struct object_id id;
    uint32_t number = NO_NUMBER;
    const struct commit *commit;
    enum status status = STATUS_OK;

    if (id_parse(&id, slice_of(hit->id)))
        status = graph_peel(at->graph, &at->reader, &id, &number, NULL, NULL);
    if (status || number == NO_NUMBER || at->graph->commit_of[number] == NO_COMMIT)
        return status;
    commit = &at->graph->commits[at->graph->commit_of[number]];
    node->commits = 1;
    node->first = commit->rank;
    node->last = late(at->graph, commit) + 1;
    /* HEAD's tree holds no message; and that a commit was pushed says nothing of its tags. */
    node->flags = hit->kind == HISTORY_COMMIT ? commit->flags & COMMIT_REMOTE : 0;
    return STATUS_OK;
}

static enum status tell(struct attribution *at, struct history_hit *hit, struct node *node,
                        struct arena *arena)
{
    static const char *const kinds[] = { "blob", "commit", "tag" };
    const struct graph *graph = at->graph;
    struct git_origin *origin = &hit->origin;
    enum status status = hit->kind == HISTORY_BLOB ? STATUS_OK : tell_message(at, hit, node);

    *origin = (struct git_origin){ .kind = kinds[hit->kind], .on_remote = KNOWN_NOT };
    hit->order = UINT64_MAX;
    hit->index = (size_t)(node - at->nodes);
    origin->blob = copy(arena, slice_of(hit->id));
    origin->at_head = node->flags & COMMIT_HEAD ? KNOWN_YES : KNOWN_NO;
    if (at->remotes && hit->kind != HISTORY_TAG)
        origin->on_remote = node->flags & COMMIT_REMOTE ? KNOWN_YES : KNOWN_NO;
    if (status || !origin->blob)
        return err_nomem();
    if (node->first != NO_COMMIT) {
        uint32_t first = graph->commits[graph->by_rank[node->first]].number;

        hit->order = node->first;
        origin->first_commit = copy_id(at, first, arena);
        origin->last_commit =
            copy_id(at, graph->commits[graph->by_rank[(node->last - 1) % graph->count]].number,
                    arena);
        status = origin->first_commit && origin->last_commit ? tell_author(at, first, arena, origin)
                                                             : err_nomem();
    }
    return status ? status : tell_paths(at, node, arena, origin);
}

/* --- counting --- */

/* For each node, the nodes that hold it. */
static enum status turn_round(struct attribution *at)
{
    uint32_t total = 0;

    at->up = malloc((at->edge_count + 1) * sizeof(*at->up));
    at->stack = malloc((at->node_count + (size_t)1) * sizeof(*at->stack));
    if (!at->up || !at->stack)
        return err_nomem();
    for (size_t i = 0; i < at->edge_count; i++)
        at->nodes[at->edges[i].to].up++;
    for (uint32_t i = 0; i < at->node_count; i++)
        at->nodes[i].up = total += at->nodes[i].up;
    for (uint32_t i = 0; i < at->node_count; i++)
        for (uint32_t k = 0; k < at->nodes[i].edge_count; k++)
            at->up[--at->nodes[at->edges[at->nodes[i].edges + k].to].up] = i;
    return STATUS_OK;
}

static uint32_t up_end(const struct attribution *at, uint32_t node)
{
    return node + 1 < at->node_count ? at->nodes[node + 1].up : (uint32_t)at->edge_count;
}

uint64_t history_count_commits(struct history *history, const struct history_hit *const *hits,
                               size_t n)
{
    struct attribution *at = history->attribution;
    uint64_t commits = 0;
    uint32_t len = 0;

    if (!at->stack && turn_round(at))
        return 0;
    at->visit++;
    for (size_t i = 0; i < n; i++) {
        if (at->nodes[hits[i]->index].visit != at->visit)
            at->stack[len++] = (uint32_t)hits[i]->index;
        at->nodes[hits[i]->index].visit = at->visit;
    }
    while (len > 0 && at->steps < LIMIT_GIT_COUNT_STEPS) {
        uint32_t node = at->stack[--len];

        commits += at->nodes[node].commits;
        for (uint32_t k = at->nodes[node].up; k < up_end(at, node); k++, at->steps++) {
            if (at->nodes[at->up[k]].visit == at->visit)
                continue;
            at->nodes[at->up[k]].visit = at->visit;
            at->stack[len++] = at->up[k];
        }
    }
    return len ? 0 : commits;
}

void history_attribution_free(struct attribution *at)
{
    if (!at)
        return;
    for (uint32_t i = 0; i < at->node_count; i++)
        free(at->nodes[i].paths);
    free(at->nodes);
    free(at->edges);
    free(at->node_at);
    free(at->up);
    free(at->stack);
    paths_release(&at->paths);
    reader_release(&at->reader);
    free(at);
}

static enum status prepare(struct attribution *at)
{
    const struct refs *refs = &at->history->refs;
    enum status status = reader_init(&at->reader, &at->history->objects);

    if (!status)
        status = history_load_graph(at->history);
    at->graph = &at->history->graph;
    if (!status && !at->graph->by_rank)
        status = graph_rank(at->graph);
    for (size_t i = 0; i < refs->tip_count; i++)
        at->remotes |= refs->tips[i].remote;
    return status;
}

enum status history_attribute(struct history *history, struct history_hit *hits, size_t n,
                              struct arena *arena, struct outcome *outcome)
{
    struct attribution *at;
    enum status status;

    (void)outcome; /* what cannot be read was told when it was listed or handed out */
    if (n == 0)
        return STATUS_OK;
    history_attribution_free(history->attribution);
    history->attribution = at = calloc(1, sizeof(*at));
    if (!at)
        return err_nomem();
    at->history = history;
    status = prepare(at);
    if (!status)
        status = build(at, hits, n);
    if (!status)
        status = seed(at);
    if (!status)
        status = seed_head(at);
    if (!status)
        status = flow(at);
    for (size_t i = 0; !status && i < n; i++)
        status = tell(at, &hits[i], &at->nodes[i], arena);
    return status;
}
