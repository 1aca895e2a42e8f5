/* lzma.c - liblzma, which tells the three forms apart itself. */
#include "decode/lzma.h"

#include <lzma.h>
#include <stdlib.h>

#include "base/limits.h"

enum { BLOCK_BYTES = 64 * 1024 };

struct lzma_reader {
    const struct stream *source;
    lzma_stream decoder;
    lzma_ret last;
    bool ended;      /* the source is at its end */
    size_t from, to; /* of `first`, what was decoded to see whether it can be */
    uint8_t first[BLOCK_BYTES];
    uint8_t block[BLOCK_BYTES];
};

static const char *reason(lzma_ret result)
{
    switch (result) {
    case LZMA_MEMLIMIT_ERROR:
        return "needs a larger dictionary than is set aside";
    case LZMA_MEM_ERROR:
        return "out of memory";
    case LZMA_BUF_ERROR:
        return "the compressed stream is cut off";
    default:
        return "the compressed stream is damaged";
    }
}

/* Decode up to `n` bytes into `out`; the text of a failure is set. */
static ssize_t decode(struct lzma_reader *r, uint8_t *out, size_t n)
{
    r->decoder.next_out = out;
    r->decoder.avail_out = n;
    while (r->last == LZMA_OK && r->decoder.avail_out == n) {
        if (!r->decoder.avail_in && !r->ended) {
            ssize_t got = r->source->read(r->source->ctx, r->block, sizeof(r->block));

            if (got < 0)
                return -1;
            r->ended = got == 0;
            r->decoder.next_in = r->block;
            r->decoder.avail_in = (size_t)got;
        }
        r->last = lzma_code(&r->decoder, r->ended ? LZMA_FINISH : LZMA_RUN);
    }
    if (r->decoder.avail_out < n || r->last == LZMA_STREAM_END)
        return (ssize_t)(n - r->decoder.avail_out);
    err_set(r->last == LZMA_MEMLIMIT_ERROR ? STATUS_LIMIT : STATUS_CORRUPT, "%s", reason(r->last));
    return -1;
}

static ssize_t read_decoded(void *ctx, uint8_t *out, size_t n)
{
    struct lzma_reader *r = ctx;

    if (r->from == r->to)
        return decode(r, out, n);
    n = n < r->to - r->from ? n : r->to - r->from;
    memcpy(out, r->first + r->from, n);
    r->from += n;
    return (ssize_t)n;
}

enum status lzma_reader_new(struct lzma_reader **out, const struct stream *source)
{
    struct lzma_reader *r = calloc(1, sizeof(*r));
    ssize_t n;

    if (!r)
        return err_nomem();
    r->source = source;
    r->decoder = (lzma_stream)LZMA_STREAM_INIT;
    r->last = lzma_auto_decoder(&r->decoder, LIMIT_LZMA_BYTES, LZMA_CONCATENATED);
    n = decode(r, r->first, sizeof(r->first));
    r->to = n > 0 ? (size_t)n : 0;
    if (n < 0 && (r->last == LZMA_MEMLIMIT_ERROR || r->last == LZMA_MEM_ERROR)) {
        lzma_reader_free(r);
        return STATUS_LIMIT;
    }
    *out = r;
    return STATUS_OK;
}

struct stream lzma_reader_stream(struct lzma_reader *reader)
{
    return (struct stream){ read_decoded, reader };
}

void lzma_reader_free(struct lzma_reader *reader)
{
    if (!reader)
        return;
    lzma_end(&reader->decoder);
    free(reader);
}

/* --- without a header --- */

/* The decoder's filters; `filters` has two places. The first's options are the caller's to free. */
static bool raw_filters(bool second, struct slice properties, lzma_filter *filters)
{
    filters[0] = (lzma_filter){ .id = second ? LZMA_FILTER_LZMA2 : LZMA_FILTER_LZMA1 };
    filters[1] = (lzma_filter){ .id = LZMA_VLI_UNKNOWN };
    return lzma_properties_decode(&filters[0], NULL, properties.ptr, properties.len) == LZMA_OK;
}

uint64_t lzma_raw_memory(bool second, struct slice properties)
{
    lzma_filter filters[2];
    uint64_t memory = 0;

    if (raw_filters(second, properties, filters))
        memory = lzma_raw_decoder_memusage(filters);
    free(filters[0].options);
    return memory;
}

enum status lzma_raw_unpack(bool second, struct slice properties, struct slice packed, size_t most,
                            struct buf *out)
{
    lzma_stream decoder = LZMA_STREAM_INIT;
    lzma_filter filters[2];
    size_t begin = out->len;
    lzma_ret result = LZMA_OPTIONS_ERROR;

    if (lzma_raw_memory(second, properties) > LIMIT_LZMA_BYTES)
        return err_set(STATUS_LIMIT, "%s", reason(LZMA_MEMLIMIT_ERROR));
    if (raw_filters(second, properties, filters))
        result = lzma_raw_decoder(&decoder, filters);
    free(filters[0].options);
    decoder.next_in = packed.ptr;
    decoder.avail_in = packed.len;
    while (result == LZMA_OK && out->len - begin < most) {
        size_t room =
            most - (out->len - begin) < BLOCK_BYTES ? most - (out->len - begin) : BLOCK_BYTES;

        buf_reserve(out, room + 1);
        if (buf_status(out))
            break;
        decoder.next_out = out->ptr + out->len;
        decoder.avail_out = room;
        result = lzma_code(&decoder, LZMA_RUN);
        out->len += room - decoder.avail_out;
        if (decoder.avail_out) /* all that there is: 7z marks no end */
            break;
    }
    lzma_end(&decoder);
    if (buf_status(out))
        return out->failed;
    return result == LZMA_OK || result == LZMA_STREAM_END || result == LZMA_BUF_ERROR
               ? STATUS_OK
               : err_set(STATUS_CORRUPT, "%s", reason(result));
}
