/*
 * shared_stream.c - the pieces of a stream, each with a copy of what is seen round it.
 *
 * Who reads is never far ahead of who scans: the handout holds few jobs, and lets the reader run
 * the oldest where it holds as many.
 */
#include "scan/shared_stream.h"

#include <stdlib.h>

#include "base/limits.h"

struct piece_job {
    struct job job;
    struct reader *readers;
    struct shared_document *document;
    uint64_t index;
    struct piece piece;
    uint8_t bytes[LIMIT_PIECE_BYTES + 2 * LIMIT_CONTEXT_BYTES];
};

static void run_piece(struct job *job, unsigned worker)
{
    struct piece_job *p = (struct piece_job *)job;
    struct reader *reader = &p->readers[worker];

    shared_document_scan(p->document, reader, p->index, &p->piece);
    shared_document_leave(p->document, reader);
    free(p);
}

static struct piece_job *new_piece(struct reader *readers, struct shared_document *document,
                                   uint64_t index)
{
    struct piece_job *p = malloc(sizeof(*p));

    if (!p)
        return NULL;
    p->job.run = run_piece;
    p->readers = readers;
    p->document = document;
    p->index = index;
    p->piece = (struct piece){ .text = { p->bytes, 0 } };
    if (index) {
        p->piece.base = index * LIMIT_PIECE_BYTES - LIMIT_CONTEXT_BYTES;
        p->piece.from = LIMIT_CONTEXT_BYTES;
    }
    return p;
}

/* Read on until the piece and what is seen behind it are there. 0: the stream is at its end. */
static ssize_t fill(struct piece_job *p, const struct stream *stream)
{
    size_t want = p->piece.from + LIMIT_PIECE_BYTES + LIMIT_CONTEXT_BYTES;
    ssize_t n = 1;

    while (n > 0 && p->piece.text.len < want) {
        n = stream->read(stream->ctx, p->bytes + p->piece.text.len, want - p->piece.text.len);
        p->piece.text.len += n > 0 ? (size_t)n : 0;
    }
    p->piece.to = p->piece.from + LIMIT_PIECE_BYTES;
    if (p->piece.to > p->piece.text.len)
        p->piece.to = p->piece.text.len;
    return n;
}

/* The piece behind `p`, holding what of it has been read: the end of `p`. */
static struct piece_job *next_piece(const struct piece_job *p)
{
    struct piece_job *next = new_piece(p->readers, p->document, p->index + 1);
    size_t from = p->piece.to - LIMIT_CONTEXT_BYTES;

    if (next) {
        next->piece.text.len = p->piece.text.len - from;
        memcpy(next->bytes, p->bytes + from, next->piece.text.len);
    }
    return next;
}

/* Give away `p` and all that follows it; `last` is what filling it returned. */
static enum status give_pieces(struct handout *handout, struct reader *reader, struct piece_job *p,
                               ssize_t last, const struct stream *stream)
{
    struct shared_document *d = p->document;

    for (;;) {
        bool more = last > 0 || p->piece.text.len > p->piece.to;
        struct piece_job *next;

        if (last < 0)
            shared_document_fail(d, reader, SKIP_UNREADABLE);
        next = more ? next_piece(p) : NULL;
        shared_document_hold(d);
        handout_give(handout, &p->job);
        if (!next)
            return more ? err_nomem() : STATUS_OK;
        p = next;
        last = fill(p, stream);
    }
}

enum status shared_stream_scan(struct handout *handout, struct reader *readers,
                               struct reader *reader, const struct stream *stream,
                               const struct finding *origin, struct special *special)
{
    struct piece_job *first = new_piece(readers, NULL, 0);
    struct shared_document *d;
    enum status status;
    ssize_t last;

    if (!first)
        return err_nomem();
    last = fill(first, stream);
    d = special_sniff(special, first->piece.text) ? NULL : shared_document_new(reader, origin);
    if (!d) { /* which was told */
        free(first);
        return STATUS_OK;
    }
    first->document = d;
    status = give_pieces(handout, reader, first, last, stream);
    if (status)
        shared_document_fail(d, reader, SKIP_LIMIT);
    shared_document_leave(d, reader);
    return status;
}
