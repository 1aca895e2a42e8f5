/* sightings.c - hits are attributed, sorted by credential and age, and summed up one by one. */
#include "scan/sightings.h"

#include <stdlib.h>

/* --- from places to credentials --- */

/* One place of a credential in history. */
struct sighting {
    const struct finding *finding;
    const struct history_hit *hit;
};

static int by_credential(const struct finding *a, const struct finding *b)
{
    int order = strcmp(a->rule->id, b->rule->id);

    order = order ? order : slice_cmp(a->id, b->id);
    return order ? order : slice_cmp(a->secret, b->secret);
}

/* By credential, and of one credential the oldest place first. */
static int by_age(const void *a, const void *b)
{
    const struct sighting *left = a, *right = b;
    int order = by_credential(left->finding, right->finding);

    if (order)
        return order;
    if (left->hit->order != right->hit->order)
        return left->hit->order < right->hit->order ? -1 : 1;
    order = strcmp(left->hit->id, right->hit->id);
    if (order)
        return order;
    return left->finding->place.offset < right->finding->place.offset ? -1 : 1;
}

static int by_id(const void *a, const void *b)
{
    const struct history_hit *left = a, *right = b;

    return strcmp(left->id, right->id);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *const kind_names[] = {
    [HISTORY_BLOB] = "blob", [HISTORY_COMMIT] = "commit", [HISTORY_TAG] = "tag"
};

const char *sightings_kind(enum history_kind kind)
{
    return kind_names[kind];
}

static enum history_kind kind_of(const struct finding *finding)
{
    size_t kind = HISTORY_BLOB;

    while (strcmp(finding->git->kind, kind_names[kind]) != 0)
        kind++;
    return (enum history_kind)kind;
}

/* One hit for each object that holds a finding. NULL when memory is out. */
static struct history_hit *list_hits(const struct outcome *found, size_t *n)
{
    struct history_hit *hits = calloc(found->finding_count + 1, sizeof(*hits));
    size_t kept = 0;

    if (!hits)
        return NULL;
    for (size_t i = 0; i < found->finding_count; i++) {
        strcpy(hits[i].id, found->findings[i].git->blob);
        hits[i].kind = kind_of(&found->findings[i]);
    }
    qsort(hits, found->finding_count, sizeof(*hits), by_id);
    for (size_t i = 0; i < found->finding_count; i++)
        if (i == 0 || strcmp(hits[i].id, hits[kept - 1].id) != 0)
            hits[kept++] = hits[i];
    *n = kept;
    return hits;
}

/* Every path of the sightings' objects, sorted and once each, in the first one's origin. */
static bool join_paths(struct git_origin *origin, struct arena *arena,
                       const struct sighting *sightings, size_t n)
{
    size_t count = 0, kept = 0;

    for (size_t i = 0; i < n; i++)
        count += sightings[i].hit->origin.path_count;
    origin->paths = arena_alloc(arena, count * sizeof(*origin->paths));
    if (!origin->paths)
        return false;
    for (size_t i = 0, at = 0; i < n; at += sightings[i++].hit->origin.path_count)
        for (size_t k = 0; k < sightings[i].hit->origin.path_count; k++)
            origin->paths[at + k] = sightings[i].hit->origin.paths[k];
    qsort(origin->paths, count, sizeof(*origin->paths), by_text);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || strcmp(origin->paths[i], origin->paths[kept - 1]) != 0)
            origin->paths[kept++] = origin->paths[i];
    origin->path_count = kept;
    return true;
}

/* How many commits hold one of the sightings, and the last of them. */
static bool count_commits(const struct sightings_of *of, const struct sighting *sightings, size_t n,
                          struct arena *arena, struct git_origin *origin)
{
    const struct history_hit **hits = arena_alloc(arena, n * sizeof(*hits));
    uint64_t last = 0;

    if (!hits)
        return false;
    for (size_t i = 0; i < n; i++) {
        hits[i] = sightings[i].hit;
        if (hits[i]->origin.last_commit && hits[i]->last_order >= last) {
            last = hits[i]->last_order;
            origin->last_commit = hits[i]->origin.last_commit;
            origin->last_date = hits[i]->origin.last_date;
        }
    }
    origin->commits = history_count_commits(of->history, hits, n);
    return true;
}

/* The path of the sighting's blob, at HEAD where it is there, and behind it the path inside of an
 * archive. NULL: out of memory. */
static const char *path_of(const struct sightings_of *of, const struct sighting *sighting,
                           struct arena *arena)
{
    const struct history_hit *hit = sighting->hit;
    const char *path = hit->head_path ? hit->head_path : hit->origin.paths[0];
    const char *inside = sighting->finding->path + strlen(of->repository);
    char *joined;

    if (!*inside)
        return path;
    joined = arena_alloc(arena, strlen(path) + strlen(inside) + 1);
    if (joined)
        stpcpy(stpcpy(joined, path), inside);
    return joined;
}

/* Where a person looks first: what HEAD still has, else the oldest. */
static const struct sighting *nearest(const struct sighting *sightings, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (sightings[i].hit->head_path)
            return &sightings[i];
    return &sightings[0];
}

