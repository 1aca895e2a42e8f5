/*
 * ruleset.c - from the JSON of rule files to the tables of a ruleset.
 *
 * The tables are growable arrays in the order of the files; all text is copied into one arena, so
 * the JSON trees die at the end of ruleset_new(). Faults of the JSON itself are named by line and
 * column, faults of meaning by the path of the member ("parts[2].forms[0].pattern").
 */
#include "detect/ruleset.h"

#include <cjson/cJSON.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/arena.h"
#include "base/limits.h"
#include "detect/encoded.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

struct expression {
    const char *text;
    size_t number;
};

/* A growable table of entries of one size. */
struct table {
    void *entries;
    size_t count, cap;
};

struct ruleset {
    struct arena arena;
    struct table parts;                     /* struct part_kind */
    struct table forms;                     /* struct form */
    struct table expressions[ENGINE_COUNT]; /* struct expression */
    struct table marks;                     /* enum covers */
    struct table rules;                     /* struct composition */
    struct table examples;                  /* struct example */
    struct table documented;                /* const char * */
    struct table runs;                      /* size_t */
    pthread_mutex_t lock;                   /* held while a pattern is compiled */
    _Atomic(pcre2_code *) code[RULESET_FORMS_MAX];
};

/* Where the parser is, for messages: the file, and the member's path. */
struct at {
    const char *file;
    char path[128];
};

static enum status fault(const struct at *at, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static enum status fault(const struct at *at, const char *format, ...)
{
    char what[512];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    return err_set(STATUS_INVALID, "%s: %s%s%s", at->file, at->path, at->path[0] ? ": " : "", what);
}

static struct at at_member(const struct at *at, const char *member)
{
    struct at inner = { .file = at->file };

    snprintf(inner.path, sizeof(inner.path), "%.90s%s%.30s", at->path, at->path[0] ? "." : "",
             member);
    return inner;
}

static struct at at_index(const struct at *at, const char *member, int index)
{
    struct at inner = { .file = at->file };

    snprintf(inner.path, sizeof(inner.path), "%.80s%s%.30s[%d]", at->path, at->path[0] ? "." : "",
             member, index);
    return inner;
}

/* A new zeroed entry of `size` bytes at the table's end, or NULL. */
static void *table_add(struct table *table, size_t size)
{
    if (table->count == table->cap) {
        size_t cap = table->cap ? table->cap * 2 : 16;
        void *grown = realloc(table->entries, cap * size);

        if (!grown)
            return NULL;
        table->entries = grown;
        table->cap = cap;
    }
    return memset((char *)table->entries + size * table->count++, 0, size);
}

static const char *keep(struct ruleset *set, const char *text)
{
    return (const char *)arena_copy(&set->arena, slice_of(text)).ptr;
}

/* --- members of JSON objects --- */

/* Only these members may stand in `object`: a mistyped name must not be passed over. */
static enum status check_members(const struct at *at, const cJSON *object, const char *const *known,
                                 size_t n)
{
    const cJSON *member;

    if (!cJSON_IsObject(object))
        return fault(at, "must be an object");
    cJSON_ArrayForEach(member, object) {
        size_t i = 0;

        while (i < n && strcmp(member->string, known[i]) != 0)
            i++;
        if (i == n)
            return fault(at, "unknown member \"%s\"", member->string);
    }
    return STATUS_OK;
}

static enum status get_text(struct ruleset *set, const struct at *at, const cJSON *object,
                            const char *name, const char **out)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);

    if (!cJSON_IsString(member) || !member->valuestring[0])
        return fault(at, "\"%s\" must be a text that is not empty", name);
    *out = keep(set, member->valuestring);
    return *out ? STATUS_OK : err_nomem();
}

/* A number in [min, max]; `fallback` where the member is absent. */
static enum status get_number(const struct at *at, const cJSON *object, const char *name,
                              double min, double max, double fallback, double *out)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);

    *out = fallback;
    if (!member)
        return STATUS_OK;
    if (!cJSON_IsNumber(member) || member->valuedouble < min || member->valuedouble > max)
        return fault(at, "\"%s\" must be a number from %g to %g", name, min, max);
    *out = member->valuedouble;
    return STATUS_OK;
}

