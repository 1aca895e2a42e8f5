/*
 * reach.c - which objects the refs, HEAD, reflogs and the index reach.
 *
 * Commits are walked in memory. Trees are read in passes over all of them, in the order in which
 * they decode fastest; a pass reads those that an earlier one, or an earlier tree of the same pass,
 * named. There are at most as many passes as folders lie inside each other, and mostly two or
 * three.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "git/content.h"
#include "git/history_private.h"

enum { UNSEEN, PENDING, REACHED };

struct reach {
    const struct history *history;
    struct outcome *outcome;
    struct graph graph;
    struct reader reader;
    uint8_t *state; /* by object number; PENDING: a tree that is to be read */
    bool again;     /* a tree became pending */
};

/* `id` is named by something reached: a tree is to be read, anything else is just reached. */
static void reach_id(struct reach *reach, const struct object_id *id, bool tree)
{
    uint32_t number;

    if (!objects_find(&reach->history->objects, id, &number)) {
        history_missing(reach->history, reach->outcome, id);
    } else if (reach->state[number] == UNSEEN) {
        reach->state[number] = tree ? PENDING : REACHED;
        reach->again |= tree;
    }
}

static enum status read_tree(struct reach *reach, uint32_t number)
{
    struct tree_entry entry;
    struct object object;
    enum status status = reader_read(&reach->reader, number, LIMIT_BLOB_BYTES, &object);
    struct slice rest = object.content;

    reach->state[number] = REACHED;
    if (!status && object.type != OBJECT_TREE)
        return STATUS_OK; /* a corrupt tree called it one */
    while (!status && !(status = tree_next(&rest, &entry)))
        if ((entry.mode & MODE_MASK) != MODE_SUBMODULE)
            reach_id(reach, &entry.id, (entry.mode & MODE_MASK) == MODE_TREE);
    if (status == STATUS_ABSENT || status == STATUS_NOMEM)
        return status == STATUS_NOMEM ? status : STATUS_OK;
    if (status == STATUS_CORRUPT && rest.ptr)
        err_set(STATUS_CORRUPT, "the tree is damaged");
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
            history_missing(reach->history, reach->outcome, &id);
    }
    return STATUS_OK;
}

static enum status reach_commits(struct reach *reach)
{
    enum status status = STATUS_OK;

    for (uint32_t i = 0; !status && i < reach->graph.count; i++) {
        const struct commit *commit = &reach->graph.commits[i];

        if (!(commit->flags & COMMIT_REACHED))
            continue;
        reach->state[commit->number] = REACHED;
        if (commit->tree != NO_NUMBER && reach->state[commit->tree] == UNSEEN) {
            reach->state[commit->tree] = PENDING;
            reach->again = true;
        }
        if (commit->flags & COMMIT_INCOMPLETE)
            status = tell_missing(reach, commit->number);
    }
    return status;
}

static void reach_tag(void *ctx, uint32_t number)
{
    struct reach *reach = ctx;

    reach->state[number] = REACHED;
}

/* What a tip names besides commits: tags, and trees and blobs that a tag or the index holds. */
static enum status reach_tips(struct reach *reach)
{
    const struct refs *refs = &reach->history->refs;
    enum status status = STATUS_OK;

    for (size_t i = 0; !status && i < refs->tip_count; i++) {
        uint32_t number;

        status =
            graph_peel(&reach->graph, &reach->reader, &refs->tips[i].id, &number, reach_tag, reach);
        if (!status && number != NO_NUMBER && reach->state[number] == UNSEEN) {
            bool tree = reach->graph.types[number] == OBJECT_TREE;

            reach->state[number] = tree ? PENDING : REACHED;
            reach->again |= tree;
        }
    }
    return status;
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
            reach->graph.types[objects->order[i]] != OBJECT_TREE)
            history->list[history->list_count++] = objects->order[i];
    return STATUS_OK;
}

enum status history_list_reached(struct history *history, struct outcome *outcome)
{
    struct reach reach = { .history = history, .outcome = outcome };
    enum status status = reader_init(&reach.reader, &history->objects);

    if (!status)
        status = graph_load(&reach.graph, &history->objects, &reach.reader);
    if (!status) {
        reach.state = calloc(history->objects.total + (size_t)1, 1);
        status = reach.state ? STATUS_OK : err_nomem();
    }
    if (!status)
        status = graph_mark_tips(&reach.graph, &reach.reader, &history->refs);
    if (!status)
        status = reach_commits(&reach);
    if (!status)
        status = reach_tips(&reach);
    if (!status)
        status = read_trees(&reach);
    if (!status)
        status = make_list(history, &reach);
    free(reach.state);
    graph_release(&reach.graph);
    reader_release(&reach.reader);
    return status;
}
