/* select.c - the commits of a range: what is reached from here, but not from there, and when. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/array.h"
#include "git/graph/revision.h"
#include "git/history_private.h"

struct selecting {
    struct history *history;
    const struct history_range *range;
    struct reader *reader;
    struct chosen *chosen, *left;
};

/* Mark the commit that `id` peels to and all before it. What is no commit has nothing before it. */
static enum status mark(const struct selecting *s, const struct object_id *id, uint32_t flags)
{
    struct graph *graph = &s->history->graph;
    uint32_t number;
    enum status status = graph_peel(graph, s->reader, id, &number, NULL, NULL);

    if (status || number == NO_NUMBER || graph->commit_of[number] == NO_COMMIT)
        return status;
    return graph_mark(graph, graph->commit_of[number], flags);
}

static enum status add_id(struct chosen *chosen, const struct object_id *id)
{
    struct object_id *grown = array_room(chosen->ids, chosen->count, &chosen->cap, sizeof(*grown));

    if (!grown)
        return err_nomem();
    chosen->ids = grown;
    chosen->ids[chosen->count++] = *id;
    return STATUS_OK;
}

static enum status choose(const struct selecting *s, const struct object_id *id)
{
    enum status status = add_id(s->chosen, id);

    return status ? status : mark(s, id, COMMIT_WANTED);
}

static enum status find(const struct selecting *s, struct slice name, struct object_id *id)
{
    struct revisions in = { .graph = &s->history->graph,
                            .refs = &s->history->refs,
                            .layout = &s->history->layout,
                            .reader = s->reader,
                            .now = (int64_t)time(NULL) };

    return revision_find(&in, name, id);
}

static enum status choose_name(const struct selecting *s, struct slice name)
{
    struct object_id id;
    enum status status = find(s, name, &id);

    return status ? status : choose(s, &id);
}

static enum status leave_out(const struct selecting *s, struct slice name)
{
    struct object_id id;
    enum status status = find(s, name, &id);

    if (status == STATUS_INVALID && s->range->lenient)
        return STATUS_OK;
    if (!status)
        status = add_id(s->left, &id);
    return status ? status : mark(s, &id, COMMIT_UNWANTED);
}

/* A...B: what one of them reaches and the other does not. */
static enum status take_symmetric(const struct selecting *s, struct slice a, struct slice b)
{
    struct graph *graph = &s->history->graph;
    struct object_id ids[2];
    enum status status = find(s, a, &ids[0]);

    if (!status)
        status = find(s, b, &ids[1]);
    for (size_t i = 0; i < 2 && !status; i++)
        status = choose(s, &ids[i]);
    if (!status)
        status = mark(s, &ids[0], COMMIT_LEFT);
    if (!status)
        status = mark(s, &ids[1], COMMIT_RIGHT);
    for (uint32_t i = 0; i < graph->count && !status; i++) {
        if ((graph->commits[i].flags & (COMMIT_LEFT | COMMIT_RIGHT)) ==
            (COMMIT_LEFT | COMMIT_RIGHT))
            graph->commits[i].flags |= COMMIT_UNWANTED;
        graph->commits[i].flags &= ~(uint32_t)(COMMIT_LEFT | COMMIT_RIGHT);
    }
    return status;
}

/* A^!: the commit alone; its parents are left out. */
static enum status take_alone(const struct selecting *s, struct slice name)
{
    struct graph *graph = &s->history->graph;
    const struct commit *commit;
    struct object_id id;
    uint32_t number;
    enum status status = find(s, name, &id);

    if (!status)
        status = choose(s, &id);
    if (!status)
        status = graph_peel(graph, s->reader, &id, &number, NULL, NULL);
    if (status || number == NO_NUMBER || graph->commit_of[number] == NO_COMMIT)
        return status;
    commit = &graph->commits[graph->commit_of[number]];
    for (uint32_t k = 0; !status && k < commit->parent_count; k++)
        status = graph_mark(graph, graph->parents[commit->parents + k], COMMIT_UNWANTED);
    return status;
}

static enum status take_revision(const struct selecting *s, struct slice text)
{
    const uint8_t *dots = memmem(text.ptr, text.len, "..", 2);
    size_t at = dots ? (size_t)(dots - text.ptr) : 0;
    enum status status;

