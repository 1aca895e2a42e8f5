/*
 * main.c - what the typed options mean, and what the exit status says.
 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <git2.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/version.h"
#include "options.h"
#include "scan.h"

enum { EXIT_CLEAN = 0, EXIT_TROUBLE = 2 };

static int complain(void)
{
    fprintf(stderr, "leaktrawl: %s\n", err_text());
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

static int finish_scan(const struct options *options, const struct scan *scan, FILE *out)
{
    const char *name = options->output ? options->output : "stdout";

    if (write_report(options, scan, out)) {
        fprintf(stderr, "leaktrawl: %s: %s\n", name, err_text());
        return EXIT_TROUBLE;
    }
    if (!scan_saw_anything(scan) && outcome_complete(scan_outcome(scan)) && !options->allow_empty) {
        fputs("leaktrawl: there was nothing to scan (--allow-empty to accept that)\n", stderr);
        return EXIT_TROUBLE;
    }
    return exit_status(options, scan);
}

static void say_duration(const struct timespec *began)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    fprintf(stderr, "leaktrawl: %.3f s\n",
            (double)(now.tv_sec - began->tv_sec) + (double)(now.tv_nsec - began->tv_nsec) / 1e9);
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
        .jobs = options->jobs ? (unsigned)options->jobs : processors(),
        .max_file_size = options->max_file_size,
        .history = !options->no_history,
        .work_tree = options->command == COMMAND_SCAN,
        .all_objects =
            options->all_objects || (options->command == COMMAND_SCAN && !options->reachable_only),
        .respect_gitignore = options->respect_gitignore,
        .ignore_marks = options->no_inline_ignore,
        .progress = wants_progress(options),
    };
}

static int run_scan(const struct options *options)
{
    struct scan_request request;
    struct scan *scan = NULL;
    struct buf cache = { 0 };
    struct timespec began;
    FILE *out = open_output(options);
    int result;

    if (!out)
        return complain();
    clock_gettime(CLOCK_MONOTONIC, &began);
    set_request(&request, options);
    request.cache_dir = cache_dir(&cache);
    result = scan_run(&scan, &request) ? complain() : finish_scan(options, scan, out);
    if (out != stdout && fclose(out)) {
        fprintf(stderr, "leaktrawl: %s: %s\n", options->output, strerror(errno));
        result = EXIT_TROUBLE;
    }
    if (options->verbose)
        say_duration(&began);
    scan_free(scan);
    buf_release(&cache);
    return result;
}

/* --- the other commands --- */

static int list_rules(const struct options *options)
{
    static const char *const severities[] = { "low", "medium", "high", "critical" };
    struct ruleset *set;

    if (scan_load_rules(&set, options->rules_file))
        return complain();
    for (size_t i = 0; options->anchors && i < ruleset_expressions(set, ENGINE_ANCHORS); i++) {
        size_t number;

        puts(ruleset_expression(set, ENGINE_ANCHORS, i, &number));
    }
    for (size_t i = 0; !options->anchors && i < ruleset_rules(set); i++) {
        const struct rule *rule = &ruleset_rule(set, i)->rule;

        printf("%-24s %-9s %s\n", rule->id, severities[rule->severity], rule->description);
    }
    ruleset_free(set);
    return EXIT_CLEAN;
}

static int check_rules(const char *path)
{
    struct ruleset *set = NULL;
    struct databases databases = { 0 };
    enum status status = scan_load_rules(&set, path);

    if (!status)
        status = ruleset_check_patterns(set);
    if (!status)
        status = databases_get(&databases, set, NULL, NULL);
    if (!status)
        printf("%s: good, %zu rules with the built-in ones\n", path, ruleset_rules(set));
    databases_release(&databases);
    ruleset_free(set);
    return status ? complain() : EXIT_CLEAN;
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
    fprintf(stderr, "leaktrawl: unknown command \"%s\"\n", topic);
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
    default:
        return run_scan(options);
    }
}

int main(int argc, char **argv)
{
    struct options options;
    int result;

    if (options_parse(&options, argc, argv)) {
        fprintf(stderr, "leaktrawl: %s (see leaktrawl --help)\n", err_text());
        return EXIT_TROUBLE;
    }
    result = run(&options);
    options_release(&options);
    if (fflush(stdout) || ferror(stdout)) {
        fprintf(stderr, "leaktrawl: stdout: %s\n", strerror(errno));
        result = EXIT_TROUBLE;
    }
    return result;
}
