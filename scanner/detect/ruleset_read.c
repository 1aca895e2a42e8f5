/*
 * ruleset_read.c - from the JSON of rule files to the tables of a ruleset.
 *
 * The tables are growable arrays in the order of the files; all text is copied into one arena, so
 * the JSON trees die at the end of ruleset_read(). Every mistake is named by file, line and column,
 * and by the path of the member ("parts[2].forms[0].pattern").
 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "detect/encoded.h"
#include "detect/position.h"
#include "detect/ruleset_private.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Where the parser is, for messages: the file, and the member's path. */
struct at {
    struct ruleset *set;
    const struct rule_source *source;
    char path[128];
};

/* The text that is set is a mistake of a file. */
static void count_fault(struct ruleset *set)
{
    if (!set->faults++)
        snprintf(set->first_fault, sizeof(set->first_fault), "%s", err_text());
    if (set->on_fault)
        set->on_fault(set->on_fault_ctx, err_text());
}

static enum status fault(const struct at *at, const char *member, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A mistake in `member` (NULL: the whole) of what stands at `at`. Reading goes on behind that. */
static enum status fault(const struct at *at, const char *member, const char *format, ...)
{
    char path[sizeof(at->path) + 64];
    enum status status;
    va_list args;

    snprintf(path, sizeof(path), "%s%s%.60s", at->path, at->path[0] && member ? "." : "",
             member ? member : "");
    va_start(args, format);
    status = ruleset_blame(at->source, path, at->path, format, args);
    va_end(args);
    count_fault(at->set);
    return status;
}

static struct at at_member(const struct at *at, const char *member)
{
    struct at inner = { .set = at->set, .source = at->source };

    snprintf(inner.path, sizeof(inner.path), "%.90s%s%.30s", at->path, at->path[0] ? "." : "",
             member);
    return inner;
}

static struct at at_index(const struct at *at, const char *member, int index)
{
    struct at inner = { .set = at->set, .source = at->source };

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

/* `at` as an origin; its path is NULL where memory is out. */
static struct origin origin_of(struct ruleset *set, const struct at *at)
{
    return (struct origin){ at->source, keep(set, at->path) };
}

/* --- members of JSON objects --- */

/* Only these members may stand in `object`: a mistyped name must not be passed over. */
static enum status check_members(const struct at *at, const cJSON *object, const char *const *known,
                                 size_t n)
{
    const cJSON *member;

    if (!cJSON_IsObject(object))
        return fault(at, NULL, "must be an object");
    cJSON_ArrayForEach(member, object) {
        size_t i = 0;

        while (i < n && strcmp(member->string, known[i]) != 0)
            i++;
        if (i == n)
            return fault(at, member->string, "unknown member \"%s\"", member->string);
    }
    return STATUS_OK;
}

static enum status get_text(struct ruleset *set, const struct at *at, const cJSON *object,
                            const char *name, const char **out)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);

    if (!cJSON_IsString(member) || !member->valuestring[0])
        return fault(at, name, "\"%s\" must be a text that is not empty", name);
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
        return fault(at, name, "\"%s\" must be a number from %g to %g", name, min, max);
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
    return fault(at, name, "\"%s\" must be one of %s", name, list);
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
        return fault(at, "pattern", "\"pattern\" must be a text or a list of texts");
    cJSON_ArrayForEach(piece, member) {
        if (!cJSON_IsString(piece))
            return fault(at, "pattern", "\"pattern\" must be a text or a list of texts");
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

/* A mistake is kept in mind while reading goes on; a lack of memory ends it. */
static enum status worst(enum status a, enum status b)
{
    return a == STATUS_NOMEM || b == STATUS_NOMEM ? STATUS_NOMEM : a ? a : b;
}

/* --- parts --- */

static enum status add_expression(struct ruleset *set, const struct at *at, enum engine engine,
                                  const char *text, size_t number)
{
    struct expression *expression = table_add(&set->expressions[engine], sizeof(*expression));

    if (!expression)
        return err_nomem();
    expression->number = number;
    expression->text = keep(set, text);
    expression->origin = origin_of(set, at);
    return expression->text && expression->origin.path ? STATUS_OK : err_nomem();
}

static enum status add_anchor(struct ruleset *set, const struct at *at, enum engine engine,
                              const cJSON *text, size_t number)
{
    if (!cJSON_IsString(text) || !text->valuestring[0])
        return fault(at, NULL, "an anchor must be a text that is not empty");
    return add_expression(set, at, engine, text->valuestring, number);
}

/* --- what is encoded --- */

static enum status on_encoded(void *ctx, enum codec codec, const char *expression)
{
    const struct at *at = ctx;

    return add_expression(at->set, at, ENGINE_ANCHORS, expression, RULESET_FORMS_MAX + codec);
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
        return fault(at, "as",
                     "\"as\" must list some of utf16, base64, base64-of-base64, base64-of-utf16, "
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

    (void)set;

    for (const char *c = good ? literal->valuestring : ""; *c; c++)
        good &= *c > ' ' && *c <= '~';
    if ((status = check_members(at, object, known, COUNT_OF(known))) ||
        (status = get_ways(at, object, &as)))
        return status;
    if (!good)
        return fault(at, "text", "\"text\" must be 4 ASCII characters and more");
    return encoded_expressions(literal->valuestring, as, on_encoded, (void *)(uintptr_t)at);
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
    status = add_anchor(set, at, ENGINE_MARKS, anchor, set->marks.count - 1);
    if (!status && *mark >= COVERS_BEGIN)
        status = add_anchor(set, at, ENGINE_ANCHORS, anchor, RULESET_BLOCK_MARK);
    return status;
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
    struct origin *origin;
    enum status status;
    int i = 0;

    if (!cJSON_IsObject(object))
        return fault(at, NULL, "must be an object");
    status = check_members(at, object, known, COUNT_OF(known));
    status =
        worst(status, get_word(at, object, "label", labels, COUNT_OF(labels), LABEL_NONE, &label));
    status = worst(status, get_number(at, object, "run", 16, 256, 0, &run));
    status =
        worst(status, get_number(at, object, "before", 0, LIMIT_CONTEXT_BYTES / 2, 256, &before));
    status =
        worst(status, get_number(at, object, "after", 0, LIMIT_CONTEXT_BYTES / 2, 256, &after));
    if (!status && !run == !cJSON_GetArraySize(anchors))
        return fault(at, anchors ? "anchors" : NULL, "a form has either \"anchors\" or a \"run\"");
    if (status == STATUS_NOMEM)
        return status;
    if (set->forms.count == RULESET_FORMS_MAX)
        return fault(at, NULL, "more than %d forms", RULESET_FORMS_MAX);
    form = table_add(&set->forms, sizeof(*form));
    origin = table_add(&set->form_origins, sizeof(*origin));
    if (!form || !origin)
        return err_nomem();
    *origin = origin_of(set, at);
    if (!origin->path)
        return err_nomem();
    *form = (struct form){ .part = part,
                           .label = (enum label)label,
                           .run = (size_t)run,
                           .before = (uint32_t)before,
                           .after = (uint32_t)after };
    status = worst(status, get_pattern(set, at, object, &form->pattern));
    if (form->run)
        status = worst(status, add_run_length(set, form->run));
    cJSON_ArrayForEach(anchor, anchors) {
        struct at inner = at_index(at, "anchors", i++);

        status =
            worst(status, add_anchor(set, &inner, ENGINE_ANCHORS, anchor, set->forms.count - 1));
    }
    return status;
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

    if (!cJSON_IsObject(object))
        return fault(at, NULL, "must be an object");
    status = check_members(at, object, known, COUNT_OF(known));
    status = worst(status, get_text(set, at, object, "name", &part.name));
    status = worst(status, get_word(at, object, "role", roles, COUNT_OF(roles), SIZE_MAX, &role));
    status = worst(status, get_number(at, object, "entropy_min", 0, 8, 0, &part.entropy_min));
    if (status == STATUS_NOMEM || !part.name)
        return status;
    /* Where the role is wrong the rules' use of the part is no mistake of theirs. */
    part.role = role == SIZE_MAX ? ROLE_COUNT : (enum role)role;
    part.random = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, "random"));
    if (find_part(set, part.name) != SIZE_MAX)
        return fault(at, "name", "there is a part \"%s\" already", part.name);
    if (!cJSON_IsArray(forms) || !cJSON_GetArraySize(forms))
        status = fault(at, forms ? "forms" : NULL, "\"forms\" must be a list of at least one form");
    entry = table_add(&set->parts, sizeof(*entry));
    if (!entry)
        return err_nomem();
    *entry = part;
    cJSON_ArrayForEach(form, forms) {
        struct at inner = at_index(at, "forms", i++);

        status = worst(status, add_form(set, &inner, form, set->parts.count - 1));
    }
    return status;
}

/* --- rules --- */

/* For the rule that is added next. */
static enum status add_examples(struct ruleset *set, const struct at *at, const cJSON *object,
                                const char *member, bool counter)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, member);
    const cJSON *item;
    int i = 0;

    if (list && !cJSON_IsArray(list))
        return fault(at, member, "\"%s\" must be a list of texts", member);
    cJSON_ArrayForEach(item, list) {
        struct example *example;
        struct origin *origin;
        const char *text;
        struct at inner;

        if (!cJSON_IsString(item))
            return fault(at, member, "\"%s\" must be a list of texts", member);
        text = keep(set, item->valuestring);
        example = table_add(&set->examples, sizeof(*example));
        origin = table_add(&set->example_origins, sizeof(*origin));
        if (!text || !example || !origin)
            return err_nomem();
        *example = (struct example){ .rule = set->rules.count, .text = text, .counter = counter };
        inner = at_index(at, member, i++);
        *origin = origin_of(set, &inner);
        if (!origin->path)
            return err_nomem();
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
            return fault(&inner, roles[role], "\"%s\" must name one of the parts", roles[role]);
        if (ruleset_part(set, part)->role != role && ruleset_part(set, part)->role != ROLE_COUNT)
            return fault(&inner, roles[role], "\"%s\" names a part of another role", roles[role]);
        parts[role] = part;
    }
    if (parts[ROLE_ID] == SIZE_MAX && parts[ROLE_SECRET] == SIZE_MAX &&
        parts[ROLE_TOKEN] == SIZE_MAX)
        return fault(&inner, NULL, "must have an \"id\", a \"secret\" or a \"token\"");
    return STATUS_OK;
}