/* The finding for `n` sightings of one credential, the oldest first; its text lives in `arena`. */
static bool sum_up(const struct sightings_of *of, const struct sighting *sightings, size_t n,
                   struct arena *arena, struct finding *out)
{
    const struct sighting *shown = nearest(sightings, n);
    struct git_origin *origin = arena_alloc(arena, sizeof(*origin));

    if (!origin)
        return false;
    *origin = sightings[0].hit->origin;
    origin->blob = shown->hit->origin.blob;
    origin->kind = shown->hit->origin.kind;
    origin->repository = of->repository;
    if (!join_paths(origin, arena, sightings, n))
        return false;
    for (size_t i = 1; i < n; i++) {
        const struct git_origin *other = &sightings[i].hit->origin;

        if (other->at_head == KNOWN_YES)
            origin->at_head = KNOWN_YES;
        if (other->on_remote == KNOWN_YES)
            origin->on_remote = KNOWN_YES;
    }
    if (!count_commits(of, sightings, n, arena, origin))
        return false;
    *out = *shown->finding;
    out->git = origin;
    if (shown->hit->origin.path_count && !(out->path = path_of(of, shown, arena)))
        return false;
    if (finding_is_lone(out))
        out->count = n;
    return true;
}

/* --- beside the work tree --- */

/* The findings of files, sorted by credential. */
struct tree_index {
    struct finding **findings; /* count of them; the outcome's own */
    size_t count;
};

static int by_credential_pointer(const void *a, const void *b)
{
    return by_credential(*(struct finding *const *)a, *(struct finding *const *)b);
}

static bool index_tree(struct tree_index *index, struct outcome *outcome)
{
    *index = (struct tree_index){ 0 };
    index->findings = calloc(outcome->finding_count + 1, sizeof(*index->findings));
    if (!index->findings)
        return false;
    for (size_t i = 0; i < outcome->finding_count; i++)
        if (!finding_in_history(&outcome->findings[i]))
            index->findings[index->count++] = &outcome->findings[i];
    qsort(index->findings, index->count, sizeof(*index->findings), by_credential_pointer);
    return true;
}

/* The first finding of this credential, or index->count. */
static size_t index_find(const struct tree_index *index, const struct finding *finding)
{
    size_t low = 0, high = index->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (by_credential(index->findings[middle], finding) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Is `path` in the work tree of the repository at `repository`? Both as reports show them. */
static bool in_work_tree(const char *path, const char *repository)
{
    size_t len = strlen(repository);

    /* "proj/.git" has its work tree in "proj/", ".git" in "". */
    if (len >= 4 && strcmp(repository + len - 4, ".git") == 0 &&
        (len == 4 || repository[len - 5] == '/'))
        return strncmp(path, repository, len - 4) == 0;
    return false;
}

/*
 * Where files of the work tree hold the credential, say there what git knows. False where none
 * does; then it is a finding of its own.
 */
static bool lay_beside(const struct tree_index *index, const struct finding *finding,
                       const char *repository)
{
    struct git_origin *origin = (struct git_origin *)(uintptr_t)finding->git;
    bool found = false;

    for (size_t i = index_find(index, finding); i < index->count; i++) {
        struct finding *file = index->findings[i];

        if (by_credential(file, finding) != 0)
            break;
        if (file->target != finding->target || !in_work_tree(file->path, repository))
            continue;
        origin->in_work_tree = true;
        file->git = origin;
        found = true;
    }
    return found;
}

/* --- the whole --- */

static enum status report_sightings(const struct sightings_of *of, struct sighting *sightings,
                                    size_t n, struct outcome *outcome)
{
    struct finding *fresh = calloc(n + 1, sizeof(*fresh));
    struct tree_index index = { 0 };
    size_t fresh_count = 0;
    bool good = fresh && index_tree(&index, outcome);

    for (size_t i = 0; i < n && good;) {
        bool all = of->apart;
        size_t next = i + 1;

        while (!all && next < n &&
               by_credential(sightings[i].finding, sightings[next].finding) == 0)
            next++;
        good = sum_up(of, sightings + i, next - i, of->arena, &fresh[fresh_count]);
        if (good && !lay_beside(&index, &fresh[fresh_count], of->repository))
            fresh_count++;
        i = next;
    }
    free(index.findings);
    for (size_t i = 0; i < fresh_count; i++)
        outcome_add(outcome, &fresh[i]);
    free(fresh);
    return good ? STATUS_OK : err_nomem();
}

enum status sightings_report(const struct sightings_of *of, struct outcome *found,
                             struct outcome *outcome)
{
    size_t n = 0;
    struct history_hit *hits = list_hits(found, &n);
    struct sighting *sightings = calloc(found->finding_count + 1, sizeof(*sightings));
    enum status status = hits && sightings ? STATUS_OK : err_nomem();

    if (!status && n)
        status = history_attribute(of->history, hits, n, of->arena, found);
    for (size_t i = 0; i < found->finding_count && !status; i++) {
        struct history_hit key;

        strcpy(key.id, found->findings[i].git->blob);
        sightings[i].finding = &found->findings[i];
        sightings[i].hit = bsearch(&key, hits, n, sizeof(*hits), by_id);
    }
    if (!status) {
        qsort(sightings, found->finding_count, sizeof(*sightings), by_age);
        status = report_sightings(of, sightings, found->finding_count, outcome);
    }
    free(sightings);
    free(hits);
    return status;
}
