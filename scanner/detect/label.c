/* label.c - a few dozen bytes to the left of a value. */
#include "detect/label.h"

#include <strings.h>

enum { NAME_MAX_BYTES = 96, PUNCTUATION_MAX = 24, HOPS_MAX = 3 };

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
        if (strncasecmp((const char *)name.ptr + i, word, len) == 0)
            return true;
    return false;
}

/* Words that stand between a key's name and its value without saying anything. */
static bool is_filler_word(struct slice word)
{
    static const char *const words[] = { "value", "string", "default", "str",  "text", "is",
                                         "new",   "name",   "type",    "data", "plain" };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (word.len == strlen(words[i]) &&
            strncasecmp((const char *)word.ptr, words[i], word.len) == 0)
            return true;
    return false;
}

struct slice label_before(struct slice text, size_t at)
{
    assert(at <= text.len);
    for (int hop = 0; hop < HOPS_MAX; hop++) {
        size_t end = at, start;
        bool assigned = false;
        struct slice name;

        while (end > 0 && at - end < PUNCTUATION_MAX && is_between(text.ptr[end - 1])) {
            uint8_t c = text.ptr[--end];

            if (hop == 0 && c == '\n')
                return (struct slice){ 0 };
            assigned |= c == '=' || c == ':' || c == '>';
        }
        start = end;
        while (start > 0 && end - start < NAME_MAX_BYTES && is_name(text.ptr[start - 1]))
            start--;
        name = slice_sub(text, start, end);
        if (!name.len)
            return name;
        if (!is_filler_word(name)) {
            /* A list's comma assigns nothing: then only a name that speaks of keys is one. */
            bool speaks = label_has(name, "key") || label_has(name, "secret");

            return assigned || speaks ? name : (struct slice){ 0 };
        }
        at = start;
    }
    return (struct slice){ 0 };
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

/* Take every `word` out of `text`. Returns the new length. */
static size_t without(char *text, size_t len, const char *word)
{
    size_t n = strlen(word), kept = 0;

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
    bool speaks = false;

    for (size_t i = 0; i < sizeof(speaking) / sizeof(speaking[0]); i++)
        speaks |= label_has(name, speaking[i]);
    if (!speaks)
        return 0;
    for (size_t i = 0; i < name.len && len < sizeof(stem); i++) {
        uint8_t c = name.ptr[i];

        if (c >= 'A' && c <= 'Z')
            c |= 0x20;
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            stem[len++] = (char)c;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        len = without(stem, len, words[i]);
    return len ? hash(stem, len) : 0;
}
