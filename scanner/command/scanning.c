/*
 * scanning.c - the commands that scan: what their options ask of scan.h, and their exit status.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "command/baselines.h"
#include "command/buckets.h"
#include "command/choices.h"
#include "command/command.h"
#include "command/hidden.h"
#include "command/option_value.h"
#include "command/results.h"
#include "command/say.h"
#include "command/scanning.h"
#include "command/verifying.h"
#include "scan/pushed.h"
#include "scan/scan.h"
#include "scan/since_last.h"

/* $XDG_CACHE_HOME/leaktrawl, or where that variable is not set the place that XDG names. NULL:
 * none. */
static const char *cache_dir(struct buf *dir)
{
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");

    if (cache && cache[0] == '/')
        buf_printf(dir, "%s/leaktrawl", cache);
    else if (home && home[0] == '/')
        buf_printf(dir, "%s/.cache/leaktrawl", home);
    return dir->len && !buf_status(dir) ? buf_cstr(dir) : NULL;
}

/*
 * A hook that looked at nothing says so, but it passes: a commit that only removes files, or whose
 * message alone is changed, and a push that only deletes branches bring nothing in.
 */
static void say_nothing_seen(const struct options *options, struct scan *scan)
{
    const struct staged_without *without = scan_staged_without(scan);

    if (options->since_last)
        say("nothing is new since the last scan: 0 bytes were looked at");
    else if (options->command == COMMAND_PUSHED)
        say("the push brings nothing new: 0 bytes were looked at");
    else if (without->removed)
        say("%zu %s staged for removal, and nothing else: 0 bytes were looked at", without->removed,
            without->removed == 1 ? "file is" : "files are");
    else if (scan_outcome(scan)->coverage.skipped[SKIP_EXCLUDED])
        say("all that is staged is excluded: 0 bytes were looked at");
    else if (without->submodules)
        say("only commits of submodules are staged: 0 bytes were looked at");
    else
        say("no new content is staged: 0 bytes were looked at");
}

/*
 * `pre-commit run --all-files` reads as if all files had been looked at, and what a hook says is
 * shown only where it fails. In a commit git itself names the index.
 */
static bool claims_all_files(const struct options *options)
{
    return options->command == COMMAND_STAGED && getenv("PRE_COMMIT") && !getenv("GIT_INDEX_FILE");
}

int say_nothing_to_scan(void)
{
    say("there was nothing to scan (--allow-empty to accept that)");
    return EXIT_TROUBLE;
}

static int finish_scan(const struct choices *choices, struct verifying *verifying,
                       struct scan *scan, time_t began, struct output *output)
{
    const struct options *options = &choices->options;
    struct outcome *outcome = scan_outcome(scan);
    struct report_options report = { .quiet = options->quiet,
                                     .sources = true,
                                     .began = began,
                                     .baseline = options->baseline,
                                     .settings = choices->files,
                                     .settings_count = choices->file_count };
    bool idle = !scan_saw_anything(scan) && outcome_complete(outcome) && !options->allow_empty;
    bool may_be_idle = options->command == COMMAND_STAGED || options->command == COMMAND_PUSHED ||
                       options->since_last;
    bool failed;

    report.targets = scan_targets(scan, &report.target_count);
    failed = verifying_apply(verifying, outcome, report.targets, report.target_count);
    if (verifying_write(verifying, outcome, &report, output) || failed)
        return EXIT_TROUBLE;
    if (idle && may_be_idle)
        say_nothing_seen(options, scan);
    if (idle && claims_all_files(options)) {
        say("staged looks at the index alone; for all files: leaktrawl scan (or --allow-empty)");
        return EXIT_TROUBLE;
    }
    if (idle && !may_be_idle)
        return say_nothing_to_scan();
    return results_status(options, outcome);
}

static void say_duration(const struct timespec *began)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    say("%.3f s",
        (double)(now.tv_sec - began->tv_sec) + (double)(now.tv_nsec - began->tv_nsec) / 1e9);
}

/* The range that the words after `history REPO` and the options name; false: none. */
static bool set_range(struct history_range *range, const struct options *options)
{
    if (options->command != COMMAND_HISTORY)
        return false;
    *range = (struct history_range){ .revisions = options->arguments + 1,
                                     .revision_count = options->argument_count - 1,
                                     .branch = options->branch,
                                     .all = options->all_refs,
                                     .since = options->since,
                                     .until = options->until };
    return range->revision_count || range->branch || range->since || range->until ||
           (range->all && !options->all_objects);
}

/* Any targets, and not one repository? */
static bool takes_targets(const struct options *options)
{
    return options->command != COMMAND_HISTORY && options->command != COMMAND_STAGED &&
           options->command != COMMAND_PUSHED;
}

