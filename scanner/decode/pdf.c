/* pdf.c - a search for a word, and libdeflate. */
#include "decode/pdf.h"

#include <libdeflate.h>

#include "base/limits.h"

/* How far before its data a stream's dictionary is searched for the name of its filter. */
enum { DICTIONARY_BYTES = 1024 };

static bool has_word(struct slice text, struct slice word)
{
    return text.len && memmem(text.ptr, text.len, word.ptr, word.len);
}

bool pdf_is_encrypted(struct slice pdf)
{
    return has_word(pdf, SLICE("/Encrypt ")) || has_word(pdf, SLICE("/Encrypt\n")) ||
           has_word(pdf, SLICE("/Encrypt\r")) || has_word(pdf, SLICE("/Encrypt<<"));
}

/* The data behind the next word `stream` that ends a line; SIZE_MAX: none. */
static size_t next_data(struct slice pdf, size_t from)
{
    static const char word[] = "stream";

    while (from < pdf.len) {
        const uint8_t *found = memmem(pdf.ptr + from, pdf.len - from, word, sizeof(word) - 1);
        size_t at;

        if (!found)
            return SIZE_MAX;
        at = (size_t)(found - pdf.ptr) + sizeof(word) - 1;
        from = at;
        if (at < pdf.len && pdf.ptr[at] == '\r')
            at++;
        if (at < pdf.len && pdf.ptr[at] == '\n')
            at++;
        if (at > from)
            return at;
    }
    return SIZE_MAX;
}

/* RFC 1950, 2.2: method 8, and a check that is a multiple of 31. */
static bool has_zlib_header(struct slice data)
{
    return data.len > 2 && (data.ptr[0] & 0x0f) == 8 && (data.ptr[0] << 8 | data.ptr[1]) % 31 == 0;
}

static bool says_deflated(struct slice pdf, size_t at)
{
    size_t from = at > DICTIONARY_BYTES ? at - DICTIONARY_BYTES : 0;

    return has_word(slice_sub(pdf, from, at), SLICE("/FlateDecode"));
}

/*
 * How large it gets is not said: more room is made until it fits. Returns the bytes that were read,
 * 0 where it is no such stream, or memory is out.
 */
static size_t inflate(struct slice data, struct buf *out, struct pdf_stream *stream)
{
    struct libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();
    enum libdeflate_result result = LIBDEFLATE_INSUFFICIENT_SPACE;
    size_t room = 64 * 1024, used = 0, got = 0;

    if (!inflater)
        out->failed = err_nomem();
    for (; inflater && result == LIBDEFLATE_INSUFFICIENT_SPACE; room *= 4) {
        stream->cut = room > LIMIT_PDF_STREAM_BYTES;
        if (stream->cut)
            break;
        buf_reserve(out, room);
        if (buf_status(out))
            break;
        stream->work += room;
        result = libdeflate_zlib_decompress_ex(inflater, data.ptr, data.len, out->ptr, room, &used,
                                               &got);
    }
    libdeflate_free_decompressor(inflater);
    out->len = result == LIBDEFLATE_SUCCESS ? got : 0;
    stream->corrupt = result == LIBDEFLATE_BAD_DATA;
    return result == LIBDEFLATE_SUCCESS ? used : 0;
}

enum status pdf_next(struct slice pdf, size_t *at, struct buf *out, struct pdf_stream *stream)
{
    struct slice data;

    do {
        *at = next_data(pdf, *at);
        if (*at == SIZE_MAX)
            return STATUS_ABSENT;
        data = slice_sub(pdf, *at, pdf.len);
    } while (!has_zlib_header(data));
    buf_reset(out);
    *stream = (struct pdf_stream){ .offset = *at };
    *at += inflate(data, out, stream);
    stream->corrupt = stream->corrupt && says_deflated(pdf, stream->offset);
    return buf_status(out);
}
