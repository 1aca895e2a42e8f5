/* pieces.c - read(2) in order, pread(2) out of order; the same pieces either way. */
#include "source/pieces.h"

#include <errno.h>
#include <unistd.h>

#include "base/buf.h"

enum { PIECE = LIMIT_PIECE_BYTES, CONTEXT = LIMIT_CONTEXT_BYTES };

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Read until `want` bytes are there, the end, or a failure, whose text `failed` gets. Returns how
 * many. */
static size_t read_full(const struct stream *stream, uint8_t *out, size_t want, struct buf *failed)
{
    size_t got = 0;

    while (got < want) {
        ssize_t n = stream->read(stream->ctx, out + got, want - got);

        if (n < 0)
            buf_text(failed, err_text());
        if (n <= 0)
            break;
        got += (size_t)n;
    }
    return got;
}

enum status pieces_stream(const struct stream *stream, uint64_t size_hint, uint64_t limit,
                          uint8_t *buffer, uint64_t *bytes, pieces_fn *fn, void *ctx)
{
    uint64_t base = 0;  /* offset of buffer[0] */
    size_t held = 0;    /* bytes in the buffer */
    uint64_t start = 0; /* offset at which the next piece begins */
    struct buf failed = { 0 };
    enum status status = STATUS_OK;
    bool end = false;

    *bytes = 0;
    while (!end && !status) {
        /* A file of the size that it should have needs no read to see its end. */
        uint64_t left = least(limit - *bytes, size_hint > *bytes ? size_hint - *bytes : UINT64_MAX);
        size_t want = (size_t)least(PIECES_BUFFER_BYTES - held, left);
        size_t n = read_full(stream, buffer + held, want, &failed);

        held += n;
        *bytes += n;
        end = n < want || *bytes == limit || *bytes == size_hint;
        while (!status && start < base + held && (end || base + held >= start + PIECE + CONTEXT)) {
            /* The last pieces may lie further inside the buffer than they have context. */
            size_t own = (size_t)(start - base), skip = own > CONTEXT ? own - CONTEXT : 0;
            size_t to = (size_t)least(own + PIECE, held), seen = (size_t)least(held, to + CONTEXT);
            struct piece piece = { .text = { buffer + skip, seen - skip },
                                   .from = own - skip,
                                   .to = to - skip,
                                   .base = base + skip };

            status = fn(ctx, &piece);
            start += PIECE;
        }
        if (!end && start > base + CONTEXT) {
            size_t drop = (size_t)(start - base) - CONTEXT;

            memmove(buffer, buffer + drop, held - drop);
            base += drop;
            held -= drop;
        }
    }
    if (!status && (failed.len || failed.failed))
        status = err_set(STATUS_IO, "%s", buf_cstr(&failed));
    buf_release(&failed);
    return status;
}

enum status pieces_read(int fd, uint64_t start, uint64_t size, uint64_t index, uint8_t *buffer,
                        struct piece *piece)
{
    uint64_t own = index * PIECE;
    uint64_t from = own > CONTEXT ? own - CONTEXT : 0;
    uint64_t to = least(size, own + PIECE + CONTEXT);
    size_t want = (size_t)(to - from), got = 0;

    assert(own < size);
    while (got < want) {
        ssize_t n = pread(fd, buffer + got, want - got, (off_t)(start + from + got));

        if (n == 0)
            break;
        if (n > 0)
            got += (size_t)n;
        else if (errno != EINTR)
            return err_set(STATUS_IO, "%s", strerror(errno));
    }
    *piece = (struct piece){ .text = { buffer, got }, .base = from };
    piece->from = (size_t)least(own - from, got);
    piece->to = (size_t)least(own - from + PIECE, got);
    return STATUS_OK;
}
