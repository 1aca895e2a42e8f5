/*
 * scan_history.c - per repository: read units on the pool, attribute the hits, tell credentials
 * apart.
 */
#include "scan_history.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "git/history.h"
#include "git/parallel.h"
#include "scan_archive.h"

struct repository {
    const char *target;
    const char *path; /* as reports show it */
    uint64_t identity[2];
};

struct scan_history {
    struct scan_history_options options;
    pthread_mutex_t lock;            /* guards the rest until scan_history_run() */
    struct repository *repositories; /* count of them */
    size_t count, cap;
    size_t reach; /* of the anchors, see history_options; 0: every object is matched whole */
    struct arena paths;
    struct arena origins; /* what git knows of the findings; lives until the scan is freed */
};

enum status scan_history_new(struct scan_history **out, const struct scan_history_options *options)
{
    struct scan_history *history = calloc(1, sizeof(*history));

    if (!history)
        return err_nomem();
    history->options = *options;
    pthread_mutex_init(&history->lock, NULL);
    *out = history;
    return STATUS_OK;
}

void scan_history_free(struct scan_history *history)
{
    if (!history)
        return;
    free(history->repositories);
    arena_release(&history->paths);
    arena_release(&history->origins);
    pthread_mutex_destroy(&history->lock);
    free(history);
}

static bool add(struct scan_history *history, const char *target, const char *path)
{
    struct repository entry = { .target = target };

    if (history->count == history->cap) {
        size_t cap = history->cap ? history->cap * 2 : 16;
        struct repository *grown = realloc(history->repositories, cap * sizeof(*grown));

        if (!grown)
            return false;
        history->repositories = grown;
        history->cap = cap;
    }
    entry.path = (const char *)arena_copy(&history->paths, slice_of(path)).ptr;
    history->repositories[history->count] = entry;
    history->count += entry.path != NULL;
    return entry.path != NULL;
}

void scan_history_add(struct scan_history *history, struct outcome *outcome, const char *target,
                      const char *path)
{
    bool added;

    pthread_mutex_lock(&history->lock);
    added = add(history, target, path);
    pthread_mutex_unlock(&history->lock);
    if (!added)
        outcome_trouble(outcome, SKIP_UNREADABLE, target, path, "out of memory");
}

/* --- reading one repository --- */

/* One repository at work. */
struct job {
    struct scan_history *shared;
    const struct repository *repository;
    struct history *history;
    struct reader *readers;
    struct progress *progress;
    struct history_reader **git; /* one a worker, made when it reads its first unit */
    struct outcome *found;       /* one a worker: findings that are not attributed yet */
    struct outcome_pot pot;      /* of `found` */
};

/* One worker reading one unit. */
struct unit {
    struct job *job;
    unsigned worker;
};

static const char *const kind_names[] = {
    [HISTORY_BLOB] = "blob", [HISTORY_COMMIT] = "commit", [HISTORY_TAG] = "tag"
};

/* Is there an anchor in what the object it is a delta of does not have? */
static bool may_hold(struct lane *lane, const struct history_object *object)
{
    bool found = false;

    for (size_t i = 0; i < object->fresh_count && !found; i++)
        found = lane_has_anchor(lane, slice_sub(object->content, object->fresh[i].from,
                                                object->fresh[i].to));
    return found;
}

static void match(struct job *job, unsigned worker, const struct history_object *object)
{
    struct git_origin git = { .blob = object->id, .kind = kind_names[object->kind] };
    struct finding origin = { .target = job->repository->target,
                              .path = job->repository->path,
                              .git = &git };

    if (lane_document(job->readers[worker].lane, &origin, object->content))
        outcome_trouble(&job->found[worker], SKIP_LIMIT, job->repository->target,
                        job->repository->path, "%s %s: %s", git.kind, git.blob, err_text());
}

/*
 * Take a blob that is an archive apart. Its members are no files of the scan, and their places
 * stand behind the repository's path until sum_up() knows the blob's own.
 */
static void match_archive(struct job *job, unsigned worker, const struct history_object *object,
                          enum archive_kind kind)
{
    struct outcome *found = &job->found[worker];
    struct reader reader = { .lane = job->readers[worker].lane,
                             .buffer = job->readers[worker].buffer,
                             .outcome = found };
    struct git_origin git = { .blob = object->id, .kind = kind_names[object->kind] };
    struct finding origin = { .target = job->repository->target,
                              .path = job->repository->path,
                              .git = &git };
    uint64_t files = found->coverage.files, bytes = found->coverage.bytes;

    scan_archive_memory(&reader, object->content, kind, job->shared->options.archive_depth,
                        &origin);
    found->coverage.files = files;
    found->coverage.bytes = bytes;
}

static enum history_answer on_object(void *ctx, const struct history_object *object)
{
    const struct unit *unit = ctx;
    struct job *job = unit->job;

