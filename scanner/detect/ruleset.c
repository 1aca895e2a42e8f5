/*
 * ruleset.c - what a ruleset tells, the engines of its patterns, and where its parts were read.
 */
#include "detect/ruleset.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "detect/position.h"
#include "detect/ruleset_private.h"

void ruleset_free(struct ruleset *set)
{
    if (!set)
        return;
    for (size_t i = 0; i < RULESET_FORMS_MAX; i++)
        pcre2_code_free(atomic_load(&set->code[i]));
    free(set->parts.entries);
    free(set->forms.entries);
    for (size_t i = 0; i < ENGINE_COUNT; i++)
        free(set->expressions[i].entries);
    free(set->marks.entries);
    free(set->rules.entries);
    free(set->examples.entries);
    free(set->documented.entries);
    free(set->runs.entries);
    free(set->form_origins.entries);
    free(set->example_origins.entries);
    pthread_mutex_destroy(&set->lock);
    arena_release(&set->arena);
    free(set);
}

/* --- what a ruleset tells --- */

size_t ruleset_parts(const struct ruleset *set)
{
    return set->parts.count;
}

const struct part_kind *ruleset_part(const struct ruleset *set, size_t i)
{
    assert(i < set->parts.count);
    return (const struct part_kind *)set->parts.entries + i;
}

size_t ruleset_forms(const struct ruleset *set)
{
    return set->forms.count;
}

const struct form *ruleset_form(const struct ruleset *set, size_t i)
{
    assert(i < set->forms.count);
    return (const struct form *)set->forms.entries + i;
}

size_t ruleset_rules(const struct ruleset *set)
{
    return set->rules.count;
}

const struct composition *ruleset_rule(const struct ruleset *set, size_t i)
{
    assert(i < set->rules.count);
    return (const struct composition *)set->rules.entries + i;
}

size_t ruleset_find(const struct ruleset *set, struct slice id)
{
    for (size_t i = 0; i < set->rules.count; i++)
        if (slice_eq(slice_of(ruleset_rule(set, i)->rule.id), id))
            return i;
    return SIZE_MAX;
}

void ruleset_set_severity(struct ruleset *set, size_t i, enum severity severity)
{
    assert(i < set->rules.count);
    ((struct composition *)set->rules.entries)[i].rule.severity = severity;
}

size_t ruleset_examples(const struct ruleset *set)
{
    return set->examples.count;
}

const struct example *ruleset_example(const struct ruleset *set, size_t i)
{
    assert(i < set->examples.count);
    return (const struct example *)set->examples.entries + i;
}

size_t ruleset_expressions(const struct ruleset *set, enum engine engine)
{
    return set->expressions[engine].count;
}

const char *ruleset_expression(const struct ruleset *set, enum engine engine, size_t i,
                               size_t *number)
{
    const struct expression *expression =
        (const struct expression *)set->expressions[engine].entries + i;

    assert(i < set->expressions[engine].count);
    *number = expression->number;
    return expression->text;
}

enum covers ruleset_mark(const struct ruleset *set, size_t number)
{
    assert(number < set->marks.count);
    return ((const enum covers *)set->marks.entries)[number];
}

const struct composition *ruleset_compose(const struct ruleset *set, size_t id, size_t secret,
                                          size_t token)
{
    for (size_t i = 0; i < set->rules.count; i++) {
        const struct composition *rule = ruleset_rule(set, i);
        bool token_fits = rule->part[ROLE_TOKEN] == token ||
                          (token == SIZE_MAX && id != SIZE_MAX && secret != SIZE_MAX);

        if (rule->part[ROLE_ID] == id && rule->part[ROLE_SECRET] == secret && token_fits)
            return rule;
    }
    return NULL;
}

bool ruleset_is_temporary(const struct ruleset *set, size_t kind)
{
    for (size_t i = 0; i < set->rules.count; i++) {
        const struct composition *rule = ruleset_rule(set, i);

        if (rule->part[ROLE_ID] == kind && rule->part[ROLE_TOKEN] != SIZE_MAX)
            return true;
    }
    return false;
}

const size_t *ruleset_run_lengths(const struct ruleset *set, size_t *n)
{
    *n = set->runs.count;
    return set->runs.entries;
}

/* Does `value` begin with `text`, in any case? */
static bool begins(struct slice value, struct slice text)
{
    return text.len <= value.len &&
           strncasecmp((const char *)value.ptr, (const char *)text.ptr, text.len) == 0;
}

bool ruleset_is_documented(const struct ruleset *set, struct slice value)
{
    const struct slice *texts = set->documented.entries;

    for (size_t at = 0; at + 1 < value.len; at++) {
        if (!set->documented_starts[ruleset_start(value.ptr + at)])
            continue;
        for (size_t i = 0; i < set->documented.count; i++)
            if (begins(slice_sub(value, at, value.len), texts[i]))
                return true;
    }
    return false;
}

