/* printable.c - one strict UTF-8 decoder, and the three ways to write what it refuses. */
#include "base/printable.h"

#include "base/array.h"

/* What a first byte says: its length, its own bits, and the smallest code point of that length. */
struct lead {
    uint8_t mask, bits;
    uint8_t len;
    uint32_t least;
};

static const struct lead leads[] = {
    { 0x80, 0x00, 1, 0 },
    { 0xe0, 0xc0, 2, 0x80 },
    { 0xf0, 0xe0, 3, 0x800 },
    { 0xf8, 0xf0, 4, 0x10000 },
};

/* The length of the first character, its code point in `*code`; 0 where it is not valid. */
static size_t decode(struct slice s, uint32_t *code)
{
    const struct lead *lead = leads;
    const struct lead *end = leads + COUNT_OF(leads);

    while (s.len && lead < end && (s.ptr[0] & lead->mask) != lead->bits)
        lead++;
    if (!s.len || lead == end || s.len < lead->len)
        return 0;
    *code = s.ptr[0] & (uint8_t)~lead->mask;
    for (size_t i = 1; i < lead->len; i++) {
        if ((s.ptr[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (s.ptr[i] & 0x3f);
    }
    if (*code < lead->least || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff))
        return 0;
    return lead->len;
}

static bool is_unsafe(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x061c ||
           (code >= 0x200e && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}

size_t printable_utf8(struct slice s)
{
    uint32_t code;

    return decode(s, &code);
}

bool printable_is_utf8(struct slice s)
{
    while (s.len) {
        size_t len = printable_utf8(s);

        if (!len)
            return false;
        s = slice_sub(s, len, s.len);
    }
    return true;
}

static void append_hex(struct buf *out, const char *prefix, struct slice s)
{
    for (size_t i = 0; i < s.len; i++)
        buf_printf(out, "%s%02x", prefix, s.ptr[i]);
}

void printable_text(struct buf *out, struct slice s)
{
    while (s.len) {
        uint32_t code = 0;
        size_t len = decode(s, &code);
        struct slice character = slice_sub(s, 0, len ? len : 1);

        if (!len || is_unsafe(code))
            append_hex(out, "\\x", character);
        else
            buf_append(out, character);
        s = slice_sub(s, character.len, s.len);
    }
}

void printable_json(struct buf *out, struct slice json)
{
    while (json.len) {
        uint32_t code = 0;
        size_t len = decode(json, &code);

        if (!len)
            buf_text(out, "\xef\xbf\xbd");
        else if (is_unsafe(code))
            buf_printf(out, "\\u%04x", (unsigned)code);
        else
            buf_append(out, slice_sub(json, 0, len));
        json = slice_sub(json, len ? len : 1, json.len);
    }
}

void printable_percent(struct buf *out, struct slice s)
{
    while (s.len) {
        size_t len = printable_utf8(s);

        if (!len || s.ptr[0] == '%')
            buf_printf(out, "%%%02X", s.ptr[0]);
        else
            buf_append(out, slice_sub(s, 0, len));
        s = slice_sub(s, len ? len : 1, s.len);
    }
}

size_t printable_put_utf8(uint8_t out[static 4], uint32_t code)
{
    size_t n = 0;

    if (code < 0x80) {
        out[n++] = (uint8_t)code;
        return n;
    }
    if (code < 0x800) {
        out[n++] = (uint8_t)(0xc0 | code >> 6);
    } else {
        if (code < 0x10000) {
            out[n++] = (uint8_t)(0xe0 | code >> 12);
        } else {
            out[n++] = (uint8_t)(0xf0 | code >> 18);
            out[n++] = (uint8_t)(0x80 | (code >> 12 & 0x3f));
        }
        out[n++] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
    }
    out[n++] = (uint8_t)(0x80 | (code & 0x3f));
    return n;
}
