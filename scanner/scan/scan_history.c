/*
 * scan_history.c - per repository: read units on the pool, and match what they hand out.
 */
#include "scan/scan_history.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/parallel.h"
#include "git/history.h"
#include "scan/scan_archive.h"
#include "scan/sightings.h"

struct repository {
    const char *target;
    const char *path; /* as reports show it */
    bool bundle;      /* or pack: a file */
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

static bool add(struct scan_history *history, const char *target, const char *path, bool bundle)
{
    struct repository *grown;
    struct repository entry = { .target = target, .bundle = bundle };

    grown = array_room(history->repositories, history->count, &history->cap, sizeof(*grown));
    if (!grown)
        return false;
    history->repositories = grown;
    entry.path = (const char *)arena_copy(&history->paths, slice_of(path)).ptr;
    history->repositories[history->count] = entry;
    history->count += entry.path != NULL;
    return entry.path != NULL;
}

void scan_history_add(struct scan_history *history, struct outcome *outcome, const char *target,
                      const char *path, bool bundle)
{
    bool added;

    pthread_mutex_lock(&history->lock);
    added = add(history, target, path, bundle);
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
    struct git_origin git = { .blob = object->id, .kind = sightings_kind(object->kind) };
    struct finding origin = { .target = job->repository->target,
                              .path = job->repository->path,
                              .git = &git };

    if (lane_document(job->readers[worker].lane, &origin, object->content))
        outcome_trouble(&job->found[worker], SKIP_LIMIT, job->repository->target,
                        job->repository->path, "%s %s: %s", git.kind, git.blob, err_text());
}

/* Places stand behind the repository's path until sightings_report() knows the blob's own. */
static void match_archive(struct job *job, unsigned worker, const struct history_object *object,
                          enum archive_kind kind)
{
    struct git_origin git = { .blob = object->id, .kind = sightings_kind(object->kind) };
    struct finding origin = { .target = job->repository->target,
                              .path = job->repository->path,
                              .git = &git };

    scan_archive_blob(&job->readers[worker], &job->found[worker],
                      job->shared->options.archive_depth, object->content, kind, &origin);
}

static enum history_answer on_object(void *ctx, const struct history_object *object)
{
    const struct unit *unit = ctx;
    struct job *job = unit->job;

    enum archive_kind kind = ARCHIVE_NONE;

    progress_add(job->progress, unit->worker, 1, object->content.len);
    extracts_note_object(job->readers[unit->worker].extracts, object->id, object->content);
    if (object->kind == HISTORY_BLOB && job->shared->options.archive_depth)
        kind = archive_sniff(object->content);
    if (object->kind == HISTORY_BLOB && history_is_bundle(object->content))
        outcome_trouble(&job->found[unit->worker], SKIP_UNREADABLE, job->repository->target,
                        job->repository->path,
                        "blob %s is a bundle or pack of git, which is not read inside of history",
                        object->id);
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
    progress_step(job->progress, worker, 1);
}

/* --- one repository --- */

/* Attribute and report what the workers found; then hand on troubles and coverage. */
static enum status finish(struct job *job, unsigned workers, struct outcome *outcome)
{
    struct sightings_of where = { .history = job->history,
                                  .repository = job->repository->path,
                                  .apart = job->shared->options.all_occurrences,
                                  .arena = &job->shared->origins };
    struct outcome found = { .every_lone = true };
    enum status status;

    outcome_merge(&found, &job->pot.outcome);
    for (unsigned i = 0; i < workers; i++) {
        outcome_merge(&found, &job->found[i]);
        history_reader_free(job->git[i]);
    }
    status = sightings_report(&where, &found, outcome);
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

/* Bytes of a path up to the last slash. */
static size_t folder_len(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? (size_t)(slash - path) : 0;
}

/* The other bundles in the folder of this one, in the order of their paths; NULL: out of memory. */
static const char **list_lenders(const struct scan_history *shared, const struct repository *bundle,
                                 size_t *n)
{
    const char **lenders = calloc(shared->count + 1, sizeof(*lenders));
    size_t len = folder_len(bundle->path);

    *n = 0;
    for (size_t i = 0; lenders && i < shared->count; i++) {
        const struct repository *other = &shared->repositories[i];

        if (other->bundle && other != bundle && folder_len(other->path) == len &&
            strncmp(other->path, bundle->path, len) == 0)
            lenders[(*n)++] = other->path;
    }
    return lenders;
}

static enum status open_repository(struct job *job, struct history_options *options,
                                   struct outcome *outcome)
{
    const struct repository *repository = job->repository;
    const char **lenders = NULL;
    enum status status;

    if (repository->bundle) {
        lenders = list_lenders(job->shared, repository, &options->lender_count);
        if (!lenders)
            return err_nomem();
    }
    options->lenders = lenders;
    status = history_open(&job->history, repository->target, repository->path, options, outcome);
    free(lenders);
    return status;
}

static enum status scan_repository(struct scan_history *shared, const struct repository *repository,
                                   struct pool *pool, struct reader *readers,
                                   struct outcome *outcome, struct progress *progress)
{
    struct history_options options = { .range = shared->options.range,
                                       .covered = shared->options.covered,
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
    status = open_repository(&job, &options, outcome);
    if (status == STATUS_NOMEM)
        return status;
    if (status) {
        outcome_trouble(outcome, SKIP_UNREADABLE, repository->target, repository->path, "%s",
                        text_without(repository->path));
        return STATUS_OK;
    }
    if (shared->options.note)
        history_note(job.history, shared->options.note);
    job.git = calloc(workers, sizeof(*job.git));
    job.found = calloc(workers, sizeof(*job.found));
    outcome_pot_init(&job.pot);
    job.pot.outcome.every_lone = true;
    for (unsigned i = 0; i < workers && job.found; i++) {
        job.found[i].every_lone = true;
        job.found[i].pot = &job.pot;
    }
    progress_begin(progress, "history");
    progress_expect(progress, history_units(job.history));
    status = job.git && job.found
                 ? parallel_run(pool, history_units(job.history), 1, read_unit, &job)
                 : err_nomem();
    progress_begin(progress, NULL);
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
