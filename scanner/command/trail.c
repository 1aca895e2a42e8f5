/*
 * trail.c - the command `trail`: keys and logs in, passes until nothing new is learned, stories
 * out.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "command/buckets.h"
#include "command/command.h"
#include "command/earlier.h"
#include "command/output.h"
#include "command/say.h"
#include "command/trail_page.h"
#include "trail/defence.h"
#include "trail/trail_report.h"

/* --- which keys --- */

static bool is_key_id(struct slice id)
{
    if (id.len < 16 || id.len > 128)
        return false;
    for (size_t i = 0; i < id.len; i++)
        if (!((id.ptr[i] >= 'A' && id.ptr[i] <= 'Z') || (id.ptr[i] >= '0' && id.ptr[i] <= '9')))
            return false;
    return true;
}

/* Since when the finding has been open to others: its first commit, or its object's date. A
 * commit's date has a zone, "+02:00". */
static int64_t exposed_since(const struct finding *finding)
{
    const char *date = finding->git  ? finding->git->date
                       : finding->s3 ? finding->s3->last_modified
                                     : NULL;
    int64_t time = date ? record_time(date) : RECORD_NO_TIME;
    size_t len = date ? strlen(date) : 0;
    int hours, minutes;
    char sign;

    if (time == RECORD_NO_TIME || len < 25 ||
        sscanf(date + len - 6, "%c%2d:%2d", &sign, &hours, &minutes) != 3)
        return time;
    return time - (sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
}

/* One id may stand in many places: the earliest counts. */
static enum status add_found(struct follow *follow, const struct outcome *outcome)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < outcome->finding_count && !status; i++) {
        const struct finding *finding = &outcome->findings[i];
        int64_t since = exposed_since(finding);
        char id[129] = "";
        uint32_t known;

        if (!is_key_id(finding->id))
            continue;
        memcpy(id, finding->id.ptr, finding->id.len);
        status = follow_key(follow, id, since);
        known = subjects_find(&follow->subjects, SUBJECT_KEY, id);
        if (known != SUBJECT_NONE && since != RECORD_NO_TIME &&
            (follow->subjects.list[known].exposed == RECORD_NO_TIME ||
             since < follow->subjects.list[known].exposed))
            follow->subjects.list[known].exposed = since;
    }
    return status;
}

static enum status add_report(struct follow *follow, struct earlier *earlier, const char *path)
{
    enum status status = earlier_read(earlier, &path, 1);

    if (!status)
        status = add_found(follow, &earlier->outcome);
    if (!status && !follow->subjects.count)
        say("%s holds no access key id", path);
    return status;
}

static enum status add_keys(struct follow *follow, const struct options *options)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < options->keys.count && !status; i++) {
        const char *key = options->keys.texts[i];

        status = is_key_id(slice_of(key))
                     ? follow_key(follow, key, RECORD_NO_TIME)
                     : err_set(STATUS_INVALID, "--key: \"%s\" is no access key id", key);
    }
    return status;
}

/* --- what to read --- */

/* The first argument is the report, unless keys are given or nobody knows any. */
static bool wants_report(const struct options *options)
{
    return !options->keys.count && !options->hunt;
}

static enum status check_arguments(const struct options *options)
{
    size_t first = wants_report(options);

    if (options->hunt && options->keys.count)
        return err_set(STATUS_INVALID, "--hunt and --key exclude each other");
    if (options->argument_count <= first)
        return err_set(STATUS_INVALID, first ? "\"trail\" needs REPORT and LOGS, or --key or --hunt"
                                             : "\"trail\" needs LOGS");
    for (size_t i = 1; first && i < options->argument_count; i++)
        if (strcmp(options->arguments[0], "-") == 0 && strcmp(options->arguments[i], "-") == 0)
            return err_set(STATUS_INVALID, "stdin cannot be the report and the logs");
    return STATUS_OK;
}

/* What the passes read where it lies, and what is brought here first. */
struct sources {
    const char **near, **far; /* borrowed texts */
    size_t near_count, far_count;
};

