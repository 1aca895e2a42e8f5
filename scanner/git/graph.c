/* graph.c - one pass over all commits, then walks over arrays of indexes. */
#include "git/graph.h"

#include <stdlib.h>

#include "base/limits.h"
#include "git/content.h"

enum { PEEL_MAX = 32 };

/* --- loading --- */

static enum status add_parent(struct graph *graph, uint32_t number)
{
    if (graph->parent_count == graph->parent_cap) {
        size_t cap = graph->parent_cap ? graph->parent_cap * 2 : 1024;
        uint32_t *grown = realloc(graph->parents, cap * sizeof(*grown));

        if (!grown)
            return err_nomem();
        graph->parents = grown;
        graph->parent_cap = cap;
    }
    graph->parents[graph->parent_count++] = number;
    return STATUS_OK;
}

static enum status add_commit(struct graph *graph, uint32_t number, const struct commit_head *head)
{
    struct commit commit = { .number = number, .tree = NO_NUMBER, .date = head->date };
    enum status status = STATUS_OK;

    if (graph->count == graph->cap) {
        uint32_t cap = graph->cap ? graph->cap * 2 : 1024;
        struct commit *grown = realloc(graph->commits, cap * sizeof(*grown));

        if (!grown)
            return err_nomem();
        graph->commits = grown;
        graph->cap = cap;
    }
    if (!objects_find(graph->objects, &head->tree, &commit.tree))
        commit.flags |= COMMIT_INCOMPLETE;
    commit.parents = (uint32_t)graph->parent_count;
    for (size_t i = 0; !status && i < head->parent_count; i++) {
        struct object_id id = commit_parent(head, i);
        uint32_t parent;

        if (!objects_find(graph->objects, &id, &parent))
            commit.flags |= COMMIT_INCOMPLETE;
        else
            status = add_parent(graph, parent);
    }
    commit.parent_count = (uint32_t)graph->parent_count - commit.parents;
    graph->commit_of[number] = graph->count;
    graph->commits[graph->count++] = commit;
    return status;
}

static enum status load_one(struct graph *graph, struct reader *reader, uint32_t number)
{
    enum object_type type = objects_type(graph->objects, number);
    struct commit_head head;
    struct object object;
    enum status status;

    graph->types[number] = (uint8_t)type;
    if (type != OBJECT_UNKNOWN && type != OBJECT_COMMIT)
        return STATUS_OK;
    status = reader_read(reader, number, LIMIT_BLOB_BYTES, &object);
    if (status)
        return status == STATUS_NOMEM ? status : STATUS_OK;
    graph->types[number] = (uint8_t)object.type;
    if (object.type != OBJECT_COMMIT || !commit_parse(&head, object.content))
        return STATUS_OK;
    return add_commit(graph, number, &head);
}

/* Turn the parents from object numbers into indexes of commits, leaving out what is none. */
static void link_parents(struct graph *graph)
{
    for (uint32_t i = 0; i < graph->count; i++) {
        struct commit *commit = &graph->commits[i];
        uint32_t kept = 0;

        for (uint32_t k = 0; k < commit->parent_count; k++) {
            uint32_t parent = graph->commit_of[graph->parents[commit->parents + k]];

            if (parent != NO_COMMIT)
                graph->parents[commit->parents + kept++] = parent;
        }
        commit->parent_count = kept;
    }
}

enum status graph_load(struct graph *graph, const struct objects *objects, struct reader *reader)
{
    size_t total = objects->total + (size_t)1;
    enum status status = STATUS_OK;

    *graph = (struct graph){ .objects = objects };
    graph->commit_of = malloc(total * sizeof(*graph->commit_of));
    graph->types = calloc(total, 1);
    if (!graph->commit_of || !graph->types)
        status = err_nomem();
    else
        memset(graph->commit_of, 0xff, total * sizeof(*graph->commit_of));
    for (uint32_t i = 0; !status && i < objects->order_count; i++)
        status = load_one(graph, reader, objects->order[i]);
    if (status)
        graph_release(graph);
    else
        link_parents(graph);
    return status;
}

/* --- reaching --- */

enum status graph_peel(const struct graph *graph, struct reader *reader, const struct object_id *id,
                       uint32_t *number, graph_tag_fn *tag, void *ctx)
{
    struct object_id at = *id;

    for (unsigned i = 0; i < PEEL_MAX && objects_find(graph->objects, &at, number); i++) {
        struct object object;
        enum status status;

        if (graph->types[*number] != OBJECT_TAG)
            return STATUS_OK;
        if (tag)
            tag(ctx, *number);
        status = reader_read(reader, *number, LIMIT_BLOB_BYTES, &object);
        if (status == STATUS_NOMEM)
            return status;
        if (status || !tag_parse(&at, object.content))
            break;
    }
    *number = NO_NUMBER;
    return STATUS_OK;
}

enum status graph_mark(struct graph *graph, uint32_t index, uint32_t flags)
{
    uint32_t *stack, len = 0;

    if ((graph->commits[index].flags & flags) == flags)
        return STATUS_OK;
    /* A commit is marked when it is put on the stack, so the stack never holds one twice. */
    stack = malloc(graph->count * sizeof(*stack));
    if (!stack)
        return err_nomem();
    graph->commits[index].flags |= flags;
    stack[len++] = index;
    while (len > 0) {
        const struct commit *commit = &graph->commits[stack[--len]];

        for (uint32_t k = 0; k < commit->parent_count; k++) {
            uint32_t parent = graph->parents[commit->parents + k];

            if ((graph->commits[parent].flags & flags) == flags)
                continue;
            graph->commits[parent].flags |= flags;
            stack[len++] = parent;
        }
    }
    free(stack);
    return STATUS_OK;
}

