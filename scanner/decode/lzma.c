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
