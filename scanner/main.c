/*
 * main.c - what the typed options mean, and what the exit status says.
 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <git2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/version.h"
#include "options.h"
#include "pushed.h"
#include "report/printable.h"
#include "rules_check.h"
#include "scan.h"
#include "since_last.h"

enum { EXIT_CLEAN = 0, EXIT_TROUBLE = 2 };

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One line on stderr. Names and words of the command line in it may hold anything. */
static void say(const char *format, ...)
{
    struct buf line = { 0 };
    char text[2048];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    printable_text(&line, slice_of(text));
    fprintf(stderr, "leaktrawl: %s\n", buf_cstr(&line));
    buf_release(&line);
}

static int complain(void)
{
    say("%s", err_text());
    return EXIT_TROUBLE;
}

/* --- what the environment says --- */

static bool env_is_set(const char *name)
{
    const char *value = getenv(name);

    return value && value[0];
}

static bool env_is_on(const char *name)
{
    return env_is_set(name) && strcmp(getenv(name), "0") != 0;
}

static bool is_dumb(void)
{
    const char *term = getenv("TERM");

    return !term || !term[0] || strcmp(term, "dumb") == 0;
}

/* --color over NO_COLOR over CLICOLOR_FORCE and FORCE_COLOR over CLICOLOR with a terminal. */
static bool wants_colour(const struct options *options, int fd)
{
    if (options->colour != WHEN_AUTO)
        return options->colour == WHEN_ALWAYS;
    if (env_is_set("NO_COLOR"))
        return false;
    if (env_is_on("CLICOLOR_FORCE") || env_is_on("FORCE_COLOR"))
        return true;
    if (is_dumb() || (env_is_set("CLICOLOR") && !env_is_on("CLICOLOR")))
        return false;
    return isatty(fd);
}

static bool wants_progress(const struct options *options)
{
    if (options->progress != WHEN_AUTO)
        return options->progress == WHEN_ALWAYS;
    return !options->quiet && isatty(STDERR_FILENO) && !is_dumb();
}

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

static unsigned processors(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n < 1 ? 1 : n > (long)LIMIT_JOBS ? LIMIT_JOBS : (unsigned)n;
}

/* --- scan and history --- */

static bool is_credential(const struct finding *finding)
{
    return finding->id.ptr && finding->secret.ptr;
}

static size_t count_findings(const struct outcome *outcome, enum fail_on what)
{
    size_t n = 0;

    for (size_t i = 0; i < outcome->finding_count; i++)
        n += what == FAIL_ON_ANY || is_credential(&outcome->findings[i]);
    return n;
}

static int exit_status(const struct options *options, const struct scan *scan)
{
    const struct outcome *outcome = scan_outcome(scan);

    if (count_findings(outcome, (enum fail_on)options->fail_on))
        return (int)options->exit_code;
    return outcome_complete(outcome) ? EXIT_CLEAN : EXIT_TROUBLE;
}

static enum status write_report(const struct options *options, const struct scan *scan, FILE *out)
{
    const struct outcome *outcome = scan_outcome(scan);
    struct report_options report = { .format = (enum report_format)options->format,
                                     .show_secrets = options->show_secrets,
                                     .colour = wants_colour(options, fileno(out)),
                                     .quiet = options->quiet };
    enum status status;

    report.targets = scan_targets(scan, &report.target_count);
    if (report.format == REPORT_TEXT && (status = report_troubles_write(outcome, stderr)))
        return status;
    return report_write(outcome, &report, out);
}

/* Opened before the scan, so that a report that cannot be written is known at once. */
static FILE *open_output(const struct options *options)
{
    int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
    FILE *out = stdout;
    int fd;

    if (!options->output || strcmp(options->output, "-") == 0)
        return stdout;
    fd = open(options->output, flags, options->show_secrets ? 0600 : 0666);
    out = fd < 0 ? NULL : fdopen(fd, "w");
    if (!out)
        err_set(STATUS_IO, "%s: %s", options->output, strerror(errno));
    return out;
}

