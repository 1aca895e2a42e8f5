/*
 * holders.c - trees that may hold the objects, and then those of them that do.
 *
 * The first pass over the trees looks only at what each has and the tree that it is a delta of has
 * not: cheap, and enough to say which trees may lead to an object: those with a new entry for it or
 * for such a tree, and all deltas of such trees. The second pass reads these candidates whole, and
 * notes their entries for objects and candidates. Last, what leads nowhere is dropped.
 */
#include "git/graph/holders.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "base/parallel.h"
#include "git/store/fresh.h"

enum { STEP = 2048, FILTER_BITS = 23 };

enum { MAY = 1, DOES = 2, WANTED = 4 };

struct pair {
    uint32_t child, parent;
};

struct worker {
    struct reader reader;
    bool ready;
    uint32_t tree;      /* that is being read */
    struct pair *pairs; /* pair_count of them: the first pass */
    size_t pair_count, pair_cap;
    struct holding *list; /* count of them: the second pass; names are those of `names` */
    size_t count, cap;
    struct paths names;
};

struct search {
    const struct graph *graph;
    struct pool *pool;
    const uint32_t *trees; /* the trees to read in this pass */
    struct worker *workers;
    uint8_t *state;  /* by object number */
    uint8_t *filter; /* a bit for the first bits of each id whose state is not 0 */
    atomic_bool starved;
};

/* --- a pass --- */

static bool begin(struct search *search, struct worker *worker)
{
    if (!worker->ready && reader_init(&worker->reader, search->graph->objects)) {
        atomic_store(&search->starved, true);
        return false;
    }
    worker->ready = true;
    return true;
}

/* The next tree; false where it cannot be read. */
static bool read_tree(struct search *search, struct worker *worker, uint32_t number,
                      struct object *object)
{
    enum status status = reader_read(&worker->reader, number, LIMIT_BLOB_BYTES, object);

    worker->tree = number;
    if (status == STATUS_NOMEM)
        atomic_store(&search->starved, true);
    return !status && object->type == OBJECT_TREE;
}

static enum status run_pass(struct search *search, const uint32_t *trees, size_t n, parallel_fn *fn)
{
    enum status status;

    search->trees = trees;
    status = parallel_run(search->pool, n, STEP, fn, search);
    return status || !atomic_load(&search->starved) ? status : err_nomem();
}

/* --- the first pass: who may --- */

static bool add_pair(struct worker *worker, uint32_t child)
{
    struct pair *grown =
        array_room(worker->pairs, worker->pair_count, &worker->pair_cap, sizeof(*grown));

    if (!grown)
        return false;
    worker->pairs = grown;
    worker->pairs[worker->pair_count++] = (struct pair){ child, worker->tree };
    return true;
}

static enum status take_fresh(void *ctx, const struct tree_entry *entry)
{
    struct worker *worker = ctx;
    uint32_t number;

    if ((entry->mode & MODE_MASK) == MODE_SUBMODULE ||
        !objects_find(worker->reader.objects, &entry->id, &number))
        return STATUS_OK;
    return add_pair(worker, number) ? STATUS_OK : err_nomem();
}

static void look_fresh(void *ctx, unsigned index, size_t from, size_t to)
{
    struct search *search = ctx;
    struct worker *worker = &search->workers[index];

    if (!begin(search, worker))
        return;
    for (size_t i = from; i < to && !atomic_load(&search->starved); i++) {
        struct object object;

        if (read_tree(search, worker, search->trees[i], &object) &&
            fresh_entries(&object, take_fresh, worker) == STATUS_NOMEM)
            atomic_store(&search->starved, true);
    }
}

/* The object that `number` is a delta of, in the same pack; NO_NUMBER where it is none. */
static uint32_t base_of(const struct objects *objects, uint32_t number)
{
    const struct pack *pack;
    uint32_t base;

    if (number >= objects->loose_first)
        return NO_NUMBER;
    pack = &objects->packs[objects_pack_of(objects, number)];
    base = pack->entries[number - pack->first].base;
    return base < pack->count ? pack->first + base : NO_NUMBER;
}

/* For each child, who follows from it: `next` holds the parents of i at [from[i], from[i + 1]). */
struct follow {
    uint32_t *from, *next;
};