static enum status sort_sources(struct sources *out, const struct options *options)
{
    *out = (struct sources){ .near = calloc(options->argument_count, sizeof(*out->near)),
                             .far = calloc(options->argument_count, sizeof(*out->far)) };
    if (!out->near || !out->far)
        return err_nomem();
    for (size_t i = wants_report(options); i < options->argument_count; i++) {
        const char *target = options->arguments[i];

        if (gather_is_target(target))
            out->far[out->far_count++] = target;
        else
            out->near[out->near_count++] = target;
    }
    return STATUS_OK;
}

static enum status run_passes(struct follow *follow, const struct trail_logs *logs,
                              struct trail_receipt *receipt)
{
    enum status status = STATUS_OK;
    bool again = true;

    while (again && !status) {
        trail_receipt_release(receipt);
        status = trail_logs_read(receipt, logs, follow);
        if (!status)
            status = follow_end(follow, &again);
    }
    return status;
}

static enum status read_logs(struct follow *follow, const struct options *options,
                             struct trail_receipt *receipt)
{
    struct gathered gathered = { 0 };
    struct sources sources;
    enum status status = sort_sources(&sources, options);
    struct gather_options far = { .fetch = buckets_options(options),
                                  .targets = sources.far,
                                  .target_count = sources.far_count,
                                  .jobs = options_jobs(options),
                                  .progress = wants_progress((enum when)options->progress) };
    struct trail_logs logs = { .targets = sources.near,
                               .target_count = sources.near_count,
                               .spool = &gathered.spool,
                               .jobs = options_jobs(options),
                               .archive_depth = (unsigned)options->archive_depth,
                               .progress = far.progress };

    if (!status)
        status = gather(&gathered, &far);
    if (!status)
        status = trail_logs_count(&logs);
    if (!status)
        status = run_passes(follow, &logs, receipt);
    if (!status)
        trail_receipt_add(receipt, &gathered);
    gathered_release(&gathered);
    free(sources.near);
    free(sources.far);
    return status;
}

/* --- what came out --- */

static int by_score(const void *a, const void *b)
{
    const struct story *left = a, *right = b;

    if (left->score != right->score)
        return left->score > right->score ? -1 : 1;
    if ((left->calls > 0) != (right->calls > 0))
        return left->calls ? -1 : 1;
    return left->root < right->root ? -1 : left->root > right->root;
}

/* The stories of all roots, the worst first; of a hunt, those that it is about. Keys of one report
 * come in the report's order. */
static enum status tell(struct story **out, size_t *count, const struct follow *follow,
                        const struct geo *geo, bool hunt)
{
    struct story *stories = calloc(follow->subjects.count + 1, sizeof(*stories));
    struct story_index index = { 0 };
    enum status status = stories ? story_index_init(&index, follow) : err_nomem();

    *count = 0;
    for (uint32_t i = 0; i < follow->subjects.count && !status; i++) {
        struct story *story = &stories[*count];

        if (!follow->subjects.list[i].root)
            continue;
        status = story_tell(story, &index, i, geo);
        if (status || !hunt || story_is_hunted(story))
            (*count)++;
        else
            story_release(story);
    }
    if (!status && *count)
        qsort(stories, *count, sizeof(*stories), by_score);
    story_index_release(&index);
    *out = stories;
    return status;
}

/* A table of steps has no place for what the other forms say at their end. */
static void say_incomplete(const struct trail_report *report)
{
    const char *limits[8];

    trail_report_limits(report, limits);
    for (size_t i = 0; limits[i]; i++)
        say("a limit was reached: %s", limits[i]);
    if (report->receipt->broken)
        say("records that are broken: %llu", (unsigned long long)report->receipt->broken);
    if (report->receipt->unknown)
        say("texts that speak of records in a form that is not known: %llu",
            (unsigned long long)report->receipt->unknown);
}

static enum status write_report(const struct options *options, const struct earlier *earlier,
                                const struct trail_report *report, struct output *output)
{
    enum status status = STATUS_OK;

    switch ((enum report_format)options->format) {
    case REPORT_JSONL:
        return trail_jsonl_write(report, output->file);
    case REPORT_HTML:
        return trail_page_write(options, earlier, report, output->file);
    case REPORT_CSV:
        status = report_troubles_write(&report->receipt->outcome, stderr);
        say_incomplete(report);
        return status ? status : trail_csv_write(report, output->file);
    default:
        status = report_troubles_write(&report->receipt->outcome, stderr);
        return status ? status : trail_text_write(report, output->file);
    }
}