/* --- mistakes that are found later --- */

enum status ruleset_blame(const struct rule_source *source, const char *path, const char *shown,
                          const char *format, va_list args)
{
    struct position place = position_of(source->text, path);
    char what[768];

    vsnprintf(what, sizeof(what), format, args);
    return err_set(STATUS_INVALID, "%s:%zu:%zu: %s%s%s", source->name, place.line, place.column,
                   shown, shown[0] ? ": " : "", what);
}

static enum status blame_origin(const struct origin *origin, const char *member, const char *format,
                                va_list args)
{
    char path[192];

    snprintf(path, sizeof(path), "%s%s%s", origin->path, member ? "." : "", member ? member : "");
    return ruleset_blame(origin->source, path, origin->path, format, args);
}

enum status ruleset_blame_form(const struct ruleset *set, size_t i, const char *member,
                               const char *format, ...)
{
    va_list args;
    enum status status;

    assert(i < set->form_origins.count);
    va_start(args, format);
    status =
        blame_origin((const struct origin *)set->form_origins.entries + i, member, format, args);
    va_end(args);
    return status;
}

enum status ruleset_blame_expression(const struct ruleset *set, enum engine engine, size_t i,
                                     const char *format, ...)
{
    va_list args;
    enum status status;

    assert(i < set->expressions[engine].count);
    va_start(args, format);
    status = blame_origin(&((const struct expression *)set->expressions[engine].entries)[i].origin,
                          NULL, format, args);
    va_end(args);
    return status;
}

enum status ruleset_blame_example(const struct ruleset *set, size_t i, const char *format, ...)
{
    va_list args;
    enum status status;

    assert(i < set->example_origins.count);
    va_start(args, format);
    status =
        blame_origin((const struct origin *)set->example_origins.entries + i, NULL, format, args);
    va_end(args);
    return status;
}

const char *ruleset_expression_part(const struct ruleset *set, enum engine engine, size_t i)
{
    size_t number;

    ruleset_expression(set, engine, i, &number);
    if (engine != ENGINE_ANCHORS || number >= RULESET_FORMS_MAX)
        return NULL;
    return ruleset_part(set, ruleset_form(set, number)->part)->name;
}

/* --- PCRE2 --- */

/* NULL with a text: it cannot be used. */
static pcre2_code *compile_pattern(const struct ruleset *set, size_t i)
{
    const struct form *form = ruleset_form(set, i);
    const char *part = ruleset_part(set, form->part)->name;
    uint32_t empty = 0;
    size_t offset;
    int error;
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)form->pattern, PCRE2_ZERO_TERMINATED, 0, &error, &offset, NULL);

    if (!code) {
        PCRE2_UCHAR text[128];

        pcre2_get_error_message(error, text, sizeof(text));
        ruleset_blame_form(set, i, "pattern", "part \"%s\": pattern, at character %zu: %s", part,
                           offset + 1, (const char *)text);
        return NULL;
    }
    pcre2_pattern_info(code, PCRE2_INFO_MATCHEMPTY, &empty);
    if (pcre2_substring_number_from_name(code, (PCRE2_SPTR) "value") < 0)
        ruleset_blame_form(set, i, "pattern", "part \"%s\": the pattern has no group (?<value>...)",
                           part);
    else if (empty)
        ruleset_blame_form(set, i, "pattern", "part \"%s\": the pattern matches the empty text",
                           part);
    else {
        /* Where machine code may not be made (a hardened kernel) the interpreter serves. */
        pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
        return code;
    }
    pcre2_code_free(code);
    return NULL;
}

const pcre2_code *ruleset_pattern(const struct ruleset *set, size_t i)
{
    /* The cache of compiled code is the one thing that changes after ruleset_new(). */
    struct ruleset *shared = (struct ruleset *)(uintptr_t)set;
    pcre2_code *code = atomic_load_explicit(&shared->code[i], memory_order_acquire);

    if (code)
        return code;
    pthread_mutex_lock(&shared->lock);
    code = atomic_load_explicit(&shared->code[i], memory_order_relaxed);
    if (!code) {
        code = compile_pattern(set, i);
        atomic_store_explicit(&shared->code[i], code, memory_order_release);
    }
    pthread_mutex_unlock(&shared->lock);
    return code;
}

enum status ruleset_check_patterns(const struct ruleset *set)
{
    for (size_t i = 0; i < set->forms.count; i++)
        if (!ruleset_pattern(set, i))
            return STATUS_INVALID;
    return STATUS_OK;
}