    if (text.len && text.ptr[0] == '^')
        return leave_out(s, slice_sub(text, 1, text.len));
    if (!dots && text.len > 2 && !memcmp(text.ptr + text.len - 2, "^!", 2))
        return take_alone(s, slice_sub(text, 0, text.len - 2));
    if (!dots)
        return choose_name(s, text);
    if (at + 2 < text.len && text.ptr[at + 2] == '.')
        return take_symmetric(s, slice_sub(text, 0, at), slice_sub(text, at + 3, text.len));
    status = leave_out(s, slice_sub(text, 0, at));
    return status ? status : choose_name(s, slice_sub(text, at + 2, text.len));
}

/* Is it a ref that tells what `remote` (NULL: any) has? */
static bool is_remotes(const struct tip *tip, const char *remote)
{
    size_t before = strlen("refs/remotes/"), len = remote ? strlen(remote) : 0;

    return tip->remote && (!remote || (strncmp(tip->name + before, remote, len) == 0 &&
                                       tip->name[before + len] == '/'));
}

/* Every ref is one to begin with, or one to leave out. */
static enum status take_refs(const struct selecting *s)
{
    const struct refs *refs = &s->history->refs;
    enum status status = STATUS_OK;

    for (size_t i = 0; i < refs->tip_count && !status; i++) {
        const struct tip *tip = &refs->tips[i];

        if (s->range->everything && !id_is_zero(&tip->id))
            status = choose(s, &tip->id);
        if (!tip->name || status)
            continue;
        if (s->range->not_refs || (s->range->not_remotes && is_remotes(tip, s->range->remote)))
            status = mark(s, &tip->id, COMMIT_UNWANTED);
        if (s->range->all && !status)
            status = choose(s, &tip->id);
    }
    if ((s->range->all || s->range->everything) && !status && !id_is_zero(&refs->head))
        status = choose(s, &refs->head);
    return status;
}

static enum status read_times(const struct history_range *range, int64_t times[static 2])
{
    const char *const texts[] = { range->since, range->until };

    times[0] = INT64_MIN;
    times[1] = INT64_MAX;
    for (size_t i = 0; i < 2; i++)
        if (texts[i] && !revision_time(texts[i], (int64_t)time(NULL), &times[i]))
            return err_set(STATUS_INVALID, "\"%s\" is no time that is understood, such as %s",
                           texts[i], "2024-05-31 or \"2 weeks ago\"");
    return STATUS_OK;
}

/* "NAME" of a local branch, or of a remote one. */
static enum status take_branch(const struct selecting *s)
{
    enum { MOST = 4096 };
    char name[MOST];
    struct object_id id;
    int len = snprintf(name, sizeof(name), "refs/heads/%s", s->range->branch);

    if (len < MOST && !find(s, slice_of(name), &id))
        return choose(s, &id);
    snprintf(name, sizeof(name), "refs/remotes/%s", s->range->branch);
    if (len < MOST && !find(s, slice_of(name), &id))
        return choose(s, &id);
    return err_set(STATUS_INVALID, "%s: there is no such branch", s->range->branch);
}

enum status history_select(struct history *history, const struct history_range *range,
                           struct reader *reader, struct chosen *chosen, struct chosen *left)
{
    struct selecting s = { history, range, reader, chosen, left };
    struct graph *graph = &history->graph;
    int64_t times[2];
    enum status status = read_times(range, times);

    for (size_t i = 0; i < range->revision_count && !status; i++)
        status = take_revision(&s, slice_of(range->revisions[i]));
    if (!status && range->branch)
        status = take_branch(&s);
    if (!status)
        status = take_refs(&s);
    if (!status && !chosen->count && !range->not_refs && !range->not_remotes)
        status = choose_name(&s, SLICE("HEAD"));
    for (uint32_t i = 0; i < graph->count && !status; i++) {
        struct commit *commit = &graph->commits[i];

        if ((commit->flags & (COMMIT_WANTED | COMMIT_UNWANTED)) == COMMIT_WANTED &&
            commit->date >= times[0] && commit->date <= times[1])
            commit->flags |= COMMIT_SELECTED;
    }
    return status;
}
