/*
 * indicators.c - read the data, match a record against it, and say which texts to look for.
 */
#include "trail/indicators.h"

#include <stdlib.h>

#include "base/array.h"

/* The file as it stands in the repository: 20 KB, its examples included. */
__asm__(".section .rodata\n"
        "trail_indicators_begin: .incbin \"patterns/trail/indicators.json\"\n"
        "trail_indicators_end: .byte 0\n"
        ".previous\n");
extern const uint8_t trail_indicators_begin[], trail_indicators_end[];

static const char *const severity_words[] = { "low", "medium", "high", "critical" };

static const char *const context_words[CONTEXT_COUNT] = {
    [CONTEXT_NONE] = "",
    [CONTEXT_FIRST_CALL] = "first_call",
    [CONTEXT_BURST] = "burst",
    [CONTEXT_DENIED] = "denied",
    [CONTEXT_NEW_ADDRESS] = "new_address",
    [CONTEXT_NEW_NETWORK] = "new_network",
    [CONTEXT_NEW_REGION] = "new_region",
    [CONTEXT_NEW_COUNTRY] = "new_country",
    [CONTEXT_TRAVEL] = "travel",
    [CONTEXT_AFTER_DEACTIVATION] = "after_deactivation",
};

struct slice indicators_builtin(void)
{
    return (struct slice){ trail_indicators_begin,
                           (size_t)(trail_indicators_end - trail_indicators_begin) };
}

/* --- reading --- */

/* Index of `word`, or -1. */
static int word_index(const char *word, const char *const *words, int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

static const char *member(const cJSON *item, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(item, name);

    return cJSON_IsString(value) ? value->valuestring : "";
}

static uint64_t number(const cJSON *item, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(item, name);

    return cJSON_IsNumber(value) && value->valuedouble > 0 && value->valuedouble < 1e9
               ? (uint64_t)value->valuedouble
               : 0;
}

static bool is_pattern(const cJSON *pattern)
{
    return cJSON_IsNull(pattern) || (cJSON_IsString(pattern) && pattern->valuestring[0]);
}

/* Is every alternative an object whose members are lists of patterns? */
static bool is_when(const cJSON *when)
{
    const cJSON *alternative, *field, *pattern;

    cJSON_ArrayForEach(alternative, when) {
        if (!cJSON_IsObject(alternative) || !alternative->child)
            return false;
        cJSON_ArrayForEach(field, alternative) {
            if (!cJSON_IsArray(field) || !field->child)
                return false;
            cJSON_ArrayForEach(pattern, field) {
                if (!is_pattern(pattern))
                    return false;
            }
        }
    }
    return cJSON_IsArray(when) && when->child;
}

static bool speaks_of_calls(const cJSON *when)
{
    const cJSON *alternative, *field;

    cJSON_ArrayForEach(alternative, when) {
        cJSON_ArrayForEach(field, alternative) {
            if (strcmp(field->string, "eventName") == 0)
                return true;
        }
    }
    return false;
}

static bool read_indicator(struct indicator *out, const cJSON *item)
{
    int severity = word_index(member(item, "severity"), severity_words, 4);
    int context = word_index(member(item, "context"), context_words, CONTEXT_COUNT);

    *out = (struct indicator){
        .id = member(item, "id"),
        .title = member(item, "title"),
        .source = member(item, "source"),
        .uuid = member(item, "uuid"),
        .score = (unsigned)number(item, "score"),
        .seed = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(item, "seed")),
        .target = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(item, "target")),
        .at_least = number(item, "at_least"),
        .when = cJSON_GetObjectItemCaseSensitive(item, "when"),
    };
    if (severity < 0 || context < 0 || !out->id[0] || !out->title[0] || !out->source[0])
        return false;
    out->severity = (enum severity)severity;
    out->context = (enum context)context;
    if (out->context)
        return !out->when;
    if (!is_when(out->when))
        return false;
    out->calls = speaks_of_calls(out->when);
    return true;
}

enum status indicators_read(struct indicators *out, struct slice text, const char *name)
{
    const cJSON *list, *item;
    enum status status = STATUS_OK;

