/*
 * reach.c - which objects the refs, HEAD, reflogs and the index reach.
 *
 * Commits are walked in memory. Trees are read in passes over all of them, on all workers, in the
 * order in which they decode fastest; a pass reads those that an earlier one, or an earlier tree of
 * the same pass, named, and of each only what its delta brings. There are at most as many passes as
 * folders lie inside each other, and mostly a handful.
 *
 * For a range of commits the same is done twice: first for the trees of the commits before the
 * range, whose objects are thereby known to be old; then for its own.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/parallel.h"
#include "git/history_private.h"
#include "git/store/fresh.h"

enum { UNSEEN, PENDING, REACHED, OLD };

enum { STEP = 1024 }; /* objects that a worker looks through in one go */

struct reach {
    struct history *history;
    pthread_mutex_t lock; /* guards outcome while trees are read */
    struct outcome *outcome;
    struct worker *workers; /* one for each of the pool's; the first one's reader is always there */
    struct reader *reader;  /* that one */
    atomic_uchar *state;    /* by object number; PENDING: a tree that is to be read */
    atomic_bool again;      /* a tree became pending */
    atomic_bool starved;
    bool before; /* in what lies before a range, where nothing missing is missed */
};

struct worker {
    struct reach *reach;
    struct reader reader;
    bool ready;
};

/* Of an object that nobody has come upon yet. */
static bool set_state(struct reach *reach, uint32_t number, unsigned char state)
{
    unsigned char unseen = UNSEEN;

    return atomic_load_explicit(&reach->state[number], memory_order_relaxed) == UNSEEN &&
           atomic_compare_exchange_strong(&reach->state[number], &unseen, state);
}

static void reach_tree(struct reach *reach, uint32_t number)
{
    if (set_state(reach, number, PENDING))
        atomic_store_explicit(&reach->again, true, memory_order_relaxed);
}

/* An entry of something reached: a tree is to be read, anything else is just reached. */
static enum status reach_entry(void *ctx, const struct tree_entry *entry)
{
    struct reach *reach = ctx;
    uint32_t number;

    if ((entry->mode & MODE_MASK) == MODE_SUBMODULE)
        return STATUS_OK;
    if (objects_find(&reach->history->objects, &entry->id, &number)) {
        if ((entry->mode & MODE_MASK) == MODE_TREE)
            reach_tree(reach, number);
        else
            set_state(reach, number, REACHED);
    } else if (!reach->before) {
        pthread_mutex_lock(&reach->lock);
        history_missing(reach->history, reach->outcome, &entry->id);
        pthread_mutex_unlock(&reach->lock);
    }
    return STATUS_OK;
}

static enum status read_tree(struct worker *worker, uint32_t number)
{
    struct reach *reach = worker->reach;
    struct object object;
    enum status status = reader_read(&worker->reader, number, LIMIT_BLOB_BYTES, &object);

    if (!status && object.type != OBJECT_TREE)
        return STATUS_OK; /* a corrupt tree called it one */
    if (!status) {
        status = fresh_entries(&object, reach_entry, reach);
        if (status == STATUS_CORRUPT)
            err_set(STATUS_CORRUPT, "the tree is damaged");
    }
    if (!status || status == STATUS_NOMEM)
        return status;
    if (!reach->before) {
        pthread_mutex_lock(&reach->lock);
        history_unread(reach->history, reach->outcome, number, OBJECT_TREE, status);
        pthread_mutex_unlock(&reach->lock);
    }
    return STATUS_OK;
}

static void read_slice(void *ctx, unsigned index, size_t from, size_t to)
{
    struct reach *reach = ctx;
    struct worker *worker = &reach->workers[index];
    const struct objects *objects = &reach->history->objects;

    for (size_t i = from; i < to && !atomic_load(&reach->starved); i++) {
        uint32_t number = objects->order[i];

        if (atomic_load_explicit(&reach->state[number], memory_order_relaxed) != PENDING)
            continue;
        if (!worker->ready && reader_init(&worker->reader, objects)) {
            atomic_store(&reach->starved, true);
            return;
        }
        worker->ready = true;
        atomic_store(&reach->state[number], REACHED);
        if (read_tree(worker, number))
            atomic_store(&reach->starved, true);
    }
}

