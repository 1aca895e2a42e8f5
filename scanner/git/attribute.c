/*
 * attribute.c - which commits and paths brought in the objects that held something.
 *
 * From the hits up, and then down again. Up: passes over all trees find those that hold a hit, then
 * those that hold such a tree, until a pass finds none; what no hit is below is never looked at
 * again. The result is a small graph of trees and hits with named edges. Down: each tree takes from
 * the commits whose root it is, and hands to its entries, the first and last commit, the marks and
 * the paths. So every path and every commit of a hit is seen, however often trees are shared, at
 * the cost of reading each tree a few times in the order in which it reads fastest.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "git/content.h"
#include "git/history_private.h"
#include "git/paths.h"

enum { FILTER_BITS = 20 };

/* A hit's blob, or a tree that holds one, at whatever depth. */
struct node {
    uint32_t number;               /* of the object; NO_NUMBER for a hit that is no blob */
    uint32_t first;                /* rank of the first commit, or NO_COMMIT */
    uint64_t last;                 /* 1 + late() of the last commit, or 0 */
    uint32_t flags;                /* COMMIT_... of the commits that hold it */
    uint32_t edges, edge_count;    /* range of attribution.edges: what it holds */
    uint32_t waiting;              /* edges to it that have not been followed */
    uint32_t *paths;               /* path_count numbers of paths that it stands at */
    uint32_t path_count, path_cap; /* at most LIMIT_GIT_PATHS */
};

struct edge {
    uint32_t to, name;
};

struct attribution {
    const struct history *history;
    struct reader reader;
    struct graph graph;
    struct node *nodes; /* the hits first */
    uint32_t node_count, node_cap, hit_count;
    struct id_map node_of; /* by object id */
    uint8_t *filter;       /* a bit for the first FILTER_BITS bits of each id in node_of */
    struct edge *edges;
    uint32_t edge_count, edge_cap;
    struct paths paths;
    bool remotes; /* there are refs of remotes */
};

/* --- nodes --- */

static uint32_t filter_bit(const struct object_id *id)
{
    return read_be32(id->byte) >> (32 - FILTER_BITS);
}

static enum status add_node(struct attribution *at, const struct object_id *id, uint32_t number)
{
    uint32_t bit = filter_bit(id);

    if (at->node_count == at->node_cap) {
        uint32_t cap = at->node_cap ? at->node_cap * 2 : 1024;
        struct node *grown = realloc(at->nodes, cap * sizeof(*grown));

        if (!grown)
            return err_nomem();
        at->nodes = grown;
        at->node_cap = cap;
    }
    at->nodes[at->node_count++] = (struct node){ .number = number, .first = NO_COMMIT };
    if (number == NO_NUMBER)
        return STATUS_OK;
    at->filter[bit / 8] |= (uint8_t)(1u << bit % 8);
    return id_map_add(&at->node_of, id, at->node_count - 1) < 0 ? STATUS_NOMEM : STATUS_OK;
}

/* The node of `id`, or NULL: mostly after one look at the filter. */
static struct node *find_node(const struct attribution *at, const struct object_id *id)
{
    uint32_t bit = filter_bit(id), *index;

    if (!(at->filter[bit / 8] & 1u << bit % 8))
        return NULL;
    index = id_map_find(&at->node_of, id);
    return index ? &at->nodes[*index] : NULL;
}

static enum status add_hits(struct attribution *at, const struct history_hit *hits, size_t n)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; !status && i < n; i++) {
        struct object_id id = { 0 };
        uint32_t number = NO_NUMBER;

        if (hits[i].kind != HISTORY_BLOB || !id_parse(&id, slice_of(hits[i].id)) ||
            !objects_find(at->graph.objects, &id, &number))
            number = NO_NUMBER;
        status = add_node(at, &id, number);
    }
    at->hit_count = at->node_count;
    return status;
}

/* --- up --- */

/* The tree `number`, or nothing: that it cannot be read was told when it was listed or handed out.
 */
static enum status read_tree(struct attribution *at, uint32_t number, struct slice *content)
{
    struct object object;
    enum status status = reader_read(&at->reader, number, LIMIT_BLOB_BYTES, &object);

    *content = status || object.type != OBJECT_TREE ? (struct slice){ 0 } : object.content;
    return status == STATUS_NOMEM ? status : STATUS_OK;
}

/* The next entry of a tree that leads to a hit. */
static struct node *next_held(const struct attribution *at, struct slice *rest,
                              struct tree_entry *entry)
{
    while (tree_next(rest, entry) == STATUS_OK) {
        struct node *node = find_node(at, &entry->id);

        if (node && (entry->mode & MODE_MASK) != MODE_SUBMODULE)
            return node;
    }
    return NULL;
}

static enum status find_trees(struct attribution *at)
{
    const struct objects *objects = at->graph.objects;
    enum status status = STATUS_OK;
    uint32_t before = NO_NUMBER;

    while (!status && before != at->node_count) {
        before = at->node_count;
        for (uint32_t i = 0; !status && i < objects->order_count; i++) {
            uint32_t number = objects->order[i];
            const struct object_id *id;
            struct tree_entry entry;
            struct slice rest;

            if (at->graph.types[number] != OBJECT_TREE)
                continue;
            id = objects_id(objects, number);
            if (find_node(at, id))
                continue;
            status = read_tree(at, number, &rest);
            if (!status && next_held(at, &rest, &entry))
                status = add_node(at, id, number);
        }
    }
    return status;
}

static enum status add_edge(struct attribution *at, uint32_t to, struct slice name)
{
    struct edge edge = { .to = to };