static enum status mark_id(struct graph *graph, struct reader *reader, const struct object_id *id,
                           uint32_t flags)
{
    uint32_t number;
    enum status status = graph_peel(graph, reader, id, &number, NULL, NULL);

    if (status || number == NO_NUMBER || graph->commit_of[number] == NO_COMMIT)
        return status;
    return graph_mark(graph, graph->commit_of[number], flags);
}

enum status graph_mark_tips(struct graph *graph, struct reader *reader, const struct refs *refs)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; !status && i < refs->tip_count; i++)
        if (refs->tips[i].kind != TIP_INDEX)
            status = mark_id(graph, reader, &refs->tips[i].id,
                             COMMIT_REACHED | (refs->tips[i].remote ? COMMIT_REMOTE : 0));
    if (!status && !id_is_zero(&refs->head))
        status = mark_id(graph, reader, &refs->head, COMMIT_REACHED | COMMIT_HEAD);
    return status;
}

/* --- age --- */

/* A heap of commits whose parents all have their rank; the next to be ranked on top. */
struct heap {
    const struct graph *graph;
    uint32_t *items;
    uint32_t len;
};

static bool is_before(const struct graph *graph, uint32_t a, uint32_t b)
{
    const struct commit *left = &graph->commits[a], *right = &graph->commits[b];

    if ((left->flags & COMMIT_REACHED) != (right->flags & COMMIT_REACHED))
        return left->flags & COMMIT_REACHED;
    if (left->date != right->date)
        return left->date < right->date;
    return id_cmp(objects_id(graph->objects, left->number),
                  objects_id(graph->objects, right->number)) < 0;
}

static void heap_push(struct heap *heap, uint32_t item)
{
    uint32_t at = heap->len++;

    while (at > 0 && is_before(heap->graph, item, heap->items[(at - 1) / 2])) {
        heap->items[at] = heap->items[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap->items[at] = item;
}

static uint32_t heap_pop(struct heap *heap)
{
    uint32_t top = heap->items[0], item = heap->items[--heap->len], at = 0;

    for (;;) {
        uint32_t child = 2 * at + 1;

        if (child + 1 < heap->len &&
            is_before(heap->graph, heap->items[child + 1], heap->items[child]))
            child++;
        if (child >= heap->len || !is_before(heap->graph, heap->items[child], item))
            break;
        heap->items[at] = heap->items[child];
        at = child;
    }
    heap->items[at] = item;
    return top;
}

/* The children of each commit: those of i are children[from[i] .. from[i + 1]). */
static void list_children(const struct graph *graph, uint32_t *from, uint32_t *children)
{
    uint32_t total;

    for (uint32_t i = 0; i < graph->count; i++)
        for (uint32_t k = 0; k < graph->commits[i].parent_count; k++)
            from[graph->parents[graph->commits[i].parents + k] + 1]++;
    for (uint32_t i = 0; i < graph->count; i++)
        from[i + 1] += from[i];
    total = from[graph->count];
    for (uint32_t i = graph->count; i-- > 0;)
        for (uint32_t k = 0; k < graph->commits[i].parent_count; k++)
            children[--from[graph->parents[graph->commits[i].parents + k] + 1]] = i;
    /* Filling moved each start to where it belongs, one place too far. */
    memmove(from, from + 1, graph->count * sizeof(*from));
    from[graph->count] = total;
}

static void rank_all(struct graph *graph, struct heap *heap, const uint32_t *from,
                     const uint32_t *children, uint32_t *waiting)
{
    uint32_t next = 0;

    for (uint32_t i = 0; i < graph->count; i++) {
        graph->commits[i].rank = NO_COMMIT;
        waiting[i] = graph->commits[i].parent_count;
        if (waiting[i] == 0)
            heap_push(heap, i);
    }
    while (heap->len > 0) {
        uint32_t i = heap_pop(heap);

        graph->by_rank[next] = i;
        graph->commits[i].rank = next++;
        for (uint32_t k = from[i]; k < from[i + 1]; k++)
            if (--waiting[children[k]] == 0)
                heap_push(heap, children[k]);
    }
    /* Only a damaged index, which gives an object a false name, can make a circle. */
    for (uint32_t i = 0; i < graph->count; i++) {
        if (graph->commits[i].rank == NO_COMMIT) {
            graph->by_rank[next] = i;
            graph->commits[i].rank = next++;
        }
    }
}

enum status graph_rank(struct graph *graph)
{
    size_t n = graph->count + (size_t)2;
    uint32_t *from = calloc(n, sizeof(*from));
    uint32_t *children = malloc((graph->parent_count + 1) * sizeof(*children));
    uint32_t *waiting = malloc(n * sizeof(*waiting));
    struct heap heap = { .graph = graph, .items = malloc(n * sizeof(*heap.items)) };
    enum status status = STATUS_OK;

    graph->by_rank = malloc(n * sizeof(*graph->by_rank));
    if (!from || !children || !waiting || !heap.items || !graph->by_rank) {
        status = err_nomem();
    } else {
        list_children(graph, from, children);
        rank_all(graph, &heap, from, children, waiting);
    }
    free(from);
    free(children);
    free(waiting);
    free(heap.items);
    return status;
}

void graph_release(struct graph *graph)
{
    free(graph->commits);
    free(graph->parents);
    free(graph->commit_of);
    free(graph->types);
    free(graph->by_rank);
    *graph = (struct graph){ 0 };
}