/* One of `words`, by its index; `fallback` (or a fault where that is SIZE_MAX) where it is absent.
 */
static enum status get_word(const struct at *at, const cJSON *object, const char *name,
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
    return fault(at, "\"%s\" must be one of %s", name, list);
}

/* A pattern is a text, or a list of texts that are read one after the other. */
static enum status get_pattern(struct ruleset *set, const struct at *at, const cJSON *object,
                               const char **out)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, "pattern");
    const cJSON *piece;
    size_t len = 0;
    char *joined;

    if (cJSON_IsString(member))
        return get_text(set, at, object, "pattern", out);
    if (!cJSON_IsArray(member))
        return fault(at, "\"pattern\" must be a text or a list of texts");
    cJSON_ArrayForEach(piece, member) {
        if (!cJSON_IsString(piece))
            return fault(at, "\"pattern\" must be a text or a list of texts");
        len += strlen(piece->valuestring);
    }
    joined = arena_alloc(&set->arena, len + 1);
    if (!joined)
        return err_nomem();
    *out = joined;
    cJSON_ArrayForEach(piece, member)
        joined = stpcpy(joined, piece->valuestring);
    return STATUS_OK;
}

/* --- parts --- */

static enum status add_expression(struct ruleset *set, enum engine engine, const char *text,
                                  size_t number)
{
    struct expression *expression = table_add(&set->expressions[engine], sizeof(*expression));

    if (!expression)
        return err_nomem();
    expression->number = number;
    expression->text = keep(set, text);
    return expression->text ? STATUS_OK : err_nomem();
}

static enum status add_anchor(struct ruleset *set, const struct at *at, enum engine engine,
                              const cJSON *text, size_t number)
{
    if (!cJSON_IsString(text) || !text->valuestring[0])
        return fault(at, "an anchor must be a text that is not empty");
    return add_expression(set, engine, text->valuestring, number);
}

/* --- what is encoded --- */

static enum status on_encoded(void *ctx, enum codec codec, const char *expression)
{
    return add_expression(ctx, ENGINE_ANCHORS, expression, RULESET_FORMS_MAX + codec);
}

/* The bits that the words of "as" stand for. */
static enum status get_ways(const struct at *at, const cJSON *object, unsigned *as)
{
    static const char *const ways[] = { "utf16", "base64", "base64-of-base64", "base64-of-utf16",
                                        "hex" };
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, "as");
    const cJSON *word;

    *as = 0;
    cJSON_ArrayForEach(word, list)
        for (size_t i = 0; i < COUNT_OF(ways) && cJSON_IsString(word); i++)
            *as |= strcmp(word->valuestring, ways[i]) == 0 ? 1u << i : 0;
    if (!cJSON_IsArray(list) || __builtin_popcount(*as) != cJSON_GetArraySize(list) || !*as)
        return fault(at, "\"as\" must list some of utf16, base64, base64-of-base64, base64-of-utf16, "
                         "hex");
    return STATUS_OK;
}

static enum status add_literal(struct ruleset *set, const struct at *at, const cJSON *object)
{
    static const char *const known[] = { "text", "as" };
    const cJSON *literal = cJSON_GetObjectItemCaseSensitive(object, "text");
    bool good = cJSON_IsString(literal) && strlen(literal->valuestring) >= 4;
    unsigned as;
    enum status status;

    for (const char *c = good ? literal->valuestring : ""; *c; c++)
        good &= *c > ' ' && *c <= '~';
    if ((status = check_members(at, object, known, COUNT_OF(known))) ||
        (status = get_ways(at, object, &as)))
        return status;
    if (!good)
        return fault(at, "\"text\" must be 4 ASCII characters and more");
    return encoded_expressions(literal->valuestring, as, on_encoded, set);
}

