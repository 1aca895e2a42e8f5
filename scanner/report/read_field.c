/*
 * read_field.c - typed members out of a parsed line, the first fault remembered.
 */
#include "report/read_field.h"

/* Doubles hold every whole number up to here. */
static const double number_max = 9007199254740992.0;

void field_blame(struct line *line, const char *field)
{
    if (!line->fault)
        line->fault = field;
}

const cJSON *field_member(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

    return cJSON_IsNull(item) ? NULL : item;
}

const char *field_text(struct line *line, const cJSON *object, const char *key)
{
    const cJSON *item = field_member(object, key);

    if (item && !cJSON_IsString(item))
        field_blame(line, key);
    return cJSON_GetStringValue(item);
}

const char *field_needed(struct line *line, const cJSON *object, const char *key)
{
    const char *text = field_text(line, object, key);

    if (!text)
        field_blame(line, key);
    return text ? text : "";
}

uint64_t field_number(struct line *line, const cJSON *object, const char *key)
{
    const cJSON *item = field_member(object, key);

    if (!item)
        return 0;
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0) || item->valuedouble > number_max) {
        field_blame(line, key);
        return 0;
    }
    return (uint64_t)item->valuedouble;
}

bool field_bool(struct line *line, const cJSON *object, const char *key)
{
    const cJSON *item = field_member(object, key);

    if (item && !cJSON_IsBool(item))
        field_blame(line, key);
    return cJSON_IsTrue(item);
}

enum known field_known(struct line *line, const cJSON *object, const char *key)
{
    return !field_member(object, key)      ? KNOWN_NOT
           : field_bool(line, object, key) ? KNOWN_YES
                                           : KNOWN_NO;
}

const cJSON *field_object(struct line *line, const cJSON *object, const char *key)
{
    const cJSON *item = field_member(object, key);

    if (item && !cJSON_IsObject(item))
        field_blame(line, key);
    return cJSON_IsObject(item) ? item : NULL;
}

unsigned field_word(struct line *line, const cJSON *object, const char *key,
                    const char *const *names, unsigned n)
{
    const char *text = field_needed(line, object, key);

    for (unsigned i = 0; i < n; i++)
        if (strcmp(names[i], text) == 0)
            return i;
    field_blame(line, key);
    return 0;
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

const char *field_decode(struct line *line, const char *text, bool percent)
{
    struct slice copy;
    char *out;

    if (!text || !percent)
        return text;
    copy = arena_copy(line->arena, slice_of(text));
    out = (char *)(uintptr_t)copy.ptr;
    if (!out) {
        line->starved = true;
        return text;
    }
    for (; *text; text++) {
        if (*text != '%') {
            *out++ = *text;
            continue;
        }
        if (digit(text[1]) < 0 || digit(text[2]) < 0 || (text[1] == '0' && text[2] == '0')) {
            field_blame(line, "path_encoding");
            break;
        }
        *out++ = (char)(digit(text[1]) << 4 | digit(text[2]));
        text += 2;
    }
    *out = '\0';
    return (const char *)copy.ptr;
}

bool field_is_percent(struct line *line, const cJSON *object, const char *key)
{
    const char *encoding = field_text(line, object, key);

    if (encoding && strcmp(encoding, "percent"))
        field_blame(line, key);
    return encoding != NULL;
}

const char *field_name(struct line *line, const cJSON *object, const char *key)
{
    return field_decode(line, field_text(line, object, key),
                        field_is_percent(line, object, "path_encoding"));
}