static int finish(const struct options *options, const struct earlier *earlier,
                  const struct trail_report *report, struct output *output)
{
    bool found = report->hunt && report->story_count;
    enum status status = write_report(options, earlier, report, output);

    if (status)
        say("%s: %s", output->name, err_text());
    else if ((status = output_commit(output)))
        say("%s", err_text());
    if (status)
        return EXIT_TROUBLE;
    for (size_t i = 0; i < report->story_count; i++)
        found |= report->stories[i].calls > 0;
    if (found)
        return (int)options->exit_code;
    if (!report->receipt->records) {
        say("there was no record of CloudTrail in the logs");
        return EXIT_TROUBLE;
    }
    return trail_report_complete(report) ? EXIT_CLEAN : EXIT_TROUBLE;
}

static int run(const struct options *options, struct follow *follow, const struct geo *geo,
               struct output *output)
{
    struct trail_receipt receipt = { 0 };
    struct trail_report report = { .follow = follow,
                                   .receipt = &receipt,
                                   .hunt = options->hunt,
                                   .colour = wants_colour((enum when)options->colour,
                                                          fileno(output->file)) };
    struct earlier earlier = { 0 };
    struct story *stories = NULL;
    int result;

    if (check_arguments(options) || add_keys(follow, options) ||
        (wants_report(options) && add_report(follow, &earlier, options->arguments[0]))) {
        result = complain();
        goto out;
    }
    if (options->hunt)
        follow_hunt(follow);
    if (read_logs(follow, options, &receipt) ||
        tell(&stories, &report.story_count, follow, geo, options->hunt)) {
        result = complain();
    } else {
        report.stories = stories;
        result = finish(options, wants_report(options) ? &earlier : NULL, &report, output);
    }
out:
    for (size_t i = 0; stories && i < report.story_count; i++)
        story_release(&stories[i]);
    free(stories);
    trail_receipt_release(&receipt);
    earlier_release(&earlier);
    return result;
}

/* --- rules --- */

static int print_rules(const struct options *options, const struct indicators *indicators,
                       struct output *output)
{
    struct buf text = { 0 };
    int result = EXIT_CLEAN;

    if (options->trail_rule == TRAIL_RULE_EVENTBRIDGE)
        defence_eventbridge(&text);
    else
        defence_sigma(&text, indicators);
    if (buf_status(&text) || output_write(output, buf_view(&text)) || output_commit(output))
        result = complain();
    buf_release(&text);
    return result;
}

static enum status check_format(const struct options *options)
{
    enum report_format format = (enum report_format)options->format;

    if (options->show_secrets && format != REPORT_HTML)
        return err_set(STATUS_INVALID, "\"trail\" shows secrets with --format html only");
    if (format == REPORT_TEXT || format == REPORT_JSONL || format == REPORT_CSV ||
        format == REPORT_HTML)
        return STATUS_OK;
    return err_set(STATUS_INVALID, "\"trail\" writes --format text, jsonl, csv and html");
}

int command_trail(const struct options *options)
{
    struct indicators indicators = { 0 };
    struct output output;
    struct follow follow;
    struct geo *geo = NULL;
    int result;

    if (check_format(options) ||
        indicators_read(&indicators, indicators_builtin(), "trail/indicators.json") ||
        output_open(&output, options->output, options->show_secrets)) {
        indicators_release(&indicators);
        return complain();
    }
    follow_init(&follow, &indicators);
    if (options->trail_rule != TRAIL_RULE_NONE)
        result = print_rules(options, &indicators, &output);
    else if (options->geoip && geo_open(&geo, options->geoip))
        result = complain();
    else
        result = run(options, &follow, geo, &output);
    follow_release(&follow);
    indicators_release(&indicators);
    geo_close(geo);
    output_release(&output);
    return result;
}
