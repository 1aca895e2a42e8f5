/* struct_text.c - a parser that takes what does not fit as the text that it is. */
#include "trail/struct_text.h"

#include <stdlib.h>

/* Structs inside of one another: CloudTrail's have 4. */
enum { DEPTH_MAX = 16 };

/* Bytes of a name. */
enum { NAME_MAX_BYTES = 256 };

/* Times that a text is tried as JSON: each may cost its length. */
enum { JSON_TRIES = 64 };

struct text {
    const char *at;
    struct_text_name_fn *rename;
    unsigned depth, tries;
    bool doubtful;
    enum status failed; /* STATUS_CORRUPT: here is none; STATUS_NOMEM: it is all over */
};

static cJSON *read_value(struct text *t, bool in_list);

static cJSON *fail(struct text *t, cJSON *made, enum status status)
{
    cJSON_Delete(made);
    if (t->failed != STATUS_NOMEM)
        t->failed = status;
    return NULL;
}

/* Bytes of the name that `at` begins with and that a `=` ends; 0: there is none. */
static size_t name_len(const char *at)
{
    size_t len = 0;

    while (len < NAME_MAX_BYTES && at[len] && !strchr("={}[],\"\n", at[len]))
        len++;
    return at[len] == '=' ? len : 0;
}

static bool ends_here(const char *at)
{
    return !*at || *at == '}' || *at == ']' || strncmp(at, ", ", 2) == 0;
}

/* Where the scalar at t->at ends. A bracket in it is no end of the outermost struct. */
static const char *scalar_end(const struct text *t, bool in_list)
{
    char close = in_list ? ']' : '}';
    const char *at = t->at;

    for (; *at; at++) {
        if (*at == close && (t->depth ? ends_here(at + 1) : !at[1]))
            break;
        if (strncmp(at, ", ", 2) == 0 && (in_list || name_len(at + 2)))
            break;
    }
    return at;
}

static cJSON *read_scalar(struct text *t, bool in_list)
{
    const char *end = scalar_end(t, in_list);
    char *copy = strndup(t->at, (size_t)(end - t->at));
    cJSON *made = NULL;

    if (copy)
        made = strcmp(copy, "null") ? cJSON_CreateString(copy) : cJSON_CreateNull();
    free(copy);
    t->at = end;
    return made ? made : fail(t, NULL, STATUS_NOMEM);
}

static cJSON *read_list(struct text *t)
{
    cJSON *list = cJSON_CreateArray();

    t->at++;
    if (*t->at == ']') {
        t->at++;
        return list ? list : fail(t, NULL, STATUS_NOMEM);
    }
    for (;;) {
        cJSON *value = read_value(t, true);

        if (!value)
            return fail(t, list, STATUS_CORRUPT);
        if (!cJSON_AddItemToArray(list, value)) {
            cJSON_Delete(value);
            return fail(t, list, STATUS_NOMEM);
        }
        if (*t->at == ']')
            break;
        if (strncmp(t->at, ", ", 2) != 0)
            return fail(t, list, STATUS_CORRUPT);
        t->at += 2;
    }
    t->at++;
    return list;
}

static bool add_member(struct text *t, cJSON *object, struct slice name, cJSON *value)
{
    struct slice shown = t->rename ? t->rename(name) : name;
    char *key = strndup((const char *)shown.ptr, shown.len);
    bool added = key && cJSON_AddItemToObject(object, key, value);

    free(key);
    if (!added)
        cJSON_Delete(value);
    return added;
}

static cJSON *read_struct(struct text *t)
{
    cJSON *object = cJSON_CreateObject();

    t->at++;
    if (*t->at == '}') {
        t->at++;
        return object ? object : fail(t, NULL, STATUS_NOMEM);
    }
    for (;;) {
        struct slice name = { (const uint8_t *)t->at, name_len(t->at) };
        cJSON *value;

        if (!name.len)
            return fail(t, object, STATUS_CORRUPT);
        t->at += name.len + 1;
        value = read_value(t, false);
        if (!value)
            return fail(t, object, STATUS_CORRUPT);
        if (!add_member(t, object, name, value))
            return fail(t, object, STATUS_NOMEM);
        if (*t->at == '}')
            break;
        if (strncmp(t->at, ", ", 2) != 0)
            return fail(t, object, STATUS_CORRUPT);
        t->at += 2;
    }
    t->at++;
    return object;
}

/* JSON that stands where a value does; NULL where it is none. */
static cJSON *read_json(struct text *t)
{
    const char *end = NULL;
    cJSON *made;

    if (!t->at[1] || !strchr("\"{[}]", t->at[1]))
        return NULL;
    t->doubtful |= !t->tries;
    if (!t->tries)
        return NULL;
    t->tries--;
    made = cJSON_ParseWithOpts(t->at, &end, false);
    if (made && end && ends_here(end)) {
        t->at = end;
        return made;
    }
    cJSON_Delete(made);
    t->doubtful |= t->at[1] == '"'; /* no struct and no list begins so: text, or out of memory */
    return NULL;
}

static cJSON *read_value(struct text *t, bool in_list)
{
    const char *from = t->at;
    cJSON *made = NULL;

    if ((*from == '{' || *from == '[') && t->depth < DEPTH_MAX) {
        made = read_json(t);
        t->depth++;
        if (!made)
            made = *from == '{' ? read_struct(t) : read_list(t);
        t->depth--;
        if (made && ends_here(t->at))
            return made;
        cJSON_Delete(made);
        if (t->failed == STATUS_NOMEM)
            return NULL;
        t->failed = STATUS_OK; /* it is text that only begins so */
        t->at = from;
    }
    return read_scalar(t, in_list);
}

enum status struct_text_read(cJSON **out, const char *text, struct_text_name_fn *rename,
                             bool *doubtful)
{
    struct text t = { .at = text, .rename = rename, .tries = JSON_TRIES };
    cJSON *made;

    if (*text != '{')
        return STATUS_CORRUPT;
    made = read_struct(&t);
    *doubtful |= t.doubtful;
    if (made && *t.at)
        made = fail(&t, made, STATUS_CORRUPT);
    if (!made)
        return t.failed == STATUS_NOMEM ? err_nomem() : STATUS_CORRUPT;
    *out = made;
    return STATUS_OK;
}
