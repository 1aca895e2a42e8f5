/*
 * attribution.c - what is told of a hit, and how many commits hold some of the hits together.
 *
 * To count commits the way is up, from the hits of one credential to all roots above them.
 */
#include "git/attribution.h"

#include <stdlib.h>

#include "base/limits.h"
#include "git/store/content.h"

uint64_t attribution_late(const struct graph *graph, const struct commit *commit)
{
    return commit->rank + (commit->flags & COMMIT_REACHED ? (uint64_t)graph->count : 0);
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

/* The author of commit `number` and the author's date; NULL for what it does not say. */
static enum status tell_author(struct attribution *at, uint32_t number, struct arena *arena,
                               const char **author, const char **when)
{
    struct commit_head head;
    struct object object;
    struct slice who;
    char date[DATE_SIZE];
    enum status status = reader_read(&at->reader, number, LIMIT_BLOB_BYTES, &object);

    if (status || !commit_parse(&head, object.content) || !head.author.len)
        return status == STATUS_NOMEM ? status : STATUS_OK;
    author_parse(head.author, &who, date);
    *author = copy(arena, who);
    *when = date[0] ? copy(arena, slice_of(date)) : NULL;
    return *author && (*when || !date[0]) ? STATUS_OK : err_nomem();
}

static int cmp_path(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum status tell_paths(struct attribution *at, const struct node *node, struct arena *arena,
                              struct history_hit *hit)
{
    const char **paths = arena_alloc(arena, (node->path_count + (size_t)1) * sizeof(*paths));
    enum status status = paths ? STATUS_OK : err_nomem();
    size_t n = 0, kept = 0;

    for (uint32_t i = 0; !status && i < node->path_count; i++) {
        status = paths_text(&at->paths, node->paths[i] & ~PATH_AT_HEAD, arena, &paths[n]);
        if (status || !paths[n])
            continue;
        if (node->paths[i] & PATH_AT_HEAD &&
            (!hit->head_path || strcmp(paths[n], hit->head_path) < 0))
            hit->head_path = paths[n];
        n++;
    }
    if (status)
        return status;
    qsort(paths, n, sizeof(*paths), cmp_path);
    for (size_t i = 0; i < n; i++)
        if (!kept || strcmp(paths[kept - 1], paths[i]))
            paths[kept++] = paths[i];
    hit->origin.paths = paths;
    hit->origin.path_count = kept;
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
    node->last = attribution_late(at->graph, commit) + 1;
    /* HEAD's tree holds no message; and that a commit was pushed says nothing of its tags. */
    node->flags = hit->kind == HISTORY_COMMIT ? commit->flags & COMMIT_REMOTE : 0;
    return STATUS_OK;
}

enum status attribution_tell(struct attribution *at, struct history_hit *hit, struct node *node,
                             struct arena *arena)
{
    static const char *const kinds[] = { "blob", "commit", "tag" };
    const struct graph *graph = at->graph;
    struct git_origin *origin = &hit->origin;
    enum status status = hit->kind == HISTORY_BLOB ? STATUS_OK : tell_message(at, hit, node);

    *origin = (struct git_origin){ .kind = kinds[hit->kind],
                                   .at_head = KNOWN_NOT,
                                   .on_remote = KNOWN_NOT };
    hit->order = UINT64_MAX;
    hit->head_path = NULL;
    hit->index = (size_t)(node - at->nodes);
    origin->blob = copy(arena, slice_of(hit->id));
    if (!id_is_zero(&at->history->refs.head)) /* else nobody knows */
        origin->at_head = node->flags & COMMIT_HEAD ? KNOWN_YES : KNOWN_NO;
    if (at->remotes && hit->kind != HISTORY_TAG)
        origin->on_remote = node->flags & COMMIT_REMOTE ? KNOWN_YES : KNOWN_NO;
    if (status || !origin->blob)
        return err_nomem();
    if (node->first != NO_COMMIT) {
        uint32_t first = graph->commits[graph->by_rank[node->first]].number;
        uint32_t last = graph->commits[graph->by_rank[(node->last - 1) % graph->count]].number;
        const char *nobody;

        hit->order = node->first;
        origin->first_commit = copy_id(at, first, arena);
        origin->last_commit = copy_id(at, last, arena);
        if (!origin->first_commit || !origin->last_commit)
            return err_nomem();
        status = tell_author(at, first, arena, &origin->author, &origin->date);
        if (!status)
            status = tell_author(at, last, arena, &nobody, &origin->last_date);
    }
    return status ? status : tell_paths(at, node, arena, hit);
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
