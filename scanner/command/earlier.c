/* earlier.c - files opened, rules looked up, reports joined. */
#include "command/earlier.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "scan/scan_rules.h"

/* The built-in rules, whose descriptions some formats print. */
static enum status list_rules(struct earlier *earlier)
{
    size_t n = ruleset_rules(earlier->set);
    const struct rule **known = calloc(n + 1, sizeof(*known));

    if (!known)
        return err_nomem();
    for (size_t i = 0; i < n; i++)
        known[i] = &ruleset_rule(earlier->set, i)->rule;
    earlier->pool.known = known;
    earlier->pool.known_count = n;
    return STATUS_OK;
}

static enum status read_report(struct earlier *earlier, const char *path)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *in = is_stdin ? stdin : fopen(path, "re");
    enum status status;

    if (!in)
        return err_set(STATUS_IO, "%s: %s", path, strerror(errno));
    status = report_read(&earlier->pool, &earlier->outcome, is_stdin ? "stdin" : path, in);
    if (!is_stdin)
        fclose(in);
    return status;
}

enum status earlier_read(struct earlier *out, const char *const *paths, size_t n)
{
    enum status status;

    *out = (struct earlier){ .outcome = { .every_lone = true } };
    status = scan_load_rules(&out->set, NULL);
    if (!status)
        status = list_rules(out);
    for (size_t i = 0; !status && i < n; i++)
        status = read_report(out, paths[i]);
    if (status)
        return status;
    outcome_join(&out->outcome);
    outcome_sort(&out->outcome, NULL, 0);
    report_names_sort(&out->pool.settings);
    report_names_sort(&out->pool.baselines);
    for (size_t i = 0; i < out->pool.baselines.count; i++)
        buf_printf(&out->baselines, "%s%s", i ? ", " : "", out->pool.baselines.names[i]);
    buf_byte(&out->baselines, 0);
    return buf_status(&out->baselines);
}

void earlier_describe(const struct earlier *earlier, struct report_options *report)
{
    if (earlier->pool.baselines.count)
        report->baseline = (const char *)earlier->baselines.ptr;
    report->settings = earlier->pool.settings.names;
    report->settings_count = earlier->pool.settings.count;
}

void earlier_release(struct earlier *earlier)
{
    outcome_release(&earlier->outcome);
    free((void *)(uintptr_t)earlier->pool.known);
    report_pool_release(&earlier->pool);
    ruleset_free(earlier->set);
    buf_release(&earlier->baselines);
    *earlier = (struct earlier){ 0 };
}
