/* label.c - a few dozen bytes to the left of a value. */
#include "detect/label.h"

#include <strings.h>

#include "base/array.h"

enum { NAME_MAX_BYTES = 96, PUNCTUATION_MAX = 24, HOPS_MAX = 6, BLOCK_BYTES = 512 };

static bool is_name(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

/* Between a name and its value; a line's end only after a name/value pair's first half. */
static bool is_between(uint8_t c)
{
    return c && strchr(" \t\"'`=:><([{,@$\\/|\r\n", c);
}

bool label_has(struct slice name, const char *word)
{
    size_t len = strlen(word);

    for (size_t i = 0; i + len <= name.len; i++)
        if ((name.ptr[i] | 0x20) == word[0] &&
            strncasecmp((const char *)name.ptr + i, word, len) == 0)
            return true;
    return false;
}

/* Words that stand between a key's name and its value without saying anything. */
static bool is_filler_word(struct slice word)
{
    static const char *const words[] = {
        "value",        "string",      "default",        "str",         "text",
        "is",           "new",         "name",           "type",        "data",
        "plain",        "outputvalue", "parametervalue", "stringvalue", "outputkey",
        "parameterkey", "key",         "securestring",   "concealed",   "s"
    };

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (word.len == strlen(words[i]) &&
            strncasecmp((const char *)word.ptr, words[i], word.len) == 0)
            return true;
    return false;
}

/* The name that ends at `end`, behind punctuation; `*assigned`: some of that assigns. */
static struct slice name_before(struct slice text, size_t end, bool lines, bool *assigned)
{
    size_t start, stop = end > PUNCTUATION_MAX ? end - PUNCTUATION_MAX : 0;

    while (end > stop && is_between(text.ptr[end - 1])) {
        uint8_t c = text.ptr[--end];

        if (!lines && c == '\n')
            return (struct slice){ 0 };
        *assigned |= c == '=' || c == ':' || c == '>';
    }
    start = end;
    while (start > 0 && end - start < NAME_MAX_BYTES && is_name(text.ptr[start - 1]))
        start--;
    return slice_sub(text, start, end);
}

bool label_is_key_id(struct slice name)
{
    if (name.len != 20 || name.ptr[0] != 'A')
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!(name.ptr[i] >= 'A' && name.ptr[i] <= 'Z') &&
            !(name.ptr[i] >= '2' && name.ptr[i] <= '7'))
            return false;
    return true;
}

/* A list's comma assigns nothing: then only a name that speaks of keys is one. */
static bool speaks(struct slice name)
{
    return label_has(name, "key") || label_has(name, "secret");
}

/* The name of the block that `at` stands in: of `variable "NAME" {`, or `"NAME": {`. */
static struct slice block_name(struct slice text, size_t at)
{
    size_t stop = at > BLOCK_BYTES ? at - BLOCK_BYTES : 0;
    int depth = 0;
    bool assigned = false;

    while (at > stop && depth <= 0) {
        uint8_t c = text.ptr[--at];

        depth += c == '{' ? 1 : c == '}' ? -1 : 0;
    }
    return depth > 0 ? name_before(text, at, false, &assigned) : (struct slice){ 0 };
}

/* Where the object that `at` stands in begins, behind its brace; `at`: nowhere near. */
static size_t object_start(struct slice text, size_t at)
{
    size_t stop = at > BLOCK_BYTES ? at - BLOCK_BYTES : 0;
    int depth = 0;

    for (size_t i = at; i > stop; i--) {
        depth += text.ptr[i - 1] == '{' ? 1 : text.ptr[i - 1] == '}' ? -1 : 0;
        if (depth > 0)
            return i;
    }
    return at;
}

/* Of {"name": "aws/secret_key", "flags": 0, "value": …}: the first string that speaks of keys. */
static struct slice name_in_object(struct slice text, size_t at)
{
    size_t start = object_start(text, at);

    for (size_t i = start; i < at; i++) {
        size_t first = i + 1, end = first;
        struct slice name;

        if (text.ptr[i] != '"')
            continue;
        while (end < at && text.ptr[end] != '"')
            end++;
        name = slice_sub(text, first, end);
        if (end < at && end - first <= NAME_MAX_BYTES && speaks(name) && !is_filler_word(name))
            return name;
        i = end;
    }
    return (struct slice){ 0 };
}

struct slice label_before(struct slice text, size_t at)
{
    struct slice name = { 0 }, other;
    bool assigned = false, filler = true;
    size_t hops = 0;

    assert(at <= text.len);
    for (size_t end = at; hops < HOPS_MAX && filler; hops++) {
        assigned = false;
        name = name_before(text, end, hops > 0, &assigned);
        filler = name.len && is_filler_word(name);
        end = filler ? (size_t)(name.ptr - text.ptr) : end;
    }
    if (!name.len || filler || label_is_key_id(name)) /* AKIA…:SECRET, whatever its letters hold */
        name = (struct slice){ 0 };
    if (speaks(name))
        return name;
    if (hops > 1 && (other = name_in_object(text, at)).len)
        return other;
    if (name.len && assigned)
        return name;
    other = block_name(text, at);
    return speaks(other) ? other : (struct slice){ 0 };
}

struct slice label_around(struct slice text, size_t start, size_t end)
{
    size_t first = start, last = end;

    assert(start <= end && end <= text.len);
    while (first > 0 && start - first < NAME_MAX_BYTES && is_name(text.ptr[first - 1]))
        first--;
    while (last < text.len && last - end < NAME_MAX_BYTES && is_name(text.ptr[last]))
        last++;
    return slice_sub(text, first, last);
}

/* FNV-1a, for a handful of bytes. */
static uint64_t hash(const char *text, size_t len)
{
    uint64_t h = 14695981039346656037u;

    for (size_t i = 0; i < len; i++)
        h = (h ^ (uint8_t)text[i]) * 1099511628211u;
    return h ? h : 1;
}

uint64_t label_hash(struct slice name)
{
    return name.len ? hash((const char *)name.ptr, name.len) | 1 : 0;
}

/* Take every `word` out of `text`. Returns the new length. */
static size_t without(char *text, size_t len, const char *word)
{
    size_t n = strlen(word), kept = 0;

    if (!memchr(text, word[0], len))
        return len;
    for (size_t i = 0; i < len;) {
        if (len - i >= n && memcmp(text + i, word, n) == 0)
            i += n;
        else
            text[kept++] = text[i++];
    }
    return kept;
}

uint64_t label_stem(struct slice name)
{
    /* The longer first, where one holds another. */
    static const char *const words[] = {
        "credentials", "username", "password", "security", "access", "secret", "session",
        "amazon",      "export",   "passwd",   "token",    "login",  "user",   "pass",
        "keyid",       "key",      "aws",      "s3a",      "s3n",    "env",    "var",
        "set",         "s3",       "fs",       "id"
    };
    static const char *const speaking[] = { "key", "secret", "token", "access",
                                            "aws", "user",   "pass" };
    char stem[2 * NAME_MAX_BYTES + 32];
    size_t len = 0;
    bool tells = false;

    for (size_t i = 0; i < COUNT_OF(speaking); i++)
        tells |= label_has(name, speaking[i]);
    if (!tells)
        return 0;
    for (size_t i = 0; i < name.len && len < sizeof(stem); i++) {
        uint8_t c = name.ptr[i];

        if (c >= 'A' && c <= 'Z')
            c |= 0x20;
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            stem[len++] = (char)c;
    }
    for (size_t i = 0; i < COUNT_OF(words); i++)
        len = without(stem, len, words[i]);
    return len ? hash(stem, len) : 0;
}