static enum status follow_new(struct follow *follow, struct search *search, const uint32_t *trees,
                              size_t n)
{
    const struct objects *objects = search->graph->objects;
    size_t total = n;

    for (unsigned w = 0; w < parallel_workers(search->pool); w++)
        total += search->workers[w].pair_count;
    follow->from = calloc(objects->total + (size_t)2, sizeof(*follow->from));
    follow->next = malloc((total + 1) * sizeof(*follow->next));
    if (!follow->from || !follow->next || total > UINT32_MAX)
        return err_nomem();
    /* Twice over the same pairs: counted, and then put in place from the end of each range. */
    for (int fill = 0; fill < 2; fill++) {
        for (unsigned w = 0; w < parallel_workers(search->pool); w++)
            for (size_t i = 0; i < search->workers[w].pair_count; i++) {
                struct pair pair = search->workers[w].pairs[i];

                if (fill)
                    follow->next[--follow->from[pair.child]] = pair.parent;
                else
                    follow->from[pair.child]++;
            }
        for (size_t i = 0; i < n; i++) {
            uint32_t base = base_of(objects, trees[i]);

            if (base != NO_NUMBER && fill)
                follow->next[--follow->from[base]] = trees[i];
            else if (base != NO_NUMBER)
                follow->from[base]++;
        }
        for (uint32_t i = 0; !fill && i < objects->total; i++)
            follow->from[i + 1] += follow->from[i];
    }
    return STATUS_OK;
}

static void follow_free(struct follow *follow)
{
    free(follow->from);
    free(follow->next);
}

/* Give `flag` to everything that follows from the objects wanted. */
static enum status spread(struct search *search, const struct follow *follow,
                          const uint32_t *wanted, size_t n, uint8_t flag)
{
    size_t total = search->graph->objects->total, len = 0;
    uint32_t *stack = malloc((total + n + 1) * sizeof(*stack));

    if (!stack)
        return err_nomem();
    for (size_t i = 0; i < n; i++)
        stack[len++] = wanted[i];
    while (len > 0) {
        uint32_t at = stack[--len];

        for (uint32_t k = follow->from[at]; k < follow->from[at + 1]; k++) {
            uint32_t next = follow->next[k];

            if (search->state[next] & flag)
                continue;
            search->state[next] |= flag;
            stack[len++] = next;
        }
    }
    free(stack);
    return STATUS_OK;
}

static enum status find_candidates(struct search *search, const uint32_t *trees, size_t n,
                                   const uint32_t *wanted, size_t wanted_count)
{
    struct follow follow = { 0 };
    enum status status = run_pass(search, trees, n, look_fresh);

    if (!status)
        status = follow_new(&follow, search, trees, n);
    if (!status)
        status = spread(search, &follow, wanted, wanted_count, MAY);
    follow_free(&follow);
    for (unsigned w = 0; w < parallel_workers(search->pool); w++) {
        free(search->workers[w].pairs);
        search->workers[w].pairs = NULL;
    }
    return status;
}

/* --- the second pass: who does --- */

static uint32_t filter_bit(const struct object_id *id)
{
    return read_be32(id->byte) >> (32 - FILTER_BITS);
}

static bool add_holding(struct worker *worker, uint32_t child, struct slice name)
{
    struct holding *grown;
    uint32_t number;

    grown = array_room(worker->list, worker->count, &worker->cap, sizeof(*grown));
    if (!grown)
        return false;
    worker->list = grown;
    if (paths_name(&worker->names, name, &number))
        return false;
    worker->list[worker->count++] = (struct holding){ worker->tree, child, number };
    return true;
}

static void look_whole(void *ctx, unsigned index, size_t from, size_t to)
{
    struct search *search = ctx;
    struct worker *worker = &search->workers[index];

    if (!begin(search, worker))
        return;
    for (size_t i = from; i < to && !atomic_load(&search->starved); i++) {
        struct tree_entry entry;
        struct object object;
        struct slice rest;
        uint32_t number;

        if (!read_tree(search, worker, search->trees[i], &object))
            continue;
        rest = object.content;
        while (tree_next(&rest, &entry) == STATUS_OK) {
            uint32_t bit = filter_bit(&entry.id);

            if (search->filter[bit / 8] & 1u << bit % 8 &&
                (entry.mode & MODE_MASK) != MODE_SUBMODULE &&
                objects_find(worker->reader.objects, &entry.id, &number) && search->state[number] &&
                !add_holding(worker, number, entry.name))
                atomic_store(&search->starved, true);
        }
    }
}

/* Bring all workers' entries into one list, by tree, with the names of `paths`. */
static enum status gather(struct search *search, struct holders *out, struct paths *paths)
{
    size_t total = search->graph->objects->total, count = 0;
    uint32_t *at = calloc(total + 2, sizeof(*at));
    enum status status = STATUS_OK;

