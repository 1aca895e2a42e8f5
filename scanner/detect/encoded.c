/* encoded.c - literals to bytes, bytes to expressions. */
#include "detect/encoded.h"

enum { ALIGNMENTS = 3 };

static void append_escaped(struct buf *out, struct slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        buf_printf(out, "\\x%02x", bytes.ptr[i]);
}

/*
 * The base64 characters that `bytes` decides when `before` bytes (0 to 2) stand before it in its
 * group of three: character i holds bits 6i to 6i+5.
 */
static void append_base64(struct buf *out, struct slice bytes, size_t before)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t first = (8 * before + 5) / 6;
    size_t last = 8 * (before + bytes.len) / 6;

    for (size_t i = first; i < last; i++) {
        unsigned value = 0;

        for (size_t bit = 6 * i; bit < 6 * i + 6; bit++) {
            size_t at = bit - 8 * before;

            value = value << 1 | (bytes.ptr[at / 8] >> (7 - at % 8) & 1u);
        }
        buf_byte(out, (uint8_t)alphabet[value]);
    }
}

static void append_utf16(struct buf *out, const char *literal, bool big_endian)
{
    for (; *literal; literal++) {
        if (big_endian)
            buf_byte(out, 0);
        buf_byte(out, (uint8_t)*literal);
        if (!big_endian)
            buf_byte(out, 0);
    }
}

static enum status report(encoded_fn *fn, void *ctx, enum codec codec, struct slice bytes)
{
    struct buf expression = { 0 };
    enum status status;

    append_escaped(&expression, bytes);
    status = buf_status(&expression);
    if (!status)
        status = fn(ctx, codec, buf_cstr(&expression));
    buf_release(&expression);
    return status;
}

/* The alignments of `bytes` in base64 (`once`), and those of each of them again (`twice`). */
static enum status report_base64(encoded_fn *fn, void *ctx, struct slice bytes, bool once,
                                 bool twice)
{
    enum status status = STATUS_OK;

    for (size_t before = 0; before < ALIGNMENTS && !status; before++) {
        struct buf text = { 0 };

        append_base64(&text, bytes, before);
        status = buf_status(&text);
        if (!status && once)
            status = report(fn, ctx, CODEC_BASE64, buf_view(&text));
        if (!status && twice)
            status = report_base64(fn, ctx, buf_view(&text), true, false);
        buf_release(&text);
    }
    return status;
}

static enum status report_hex(encoded_fn *fn, void *ctx, const char *literal)
{
    struct buf expression = { 0 };
    enum status status;

    buf_text(&expression, "(?i)");
    for (; *literal; literal++)
        buf_printf(&expression, "%02x", (unsigned)(uint8_t)*literal);
    status = buf_status(&expression);
    if (!status)
        status = fn(ctx, CODEC_HEX, buf_cstr(&expression));
    buf_release(&expression);
    return status;
}

enum status encoded_expressions(const char *literal, unsigned as, encoded_fn *fn, void *ctx)
{
    struct buf little = { 0 }, big = { 0 };
    enum status status;

    append_utf16(&little, literal, false);
    append_utf16(&big, literal, true);
    if ((status = buf_status(&little)) || (status = buf_status(&big)))
        goto out;
    if (as & ENCODED_UTF16) {
        status = report(fn, ctx, CODEC_UTF16, buf_view(&little));
        status = status ? status : report(fn, ctx, CODEC_UTF16, buf_view(&big));
    }
    if (!status)
        status = report_base64(fn, ctx, slice_of(literal), as & ENCODED_BASE64,
                               as & ENCODED_BASE64_OF_BASE64);
    if (!status && (as & ENCODED_BASE64_OF_UTF16))
        status = report_base64(fn, ctx, buf_view(&little), true, false);
    if (!status && (as & ENCODED_HEX))
        status = report_hex(fn, ctx, literal);
out:
    buf_release(&little);
    buf_release(&big);
    return status;
}