static enum status add_encoded_anchor(struct ruleset *set, const struct at *at, const cJSON *object)
{
    static const char *const known[] = { "codec", "anchor" };
    static const char *const codecs[] = { "utf16", "base64", "hex", "quoted-printable" };
    size_t codec;
    enum status status;

    if ((status = check_members(at, object, known, COUNT_OF(known))) ||
        (status = get_word(at, object, "codec", codecs, COUNT_OF(codecs), SIZE_MAX, &codec)))
        return status;
    return add_anchor(set, at, ENGINE_ANCHORS, cJSON_GetObjectItemCaseSensitive(object, "anchor"),
                      RULESET_FORMS_MAX + CODEC_UTF16 + codec);
}

static enum status add_mark(struct ruleset *set, const struct at *at, const cJSON *object)
{
    static const char *const known[] = { "anchor", "covers" };
    static const char *const covers[] = { "line", "next-line", "around", "begin", "end" };
    const cJSON *anchor = cJSON_GetObjectItemCaseSensitive(object, "anchor");
    enum covers *mark;
    size_t which;
    enum status status;

    if ((status = check_members(at, object, known, COUNT_OF(known))) ||
        (status = get_word(at, object, "covers", covers, COUNT_OF(covers), SIZE_MAX, &which)))
        return status;
    mark = table_add(&set->marks, sizeof(*mark));
    if (!mark)
        return err_nomem();
    *mark = (enum covers)which;
    return add_anchor(set, at, ENGINE_MARKS, anchor, set->marks.count - 1);
}

static enum status add_run_length(struct ruleset *set, size_t run)
{
    const size_t *lengths = set->runs.entries;
    size_t *entry;

    for (size_t i = 0; i < set->runs.count; i++)
        if (lengths[i] == run)
            return STATUS_OK;
    entry = table_add(&set->runs, sizeof(*entry));
    if (!entry)
        return err_nomem();
    *entry = run;
    return STATUS_OK;
}

static enum status add_form(struct ruleset *set, const struct at *at, const cJSON *object,
                            size_t part)
{
    static const char *const known[] = { "label", "anchors", "pattern", "run", "before", "after" };
    static const char *const labels[] = { "none", "weak", "strong" };
    const cJSON *anchors = cJSON_GetObjectItemCaseSensitive(object, "anchors");
    const cJSON *anchor;
    double run, before, after;
    size_t label;
    struct form *form;
    enum status status;

    if ((status = check_members(at, object, known, COUNT_OF(known))) ||
        (status = get_word(at, object, "label", labels, COUNT_OF(labels), LABEL_NONE, &label)) ||
        (status = get_number(at, object, "run", 16, 256, 0, &run)) ||
        (status = get_number(at, object, "before", 0, LIMIT_CONTEXT_BYTES / 2, 256, &before)) ||
        (status = get_number(at, object, "after", 0, LIMIT_CONTEXT_BYTES / 2, 256, &after)))
        return status;
    if (!run == !cJSON_GetArraySize(anchors))
        return fault(at, "a form has either \"anchors\" or a \"run\"");
    if (set->forms.count == RULESET_FORMS_MAX)
        return fault(at, "more than %d forms", RULESET_FORMS_MAX);
    form = table_add(&set->forms, sizeof(*form));
    if (!form)
        return err_nomem();
    *form = (struct form){ .part = part,
                           .label = (enum label)label,
                           .run = (size_t)run,
                           .before = (uint32_t)before,
                           .after = (uint32_t)after };
    if ((status = get_pattern(set, at, object, &form->pattern)) ||
        (form->run && (status = add_run_length(set, form->run))))
        return status;
    cJSON_ArrayForEach(anchor, anchors)
        if ((status = add_anchor(set, at, ENGINE_ANCHORS, anchor, set->forms.count - 1)))
            return status;
    return STATUS_OK;
}