    for (unsigned w = 0; w < parallel_workers(search->pool); w++)
        count += search->workers[w].count;
    out->list = malloc((count + 1) * sizeof(*out->list));
    out->count = count;
    if (!at || !out->list || count > UINT32_MAX)
        status = err_nomem();
    for (unsigned w = 0; !status && w < parallel_workers(search->pool); w++)
        for (size_t i = 0; i < search->workers[w].count; i++)
            at[search->workers[w].list[i].tree + 1]++;
    for (size_t i = 0; !status && i < total; i++)
        at[i + 1] += at[i];
    /* A tree was read by one worker, so its entries keep their order. */
    for (unsigned w = 0; !status && w < parallel_workers(search->pool); w++)
        for (size_t i = 0; i < search->workers[w].count && !status; i++) {
            struct holding holding = search->workers[w].list[i];

            status = paths_name(paths, search->workers[w].names.names[holding.name], &holding.name);
            out->list[at[holding.tree]++] = holding;
        }
    free(at);
    return status;
}

/* Keep the entries that are wanted, or lead to what is. */
static enum status prune(struct search *search, struct holders *out, const uint32_t *wanted,
                         size_t n)
{
    size_t total = search->graph->objects->total, kept = 0;
    struct follow follow = { calloc(total + 2, sizeof(uint32_t)),
                             malloc((out->count + 1) * sizeof(uint32_t)) };
    enum status status = follow.from && follow.next ? STATUS_OK : err_nomem();

    for (size_t i = 0; !status && i < out->count; i++)
        follow.from[out->list[i].child]++;
    for (size_t i = 0; !status && i < total; i++)
        follow.from[i + 1] += follow.from[i];
    for (size_t i = 0; !status && i < out->count; i++)
        follow.next[--follow.from[out->list[i].child]] = out->list[i].tree;
    if (!status)
        status = spread(search, &follow, wanted, n, DOES);
    for (size_t i = 0; !status && i < out->count; i++)
        if (search->state[out->list[i].child] & (DOES | WANTED))
            out->list[kept++] = out->list[i];
    out->count = kept;
    follow_free(&follow);
    return status;
}

static size_t list_trees(const struct search *search, uint32_t *trees, bool candidates)
{
    const struct objects *objects = search->graph->objects;
    size_t n = 0;

    for (uint32_t i = 0; i < objects->order_count; i++) {
        uint32_t number = objects->order[i];

        if (search->graph->types[number] == OBJECT_TREE &&
            (!candidates || search->state[number] & MAY))
            trees[n++] = number;
    }
    return n;
}

static void fill_filter(struct search *search)
{
    const struct objects *objects = search->graph->objects;

    for (uint32_t i = 0; i < objects->total; i++) {
        uint32_t bit = search->state[i] ? filter_bit(objects_id(objects, i)) : 0;

        if (search->state[i])
            search->filter[bit / 8] |= (uint8_t)(1u << bit % 8);
    }
}

static enum status run(struct search *search, struct holders *out, const uint32_t *wanted, size_t n,
                       struct paths *paths)
{
    uint32_t *trees = malloc((search->graph->objects->total + (size_t)1) * sizeof(*trees));
    enum status status = trees ? STATUS_OK : err_nomem();

    for (size_t i = 0; i < n; i++)
        search->state[wanted[i]] |= WANTED;
    if (!status)
        status = find_candidates(search, trees, list_trees(search, trees, false), wanted, n);
    if (!status) {
        fill_filter(search);
        status = run_pass(search, trees, list_trees(search, trees, true), look_whole);
    }
    if (!status)
        status = gather(search, out, paths);
    if (!status)
        status = prune(search, out, wanted, n);
    free(trees);
    return status;
}

enum status holders_find(struct holders *out, const struct graph *graph, const uint32_t *wanted,
                         size_t n, struct paths *paths, struct pool *pool)
{
    struct search search = { .graph = graph, .pool = pool };
    unsigned workers = parallel_workers(pool);
    enum status status = STATUS_OK;

    *out = (struct holders){ 0 };
    if (n == 0)
        return STATUS_OK;
    search.workers = calloc(workers, sizeof(*search.workers));
    search.state = calloc(graph->objects->total + (size_t)1, 1);
    search.filter = calloc((1u << FILTER_BITS) / 8, 1);
    if (search.workers && search.state && search.filter)
        status = run(&search, out, wanted, n, paths);
    else
        status = err_nomem();
    for (unsigned i = 0; search.workers && i < workers; i++) {
        if (search.workers[i].ready)
            reader_release(&search.workers[i].reader);
        free(search.workers[i].pairs);
        free(search.workers[i].list);
        paths_release(&search.workers[i].names);
    }
    free(search.workers);
    free(search.state);
    free(search.filter);
    if (status)
        holders_release(out);
    return status;
}

void holders_release(struct holders *holders)
{
    free(holders->list);
    *holders = (struct holders){ 0 };
}
