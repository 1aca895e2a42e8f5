/*
 * merge.c - the command `merge`: one report out of many.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "command/command.h"
#include "command/results.h"
#include "command/say.h"
#include "report/read.h"
#include "scan.h"

/* The built-in rules, whose descriptions some formats print. The array is the caller's to free. */
static enum status list_rules(const struct ruleset *set, struct report_pool *pool)
{
    size_t n = ruleset_rules(set);
    const struct rule **known = calloc(n + 1, sizeof(*known));

    if (!known)
        return err_nomem();
    for (size_t i = 0; i < n; i++)
        known[i] = &ruleset_rule(set, i)->rule;
    pool->known = known;
    pool->known_count = n;
    return STATUS_OK;
}

static enum status read_report(struct report_pool *pool, struct outcome *outcome, const char *path)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *in = is_stdin ? stdin : fopen(path, "re");
    enum status status;

    if (!in)
        return err_set(STATUS_IO, "%s: %s", path, strerror(errno));
    status = report_read(pool, outcome, is_stdin ? "stdin" : path, in);
    if (!is_stdin)
        fclose(in);
    return status;
}

static int merge(const struct options *options, struct report_pool *pool, struct outcome *outcome,
                 struct output *output)
{
    struct report_options report = { .quiet = options->quiet };

    for (size_t i = 0; i < options->argument_count; i++)
        if (read_report(pool, outcome, options->arguments[i]))
            return complain();
    outcome_join(outcome);
    outcome_sort(outcome, NULL, 0);
    if (results_write(options, outcome, &report, output))
        return EXIT_TROUBLE;
    return results_status(options, outcome);
}

int command_merge(const struct options *options)
{
    struct outcome outcome = { .every_lone = true };
    struct report_pool pool = { 0 };
    struct ruleset *set = NULL;
    struct output output;
    int result;

    if (output_open(&output, options->output, options->show_secrets))
        return complain();
    if (scan_load_rules(&set, NULL) || list_rules(set, &pool))
        result = complain();
    else
        result = merge(options, &pool, &outcome, &output);
    output_release(&output);
    outcome_release(&outcome);
    free((void *)(uintptr_t)pool.known);
    report_pool_release(&pool);
    ruleset_free(set);
    return result;
}
