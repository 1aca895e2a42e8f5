/* member.c - one look-up, one check and one message for each kind of member. */
#include "detect/member.h"

#include <stdio.h>
#include <stdlib.h>

void member_count_fault(struct ruleset *set)
{
    if (!set->faults++)
        snprintf(set->first_fault, sizeof(set->first_fault), "%s", err_text());
    if (set->on_fault)
        set->on_fault(set->on_fault_ctx, err_text());
}

enum status member_fault(const struct at *at, const char *member, const char *format, ...)
{
    char path[sizeof(at->path) + 64];
    enum status status;
    va_list args;

    snprintf(path, sizeof(path), "%s%s%.60s", at->path, at->path[0] && member ? "." : "",
             member ? member : "");
    va_start(args, format);
    status = ruleset_blame(at->source, path, at->path, format, args);
    va_end(args);
    member_count_fault(at->set);
    return status;
}

struct at member_of(const struct at *at, const char *member)
{
    struct at inner = { .set = at->set, .source = at->source };

    snprintf(inner.path, sizeof(inner.path), "%.90s%s%.30s", at->path, at->path[0] ? "." : "",
             member);
    return inner;
}

struct at member_at(const struct at *at, const char *member, int index)
{
    struct at inner = { .set = at->set, .source = at->source };

    snprintf(inner.path, sizeof(inner.path), "%.80s%s%.30s[%d]", at->path, at->path[0] ? "." : "",
             member, index);
    return inner;
}

struct origin member_origin(const struct at *at)
{
    return (struct origin){ at->source, ruleset_keep(at->set, at->path) };
}

/* --- members --- */

enum status member_check(const struct at *at, const cJSON *object, const char *const *known,
                         size_t n)
{
    const cJSON *member;

    if (!cJSON_IsObject(object))
        return member_fault(at, NULL, "must be an object");
    cJSON_ArrayForEach(member, object) {
        size_t i = 0;

        while (i < n && strcmp(member->string, known[i]) != 0)
            i++;
        if (i == n)
            return member_fault(at, member->string, "unknown member \"%s\"", member->string);
        if (cJSON_GetObjectItemCaseSensitive(object, member->string) != member)
            return member_fault(at, member->string, "\"%s\" stands here twice", member->string);
    }
    return STATUS_OK;
}

enum status member_text(const struct at *at, const cJSON *object, const char *name,
                        const char **out)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);

    if (!cJSON_IsString(member) || !member->valuestring[0])
        return member_fault(at, name, "\"%s\" must be a text that is not empty", name);
    *out = ruleset_keep(at->set, member->valuestring);
    return *out ? STATUS_OK : err_nomem();
}

enum status member_number(const struct at *at, const cJSON *object, const char *name, double min,
                          double max, double fallback, double *out)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);

    *out = fallback;
    if (!member)
        return STATUS_OK;
    if (!cJSON_IsNumber(member) || member->valuedouble < min || member->valuedouble > max)
        return member_fault(at, name, "\"%s\" must be a number from %g to %g", name, min, max);
    *out = member->valuedouble;
    return STATUS_OK;
}

enum status member_count(const struct at *at, const cJSON *object, const char *name, uint32_t min,
                         uint32_t max, uint32_t fallback, uint32_t *out)
{
    double number;
    enum status status = member_number(at, object, name, min, max, fallback, &number);

    *out = (uint32_t)number;
    if (!status && *out != number)
        return member_fault(at, name, "\"%s\" must be a whole number", name);
    return status;
}

enum status member_flag(const struct at *at, const cJSON *object, const char *name, bool *out)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);

    *out = cJSON_IsTrue(member);
    if (member && !cJSON_IsBool(member))
        return member_fault(at, name, "\"%s\" must be true or false", name);
    return STATUS_OK;
}

enum status member_word(const struct at *at, const cJSON *object, const char *name,
                        const char *const *words, size_t n, size_t fallback, size_t *out)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
    char list[128] = "";

    *out = fallback;
    if (!member && fallback != SIZE_MAX)
        return STATUS_OK;
    for (size_t i = 0; i < n && cJSON_IsString(member); i++) {
        if (strcmp(member->valuestring, words[i]) == 0) {
            *out = i;
            return STATUS_OK;
        }
    }
    for (size_t i = 0; i < n && strlen(list) + strlen(words[i]) + 3 < sizeof(list); i++)
        snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", i ? ", " : "", words[i]);
    return member_fault(at, name, "\"%s\" must be one of %s", name, list);
}

enum status member_pattern(const struct at *at, const cJSON *object, const char **out)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, "pattern");
    const cJSON *piece;
    size_t len = 0;
    char *joined;

    if (cJSON_IsString(member))
        return member_text(at, object, "pattern", out);
    if (!cJSON_IsArray(member))
        return member_fault(at, "pattern", "\"pattern\" must be a text or a list of texts");
    cJSON_ArrayForEach(piece, member) {
        if (!cJSON_IsString(piece))
            return member_fault(at, "pattern", "\"pattern\" must be a text or a list of texts");
        len += strlen(piece->valuestring);
    }
    joined = arena_alloc(&at->set->arena, len + 1);
    if (!joined)
        return err_nomem();
    *out = joined;
    cJSON_ArrayForEach(piece, member)
        joined = stpcpy(joined, piece->valuestring);
    return STATUS_OK;
}

/* --- members that hold others --- */

enum status member_list(const struct at *at, const cJSON *object, const char *name, member_fn *fn)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, name);
    const cJSON *item;
    enum status status = STATUS_OK;
    int i = 0;

    if (list && !cJSON_IsArray(list))
        return member_fault(at, name, "\"%s\" must be a list", name);
    cJSON_ArrayForEach(item, list) {
        struct at inner = member_at(at, name, i++);

        status = status_worse(status, fn(&inner, item));
    }
    return status;
}

enum status member_object(const struct at *at, const cJSON *object, const char *name, member_fn *fn)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
    struct at inner = member_of(at, name);

    return member ? fn(&inner, member) : STATUS_OK;
}