static struct scope_list scope_of(const struct text_list *list)
{
    return (struct scope_list){ list->texts, list->count, list->base };
}

/* What --severity says, on the heap. NULL: nothing, or memory is out. */
static struct severity_change *list_severities(const struct text_list *list)
{
    struct severity_change *changes = list->count ? calloc(list->count, sizeof(*changes)) : NULL;

    for (size_t i = 0; changes && i < list->count; i++)
        option_level(list->texts[i], &changes[i].rule, &changes[i].severity);
    return changes;
}

static void set_request(struct scan_request *request, const struct options *options)
{
    static const char *const here[] = { "." };
    bool plain = takes_targets(options);
    size_t before = options->command != COMMAND_SCAN && plain ? 1 : 0; /* the targets */
    bool implied = options->argument_count == before && !options->files_from;

    *request = (struct scan_request){
        .targets = implied ? here : options->arguments + before,
        .target_count = implied ? 1 : options->argument_count - before,
        .implied_target = implied,
        .files_from = options->files_from,
        .nul_separated = options->nul_separated,
        .mirrors = options->mirrors.texts,
        .mirror_count = options->mirrors.count,
        .inventories = options->inventories.texts,
        .inventory_count = options->inventories.count,
        .rules_file = options->rules_file,
        .staged = options->command == COMMAND_STAGED,
        .jobs = options_jobs(options),
        .max_file_size = options->max_file_size,
        .history = !options->no_history,
        .work_tree = plain,
        .all_objects = options->all_objects || (plain && !options->reachable_only),
        .archive_depth = (unsigned)options->archive_depth,
        .respect_gitignore = options->respect_gitignore,
        .ignore_marks = options->no_inline_ignore,
        .no_delta_skip = options->no_delta_skip,
        .decode_only = options->decode_only,
        .all_occurrences = options->all_occurrences,
        .candidates = options->verify || options->verify_plan,
        .progress = wants_progress(options->quiet && options->progress == WHEN_AUTO
                                       ? WHEN_NEVER
                                       : (enum when)options->progress),
        .scope = { .exclude = scope_of(&options->exclude_path),
                   .include = scope_of(&options->include_path),
                   .rules_off = options->rules_off.texts,
                   .rules_off_count = options->rules_off.count },
    };
}

static void set_buckets(struct scan_bucket_options *buckets, const struct options *options)
{
    *buckets = (struct scan_bucket_options){
        .fetch = buckets_options(options),
        .archive_depth = (unsigned)options->archive_depth,
        .resume = options->resume,
        .rules_file = options->rules_file,
        .ignore_marks = options->no_inline_ignore,
        .whole_secrets = options->show_secrets || options->verify || options->verify_plan,
    };
}

/* On the receiving side nobody who pushes may allow anything by a mark. */
static void set_pushed(struct scan_request *request, const struct pushed *pushed)
{
    request->range = &pushed->range;
    request->hook = true;
    request->ignore_marks |= pushed->receives;
}

static void set_since_last(struct scan_request *request, struct since_last *since)
{
    request->note = &since->note;
    if (since->known)
        request->covered = &since->covered;
}

/* What a scan goes by. */
struct asked {
    const struct choices *choices;
    const struct pushed *pushed; /* what stdin said; NULL: nothing asks for it */
    struct since_last *since;    /* what a file says; NULL: likewise */
    bool history;                /* every occurrence in the targets' history, and no files */
    struct extracts *extracts;   /* what is wanted of `targets` alone; NULL: nothing */
    const char *const *targets;  /* target_count of them */
    size_t target_count;
};

/* In place of the targets that were typed, containers of what was found in them. */
static void set_extracts(struct scan_request *request, struct scan_bucket_options *buckets,
                         const struct asked *asked)
{
    request->extracts = asked->extracts;
    request->targets = asked->targets;
    request->target_count = asked->target_count;
    request->implied_target = false;
    request->files_from = NULL;
    request->mirror_count = request->inventory_count = 0;
    request->history = true;
    request->progress = false;
    buckets->fetch.exact = true;
    buckets->resume = NULL;
}

static enum status scan_asked(struct scan **scan, const struct asked *asked)
{
    const struct options *options = &asked->choices->options;
    struct severity_change *changes = list_severities(&options->severity);
    struct scan_bucket_options buckets;
    struct scan_request request;
    struct history_range range;
    struct buf cache = { 0 };
    enum status status;