/* Ids stand in reports, baselines and option values, each with separators of its own. */
#define ID_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."

static enum status add_rule(struct ruleset *set, const struct at *at, const cJSON *object)
{
    static const char *const known[] = { "id",    "description", "severity",
                                         "parts", "examples",    "counterexamples" };
    static const char *const severities[] = { "low", "medium", "high", "critical" };
    struct composition rule = { 0 };
    struct composition *entry;
    size_t severity;
    enum status status;

    if (!cJSON_IsObject(object))
        return fault(at, NULL, "must be an object");
    status = check_members(at, object, known, COUNT_OF(known));
    status = worst(status, get_text(set, at, object, "id", &rule.rule.id));
    status = worst(status, get_text(set, at, object, "description", &rule.rule.description));
    status = worst(status, get_word(at, object, "severity", severities, COUNT_OF(severities),
                                    SIZE_MAX, &severity));
    status = worst(status, get_composition(set, at, object, rule.part));
    if (status)
        return status;
    if (rule.rule.id[strspn(rule.rule.id, ID_CHARACTERS)])
        return fault(at, "id", "\"id\" must be of letters, digits, '-', '_' and '.'");
    rule.rule.severity = (enum severity)severity;
    for (size_t i = 0; i < set->rules.count; i++) {
        const struct composition *other = ruleset_rule(set, i);

        if (strcmp(other->rule.id, rule.rule.id) == 0)
            return fault(at, NULL, "there is a rule \"%s\" already", rule.rule.id);
        if (memcmp(other->part, rule.part, sizeof(rule.part)) == 0)
            return fault(at, NULL, "rule \"%s\" has the same parts", other->rule.id);
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
        struct slice *entry;

        if (!cJSON_IsString(item) || strlen(item->valuestring) < 4)
            return fault(at, "containing",
                         "\"containing\" must be a list of texts of 4 bytes and more");
        entry = table_add(&set->documented, sizeof(*entry));
        if (!entry)
            return err_nomem();
        *entry = arena_copy(&set->arena, slice_of(item->valuestring));
        if (!entry->ptr)
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
    enum status status = STATUS_OK;
    int i = 0;

    if (list && !cJSON_IsArray(list))
        return fault(at, member, "\"%s\" must be a list", member);
    cJSON_ArrayForEach(item, list) {
        struct at inner = at_index(at, member, i++);

        status = worst(status, add(set, &inner, item));
    }
    return status;
}

static enum status add_encoded(struct ruleset *set, const struct at *at, const cJSON *object)
{
    static const char *const known[] = { "literals", "anchors" };
    enum status status = check_members(at, object, known, COUNT_OF(known));