/* The part called `name`, or SIZE_MAX. */
static size_t find_part(const struct ruleset *set, const char *name)
{
    for (size_t i = 0; i < set->parts.count; i++)
        if (strcmp(ruleset_part(set, i)->name, name) == 0)
            return i;
    return SIZE_MAX;
}

static enum status add_part(struct ruleset *set, const struct at *at, const cJSON *object)
{
    static const char *const known[] = { "name", "role", "entropy_min", "random", "forms" };
    static const char *const roles[] = { "id", "secret", "token" };
    const cJSON *forms = cJSON_GetObjectItemCaseSensitive(object, "forms");
    const cJSON *form;
    struct part_kind part = { 0 };
    struct part_kind *entry;
    size_t role;
    enum status status;
    int i = 0;

    if ((status = check_members(at, object, known, COUNT_OF(known))) ||
        (status = get_text(set, at, object, "name", &part.name)) ||
        (status = get_word(at, object, "role", roles, COUNT_OF(roles), SIZE_MAX, &role)) ||
        (status = get_number(at, object, "entropy_min", 0, 8, 0, &part.entropy_min)))
        return status;
    part.role = (enum role)role;
    part.random = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, "random"));
    if (find_part(set, part.name) != SIZE_MAX)
        return fault(at, "there is a part \"%s\" already", part.name);
    if (!cJSON_IsArray(forms) || !cJSON_GetArraySize(forms))
        return fault(at, "\"forms\" must be a list of at least one form");
    entry = table_add(&set->parts, sizeof(*entry));
    if (!entry)
        return err_nomem();
    *entry = part;
    cJSON_ArrayForEach(form, forms) {
        struct at inner = at_index(at, "forms", i++);

        if ((status = add_form(set, &inner, form, set->parts.count - 1)))
            return status;
    }
    return STATUS_OK;
}

/* --- rules --- */

/* For the rule that is added next. */
static enum status add_examples(struct ruleset *set, const struct at *at, const cJSON *object,
                                const char *member, bool counter)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, member);
    const cJSON *item;

    if (list && !cJSON_IsArray(list))
        return fault(at, "\"%s\" must be a list of texts", member);
    cJSON_ArrayForEach(item, list) {
        struct example *example;
        const char *text;

        if (!cJSON_IsString(item))
            return fault(at, "\"%s\" must be a list of texts", member);
        text = keep(set, item->valuestring);
        example = table_add(&set->examples, sizeof(*example));
        if (!text || !example)
            return err_nomem();
        *example = (struct example){ .rule = set->rules.count, .text = text, .counter = counter };
    }
    return STATUS_OK;
}

static enum status get_composition(const struct ruleset *set, const struct at *at,
                                   const cJSON *object, size_t parts[ROLE_COUNT])
{
    static const char *const roles[] = { "id", "secret", "token" };
    const cJSON *members = cJSON_GetObjectItemCaseSensitive(object, "parts");
    struct at inner = at_member(at, "parts");
    const cJSON *member;
    enum status status = check_members(&inner, members, roles, ROLE_COUNT);

    if (status)
        return status;
    for (size_t role = 0; role < ROLE_COUNT; role++)
        parts[role] = SIZE_MAX;
    cJSON_ArrayForEach(member, members) {
        size_t role = 0, part;

        while (strcmp(member->string, roles[role]) != 0)
            role++;
        part = cJSON_IsString(member) ? find_part(set, member->valuestring) : SIZE_MAX;
        if (part == SIZE_MAX)
            return fault(&inner, "\"%s\" must name one of the parts", roles[role]);
        if (ruleset_part(set, part)->role != role)
            return fault(&inner, "\"%s\" names a part of another role", roles[role]);
        parts[role] = part;
    }
    if (parts[ROLE_ID] == SIZE_MAX && parts[ROLE_SECRET] == SIZE_MAX &&
        parts[ROLE_TOKEN] == SIZE_MAX)
        return fault(&inner, "must have an \"id\", a \"secret\" or a \"token\"");
    return STATUS_OK;
}

