/* config.c - a line at a time; a section's head may have a setting behind it. */
#include "git/files/config.h"

#include <ctype.h>
#include <strings.h>

#include "base/file.h"

bool config_is(struct slice word, const char *other)
{
    return word.len == strlen(other) && strncasecmp((const char *)word.ptr, other, word.len) == 0;
}

static struct slice trimmed(struct slice s)
{
    while (s.len && isspace(s.ptr[0]))
        s = slice_sub(s, 1, s.len);
    while (s.len && isspace(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

static struct slice unquoted(struct slice s)
{
    return s.len > 1 && s.ptr[0] == '"' && s.ptr[s.len - 1] == '"' ? slice_sub(s, 1, s.len - 1) : s;
}

/* Take "[section "name"]" off the line. */
static void take_section(struct slice *rest, struct config_line *line)
{
    const uint8_t *end = memchr(rest->ptr, ']', rest->len);
    struct slice head = slice_sub(*rest, 1, end ? (size_t)(end - rest->ptr) : rest->len);
    size_t word = 0;

    *rest = end ? trimmed(slice_sub(*rest, head.len + 2, rest->len)) : (struct slice){ 0 };
    head = trimmed(head);
    while (word < head.len && !isspace(head.ptr[word]) && head.ptr[word] != '"')
        word++;
    line->section = slice_sub(head, 0, word);
    line->name = unquoted(trimmed(slice_sub(head, word, head.len)));
}

bool config_next(struct slice *rest, struct config_line *line)
{
    struct slice text;

    while (slice_line(rest, &text)) {
        const uint8_t *equals;

        text = trimmed(text);
        if (text.len && text.ptr[0] == '[')
            take_section(&text, line);
        if (!text.len || text.ptr[0] == '#' || text.ptr[0] == ';')
            continue;
        equals = memchr(text.ptr, '=', text.len);
        line->key = trimmed(slice_sub(text, 0, equals ? (size_t)(equals - text.ptr) : text.len));
        line->value = SLICE("true");
        if (equals)
            line->value =
                unquoted(trimmed(slice_sub(text, (size_t)(equals - text.ptr) + 1, text.len)));
        return true;
    }
    return false;
}