    status = worst(status, add_list(set, at, object, "literals", add_literal));
    return worst(status, add_list(set, at, object, "anchors", add_encoded_anchor));
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
    enum status status = STATUS_OK;

    /* What another format holds cannot be judged. */
    if (!cJSON_IsObject(root) || (status = get_number(at, root, "format", 1, 1, 0, &format)))
        return cJSON_IsObject(root) ? status : fault(at, NULL, "must be an object");
    if (format != 1)
        return fault(at, NULL, "\"format\" must be 1");
    status = check_members(at, root, known, COUNT_OF(known));
    status = worst(status, add_object(set, at, root, "documented", add_documented));
    status = worst(status, add_object(set, at, root, "encoded", add_encoded));
    status = worst(status, add_list(set, at, root, "marks", add_mark));
    status = worst(status, add_list(set, at, root, "parts", add_part));
    return worst(status, add_list(set, at, root, "rules", add_rule));
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
        count_fault(set);
        return STATUS_CORRUPT;
    }
    status = add_root(set, &at, root);
    cJSON_Delete(root);
    return status;
}

/* Messages about a source may be wanted when the caller's bytes are gone. */
static enum status keep_sources(struct ruleset *set, const struct rule_source *sources, size_t n)
{
    set->sources = arena_alloc(&set->arena, (n + 1) * sizeof(*set->sources));
    if (!set->sources)
        return err_nomem();
    for (size_t i = 0; i < n; i++) {
        set->sources[i].name = keep(set, sources[i].name);
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
        status = worst(status, add_source(set, &set->sources[i]));
    if (!status && !set->rules.count) {
        err_set(STATUS_INVALID, "%s: there is no rule in it", n ? sources[0].name : "");
        count_fault(set);
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
