/*
 * piece.h - the part of a document that is matched at once.
 *
 * A document is cut into pieces at fixed offsets, so that the result does not depend on who reads
 * it. Each piece is seen with up to LIMIT_CONTEXT_BYTES of what lies before and behind it: what
 * begins in a piece is found there, and whole.
 */
#ifndef BASE_PIECE_H
#define BASE_PIECE_H

#include "base/limits.h"
#include "base/slice.h"

struct piece {
    struct slice text; /* what is seen */
    size_t from, to;   /* bytes [from, to) of it are the piece */
    uint64_t base;     /* offset of text in the document */
};

/* The piece that begins at `at` (a multiple of LIMIT_PIECE_BYTES) of a document in memory. */
static inline struct piece piece_of(struct slice text, size_t at)
{
    size_t from = at > LIMIT_CONTEXT_BYTES ? at - LIMIT_CONTEXT_BYTES : 0;
    size_t end = text.len - at > LIMIT_PIECE_BYTES ? at + LIMIT_PIECE_BYTES : text.len;
    size_t to = text.len - end > LIMIT_CONTEXT_BYTES ? end + LIMIT_CONTEXT_BYTES : text.len;

    return (struct piece){ slice_sub(text, from, to), at - from, end - from, from };
}

#endif