static enum status read_trees(struct reach *reach)
{
    const struct history *history = reach->history;
    enum status status = STATUS_OK;

    while (!status && atomic_exchange(&reach->again, false))
        status = parallel_run(history->pool, history->objects.order_count, STEP, read_slice, reach);
    return status || !atomic_load(&reach->starved) ? status : err_nomem();
}

/* To be released after a failure too. */
static enum status begin(struct reach *reach, struct history *history, struct outcome *outcome)
{
    unsigned workers = parallel_workers(history->pool);
    enum status status;

    *reach = (struct reach){ .history = history, .outcome = outcome };
    pthread_mutex_init(&reach->lock, NULL);
    reach->workers = calloc(workers, sizeof(*reach->workers));
    if (!reach->workers)
        return err_nomem();
    for (unsigned i = 0; i < workers; i++)
        reach->workers[i].reach = reach;
    reach->reader = &reach->workers[0].reader;
    status = reader_init(reach->reader, &history->objects);
    reach->workers[0].ready = !status;
    if (!status)
        status = history_load_graph(history);
    if (!status) {
        reach->state = calloc(history->objects.total + (size_t)1, sizeof(*reach->state));
        status = reach->state ? STATUS_OK : err_nomem();
    }
    return status;
}

static void end(struct reach *reach)
{
    for (unsigned i = 0; reach->workers && i < parallel_workers(reach->history->pool); i++)
        if (reach->workers[i].ready)
            reader_release(&reach->workers[i].reader);
    free(reach->workers);
    free(reach->state);
    pthread_mutex_destroy(&reach->lock);
}

/* A commit of which a part is missing: only its text still says which. */
static enum status tell_missing(struct reach *reach, uint32_t number)
{
    struct commit_head head;
    struct object object;
    enum status status = reader_read(reach->reader, number, LIMIT_BLOB_BYTES, &object);
    uint32_t found;

    if (status || !commit_parse(&head, object.content))
        return status == STATUS_NOMEM ? status : STATUS_OK;
    if (!objects_find(&reach->history->objects, &head.tree, &found))
        history_missing(reach->history, reach->outcome, &head.tree);
    for (size_t i = 0; i < head.parent_count; i++) {
        struct object_id id = commit_parent(&head, i);

        if (!objects_find(&reach->history->objects, &id, &found))
            history_missing_parent(reach->history, reach->outcome,
                                   objects_id(&reach->history->objects, number), &id);
    }
    return STATUS_OK;
}

/* The commits that have `flag`. */
static enum status reach_commits(struct reach *reach, uint32_t flag)
{
    const struct graph *graph = &reach->history->graph;
    enum status status = STATUS_OK;

    for (uint32_t i = 0; !status && i < graph->count; i++) {
        const struct commit *commit = &graph->commits[i];

        if (!(commit->flags & flag))
            continue;
        reach->state[commit->number] = REACHED;
        if (commit->tree != NO_NUMBER)
            reach_tree(reach, commit->tree);
        if (commit->flags & COMMIT_INCOMPLETE && !reach->before)
            status = tell_missing(reach, commit->number);
    }
    return status;
}

static void reach_tag(void *ctx, uint32_t number)
{
    struct reach *reach = ctx;

    set_state(reach, number, REACHED);
}

/* What an id names besides commits: tags, and trees and blobs that a tag or the index holds. */
static enum status reach_id(struct reach *reach, const struct object_id *id)
{
    const struct graph *graph = &reach->history->graph;
    uint32_t number;
    enum status status = graph_peel(graph, reach->reader, id, &number, reach_tag, reach);

    if (status || number == NO_NUMBER || graph->types[number] == OBJECT_COMMIT)
        return status;
    if (graph->types[number] == OBJECT_TREE)
        reach_tree(reach, number);
    else
        set_state(reach, number, REACHED);
    return STATUS_OK;
}

static enum status reach_tips(struct reach *reach)
{
    const struct refs *refs = &reach->history->refs;
    enum status status = reach_commits(reach, COMMIT_REACHED);

