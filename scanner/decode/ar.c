/* ar.c - names in the headers of members, which stand where the lengths before them say. */
#include "decode/ar.h"

#include <stdio.h>

/* Where a header holds what. */
enum { NAME_BYTES = 16, SIZE_AT = 48, SIZE_BYTES = 10, END_AT = 58 };

static const char magic[] = "!<arch>\n";

/* Read `n` bytes, or up to the end, into `head`. -1: the source cannot be read. */
static int read_head(struct ar_stream *ar, size_t n)
{
    ssize_t got = 1;

    ar->from = ar->to = 0;
    while (got > 0 && ar->to < n) {
        got = ar->source->read(ar->source->ctx, ar->head + ar->to, n - ar->to);
        ar->to += got > 0 ? (size_t)got : 0;
    }
    return got < 0 ? -1 : 0;
}

/* The number in the header; -1: there is none. */
static int64_t member_bytes(const struct ar_stream *ar)
{
    int64_t bytes = 0;
    size_t i = SIZE_AT;

    for (; i < SIZE_AT + SIZE_BYTES && ar->head[i] >= '0' && ar->head[i] <= '9'; i++)
        bytes = bytes * 10 + (ar->head[i] - '0');
    return i > SIZE_AT ? bytes : -1;
}

/*
 * Give the member a name that libarchive takes: one that ends at a slash. Microsoft's table of long
 * names has other ends than ar's, so who is named in it is called by his place there.
 */
static void rename_member(struct ar_stream *ar)
{
    static const char index[] = "/               ";
    bool again = ar->members && memcmp(ar->head, index, NAME_BYTES) == 0;
    char name[3 * NAME_BYTES] = "";
    int digits = 0;

    ar->microsoft |= again;
    if (!ar->microsoft || ar->head[0] != '/')
        return;
    while (digits < 8 && ar->head[1 + digits] >= '0' && ar->head[1 + digits] <= '9')
        digits++;
    if (again)
        snprintf(name, sizeof(name), "%-16s", "linker-index/");
    else if (ar->head[1] == '/')
        snprintf(name, sizeof(name), "%-16s", "long-names/");
    else if (digits)
        snprintf(name, sizeof(name), "member-%.*s/%-16s", digits, (const char *)ar->head + 1, "");
    if (*name)
        memcpy(ar->head, name, NAME_BYTES);
}

static int next_member(struct ar_stream *ar)
{
    int64_t bytes;

    if (read_head(ar, AR_HEADER_BYTES))
        return -1;
    bytes = ar->to == AR_HEADER_BYTES ? member_bytes(ar) : -1;
    if (bytes < 0 || memcmp(ar->head + END_AT, "`\n", 2) != 0) {
        ar->plain = true;
        return 0;
    }
    rename_member(ar);
    ar->members++;
    ar->body = (uint64_t)bytes + (bytes & 1);
    return 0;
}

static int begin(struct ar_stream *ar)
{
    size_t n = sizeof(magic) - 1;

    ar->begun = true;
    if (read_head(ar, n))
        return -1;
    ar->plain = ar->to < n || memcmp(ar->head, magic, n) != 0;
    return 0;
}

static ssize_t read_ar(void *ctx, uint8_t *out, size_t n)
{
    struct ar_stream *ar = ctx;
    ssize_t got;

    if (!ar->begun ? begin(ar) : ar->from == ar->to && !ar->plain && !ar->body && next_member(ar))
        return -1;
    if (ar->from < ar->to) {
        n = n < ar->to - ar->from ? n : ar->to - ar->from;
        memcpy(out, ar->head + ar->from, n);
        ar->from += n;
        return (ssize_t)n;
    }
    if (!ar->plain)
        n = n < ar->body ? n : (size_t)ar->body;
    got = n ? ar->source->read(ar->source->ctx, out, n) : 0;
    ar->body -= got > 0 && !ar->plain ? (uint64_t)got : 0;
    return got;
}

struct stream ar_stream(struct ar_stream *ar)
{
    return (struct stream){ read_ar, ar };
}