    if (at->edge_count == at->edge_cap) {
        uint32_t cap = at->edge_cap ? at->edge_cap * 2 : 1024;
        struct edge *grown = realloc(at->edges, cap * sizeof(*grown));

        if (!grown)
            return err_nomem();
        at->edges = grown;
        at->edge_cap = cap;
    }
    if (paths_name(&at->paths, name, &edge.name))
        return STATUS_NOMEM;
    at->edges[at->edge_count++] = edge;
    at->nodes[to].waiting++;
    return STATUS_OK;
}

static enum status find_edges(struct attribution *at)
{
    const struct objects *objects = at->graph.objects;
    enum status status = STATUS_OK;

    for (uint32_t i = 0; !status && i < objects->order_count; i++) {
        struct node *node = at->graph.types[objects->order[i]] == OBJECT_TREE
                                ? find_node(at, objects_id(objects, objects->order[i]))
                                : NULL;
        struct node *held;
        struct tree_entry entry;
        struct slice rest;

        if (!node || node->edge_count)
            continue;
        status = read_tree(at, node->number, &rest);
        node->edges = at->edge_count;
        while (!status && (held = next_held(at, &rest, &entry)))
            status = add_edge(at, (uint32_t)(held - at->nodes), entry.name);
        node->edge_count = at->edge_count - node->edges;
    }
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
    const struct graph *graph = &at->graph;
    const struct objects *objects = graph->objects;
    enum status status = STATUS_OK;

    for (uint32_t i = 0; !status && i < graph->count; i++) {
        const struct commit *commit = &graph->commits[i];
        struct node *node =
            commit->tree == NO_NUMBER ? NULL : find_node(at, objects_id(objects, commit->tree));

        if (!node || graph->types[node->number] != OBJECT_TREE ||
            !(at->history->all || commit->flags & COMMIT_REACHED))
            continue;
        if (commit->rank < node->first)
            node->first = commit->rank;
        if (late(graph, commit) + 1 > node->last)
            node->last = late(graph, commit) + 1;
        node->flags |= commit->flags & COMMIT_REMOTE;
        status = add_path(node, PATH_ROOT);
    }
    return status;
}

/* HEAD's own tree, not those before it: what stands there is still there. */
static enum status seed_head(struct attribution *at)
{
    const struct graph *graph = &at->graph;
    uint32_t number;
    struct node *node;
    enum status status =
        graph_peel(graph, &at->reader, &at->history->refs.head, &number, NULL, NULL);

    if (status || number == NO_NUMBER || graph->commit_of[number] == NO_COMMIT)
        return status;
    number = graph->commits[graph->commit_of[number]].tree;
    node = number == NO_NUMBER ? NULL : find_node(at, objects_id(graph->objects, number));
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

    id_hex(objects_id(at->graph.objects, number), hex);
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
        status = graph_peel(&at->graph, &at->reader, &id, &number, NULL, NULL);
    if (status || number == NO_NUMBER || at->graph.commit_of[number] == NO_COMMIT)
        return status;
    commit = &at->graph.commits[at->graph.commit_of[number]];
    node->first = commit->rank;
    node->last = late(&at->graph, commit) + 1;
    /* HEAD's tree holds no message; and that a commit was pushed says nothing of its tags. */
    node->flags = hit->kind == HISTORY_COMMIT ? commit->flags & COMMIT_REMOTE : 0;
    return STATUS_OK;
}

static enum status tell(struct attribution *at, struct history_hit *hit, struct node *node,
                        struct arena *arena)
{
    static const char *const kinds[] = { "blob", "commit", "tag" };
    const struct graph *graph = &at->graph;
    struct git_origin *origin = &hit->origin;
    enum status status = hit->kind == HISTORY_BLOB ? STATUS_OK : tell_message(at, hit, node);

    *origin = (struct git_origin){ .kind = kinds[hit->kind], .on_remote = KNOWN_NOT };
    hit->order = UINT64_MAX;
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

static void release(struct attribution *at)
{
    for (uint32_t i = 0; i < at->node_count; i++)
        free(at->nodes[i].paths);
    free(at->nodes);
    free(at->edges);
    free(at->filter);
    id_map_release(&at->node_of);
    paths_release(&at->paths);
    graph_release(&at->graph);
    reader_release(&at->reader);
}

static enum status prepare(struct attribution *at)
{
    const struct refs *refs = &at->history->refs;
    enum status status = reader_init(&at->reader, &at->history->objects);

    if (!status)
        status = graph_load(&at->graph, &at->history->objects, &at->reader);
    if (!status)
        status = graph_mark_tips(&at->graph, &at->reader, refs);
    if (!status)
        status = graph_rank(&at->graph);
    for (size_t i = 0; i < refs->tip_count; i++)
        at->remotes |= refs->tips[i].remote;
    at->filter = calloc((1u << FILTER_BITS) / 8, 1);
    return status ? status : at->filter ? STATUS_OK : err_nomem();
}

enum status history_attribute(const struct history *history, struct history_hit *hits, size_t n,
                              struct arena *arena, struct outcome *outcome)
{
    struct attribution at = { .history = history };
    enum status status;

    (void)outcome; /* see read_tree() */
    if (n == 0)
        return STATUS_OK;
    status = prepare(&at);
    if (!status)
        status = add_hits(&at, hits, n);
    if (!status && at.node_of.count)
        status = find_trees(&at);
    if (!status)
        status = find_edges(&at);
    if (!status)
        status = seed(&at);
    if (!status)
        status = seed_head(&at);
    if (!status)
        status = flow(&at);
    for (size_t i = 0; !status && i < n; i++)
        status = tell(&at, &hits[i], &at.nodes[i], arena);
    release(&at);
    return status;
}