    for (size_t i = 0; !status && i < refs->tip_count; i++)
        status = reach_id(reach, &refs->tips[i].id);
    return status ? status : read_trees(reach);
}

/* Everything that the commits right before the range hold is old, and what is left out by name. */
static enum status reach_before(struct reach *reach, const struct chosen *left)
{
    const struct graph *graph = &reach->history->graph;
    enum status status = STATUS_OK;

    reach->before = true;
    for (uint32_t i = 0; i < graph->count; i++) {
        const struct commit *commit = &graph->commits[i];

        for (uint32_t k = 0; commit->flags & COMMIT_SELECTED && k < commit->parent_count; k++) {
            const struct commit *parent = &graph->commits[graph->parents[commit->parents + k]];

            if (!(parent->flags & COMMIT_SELECTED) && parent->tree != NO_NUMBER)
                reach_tree(reach, parent->tree);
        }
    }
    for (size_t i = 0; !status && i < left->count; i++)
        status = reach_id(reach, &left->ids[i]);
    if (!status)
        status = read_trees(reach);
    for (uint32_t i = 0; i < reach->history->objects.total; i++)
        if (reach->state[i] != UNSEEN)
            reach->state[i] = OLD;
    reach->before = false;
    return status;
}

static enum status reach_range(struct reach *reach, const struct history_range *range)
{
    struct chosen chosen = { 0 }, left = { 0 };
    enum status status = history_select(reach->history, range, reach->reader, &chosen, &left);

    if (!status)
        status = reach_before(reach, &left);
    if (!status)
        status = reach_commits(reach, COMMIT_SELECTED);
    for (size_t i = 0; !status && i < chosen.count; i++)
        status = reach_id(reach, &chosen.ids[i]);
    free(chosen.ids);
    free(left.ids);
    return status ? status : read_trees(reach);
}

/* The list: all that was reached but trees, which have been read here. */
static enum status make_list(struct history *history, const struct reach *reach)
{
    const struct objects *objects = &history->objects;

    history->list = malloc((objects->order_count + (size_t)1) * sizeof(*history->list));
    if (!history->list)
        return err_nomem();
    for (uint32_t i = 0; i < objects->order_count; i++)
        if (reach->state[objects->order[i]] == REACHED &&
            history->graph.types[objects->order[i]] != OBJECT_TREE)
            history->list[history->list_count++] = objects->order[i];
    return STATUS_OK;
}

enum status history_load_graph(struct history *history)
{
    struct graph *graph = &history->graph;
    struct reader reader;
    enum status status;

    if (history->graph_ready)
        return STATUS_OK;
    status = reader_init(&reader, &history->objects);
    if (status)
        return status;
    status = graph_load(graph, &history->objects, history->pool);
    if (!status) {
        status = graph_mark_tips(graph, &reader, &history->refs);
        if (status)
            graph_release(graph);
    }
    history->graph_ready = !status;
    reader_release(&reader);
    return status;
}

enum status history_list_reached(struct history *history, const struct history_range *range,
                                 struct outcome *outcome)
{
    struct reach reach;
    enum status status = begin(&reach, history, outcome);

    if (!status)
        status = range ? reach_range(&reach, range) : reach_tips(&reach);
    if (!status)
        status = make_list(history, &reach);
    end(&reach);
    return status;
}

enum status history_mark_old(struct history *history, const struct history_range *range,
                             uint8_t *old)
{
    struct chosen chosen = { 0 }, left = { 0 };
    struct reach reach;
    enum status status = begin(&reach, history, NULL);

    reach.before = true;
    if (!status)
        status = history_select(history, range, reach.reader, &chosen, &left);
    if (!status)
        status = reach_commits(&reach, COMMIT_UNWANTED);
    for (size_t i = 0; !status && i < left.count; i++)
        status = reach_id(&reach, &left.ids[i]);
    if (!status)
        status = read_trees(&reach);
    for (uint32_t i = 0; !status && i < history->objects.total; i++)
        old[i] = reach.state[i];
    free(chosen.ids);
    free(left.ids);
    end(&reach);
    return status;
}