static enum status add_rule(struct ruleset *set, const struct at *at, const cJSON *object)
{
    static const char *const known[] = { "id",    "description", "severity",
                                         "parts", "examples",    "counterexamples" };
    static const char *const severities[] = { "low", "medium", "high", "critical" };
    struct composition rule = { 0 };
    struct composition *entry;
    size_t severity;
    enum status status;

    if ((status = check_members(at, object, known, COUNT_OF(known))) ||
        (status = get_text(set, at, object, "id", &rule.rule.id)) ||
        (status = get_text(set, at, object, "description", &rule.rule.description)) ||
        (status = get_word(at, object, "severity", severities, COUNT_OF(severities), SIZE_MAX,
                           &severity)) ||
        (status = get_composition(set, at, object, rule.part)))
        return status;
    rule.rule.severity = (enum severity)severity;
    for (size_t i = 0; i < set->rules.count; i++) {
        const struct composition *other = ruleset_rule(set, i);

        if (strcmp(other->rule.id, rule.rule.id) == 0)
            return fault(at, "there is a rule \"%s\" already", rule.rule.id);
        if (memcmp(other->part, rule.part, sizeof(rule.part)) == 0)
            return fault(at, "rule \"%s\" has the same parts", other->rule.id);
    }
    if ((status = add_examples(set, at, object, "examples", false)) ||
        (status = add_examples(set, at, object, "counterexamples", true)))
        return status;
    entry = table_add(&set->rules, sizeof(*entry));
    if (!entry)
        return err_nomem();
    *entry = rule;
    return STATUS_OK;
}

/* --- files --- */

static enum status add_documented(struct ruleset *set, const struct at *at, const cJSON *object)
{
    static const char *const known[] = { "source", "containing" };
    const cJSON *item;
    enum status status = check_members(at, object, known, COUNT_OF(known));

    if (status)
        return status;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(object, "containing")) {
        const char **entry;

        if (!cJSON_IsString(item) || strlen(item->valuestring) < 4)
            return fault(at, "\"containing\" must be a list of texts of 4 bytes and more");
        entry = table_add(&set->documented, sizeof(*entry));
        if (!entry || !(*entry = keep(set, item->valuestring)))
            return err_nomem();
    }
    return STATUS_OK;
}

static enum status add_list(struct ruleset *set, const struct at *at, const cJSON *root,
                            const char *member,
                            enum status (*add)(struct ruleset *, const struct at *, const cJSON *))
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, member);
    const cJSON *item;
    int i = 0;

    if (list && !cJSON_IsArray(list))
        return fault(at, "\"%s\" must be a list", member);
    cJSON_ArrayForEach(item, list) {
        struct at inner = at_index(at, member, i++);
        enum status status = add(set, &inner, item);

        if (status)
            return status;
    }
    return STATUS_OK;
}

static enum status add_encoded(struct ruleset *set, const struct at *at, const cJSON *object)
{
    static const char *const known[] = { "literals", "anchors" };
    enum status status = check_members(at, object, known, COUNT_OF(known));

    if (!status)
        status = add_list(set, at, object, "literals", add_literal);
    if (!status)
        status = add_list(set, at, object, "anchors", add_encoded_anchor);
    return status;
}

/* An object of its own that may be absent. */
static enum status add_object(struct ruleset *set, const struct at *at, const cJSON *root,
                              const char *member,
                              enum status (*add)(struct ruleset *, const struct at *,
                                                 const cJSON *))
{
    const cJSON *object = cJSON_GetObjectItemCaseSensitive(root, member);
    struct at inner = at_member(at, member);

    return object ? add(set, &inner, object) : STATUS_OK;
}

static enum status add_root(struct ruleset *set, const struct at *at, const cJSON *root)
{
    static const char *const known[] = { "format", "documented", "encoded",
                                         "marks",  "parts",      "rules" };
    double format;
    enum status status;

