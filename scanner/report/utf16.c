/* utf16.c - a decoder that is fed byte by byte. */
#include "report/utf16.h"

enum { REPLACEMENT = 0xfffd };

/* The first byte of a character; whether it is a whole one. */
static size_t begin(struct utf16 *decoder, uint8_t byte, uint16_t *out)
{
    decoder->lower = 0x80;
    decoder->upper = 0xbf;
    if (byte >= 0xc2 && byte <= 0xdf) {
        decoder->needed = 1;
        decoder->code = byte & 0x1f;
    } else if (byte >= 0xe0 && byte <= 0xef) {
        decoder->needed = 2;
        decoder->code = byte & 0x0f;
        decoder->lower = byte == 0xe0 ? 0xa0 : 0x80;
        decoder->upper = byte == 0xed ? 0x9f : 0xbf;
    } else if (byte >= 0xf0 && byte <= 0xf4) {
        decoder->needed = 3;
        decoder->code = byte & 0x07;
        decoder->lower = byte == 0xf0 ? 0x90 : 0x80;
        decoder->upper = byte == 0xf4 ? 0x8f : 0xbf;
    } else {
        *out = byte < 0x80 ? byte : REPLACEMENT;
        return 1;
    }
    return 0;
}

size_t utf16_take(struct utf16 *decoder, uint8_t byte, uint16_t out[static UTF16_UNITS])
{
    if (!decoder->needed)
        return begin(decoder, byte, out);
    if (byte < decoder->lower || byte > decoder->upper) {
        decoder->needed = 0;
        out[0] = REPLACEMENT;
        return 1 + begin(decoder, byte, out + 1);
    }
    decoder->lower = 0x80;
    decoder->upper = 0xbf;
    decoder->code = decoder->code << 6 | (byte & 0x3f);
    if (--decoder->needed)
        return 0;
    if (decoder->code < 0x10000) {
        out[0] = (uint16_t)decoder->code;
        return 1;
    }
    out[0] = (uint16_t)(0xd800 + ((decoder->code - 0x10000) >> 10));
    out[1] = (uint16_t)(0xdc00 + ((decoder->code - 0x10000) & 0x3ff));
    return 2;
}

size_t utf16_end(struct utf16 *decoder, uint16_t out[static UTF16_UNITS])
{
    size_t cut = decoder->needed ? 1 : 0;

    decoder->needed = 0;
    out[0] = REPLACEMENT;
    return cut;
}

uint64_t utf16_length(struct slice s)
{
    struct utf16 decoder = { 0 };
    uint16_t units[UTF16_UNITS];
    uint64_t length = 0;

    for (size_t i = 0; i < s.len; i++)
        length += utf16_take(&decoder, s.ptr[i], units);
    return length + utf16_end(&decoder, units);
}