    enum archive_kind kind = ARCHIVE_NONE;

    progress_add(job->progress, unit->worker, object->content.len);
    if (object->kind == HISTORY_BLOB && job->shared->options.archive_depth)
        kind = archive_sniff(object->content);
    if (kind) {
        match_archive(job, unit->worker, object, kind);
        return HISTORY_GO_ON;
    }
    if (job->shared->reach && !may_hold(job->readers[unit->worker].lane, object))
        return HISTORY_CLEAN;
    match(job, unit->worker, object);
    return HISTORY_GO_ON;
}

static void read_unit(void *ctx, unsigned worker, size_t index, size_t end)
{
    struct job *job = ctx;
    struct unit unit = { job, worker };

    (void)end;
    if (!job->git[worker] && history_reader_new(&job->git[worker], job->history)) {
        outcome_trouble(&job->found[worker], SKIP_UNREADABLE, job->repository->target,
                        job->repository->path, "%s", err_text());
        return;
    }
    lane_redirect(job->readers[worker].lane, &job->found[worker]);
    history_read_unit(job->git[worker], index, &job->found[worker],
                      job->shared->options.decode_only ? NULL : on_object, &unit);
    lane_redirect(job->readers[worker].lane, job->readers[worker].outcome);
}

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
static bool count_commits(const struct job *job, const struct sighting *sightings, size_t n,
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
        }
    }
    origin->commits = history_count_commits(job->history, hits, n);
    return true;
}

/* The first path of the sighting's blob, and behind it the path inside of an archive. NULL: out of
 * memory. */
static const char *path_of(const struct job *job, const struct sighting *sighting,
                           struct arena *arena)
{
    const char *path = sighting->hit->origin.paths[0];
    const char *inside = sighting->finding->path + strlen(job->repository->path);
    char *joined;

    if (!*inside)
        return path;
    joined = arena_alloc(arena, strlen(path) + strlen(inside) + 1);
    if (joined)
        stpcpy(stpcpy(joined, path), inside);
    return joined;
}

/* The finding for `n` sightings of one credential, the oldest first; its text lives in `arena`. */
static bool sum_up(const struct job *job, const struct sighting *sightings, size_t n,
                   struct arena *arena, struct finding *out)
{
    struct git_origin *origin = arena_alloc(arena, sizeof(*origin));

    if (!origin)
        return false;
    *origin = sightings[0].hit->origin;
    origin->repository = job->repository->path;
    if (!join_paths(origin, arena, sightings, n))
        return false;
    for (size_t i = 1; i < n; i++) {
        const struct git_origin *other = &sightings[i].hit->origin;

        if (other->at_head == KNOWN_YES)
            origin->at_head = KNOWN_YES;
        if (other->on_remote == KNOWN_YES)
            origin->on_remote = KNOWN_YES;
    }
    if (!count_commits(job, sightings, n, arena, origin))
        return false;
    *out = *sightings[0].finding;
    out->git = origin;
    if (sightings[0].hit->origin.path_count && !(out->path = path_of(job, &sightings[0], arena)))
        return false;
    if (out->id.ptr && !out->secret.ptr)
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

/* --- one repository --- */

static enum status report_sightings(struct job *job, struct sighting *sightings, size_t n,
                                    struct outcome *outcome)
{
    struct finding *fresh = calloc(n + 1, sizeof(*fresh));
    struct tree_index index = { 0 };
    size_t fresh_count = 0;
    bool good = fresh && index_tree(&index, outcome);

    for (size_t i = 0; i < n && good;) {
        bool all = job->shared->options.all_occurrences;
        size_t next = i + 1;

        while (!all && next < n &&
               by_credential(sightings[i].finding, sightings[next].finding) == 0)
            next++;
        good = sum_up(job, sightings + i, next - i, &job->shared->origins, &fresh[fresh_count]);
        if (good && !lay_beside(&index, &fresh[fresh_count], job->repository->path))
            fresh_count++;
        i = next;
    }
    free(index.findings);
    for (size_t i = 0; i < fresh_count; i++)
        outcome_add(outcome, &fresh[i]);
    free(fresh);
    return good ? STATUS_OK : err_nomem();
}

static enum status report_found(struct job *job, struct outcome *found, struct outcome *outcome)
{
    size_t n = 0;
    struct history_hit *hits = list_hits(found, &n);
    struct sighting *sightings = calloc(found->finding_count + 1, sizeof(*sightings));
    enum status status = hits && sightings ? STATUS_OK : err_nomem();