    if ((status = check_members(at, root, known, COUNT_OF(known))) ||
        (status = get_number(at, root, "format", 1, 1, 0, &format)))
        return status;
    if (format != 1)
        return fault(at, "\"format\" must be 1");
    if ((status = add_object(set, at, root, "documented", add_documented)) ||
        (status = add_object(set, at, root, "encoded", add_encoded)) ||
        (status = add_list(set, at, root, "marks", add_mark)) ||
        (status = add_list(set, at, root, "parts", add_part)))
        return status;
    return add_list(set, at, root, "rules", add_rule);
}

/* Line and column, both from 1, of byte `offset` of `text`. */
static void locate(struct slice text, size_t offset, size_t *line, size_t *column)
{
    *line = *column = 1;
    for (size_t i = 0; i < offset && i < text.len; i++) {
        if (text.ptr[i] == '\n') {
            (*line)++;
            *column = 1;
        } else {
            (*column)++;
        }
    }
}

static enum status add_source(struct ruleset *set, const struct rule_source *source)
{
    struct at at = { .file = source->name };
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
        size_t line, column;

        locate(source->text, trailing, &line, &column);
        cJSON_Delete(root);
        return err_set(STATUS_INVALID, "%s:%zu:%zu: not valid JSON", source->name, line, column);
    }
    status = add_root(set, &at, root);
    cJSON_Delete(root);
    return status;
}

enum status ruleset_new(struct ruleset **out, const struct rule_source *sources, size_t n)
{
    struct ruleset *set = calloc(1, sizeof(*set));
    enum status status = STATUS_OK;

    if (!set)
        return err_nomem();
    pthread_mutex_init(&set->lock, NULL);
    for (size_t i = 0; i < n && !status; i++)
        status = add_source(set, &sources[i]);
    if (!status && !set->rules.count)
        status = err_set(STATUS_INVALID, "%s: there is no rule in it", n ? sources[0].name : "");
    if (status) {
        ruleset_free(set);
        return status;
    }
    *out = set;
    return STATUS_OK;
}

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

const size_t *ruleset_run_lengths(const struct ruleset *set, size_t *n)
{
    *n = set->runs.count;
    return set->runs.entries;
}

bool ruleset_is_documented(const struct ruleset *set, struct slice value)
{
    const char *const *texts = set->documented.entries;

    for (size_t i = 0; i < set->documented.count; i++) {
        size_t len = strlen(texts[i]);

        for (size_t at = 0; at + len <= value.len; at++)
            if (strncasecmp((const char *)value.ptr + at, texts[i], len) == 0)
                return true;
    }
    return false;
}

/* --- PCRE2 --- */

static pcre2_code *compile_pattern(const struct form *form, const char *part)
{
    int error;
    size_t offset;
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)form->pattern, PCRE2_ZERO_TERMINATED, 0, &error, &offset, NULL);

    if (!code) {
        PCRE2_UCHAR text[128];

        pcre2_get_error_message(error, text, sizeof(text));
        err_set(STATUS_INVALID, "part \"%s\": pattern, at character %zu: %s", part, offset + 1,
                (const char *)text);
        return NULL;
    }
    if (pcre2_substring_number_from_name(code, (PCRE2_SPTR) "value") < 0) {
        err_set(STATUS_INVALID, "part \"%s\": the pattern has no group (?<value>...)", part);
        pcre2_code_free(code);
        return NULL;
    }
    /* Where machine code may not be made (a hardened kernel) the interpreter serves. */
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
    return code;
}

const pcre2_code *ruleset_pattern(const struct ruleset *set, size_t i)
{
    /* The cache of compiled code is the one thing that changes after ruleset_new(). */
    struct ruleset *shared = (struct ruleset *)(uintptr_t)set;
    const struct form *form = ruleset_form(set, i);
    pcre2_code *code = atomic_load_explicit(&shared->code[i], memory_order_acquire);

    if (code)
        return code;
    pthread_mutex_lock(&shared->lock);
    code = atomic_load_explicit(&shared->code[i], memory_order_relaxed);
    if (!code) {
        code = compile_pattern(form, ruleset_part(set, form->part)->name);
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
