/*
 * ruleset_read.c - from the JSON of rule files to the tables of a ruleset.
 *
 * What the members mean is ruleset_members.h's: here are files, their root and what stands for the
 * whole. The tables are growable arrays in the order of the files; all text is copied into one
 * arena, so the JSON trees die at the end of ruleset_read(). Every mistake is named by file, line
 * and column, and by the path of the member ("parts[2].forms[0].pattern").
 */
#include <cjson/cJSON.h>
#include <stdlib.h>

#include "detect/position.h"
#include "detect/ruleset_members.h"

/* --- one file --- */

static enum status add_documented(const struct at *at, const cJSON *object)
{
    static const char *const known[] = { "source", "containing" };
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, "containing");
    const cJSON *item;
    const char *source;
    enum status status = member_check(at, object, known, COUNT_OF(known));

    if (!status && cJSON_HasObjectItem(object, "source"))
        status = member_text(at, object, "source", &source);
    if (status)
        return status;
    if (!cJSON_IsArray(list))
        return member_fault(at, list ? "containing" : NULL,
                            "\"containing\" must be a list of texts");
    cJSON_ArrayForEach(item, list) {
        struct slice *entry;

        if (!cJSON_IsString(item) || strlen(item->valuestring) < 4)
            return member_fault(at, "containing",
                                "\"containing\" must be a list of texts of 4 bytes and more");
        entry = ruleset_add(&at->set->documented, sizeof(*entry));
        if (!entry)
            return err_nomem();
        *entry = arena_copy(&at->set->arena, slice_of(item->valuestring));
        if (!entry->ptr)
            return err_nomem();
        at->set->documented_starts[ruleset_start(entry->ptr)] = true;
    }
    return STATUS_OK;
}

static enum status add_root(const struct at *at, const cJSON *root)
{
    static const char *const known[] = { "format", "documented", "encoded",
                                         "marks",  "parts",      "rules" };
    double format;
    enum status status = STATUS_OK;

    /* What another format holds cannot be judged. */
    if (!cJSON_IsObject(root) || (status = member_number(at, root, "format", 1, 1, 0, &format)))
        return cJSON_IsObject(root) ? status : member_fault(at, NULL, "must be an object");
    if (format != 1)
        return member_fault(at, NULL, "\"format\" must be 1");
    status = member_check(at, root, known, COUNT_OF(known));
    status = status_worse(status, member_object(at, root, "documented", add_documented));
    status = status_worse(status, member_object(at, root, "encoded", ruleset_add_encoded));
    status = status_worse(status, member_list(at, root, "marks", ruleset_add_mark));
    status = status_worse(status, member_list(at, root, "parts", ruleset_add_part));
    return status_worse(status, member_list(at, root, "rules", ruleset_add_rule));
}

static enum status add_source(struct ruleset *set, const struct rule_source *source)
{
    struct at at = { .set = set, .source = source };
    const char *start = (const char *)source->text.ptr;
    const char *end = start;
    cJSON *root = NULL;
    enum status status;
    size_t trailing;

    if (source->text.len)
        root = cJSON_ParseWithLengthOpts(start, source->text.len, &end, 0);
    trailing = (size_t)(end - start);
    while (root && trailing < source->text.len && strchr(" \t\r\n", start[trailing]))
        trailing++;
    if (!root || trailing < source->text.len) {
        struct position place = position_at(source->text, trailing);

        cJSON_Delete(root);
        err_set(STATUS_INVALID, "%s:%zu:%zu: not valid JSON", source->name, place.line,
                place.column);
        member_count_fault(set);
        return STATUS_CORRUPT;
    }
    status = add_root(&at, root);
    cJSON_Delete(root);
    return status;
}

/* --- all files --- */

/* Messages about a source may be wanted when the caller's bytes are gone. */
static enum status keep_sources(struct ruleset *set, const struct rule_source *sources, size_t n)
{
    set->sources = arena_alloc(&set->arena, (n + 1) * sizeof(*set->sources));
    if (!set->sources)
        return err_nomem();
    for (size_t i = 0; i < n; i++) {
        set->sources[i].name = ruleset_keep(set, sources[i].name);
        set->sources[i].text = arena_copy(&set->arena, sources[i].text);
        if (!set->sources[i].name || !set->sources[i].text.ptr)
            return err_nomem();
    }
    return STATUS_OK;
}

enum status ruleset_read(struct ruleset **out, const struct rule_source *sources, size_t n,
                         ruleset_fault_fn *on_fault, void *ctx)
{
    struct ruleset *set = calloc(1, sizeof(*set));
    enum status status;

    *out = NULL;
    if (!set)
        return err_nomem();
    pthread_mutex_init(&set->lock, NULL);
    set->on_fault = on_fault;
    set->on_fault_ctx = ctx;
    status = keep_sources(set, sources, n);
    for (size_t i = 0; i < n && status != STATUS_NOMEM && status != STATUS_CORRUPT; i++)
        status = status_worse(status, add_source(set, &set->sources[i]));
    if (!status && !set->rules.count) {
        err_set(STATUS_INVALID, "%s: there is no rule in it", n ? sources[0].name : "");
        member_count_fault(set);
    }
    if (set->faults && status != STATUS_NOMEM) {
        status = status == STATUS_CORRUPT ? STATUS_CORRUPT : STATUS_INVALID;
        err_set(status, "%s", set->first_fault);
    }
    if (status && status != STATUS_INVALID) {
        ruleset_free(set);
        return status == STATUS_CORRUPT ? STATUS_INVALID : status;
    }
    *out = set;
    return status;
}

enum status ruleset_new(struct ruleset **out, const struct rule_source *sources, size_t n)
{
    struct ruleset *set;
    enum status status = ruleset_read(&set, sources, n, NULL, NULL);

    if (!status) {
        *out = set;
        return STATUS_OK;
    }
    if (set && set->faults > 1)
        err_set(status, "%s (and %zu more: see \"rules check\")", set->first_fault,
                set->faults - 1);
    ruleset_free(set);
    return status;
}
