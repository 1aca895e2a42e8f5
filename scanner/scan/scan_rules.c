/* scan_rules.c - reading rule files, and what the user changes in rules. */
#include "scan/scan_rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "detect/database.h"

static enum status read_rules(const char *path, struct buf *out)
{
    FILE *file = fopen(path, "rbe");
    uint8_t piece[8192];
    size_t n;

    if (!file)
        return err_set(STATUS_IO, "%s: %s", path, strerror(errno));
    out->max = LIMIT_RULE_FILE_BYTES;
    while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
        buf_append(out, (struct slice){ piece, n });
    if (ferror(file))
        err_set(out->failed = STATUS_IO, "%s: %s", path, strerror(errno));
    else if (out->failed == STATUS_LIMIT)
        err_set(STATUS_LIMIT, "%s: larger than %u bytes", path, LIMIT_RULE_FILE_BYTES);
    fclose(file);
    return out->failed;
}

enum status scan_read_rules(struct ruleset **out, const char *path, ruleset_fault_fn *on_fault,
                            void *ctx)
{
    size_t n = embedded_rules.source_count;
    struct rule_source *sources = calloc(n + 1, sizeof(*sources));
    struct buf text = { 0 };
    enum status status = STATUS_OK;

    if (!sources)
        return err_nomem();
    memcpy(sources, embedded_rules.sources, n * sizeof(*sources));
    if (path) {
        status = read_rules(path, &text);
        sources[n++] = (struct rule_source){ path, buf_view(&text) };
    }
    if (!status)
        status =
            on_fault ? ruleset_read(out, sources, n, on_fault, ctx) : ruleset_new(out, sources, n);
    buf_release(&text);
    free(sources);
    return status;
}

enum status scan_load_rules(struct ruleset **out, const char *path)
{
    enum status status = scan_read_rules(out, path, NULL, NULL);

    /* The built-in ones were checked when they were built in. */
    for (size_t engine = 0; path && engine < ENGINE_COUNT; engine++)
        for (size_t i = 0; !status && i < ruleset_expressions(*out, (enum engine)engine); i++)
            status = database_check(*out, (enum engine)engine, i);
    if (!status && path)
        status = ruleset_check_patterns(*out);
    if (status) {
        ruleset_free(*out);
        *out = NULL;
    }
    return status;
}

/* A mistyped rule must not be passed over: what was to be off would be on. */
static enum status find_rule(const struct ruleset *set, const char *option, struct slice id,
                             size_t *rule)
{
    *rule = ruleset_find(set, id);
    if (*rule == SIZE_MAX)
        return err_set(STATUS_INVALID, "%s: there is no rule \"%.*s\"", option, (int)id.len,
                       (const char *)id.ptr);
    return STATUS_OK;
}

enum status scan_adjust_rules(struct ruleset *set, const struct scan_request *request)
{
    enum status status = STATUS_OK;
    size_t rule;

    for (size_t i = 0; i < request->severity_count && !status; i++) {
        const struct severity_change *change = &request->severities[i];

        status = find_rule(set, "severity", change->rule, &rule);
        if (!status)
            ruleset_set_severity(set, rule, change->severity);
    }
    for (size_t i = 0; i < request->scope.rules_off_count && !status; i++)
        status = find_rule(set, "rules-off", slice_of(request->scope.rules_off[i]), &rule);
    return status;
}
