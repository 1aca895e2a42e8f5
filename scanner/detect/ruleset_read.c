/*
 * ruleset_read.c - from the JSON of rule files to the tables of a ruleset.
 *
 * The tables are growable arrays in the order of the files; all text is copied into one arena, so
 * the JSON trees die at the end of ruleset_read(). Every mistake is named by file, line and column,
 * and by the path of the member ("parts[2].forms[0].pattern").
 */
#include <cjson/cJSON.h>
#include <stdlib.h>

#include "base/limits.h"
#include "detect/encoded.h"
#include "detect/member.h"
#include "detect/position.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* --- parts --- */

static enum status add_expression(struct ruleset *set, const struct at *at, enum engine engine,
                                  const char *text, size_t number)
{
    struct expression *expression = ruleset_add(&set->expressions[engine], sizeof(*expression));

    if (!expression)
        return err_nomem();
    expression->number = number;
    expression->text = ruleset_keep(set, text);
    expression->origin = member_origin(set, at);
    return expression->text && expression->origin.path ? STATUS_OK : err_nomem();
}

static enum status add_anchor(struct ruleset *set, const struct at *at, enum engine engine,
                              const cJSON *text, size_t number)
{
    if (!cJSON_IsString(text) || !text->valuestring[0])
        return member_fault(at, NULL, "an anchor must be a text that is not empty");
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
        return member_fault(
            at, "as",
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
    if ((status = member_check(at, object, known, COUNT_OF(known))) ||
        (status = get_ways(at, object, &as)))
        return status;
    if (!good)
        return member_fault(at, "text", "\"text\" must be 4 ASCII characters and more");
    return encoded_expressions(literal->valuestring, as, on_encoded, (void *)(uintptr_t)at);
}

static enum status add_encoded_anchor(struct ruleset *set, const struct at *at, const cJSON *object)
{
    static const char *const known[] = { "codec", "anchor" };
    static const char *const codecs[] = { "utf16", "base64", "hex", "quoted-printable" };
    size_t codec;
    enum status status;

    if ((status = member_check(at, object, known, COUNT_OF(known))) ||
        (status = member_word(at, object, "codec", codecs, COUNT_OF(codecs), SIZE_MAX, &codec)))
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

    if ((status = member_check(at, object, known, COUNT_OF(known))) ||
        (status = member_word(at, object, "covers", covers, COUNT_OF(covers), SIZE_MAX, &which)))
        return status;
    mark = ruleset_add(&set->marks, sizeof(*mark));
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
    entry = ruleset_add(&set->runs, sizeof(*entry));
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
    uint32_t run, before, after;
    size_t label;
    struct form *form;
    struct origin *origin;
    enum status status;
    int i = 0;

    if (!cJSON_IsObject(object))
        return member_fault(at, NULL, "must be an object");
    status = member_check(at, object, known, COUNT_OF(known));
    status = member_worst(status, member_word(at, object, "label", labels, COUNT_OF(labels),
                                              LABEL_NONE, &label));
    status = member_worst(status, member_count(at, object, "run", 16, 256, 0, &run));
    status = member_worst(status, member_count(at, object, "before", 0, LIMIT_CONTEXT_BYTES / 2,
                                               256, &before));
    status = member_worst(status, member_count(at, object, "after", 0, LIMIT_CONTEXT_BYTES / 2, 256,
                                               &after));
    if (!status && !run == !cJSON_GetArraySize(anchors))
        return member_fault(at, anchors ? "anchors" : NULL,
                            "a form has either \"anchors\" or a \"run\"");
    if (status == STATUS_NOMEM)
        return status;
    if (set->forms.count == RULESET_FORMS_MAX)
        return member_fault(at, NULL, "more than %d forms", RULESET_FORMS_MAX);
    form = ruleset_add(&set->forms, sizeof(*form));
    origin = ruleset_add(&set->form_origins, sizeof(*origin));
    if (!form || !origin)
        return err_nomem();
    *origin = member_origin(set, at);
    if (!origin->path)
        return err_nomem();
    *form = (struct form){
        .part = part, .label = (enum label)label, .run = run, .before = before, .after = after
    };
    status = member_worst(status, member_pattern(set, at, object, &form->pattern));
    if (form->run)
        status = member_worst(status, add_run_length(set, form->run));
    cJSON_ArrayForEach(anchor, anchors) {
        struct at inner = member_at(at, "anchors", i++);

        status = member_worst(status, add_anchor(set, &inner, ENGINE_ANCHORS, anchor,
                                                 set->forms.count - 1));
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
        return member_fault(at, NULL, "must be an object");
    status = member_check(at, object, known, COUNT_OF(known));
    status = member_worst(status, member_text(set, at, object, "name", &part.name));
    status = member_worst(status,
                          member_word(at, object, "role", roles, COUNT_OF(roles), SIZE_MAX, &role));
    status =
        member_worst(status, member_number(at, object, "entropy_min", 0, 8, 0, &part.entropy_min));
    status = member_worst(status, member_flag(at, object, "random", &part.random));
    if (status == STATUS_NOMEM || !part.name)
        return status;
    /* Where the role is wrong the rules' use of the part is no mistake of theirs. */
    part.role = role == SIZE_MAX ? ROLE_COUNT : (enum role)role;
    if (find_part(set, part.name) != SIZE_MAX)
        return member_fault(at, "name", "there is a part \"%s\" already", part.name);
    if (!cJSON_IsArray(forms) || !cJSON_GetArraySize(forms))
        status = member_fault(at, forms ? "forms" : NULL,
                              "\"forms\" must be a list of at least one form");
    entry = ruleset_add(&set->parts, sizeof(*entry));
    if (!entry)
        return err_nomem();
    *entry = part;
    cJSON_ArrayForEach(form, forms) {
        struct at inner = member_at(at, "forms", i++);

        status = member_worst(status, add_form(set, &inner, form, set->parts.count - 1));
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
        return member_fault(at, member, "\"%s\" must be a list of texts", member);
    cJSON_ArrayForEach(item, list) {
        struct example *example;
        struct origin *origin;
        const char *text;
        struct at inner;

        if (!cJSON_IsString(item))
            return member_fault(at, member, "\"%s\" must be a list of texts", member);
        text = ruleset_keep(set, item->valuestring);
        example = ruleset_add(&set->examples, sizeof(*example));
        origin = ruleset_add(&set->example_origins, sizeof(*origin));
        if (!text || !example || !origin)
            return err_nomem();
        *example = (struct example){ .rule = set->rules.count, .text = text, .counter = counter };
        inner = member_at(at, member, i++);
        *origin = member_origin(set, &inner);
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
    struct at inner = member_of(at, "parts");
    const cJSON *member;
    enum status status = member_check(&inner, members, roles, ROLE_COUNT);

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
            return member_fault(&inner, roles[role], "\"%s\" must name one of the parts",
                                roles[role]);
        if (ruleset_part(set, part)->role != role && ruleset_part(set, part)->role != ROLE_COUNT)
            return member_fault(&inner, roles[role], "\"%s\" names a part of another role",
                                roles[role]);
        parts[role] = part;
    }
    if (parts[ROLE_ID] == SIZE_MAX && parts[ROLE_SECRET] == SIZE_MAX &&
        parts[ROLE_TOKEN] == SIZE_MAX)
        return member_fault(&inner, NULL, "must have an \"id\", a \"secret\" or a \"token\"");
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
        return member_fault(at, NULL, "must be an object");
    status = member_check(at, object, known, COUNT_OF(known));
    status = member_worst(status, member_text(set, at, object, "id", &rule.rule.id));
    status =
        member_worst(status, member_text(set, at, object, "description", &rule.rule.description));
    status = member_worst(status, member_word(at, object, "severity", severities,
                                              COUNT_OF(severities), SIZE_MAX, &severity));
    status = member_worst(status, get_composition(set, at, object, rule.part));
    if (status)
        return status;
    if (rule.rule.id[strspn(rule.rule.id, ID_CHARACTERS)])
        return member_fault(at, "id", "\"id\" must be of letters, digits, '-', '_' and '.'");
    rule.rule.severity = (enum severity)severity;
    for (size_t i = 0; i < set->rules.count; i++) {
        const struct composition *other = ruleset_rule(set, i);

        if (strcmp(other->rule.id, rule.rule.id) == 0)
            return member_fault(at, NULL, "there is a rule \"%s\" already", rule.rule.id);
        if (memcmp(other->part, rule.part, sizeof(rule.part)) == 0)
            return member_fault(at, NULL, "rule \"%s\" has the same parts", other->rule.id);
    }
    if ((status = add_examples(set, at, object, "examples", false)) ||
        (status = add_examples(set, at, object, "counterexamples", true)))
        return status;
    entry = ruleset_add(&set->rules, sizeof(*entry));
    if (!entry)
        return err_nomem();
    *entry = rule;
    return STATUS_OK;
}

/* --- files --- */

static enum status add_documented(struct ruleset *set, const struct at *at, const cJSON *object)
{
    static const char *const known[] = { "source", "containing" };
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, "containing");
    const cJSON *item;
    const char *source;
    enum status status = member_check(at, object, known, COUNT_OF(known));

    if (!status && cJSON_HasObjectItem(object, "source"))
        status = member_text(set, at, object, "source", &source);
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
        entry = ruleset_add(&set->documented, sizeof(*entry));
        if (!entry)
            return err_nomem();
        *entry = arena_copy(&set->arena, slice_of(item->valuestring));
        if (!entry->ptr)
            return err_nomem();
        set->documented_starts[ruleset_start(entry->ptr)] = true;
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
        return member_fault(at, member, "\"%s\" must be a list", member);
    cJSON_ArrayForEach(item, list) {
        struct at inner = member_at(at, member, i++);

        status = member_worst(status, add(set, &inner, item));
    }
    return status;
}

static enum status add_encoded(struct ruleset *set, const struct at *at, const cJSON *object)
{
    static const char *const known[] = { "literals", "anchors" };
    enum status status = member_check(at, object, known, COUNT_OF(known));

    status = member_worst(status, add_list(set, at, object, "literals", add_literal));
    return member_worst(status, add_list(set, at, object, "anchors", add_encoded_anchor));
}

/* An object of its own that may be absent. */
static enum status add_object(struct ruleset *set, const struct at *at, const cJSON *root,
                              const char *member,
                              enum status (*add)(struct ruleset *, const struct at *,
                                                 const cJSON *))
{
    const cJSON *object = cJSON_GetObjectItemCaseSensitive(root, member);
    struct at inner = member_of(at, member);

    return object ? add(set, &inner, object) : STATUS_OK;
}

static enum status add_root(struct ruleset *set, const struct at *at, const cJSON *root)
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
    status = member_worst(status, add_object(set, at, root, "documented", add_documented));
    status = member_worst(status, add_object(set, at, root, "encoded", add_encoded));
    status = member_worst(status, add_list(set, at, root, "marks", add_mark));
    status = member_worst(status, add_list(set, at, root, "parts", add_part));
    return member_worst(status, add_list(set, at, root, "rules", add_rule));
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
        status = member_worst(status, add_source(set, &set->sources[i]));
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
