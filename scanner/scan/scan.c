/*
 * scan.c - set up, run the pool over the targets, then over the repositories found, sort.
 */
#include "scan/scan.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "scan/mirrored.h"
#include "scan/scan_private.h"
#include "scan/scan_rules.h"
#include "scan/scan_staged.h"
#include "source/pieces.h"

/* --- set-up --- */

/* Whether there is room for what each worker has of its own. */
static bool has_desks(const struct scan *scan)
{
    return scan->outcomes && scan->readers && scan->ignores && scan->scratch && scan->keys;
}

static enum status make_readers(struct scan *scan)
{
    struct pipeline_options options = { .ignore_marks = scan->request.ignore_marks,
                                        .candidates = scan->request.candidates,
                                        .now = time(NULL) };

    if (siblings_new(&scan->siblings, scan->set))
        return err_nomem();
    scan->outcomes = calloc(scan->request.jobs, sizeof(*scan->outcomes));
    scan->readers = calloc(scan->request.jobs, sizeof(*scan->readers));
    scan->ignores = calloc(scan->request.jobs, sizeof(*scan->ignores));
    scan->scratch = calloc(scan->request.jobs, sizeof(*scan->scratch));
    scan->keys = calloc(scan->request.jobs, sizeof(*scan->keys));
    if (!has_desks(scan))
        return err_nomem();
    for (unsigned i = 0; i < scan->request.jobs; i++) {
        struct reader *reader = &scan->readers[i];
        enum status status;

        reader->outcome = &scan->outcomes[i];
        reader->outcome->pot = &scan->pot;
        reader->siblings = scan->siblings;
        reader->extracts = scan->request.extracts;
        reader->memory = &scan->archive_memory;
        reader->worker = i;
        reader->buffer = malloc(PIECES_BUFFER_BYTES);
        if (!reader->buffer)
            return err_nomem();
        status = lane_new(&reader->lane, scan->set, &scan->databases, &options, reader->outcome);
        if (!status && scan->request.respect_gitignore)
            status = ignore_new(&scan->ignores[i]);
        if (status)
            return status;
    }
    return STATUS_OK;
}

/* What the user decides: rules, and what is out of sight or a copy of an object. */
static enum status take_request(struct scan *scan)
{
    const struct scan_request *request = &scan->request;
    enum status status = scan_load_rules(&scan->set, request->rules_file);

    if (!status)
        status = scan_adjust_rules(scan->set, request);
    if (!status)
        status = scope_new(&scan->scope, &request->scope);
    if (!status)
        status = mirrors_new(&scan->mirrors, request->mirrors, request->mirror_count);
    for (size_t i = 0; i < request->inventory_count && !status; i++)
        if (access(request->inventories[i], R_OK))
            status = err_set(STATUS_IO, "%s: %s", request->inventories[i], strerror(errno));
    return status;
}

/* What the work needs. */
static enum status set_up(struct scan *scan)
{
    const struct scan_request *request = &scan->request;
    struct tree_options options = { .max_file_size = request->max_file_size };
    struct tree_callbacks callbacks = scan_callbacks(scan);
    struct scan_history_options history = { .set = scan->set,
                                            .all_objects = request->all_objects,
                                            .range = request->range,
                                            .hook = request->hook,
                                            .covered = request->covered,
                                            .note = request->note,
                                            .max_blob_size = request->max_file_size,
                                            .no_delta_skip = request->no_delta_skip,
                                            .all_occurrences = request->all_occurrences,
                                            .decode_only = request->decode_only,
                                            .archive_depth = request->archive_depth };
    enum status status =
        databases_get(&scan->databases, scan->set, &embedded_rules, request->cache_dir);

    if (status)
        return status;
    scan->targets = calloc(request->target_count + 1, sizeof(*scan->targets));
    scan->streams = calloc(request->target_count + 1, sizeof(*scan->streams));
    scan->pool = pool_new(request->jobs);
    if (!scan->targets || !scan->streams || !scan->pool)
        return err_nomem();
    if (request->buckets)
        status = scan_buckets_new(&scan->buckets, request->buckets, scan->set);
    if (!status)
        status = make_readers(scan);
    if (!status)
        status = tree_new(&scan->tree, scan->pool, scan->outcomes, &options, &callbacks);
    if (!status)
        status = scan_history_new(&scan->history, &history);
    return status;
}

static enum status show_progress(struct scan *scan)
{
    unsigned workers = scan->request.jobs;
    enum status status =
        scan->request.progress ? progress_start(&scan->progress, workers) : STATUS_OK;

    for (unsigned i = 0; i < workers && !status; i++)
        scan->readers[i].progress = scan->progress;
    progress_begin(scan->progress, "files");
    return status;
}

/* --- the run --- */

