/*
 * slice.h - a borrowed run of bytes.
 *
 * A slice never owns memory, is never NUL-terminated and may hold any byte. {0} is a valid empty
 * slice. Pass it by value. It dies with the document that it was cut from; what must outlive the
 * document is copied with arena_copy().
 */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const uint8_t *ptr;
    size_t len; /* bytes */
};

/* For string literals only: the terminator is left out. */
#define SLICE(lit) ((struct slice){ (const uint8_t *)("" lit), sizeof(lit) - 1 })

/* The bytes of the NUL-terminated `text`, without the NUL. Borrows; NULL gives the empty slice. */
static inline struct slice slice_of(const char *text)
{
    return (struct slice){ (const uint8_t *)text, text ? strlen(text) : 0 };
}

/* The bytes [from, to) of `s`. Asserts from <= to <= s.len. */
static inline struct slice slice_sub(struct slice s, size_t from, size_t to)
{
    assert(from <= to && to <= s.len);
    return (struct slice){ from ? s.ptr + from : s.ptr, to - from };
}

static inline bool slice_eq(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Cut the first line off `rest` into `line`, both without its LF. False at the end. */
static inline bool slice_line(struct slice *rest, struct slice *line)
{
    const uint8_t *end = rest->len ? (const uint8_t *)memchr(rest->ptr, '\n', rest->len) : NULL;

    *line = slice_sub(*rest, 0, end ? (size_t)(end - rest->ptr) : rest->len);
    *rest = slice_sub(*rest, end ? line->len + 1 : rest->len, rest->len);
    return line->ptr && (end || line->len);
}

/* Byte order, the shorter first where one begins the other: < 0, 0 or > 0 as memcmp. */
static inline int slice_cmp(struct slice a, struct slice b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n ? memcmp(a.ptr, b.ptr, n) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static inline bool slice_starts(struct slice s, struct slice prefix)
{
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

#endif