    if (options->severity.count && !changes)
        return err_nomem();
    set_request(&request, options);
    request.severities = changes;
    request.severity_count = options->severity.count;
    set_buckets(&buckets, options);
    request.buckets = takes_targets(options) ? &buckets : NULL;
    if (set_range(&range, options)) {
        request.range = &range;
        request.target_count = 1;
    }
    if (asked->pushed)
        set_pushed(&request, asked->pushed);
    if (asked->since)
        set_since_last(&request, asked->since);
    if (asked->extracts)
        set_extracts(&request, &buckets, asked);
    if (asked->history) {
        request.work_tree = false;
        request.all_occurrences = true;
    }
    request.cache_dir = cache_dir(&cache);
    status = scan_run(scan, &request);
    buf_release(&cache);
    free(changes);
    return status;
}

enum status scanning_run(struct scan **scan, const struct choices *choices, bool history)
{
    return scan_asked(scan, &(struct asked){ .choices = choices, .history = history });
}

enum status scanning_extract(struct extracts *extracts, const struct choices *choices,
                             const char *const *targets, size_t count)
{
    struct asked asked = {
        .choices = choices, .extracts = extracts, .targets = targets, .target_count = count
    };
    struct scan *scan = NULL;
    enum status status = scan_asked(&scan, &asked);

    scan_free(scan);
    return status;
}

/* The report, once the baselines have had their say. */
static int conclude(const struct asked *asked, struct baselines *baselines,
                    struct verifying *verifying, struct scan *scan, time_t began,
                    struct output *output)
{
    struct since_last *since = asked->since;
    int result;

    if (baselines_apply(baselines, &asked->choices->options, scan))
        return complain();
    result = finish_scan(asked->choices, verifying, scan, began, output);
    /* What was not read to its end was not covered: it is looked at again the next time. */
    if (since && result != EXIT_TROUBLE && outcome_complete(scan_outcome(scan)) &&
        since_last_write(since))
        result = complain();
    return result;
}

static int run_scan(const struct asked *asked)
{
    const struct options *options = &asked->choices->options;
    struct scan *scan = NULL;
    struct timespec began;
    time_t started = results_now();
    struct verifying verifying;
    struct baselines baselines;
    struct output output;
    int result;

    if (verifying_init(&verifying, options))
        return complain();
    if (baselines_open(&baselines, options)) {
        verifying_release(&verifying);
        return complain();
    }
    if (output_open(&output, options->output, options->show_secrets)) {
        baselines_release(&baselines);
        verifying_release(&verifying);
        return complain();
    }
    clock_gettime(CLOCK_MONOTONIC, &began);
    result = scan_asked(&scan, asked)
                 ? complain()
                 : conclude(asked, &baselines, &verifying, scan, started, &output);
    output_release(&output);
    verifying_release(&verifying);
    if (options->verbose)
        say_duration(&began);
    scan_free(scan);
    baselines_release(&baselines);
    return result;
}

/* Nobody who pushes may configure the side that receives. */
static int run_pushed(const struct options *options)
{
    struct choices choices = { 0 };
    struct pushed pushed;
    int result;

    if (pushed_read(&pushed, stdin, options->remote))
        return complain();
    if (choices_init(&choices, options, !pushed.receives))
        result = complain();
    else
        result = run_scan(&(struct asked){ .choices = &choices, .pushed = &pushed });
    choices_release(&choices);
    pushed_release(&pushed);
    return result;
}

/* Read what the earlier scan covered. On success `since` is to be released. */
static enum status open_since_last(struct since_last *since, const struct options *options)
{
    struct scan_settings settings = { .rules_file = options->rules_file,
                                      .max_bytes = options->max_file_size,
                                      .archive_depth = (unsigned)options->archive_depth,
                                      .ignore_marks = options->no_inline_ignore };
    struct buf hidden = { 0 };
    struct baselines baselines;
    enum status status = baselines_open(&baselines, options);

    if (status)
        return status;
    hidden_put(&hidden, options, &baselines);
    baselines_release(&baselines);
    status = buf_status(&hidden);
    settings.hidden = buf_view(&hidden);
    if (!status)
        status = since_last_read(since, options->since_last, &settings);
    buf_release(&hidden);
    return status;
}

static int run_since_last(const struct choices *all)
{
    const struct options *options = &all->options;
    struct since_last since;
    struct history_range range;
    int result;

    if (set_range(&range, options)) {
        err_set(STATUS_INVALID, "--since-last goes with no range");
        return complain();
    }
    if (open_since_last(&since, options))
        return complain();
    result = run_scan(&(struct asked){ .choices = all, .since = &since });
    since_last_release(&since);
    return result;
}

int command_scan(const struct options *options)
{
    struct choices choices;
    int result;

    if (options->command == COMMAND_PUSHED)
        return run_pushed(options);
    if (choices_init(&choices, options, true))
        return complain();
    result = options->since_last ? run_since_last(&choices)
                                 : run_scan(&(struct asked){ .choices = &choices });
    choices_release(&choices);
    return result;
}
