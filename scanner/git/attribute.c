/*
 * attribute.c - which commits and paths brought in the objects that held something.
 *
 * From the hits up, and then down again. Up: holders.c finds the trees that hold a hit, or such a
 * tree. The result is a small graph of trees and hits with named edges. Down: each tree takes from
 * the commits whose root it is, and hands to its entries, the first and last commit, the marks and
 * the paths. So every path and every commit of a hit is seen, however often trees are shared, at
 * the cost of reading each tree twice in the order in which it reads fastest. attribution.c
 * says what came of it.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "git/attribution.h"
#include "git/graph/holders.h"

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
    for (uint32_t i = 0; i < node->path_count; i++) {
        if (((node->paths[i] ^ path) & ~PATH_AT_HEAD) == 0) {
            node->paths[i] |= path;
            return STATUS_OK;
        }
    }
    if (node->path_count == LIMIT_GIT_PATHS) {
        if (path & PATH_AT_HEAD)
            node->paths[node->path_count - 1] = path;
        return STATUS_OK;
    }
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
        if (attribution_late(graph, commit) + 1 > node->last)
            node->last = attribution_late(graph, commit) + 1;
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
    if (!node)
        return STATUS_OK;
    node->flags |= COMMIT_HEAD;
    return add_path(node, PATH_ROOT | PATH_AT_HEAD);
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

        status = paths_step(&at->paths, from->paths[i] & ~PATH_AT_HEAD, edge->name, &path);
        if (!status)
            status = add_path(to, path | (from->paths[i] & PATH_AT_HEAD));
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
        status = attribution_tell(at, &hits[i], &at->nodes[i], arena);
    return status;
}