static void merge_outcomes(struct scan *scan)
{
    outcome_merge(&scan->outcome, &scan->pot.outcome);
    for (unsigned i = 0; i < scan->request.jobs; i++)
        outcome_merge(&scan->outcome, &scan->outcomes[i]);
}

/* The one order, without what is out of sight. */
static void settle(struct scan *scan)
{
    outcome_sort(&scan->outcome, scan->targets, scan->target_count);
    scope_thin(scan->scope, &scan->outcome);
}

static enum status run_staged(struct scan *scan)
{
    const struct scan_request *request = &scan->request;
    const char *target = request->targets[0];
    struct scan_staged_options options = { .path = request->implied_target ? NULL : target,
                                           .target = target,
                                           .scope = scan->scope,
                                           .max_bytes = request->max_file_size,
                                           .archive_depth = request->archive_depth };
    enum status status;

    scan->targets[scan->target_count++] = target;
    status = scan_staged(&options, scan->pool, scan->readers, &scan->outcome, &scan->without);
    merge_outcomes(scan);
    if (!status)
        settle(scan);
    return status;
}

/* Pair the values that lie one a file, and scan those that have no partner. */
static enum status pair_siblings(struct scan *scan)
{
    struct reader *reader = &scan->readers[0];
    enum status status;

    lane_redirect(reader->lane, &scan->outcome);
    status = siblings_finish(scan->siblings, reader->lane, &scan->outcome);
    lane_redirect(reader->lane, reader->outcome);
    return status;
}

static enum status run(struct scan *scan)
{
    enum status status = take_request(scan);

    if (status || (status = set_up(scan)))
        return status;
    if (scan->request.staged)
        return run_staged(scan);
    if ((status = show_progress(scan)) || (status = scan_add_targets(scan)))
        return status;
    pool_run(scan->pool);
    progress_begin(scan->progress, NULL);
    if (scan->buckets && (status = scan_buckets_run(scan->buckets, scan->pool, scan->readers,
                                                    &scan->outcome, scan->progress)))
        return status;
    merge_outcomes(scan);
    if ((status = pair_siblings(scan)))
        return status;
    status =
        scan_history_run(scan->history, scan->pool, scan->readers, &scan->outcome, scan->progress);
    progress_stop(scan->progress);
    scan->progress = NULL;
    if (!status && scan->mirrors && scan->request.inventory_count)
        status = mirrored_describe(scan->mirrors, scan->request.inventories,
                                   scan->request.inventory_count, &scan->arena, &scan->outcome);
    if (!status)
        settle(scan);
    return status;
}

enum status scan_run(struct scan **out, const struct scan_request *request)
{
    struct scan *scan = calloc(1, sizeof(*scan));
    enum status status;

    if (!scan)
        return err_nomem();
    scan->request = *request;
    outcome_pot_init(&scan->pot);
    sem_init(&scan->archive_memory.large, 0, 1);
    status = run(scan);
    if (status) {
        scan_free(scan);
        return status;
    }
    *out = scan;
    return STATUS_OK;
}

/* --- results --- */

struct outcome *scan_outcome(struct scan *scan)
{
    return &scan->outcome;
}

bool scan_rule_is_own(const struct scan *scan, const struct rule *rule)
{
    size_t i = 0;

    while (&ruleset_rule(scan->set, i)->rule != rule)
        i++;
    return i >= embedded_rules.rule_count;
}

bool scan_saw_anything(const struct scan *scan)
{
    const struct coverage *seen = &scan->outcome.coverage;

    return seen->files || seen->blobs || seen->commits || seen->tags;
}

const struct staged_without *scan_staged_without(const struct scan *scan)
{
    return &scan->without;
}

const char *const *scan_targets(const struct scan *scan, size_t *n)
{
    *n = scan->target_count;
    return scan->targets;
}

void scan_free(struct scan *scan)
{
    if (!scan)
        return;
    progress_stop(scan->progress);
    scan_history_free(scan->history);
    siblings_free(scan->siblings);
    scan_buckets_free(scan->buckets);
    tree_free(scan->tree);
    for (unsigned i = 0; has_desks(scan) && i < scan->request.jobs; i++) {
        lane_free(scan->readers[i].lane);
        free(scan->readers[i].buffer);
        ignore_free(scan->ignores[i]);
        buf_release(&scan->scratch[i]);
        buf_release(&scan->keys[i]);
        outcome_release(&scan->outcomes[i]);
    }
    free(scan->readers);
    free(scan->ignores);
    free(scan->scratch);
    scope_free(scan->scope);
    free(scan->keys);
    mirrors_free(scan->mirrors);
    free(scan->outcomes);
    pool_free(scan->pool);
    databases_release(&scan->databases);
    ruleset_free(scan->set);
    outcome_pot_release(&scan->pot);
    sem_destroy(&scan->archive_memory.large);
    outcome_release(&scan->outcome);
    arena_release(&scan->arena);
    free(scan->targets);
    free(scan->streams);
    free(scan);
}