    if (!status && n)
        status = history_attribute(job->history, hits, n, &job->shared->origins, found);
    for (size_t i = 0; i < found->finding_count && !status; i++) {
        struct history_hit key;

        strcpy(key.id, found->findings[i].git->blob);
        sightings[i].finding = &found->findings[i];
        sightings[i].hit = bsearch(&key, hits, n, sizeof(*hits), by_id);
    }
    if (!status) {
        qsort(sightings, found->finding_count, sizeof(*sightings), by_age);
        status = report_sightings(job, sightings, found->finding_count, outcome);
    }
    free(sightings);
    free(hits);
    return status;
}

/* Attribute and report what the workers found; then hand on troubles and coverage. */
static enum status finish(struct job *job, unsigned workers, struct outcome *outcome)
{
    struct outcome found = { .every_lone = true };
    enum status status;

    outcome_merge(&found, &job->pot.outcome);
    for (unsigned i = 0; i < workers; i++) {
        outcome_merge(&found, &job->found[i]);
        history_reader_free(job->git[i]);
    }
    status = report_found(job, &found, outcome);
    found.finding_count = 0;
    outcome_merge(outcome, &found);
    outcome_release(&found);
    return status;
}

/* The text of the last failure; reports name the repository themselves. */
static const char *text_without(const char *path)
{
    const char *text = err_text();
    size_t len = strlen(path);

    return strncmp(text, path, len) == 0 && strncmp(text + len, ": ", 2) == 0 ? text + len + 2
                                                                              : text;
}

static void list_tips(const struct scan_history *shared, const struct history *history)
{
    for (size_t i = 0; shared->options.tips && i < history_tips(history); i++) {
        char id[HISTORY_ID_SIZE];

        history_tip(history, i, id);
        buf_printf(shared->options.tips, "tip %s\n", id);
    }
}

static enum status scan_repository(struct scan_history *shared, const struct repository *repository,
                                   struct pool *pool, struct reader *readers,
                                   struct outcome *outcome, struct progress *progress)
{
    struct history_options options = { .range = shared->options.range,
                                       .obey_environment = shared->options.hook,
                                       .all_objects = shared->options.all_objects,
                                       .blob_max = shared->options.max_blob_size,
                                       .reach = shared->reach,
                                       .pool = pool };
    unsigned workers = pool_workers(pool);
    struct job job = {
        .shared = shared, .repository = repository, .readers = readers, .progress = progress
    };
    enum status status;

    if (options.blob_max > LIMIT_BLOB_BYTES)
        options.blob_max = 0;
    status = history_open(&job.history, repository->target, repository->path, &options, outcome);
    if (status == STATUS_NOMEM)
        return status;
    if (status) {
        outcome_trouble(outcome, SKIP_UNREADABLE, repository->target, repository->path, "%s",
                        text_without(repository->path));
        return STATUS_OK;
    }
    list_tips(shared, job.history);
    job.git = calloc(workers, sizeof(*job.git));
    job.found = calloc(workers, sizeof(*job.found));
    outcome_pot_init(&job.pot);
    job.pot.outcome.every_lone = true;
    for (unsigned i = 0; i < workers && job.found; i++) {
        job.found[i].every_lone = true;
        job.found[i].pot = &job.pot;
    }
    status = job.git && job.found
                 ? parallel_run(pool, history_units(job.history), 1, read_unit, &job)
                 : err_nomem();
    if (!status)
        status = finish(&job, workers, outcome);
    outcome_pot_release(&job.pot);
    free(job.git);
    free(job.found);
    history_free(job.history);
    return status;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct repository *)a)->path, ((const struct repository *)b)->path);
}

/* Was the repository at `i` come upon by another path before? */
static bool is_repeated(const struct scan_history *history, size_t i)
{
    const struct repository *all = history->repositories;

    for (size_t k = 0; k < i; k++)
        if (all[i].identity[1] &&
            memcmp(all[k].identity, all[i].identity, sizeof(all[i].identity)) == 0)
            return true;
    return false;
}

/*
 * How far round the seams of a delta an anchor may lie; 0, which skips nothing, where that is too
 * far. Asked only where there is a repository: it takes a millisecond.
 */
static size_t delta_reach(const struct scan_history_options *options)
{
    size_t reach = options->no_delta_skip ? SIZE_MAX : matcher_reach(options->set);

    return reach <= LIMIT_DELTA_REACH_BYTES ? reach : 0;
}

enum status scan_history_run(struct scan_history *history, struct pool *pool,
                             struct reader *readers, struct outcome *outcome,
                             struct progress *progress)
{
    enum status status = STATUS_OK;

    if (!history->count)
        return STATUS_OK;
    history->reach = delta_reach(&history->options);
    qsort(history->repositories, history->count, sizeof(*history->repositories), by_path);
    for (size_t i = 0; i < history->count && !status; i++) {
        struct repository *repository = &history->repositories[i];

        history_identity(repository->path, repository->identity);
        if (!is_repeated(history, i))
            status = scan_repository(history, repository, pool, readers, outcome, progress);
    }
    return status;
}
