/* uri.c - one table of what needs no encoding, spelled out as ranges. */
#include "aws/uri.h"

#include "base/hex.h"

static bool is_unreserved(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void uri_encode(struct buf *out, struct slice raw, bool keep_slash)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < raw.len; i++) {
        uint8_t c = raw.ptr[i];

        if (is_unreserved(c) || (keep_slash && c == '/')) {
            buf_byte(out, c);
        } else {
            buf_byte(out, '%');
            buf_byte(out, (uint8_t)digits[c >> 4]);
            buf_byte(out, (uint8_t)digits[c & 15]);
        }
    }
}

void uri_decode(struct buf *out, struct slice text, bool plus)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        int high = c == '%' && i + 2 < text.len ? hex_digit(text.ptr[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(text.ptr[i + 2]) : -1;

        if (low >= 0) {
            buf_byte(out, (uint8_t)(high << 4 | low));
            i += 2;
        } else {
            buf_byte(out, plus && c == '+' ? ' ' : c);
        }
    }
}

void uri_query(struct buf *out, const char *name, struct slice value)
{
    if (out->len)
        buf_byte(out, '&');
    uri_encode(out, slice_of(name), false);
    buf_byte(out, '=');
    uri_encode(out, value, false);
}

void uri_query_if(struct buf *out, const char *name, struct slice value)
{
    if (value.ptr)
        uri_query(out, name, value);
}
