/*
 * reach.c - which objects the refs, HEAD, reflogs and the index reach.
 *
 * Commits are walked in memory. Trees are read in passes over all of them, in the order in which
 * they decode fastest; a pass reads those that an earlier one, or an earlier tree of the same pass,
 * named, and of each only what its delta brings. There are at most as many passes as folders lie
 * inside each other, and mostly two or three.
 *
 * For a range of commits the same is done twice: first for the trees of the commits before the
 * range, whose objects are thereby known to be old; then for its own.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "git/history_private.h"
#include "git/store/fresh.h"

enum { UNSEEN, PENDING, REACHED, OLD };

struct reach {
    struct history *history;
    struct outcome *outcome;
    struct reader reader;
    uint8_t *state; /* by object number; PENDING: a tree that is to be read */
    bool again;     /* a tree became pending */
    bool before;    /* in what lies before a range, where nothing missing is missed */
};

static void reach_tree(struct reach *reach, uint32_t number)
{
    if (reach->state[number] == UNSEEN) {
        reach->state[number] = PENDING;
        reach->again = true;
    }
}

/* An entry of something reached: a tree is to be read, anything else is just reached. */
static enum status reach_entry(void *ctx, const struct tree_entry *entry)
{
    struct reach *reach = ctx;
    uint32_t number;

    if ((entry->mode & MODE_MASK) == MODE_SUBMODULE)
        return STATUS_OK;
    if (!objects_find(&reach->history->objects, &entry->id, &number)) {
        if (!reach->before)
            history_missing(reach->history, reach->outcome, &entry->id);
    } else if ((entry->mode & MODE_MASK) == MODE_TREE) {
        reach_tree(reach, number);
    } else if (reach->state[number] == UNSEEN) {
        reach->state[number] = REACHED;
    }
    return STATUS_OK;
}

static enum status read_tree(struct reach *reach, uint32_t number)
{
    struct object object;
    enum status status = reader_read(&reach->reader, number, LIMIT_BLOB_BYTES, &object);

    reach->state[number] = REACHED;
    if (!status && object.type != OBJECT_TREE)
        return STATUS_OK; /* a corrupt tree called it one */
    if (!status) {
        status = fresh_entries(&object, reach_entry, reach);
        if (status == STATUS_CORRUPT)
            err_set(STATUS_CORRUPT, "the tree is damaged");
    }
    if (!status || status == STATUS_NOMEM)
        return status;
    if (!reach->before)
        history_unread(reach->history, reach->outcome, number, OBJECT_TREE, status);
    return STATUS_OK;
}

static enum status read_trees(struct reach *reach)
{
    const struct objects *objects = &reach->history->objects;
    enum status status = STATUS_OK;

    while (!status && reach->again) {
        reach->again = false;
        for (uint32_t i = 0; !status && i < objects->order_count; i++)
            if (reach->state[objects->order[i]] == PENDING)
                status = read_tree(reach, objects->order[i]);
    }
    return status;
}

/* A commit of which a part is missing: only its text still says which. */
static enum status tell_missing(struct reach *reach, uint32_t number)
{
    struct commit_head head;
    struct object object;
    enum status status = reader_read(&reach->reader, number, LIMIT_BLOB_BYTES, &object);
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

    if (reach->state[number] == UNSEEN)
        reach->state[number] = REACHED;
}

/* What an id names besides commits: tags, and trees and blobs that a tag or the index holds. */
static enum status reach_id(struct reach *reach, const struct object_id *id)
{
    const struct graph *graph = &reach->history->graph;
    uint32_t number;
    enum status status = graph_peel(graph, &reach->reader, id, &number, reach_tag, reach);

    if (status || number == NO_NUMBER || graph->types[number] == OBJECT_COMMIT)
        return status;
    if (graph->types[number] == OBJECT_TREE)
        reach_tree(reach, number);
    else if (reach->state[number] == UNSEEN)
        reach->state[number] = REACHED;
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
    enum status status = history_select(reach->history, range, &reach->reader, &chosen, &left);

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
    struct reach reach = { .history = history, .outcome = outcome };
    enum status status = reader_init(&reach.reader, &history->objects);

    if (!status)
        status = history_load_graph(history);
    if (!status) {
        reach.state = calloc(history->objects.total + (size_t)1, 1);
        status = reach.state ? STATUS_OK : err_nomem();
    }
    if (!status)
        status = range ? reach_range(&reach, range) : reach_tips(&reach);
    if (!status)
        status = make_list(history, &reach);
    free(reach.state);
    reader_release(&reach.reader);
    return status;
}

enum status history_mark_old(struct history *history, const struct history_range *range,
                             uint8_t **old)
{
    struct reach reach = { .history = history, .before = true };
    struct chosen chosen = { 0 }, left = { 0 };
    enum status status = reader_init(&reach.reader, &history->objects);

    if (!status)
        status = history_load_graph(history);
    if (!status) {
        reach.state = calloc(history->objects.total + (size_t)1, 1);
        status = reach.state ? STATUS_OK : err_nomem();
    }
    if (!status)
        status = history_select(history, range, &reach.reader, &chosen, &left);
    if (!status)
        status = reach_commits(&reach, COMMIT_UNWANTED);
    for (size_t i = 0; !status && i < left.count; i++)
        status = reach_id(&reach, &left.ids[i]);
    if (!status)
        status = read_trees(&reach);
    free(chosen.ids);
    free(left.ids);
    reader_release(&reach.reader);
    if (status)
        free(reach.state);
    else
        *old = reach.state;
    return status;
}
