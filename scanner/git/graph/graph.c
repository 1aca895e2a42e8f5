/* graph.c - one pass over all commits, then walks over arrays of indexes. */
#include "git/graph/graph.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/limits.h"
#include "base/parallel.h"
#include "git/store/content.h"

enum { PEEL_MAX = 32, LOAD_STEP = 512 };

/* --- loading --- */

/* A worker's reader, and the parents of the commits that it read, as object numbers. */
struct loader {
    struct reader reader;
    bool ready;
    uint32_t *parents;
    size_t count, cap;
};

struct loading {
    struct graph *graph;
    uint32_t *numbers; /* what may be commits; graph.commits has an entry for each */
    struct loader *loaders;
    unsigned *worker_of; /* by slice: whose list holds the parents */
    atomic_bool starved;
};

static bool add_parent(struct loader *loader, uint32_t number)
{
    uint32_t *grown = array_room(loader->parents, loader->count, &loader->cap, sizeof(*grown));

    if (!grown)
        return false;
    loader->parents = grown;
    loader->parents[loader->count++] = number;
    return true;
}

/* Fill in `commit`, whose parents are a range of the loader's until all are gathered. */
static bool take_commit(struct graph *graph, struct loader *loader, struct commit *commit,
                        const struct commit_head *head)
{
    bool good = true;

    commit->date = head->date;
    if (!objects_find(graph->objects, &head->tree, &commit->tree))
        commit->flags |= COMMIT_INCOMPLETE;
    commit->parents = (uint32_t)loader->count;
    for (size_t i = 0; good && i < head->parent_count; i++) {
        struct object_id id = commit_parent(head, i);
        uint32_t parent;

        if (!objects_find(graph->objects, &id, &parent))
            commit->flags |= COMMIT_INCOMPLETE;
        else
            good = add_parent(loader, parent);
    }
    commit->parent_count = (uint32_t)loader->count - commit->parents;
    return good;
}

/* False where memory is out. An object that is no commit, or cannot be read, leaves no number. */
static bool load_one(struct graph *graph, struct loader *loader, uint32_t number,
                     struct commit *commit)
{
    struct commit_head head;
    struct object object;
    enum status status = reader_read(&loader->reader, number, LIMIT_BLOB_BYTES, &object);

    *commit = (struct commit){ .number = NO_NUMBER, .tree = NO_NUMBER };
    if (status)
        return status != STATUS_NOMEM;
    graph->types[number] = (uint8_t)object.type;
    if (object.type != OBJECT_COMMIT || !commit_parse(&head, object.content))
        return true;
    commit->number = number;
    return take_commit(graph, loader, commit, &head);
}

static void load_slice(void *ctx, unsigned worker, size_t from, size_t to)
{
    struct loading *loading = ctx;
    struct loader *loader = &loading->loaders[worker];

    if (!loader->ready && reader_init(&loader->reader, loading->graph->objects)) {
        atomic_store(&loading->starved, true);
        return;
    }
    loader->ready = true;
    loading->worker_of[from / LOAD_STEP] = worker;
    for (size_t i = from; i < to && !atomic_load(&loading->starved); i++)
        if (!load_one(loading->graph, loader, loading->numbers[i], &loading->graph->commits[i]))
            atomic_store(&loading->starved, true);
}

/* Everything that may be a commit: what a pack calls one, and loose objects. */
static uint32_t list_numbers(struct loading *loading)
{
    struct graph *graph = loading->graph;
    uint32_t n = 0;

    for (uint32_t i = 0; i < graph->objects->order_count; i++) {
        uint32_t number = graph->objects->order[i];
        enum object_type type = objects_type(graph->objects, number);

        graph->types[number] = (uint8_t)type;
        if (type == OBJECT_COMMIT || type == OBJECT_UNKNOWN)
            loading->numbers[n++] = number;
    }
    return n;
}

/* Move commits and parents together, in the order of the objects. */
static enum status gather(struct loading *loading, uint32_t n, unsigned workers)
{
    struct graph *graph = loading->graph;
    size_t total = 0;

    for (unsigned i = 0; i < workers; i++)
        total += loading->loaders[i].count;
    graph->parents = malloc((total + 1) * sizeof(*graph->parents));
    if (!graph->parents)
        return err_nomem();
    for (uint32_t i = 0; i < n; i++) {
        struct commit commit = graph->commits[i];
        const struct loader *loader = &loading->loaders[loading->worker_of[i / LOAD_STEP]];

        if (commit.number == NO_NUMBER)
            continue;
        if (commit.parent_count)
            memcpy(graph->parents + graph->parent_count, loader->parents + commit.parents,
                   commit.parent_count * sizeof(*graph->parents));
        commit.parents = (uint32_t)graph->parent_count;
        graph->parent_count += commit.parent_count;
        graph->commit_of[commit.number] = graph->count;
        graph->commits[graph->count++] = commit;
    }
    return STATUS_OK;
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

static enum status load_all(struct loading *loading, struct pool *pool)
{
    struct graph *graph = loading->graph;
    unsigned workers = parallel_workers(pool);
    uint32_t n = list_numbers(loading);
    enum status status;

    graph->commits = malloc((n + (size_t)1) * sizeof(*graph->commits));
    loading->worker_of = calloc(n / LOAD_STEP + (size_t)1, sizeof(*loading->worker_of));
    loading->loaders = calloc(workers, sizeof(*loading->loaders));
    if (!graph->commits || !loading->worker_of || !loading->loaders)
        return err_nomem();
    status = parallel_run(pool, n, LOAD_STEP, load_slice, loading);
    if (!status && atomic_load(&loading->starved))
        status = err_nomem();
    if (!status)
        status = gather(loading, n, workers);
    for (unsigned i = 0; i < workers; i++) {
        if (loading->loaders[i].ready)
            reader_release(&loading->loaders[i].reader);
        free(loading->loaders[i].parents);
    }
    return status;
}

enum status graph_load(struct graph *graph, const struct objects *objects, struct pool *pool)
{
    size_t total = objects->total + (size_t)1;
    struct loading loading = { .graph = graph };
    enum status status;

    *graph = (struct graph){ .objects = objects };
    graph->commit_of = malloc(total * sizeof(*graph->commit_of));
    graph->types = calloc(total, 1);
    loading.numbers = malloc(total * sizeof(*loading.numbers));
    if (!graph->commit_of || !graph->types || !loading.numbers) {
        status = err_nomem();
    } else {
        memset(graph->commit_of, 0xff, total * sizeof(*graph->commit_of));
        status = load_all(&loading, pool);
    }
    free(loading.numbers);
    free(loading.worker_of);
    free(loading.loaders);
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