/*
 * A hook that looked at nothing says so, but it passes: a commit that only removes files, or whose
 * message alone is changed, and a push that only deletes branches bring nothing in.
 */
static void say_nothing_seen(const struct options *options, const struct scan *scan)
{
    size_t removed = scan_removed(scan);

    if (scan_saw_anything(scan) || !outcome_complete(scan_outcome(scan)) || options->allow_empty)
        return;
    if (options->since_last)
        say("nothing is new since the last scan: 0 bytes were looked at");
    else if (options->command == COMMAND_PUSHED)
        say("the push brings nothing new: 0 bytes were looked at");
    else if (removed)
        say("%zu %s staged for removal, and nothing else: 0 bytes were looked at", removed,
            removed == 1 ? "file is" : "files are");
    else
        say("nothing is staged: 0 bytes were looked at");
}

static int finish_scan(const struct options *options, const struct scan *scan, FILE *out)
{
    const char *name = options->output ? options->output : "stdout";

    if (write_report(options, scan, out)) {
        say("%s: %s", name, err_text());
        /* It has been said: what could not be written must not fail a second time at the end. */
        __fpurge(out);
        clearerr(out);
        return EXIT_TROUBLE;
    }
    if (options->command == COMMAND_STAGED || options->command == COMMAND_PUSHED ||
        options->since_last)
        say_nothing_seen(options, scan);
    else if (!scan_saw_anything(scan) && outcome_complete(scan_outcome(scan)) &&
             !options->allow_empty) {
        say("there was nothing to scan (--allow-empty to accept that)");
        return EXIT_TROUBLE;
    }
    return exit_status(options, scan);
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

static void set_request(struct scan_request *request, const struct options *options)
{
    static const char *const here[] = { "." };
    bool implied = !options->argument_count && !options->files_from;

    *request = (struct scan_request){
        .targets = implied ? here : options->arguments,
        .target_count = implied ? 1 : options->argument_count,
        .implied_target = implied,
        .files_from = options->files_from,
        .nul_separated = options->nul_separated,
        .rules_file = options->rules_file,
        .staged = options->command == COMMAND_STAGED,
        .jobs = options->jobs ? (unsigned)options->jobs : processors(),
        .max_file_size = options->max_file_size,
        .history = !options->no_history,
        .work_tree = options->command == COMMAND_SCAN,
        .all_objects =
            options->all_objects || (options->command == COMMAND_SCAN && !options->reachable_only),
        .archive_depth = (unsigned)options->archive_depth,
        .respect_gitignore = options->respect_gitignore,
        .ignore_marks = options->no_inline_ignore,
        .no_delta_skip = options->no_delta_skip,
        .decode_only = options->decode_only,
        .all_occurrences = options->all_occurrences,
        .progress = wants_progress(options),
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
    request->tips = &since->tips;
    if (since->known)
        request->range = &since->range;
}

/* `pushed` is what stdin said, `since` what a file says; NULL where nothing asks for them. */
static int run_scan(const struct options *options, const struct pushed *pushed,
                    struct since_last *since)
{
    struct scan_request request;
    struct history_range range;
    struct scan *scan = NULL;
    struct buf cache = { 0 };
    struct timespec began;
    FILE *out = open_output(options);
    int result;

    if (!out)
        return complain();
    clock_gettime(CLOCK_MONOTONIC, &began);
    set_request(&request, options);
    if (set_range(&range, options)) {
        request.range = &range;
        request.target_count = 1;
    }
    if (pushed)
        set_pushed(&request, pushed);
    if (since)
        set_since_last(&request, since);
    request.cache_dir = cache_dir(&cache);
    result = scan_run(&scan, &request) ? complain() : finish_scan(options, scan, out);
    /* What was not read to its end was not covered: it is looked at again the next time. */
    if (since && scan && result != EXIT_TROUBLE && outcome_complete(scan_outcome(scan)) &&
        since_last_write(since))
        result = complain();
    if (out != stdout && fclose(out)) {
        say("%s: %s", options->output, strerror(errno));
        result = EXIT_TROUBLE;
    }
    if (options->verbose)
        say_duration(&began);
    scan_free(scan);
    buf_release(&cache);
    return result;
}

static int run_pushed(const struct options *options)
{
    struct pushed pushed;
    int result;

    if (pushed_read(&pushed, stdin))
        return complain();
    result = run_scan(options, &pushed, NULL);
    pushed_release(&pushed);
    return result;
}

static int run_since_last(const struct options *options)
{
    struct since_last since;
    struct history_range range;
    int result;

    if (set_range(&range, options) || options->all_objects) {
        err_set(STATUS_INVALID, "--since-last goes with no range and no --all-objects");
        return complain();
    }
    if (since_last_read(&since, options->since_last, options->rules_file))
        return complain();
    result = run_scan(options, NULL, &since);
    since_last_release(&since);
    return result;
}

/* --- the other commands --- */

static int list_rules(const struct options *options)
{
    static const char *const severities[] = { "low", "medium", "high", "critical" };
    struct buf line = { 0 };
    struct ruleset *set;

    if (scan_load_rules(&set, options->rules_file))
        return complain();
    for (size_t i = 0; options->anchors && i < ruleset_expressions(set, ENGINE_ANCHORS); i++) {
        size_t number;

        buf_reset(&line);
        printable_text(&line, slice_of(ruleset_expression(set, ENGINE_ANCHORS, i, &number)));
        puts(buf_cstr(&line));
    }
    for (size_t i = 0; !options->anchors && i < ruleset_rules(set); i++) {
        const struct rule *rule = &ruleset_rule(set, i)->rule;

        buf_reset(&line);
        printable_text(&line, slice_of(rule->id));
        buf_printf(&line, "%*s %-9s ", (int)(line.len < 24 ? 24 - line.len : 0), "",
                   severities[rule->severity]);
        printable_text(&line, slice_of(rule->description));
        puts(buf_cstr(&line));
    }
    buf_release(&line);
    ruleset_free(set);
    return EXIT_CLEAN;
}

static void say_mistake(void *ctx, const char *text)
{
    (void)ctx;
    say("%s", text);
}

static int check_rules(const char *path)
{
    struct buf name = { 0 };
    size_t mistakes;

    if (rules_check(path, say_mistake, NULL, &mistakes))
        return complain();
    if (mistakes)
        return EXIT_TROUBLE;
    printable_text(&name, slice_of(path));
    printf("%s: good\n", buf_cstr(&name));
    buf_release(&name);
    return EXIT_CLEAN;
}

static int print_version(void)
{
    char pcre2[64];
    int major, minor, patch;

    git_libgit2_version(&major, &minor, &patch);
    pcre2_config(PCRE2_CONFIG_VERSION, pcre2);
    printf("leaktrawl %s\nHyperscan %s\nPCRE2 %s\nlibgit2 %d.%d.%d\ncJSON %s\n", LEAKTRAWL_VERSION,
           hs_version(), pcre2, major, minor, patch, cJSON_Version());
    return EXIT_CLEAN;
}

static int print_help(const char *topic)
{
    if (options_print_help(stdout, topic))
        return EXIT_CLEAN;
    say("unknown command \"%s\"", topic);
    return EXIT_TROUBLE;
}

static int run(const struct options *options)
{
    if (options->help)
        return print_help(options->help_topic);
    switch (options->command) {
    case COMMAND_RULES_LIST:
        return list_rules(options);
    case COMMAND_RULES_CHECK:
        return check_rules(options->arguments[0]);
    case COMMAND_VERSION:
        return print_version();
    case COMMAND_PUSHED:
        return run_pushed(options);
    default:
        return options->since_last ? run_since_last(options) : run_scan(options, NULL, NULL);
    }
}

int main(int argc, char **argv)
{
    struct options options;
    int result;

    if (options_parse(&options, argc, argv)) {
        say("%s (see leaktrawl --help)", err_text());
        return EXIT_TROUBLE;
    }
    result = run(&options);
    options_release(&options);
    if (fflush(stdout) || ferror(stdout)) {
        say("stdout: %s", strerror(errno));
        result = EXIT_TROUBLE;
    }
    return result;
}