    *out = (struct indicators){ .json = cJSON_ParseWithLength((const char *)text.ptr, text.len) };
    list = cJSON_GetObjectItemCaseSensitive(out->json, "indicators");
    out->list = calloc((size_t)cJSON_GetArraySize(list) + 1, sizeof(*out->list));
    out->hunt_score = (unsigned)number(out->json, "hunt_score");
    if (!out->list)
        status = err_nomem();
    else if (!cJSON_IsArray(list) || !out->hunt_score)
        status = err_set(STATUS_INVALID, "%s: no list of indicators with a hunt_score", name);
    if (!status)
        cJSON_ArrayForEach(item, list) {
            if (!status && !read_indicator(&out->list[out->count++], item))
                status = err_set(STATUS_INVALID, "%s: indicator %zu (\"%.100s\") is incomplete",
                                 name, out->count, member(item, "id"));
        }
    if (status)
        indicators_release(out);
    return status;
}

void indicators_release(struct indicators *indicators)
{
    cJSON_Delete(indicators->json);
    free(indicators->list);
    *indicators = (struct indicators){ 0 };
}

size_t indicators_context(const struct indicators *indicators, enum context context)
{
    for (size_t i = 0; i < indicators->count; i++)
        if (indicators->list[i].context == context)
            return i;
    return SIZE_MAX;
}

/* --- matching --- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* The classic walk with one point to come back to: the time is at most the product of lengths. */
static bool matches_pattern(const char *pattern, const char *text)
{
    const char *star = NULL, *resume = NULL;

    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            resume = text;
        } else if (lower(*pattern) == lower(*text)) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}

static bool field_matches(const cJSON *field, const cJSON *json, const char **evidence)
{
    const char *text = record_text(json, field->string);
    const cJSON *pattern;

    cJSON_ArrayForEach(pattern, field) {
        if (!text && cJSON_IsNull(pattern))
            return true;
        if (text && cJSON_IsString(pattern) && matches_pattern(pattern->valuestring, text)) {
            *evidence = text;
            return true;
        }
    }
    return false;
}

bool indicator_matches(const struct indicator *indicator, const cJSON *json, const char **evidence)
{
    const cJSON *alternative, *field;

    cJSON_ArrayForEach(alternative, indicator->when) {
        bool all = true;

        *evidence = "";
        cJSON_ArrayForEach(field, alternative) {
            all = all && field_matches(field, json, evidence);
        }
        if (all)
            return true;
    }
    return false;
}

/* --- texts to look for --- */

/* The longest run of `pattern` without a *. */
static void add_longest(struct pick_list *list, enum pick_kind kind, const char *pattern)
{
    char text[128];
    const char *best = pattern;
    size_t best_len = 0;

    for (const char *at = pattern; *at;) {
        size_t len = strcspn(at, "*");

        if (len > best_len) {
            best = at;
            best_len = len;
        }
        at += len + (at[len] == '*');
    }
    if (best_len >= sizeof(text))
        best_len = sizeof(text) - 1;
    memcpy(text, best, best_len);
    text[best_len] = 0;
    pick_list_add(list, kind, text);
}

/* One member of an alternative is enough to look for: the one that is rarest in logs. */
static const cJSON *rarest(const cJSON *alternative)
{
    static const char *const names[] = { "requestParameters.policyArn", "eventName", "userAgent" };

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const cJSON *field = cJSON_GetObjectItemCaseSensitive(alternative, names[i]);

        if (field)
            return field;
    }
    return alternative->child;
}

void indicators_pick(const struct indicators *indicators, struct pick_list *list)
{
    for (size_t i = 0; i < indicators->count; i++) {
        const struct indicator *indicator = &indicators->list[i];
        const cJSON *alternative, *pattern;

        if (!indicator->seed || !indicator->when)
            continue;
        cJSON_ArrayForEach(alternative, indicator->when) {
            const cJSON *field = rarest(alternative);

            cJSON_ArrayForEach(pattern, field) {
                if (cJSON_IsString(pattern))
                    add_longest(list, PICK_CASELESS, pattern->valuestring);
            }
        }
    }
}
