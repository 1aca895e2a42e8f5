/*
 * ruleset_anchors.c - from members of rule files to expressions: anchors, as they are and as they
 * look encoded, and marks.
 */
#include "detect/encoded.h"
#include "detect/ruleset_members.h"

static enum status add_expression(const struct at *at, enum engine engine, const char *text,
                                  size_t number)
{
    struct expression *expression = ruleset_add(&at->set->expressions[engine], sizeof(*expression));

    if (!expression)
        return err_nomem();
    expression->number = number;
    expression->text = ruleset_keep(at->set, text);
    expression->origin = member_origin(at);
    return expression->text && expression->origin.path ? STATUS_OK : err_nomem();
}

enum status ruleset_add_anchor(const struct at *at, enum engine engine, const cJSON *text,
                               size_t number)
{
    if (!cJSON_IsString(text) || !text->valuestring[0])
        return member_fault(at, NULL, "an anchor must be a text that is not empty");
    return add_expression(at, engine, text->valuestring, number);
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
        return member_fault(
            at, "as",
            "\"as\" must list some of utf16, base64, base64-of-base64, base64-of-utf16, "
            "hex");
    return STATUS_OK;
}

static enum status add_literal(const struct at *at, const cJSON *object)
{
    static const char *const known[] = { "text", "as" };
    const cJSON *literal = cJSON_GetObjectItemCaseSensitive(object, "text");
    bool good = cJSON_IsString(literal) && strlen(literal->valuestring) >= 4;
    unsigned as;
    enum status status;

    for (const char *c = good ? literal->valuestring : ""; *c; c++)
        good &= *c > ' ' && *c <= '~';
    if ((status = member_check(at, object, known, COUNT_OF(known))) ||
        (status = get_ways(at, object, &as)))
        return status;
    if (!good)
        return member_fault(at, "text", "\"text\" must be 4 ASCII characters and more");
    return encoded_expressions(literal->valuestring, as, on_encoded, (void *)(uintptr_t)at);
}

static enum status add_encoded_anchor(const struct at *at, const cJSON *object)
{
    static const char *const known[] = { "codec", "anchor" };
    static const char *const codecs[] = { "utf16", "base64", "hex", "quoted-printable" };
    size_t codec;
    enum status status;

    if ((status = member_check(at, object, known, COUNT_OF(known))) ||
        (status = member_word(at, object, "codec", codecs, COUNT_OF(codecs), SIZE_MAX, &codec)))
        return status;
    return ruleset_add_anchor(at, ENGINE_ANCHORS,
                              cJSON_GetObjectItemCaseSensitive(object, "anchor"),
                              RULESET_FORMS_MAX + CODEC_UTF16 + codec);
}

enum status ruleset_add_encoded(const struct at *at, const cJSON *object)
{
    static const char *const known[] = { "literals", "anchors" };
    enum status status = member_check(at, object, known, COUNT_OF(known));

    status = status_worse(status, member_list(at, object, "literals", add_literal));
    return status_worse(status, member_list(at, object, "anchors", add_encoded_anchor));
}

/* --- marks --- */

enum status ruleset_add_mark(const struct at *at, const cJSON *object)
{
    static const char *const known[] = { "anchor", "covers" };
    static const char *const covers[] = { "line", "next-line", "around", "begin", "end" };
    const cJSON *anchor = cJSON_GetObjectItemCaseSensitive(object, "anchor");
    struct table *marks = &at->set->marks;
    enum covers *mark;
    size_t which;
    enum status status;

    if ((status = member_check(at, object, known, COUNT_OF(known))) ||
        (status = member_word(at, object, "covers", covers, COUNT_OF(covers), SIZE_MAX, &which)))
        return status;
    mark = ruleset_add(marks, sizeof(*mark));
    if (!mark)
        return err_nomem();
    *mark = (enum covers)which;
    status = ruleset_add_anchor(at, ENGINE_MARKS, anchor, marks->count - 1);
    if (!status && *mark >= COVERS_BEGIN)
        status = ruleset_add_anchor(at, ENGINE_ANCHORS, anchor, RULESET_BLOCK_MARK);
    return status;
}
