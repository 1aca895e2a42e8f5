/*
 * piece.h - the part of a document that is matched at once.
 *
 * A document is cut into pieces at fixed offsets, so that the result does not depend on who reads
 * it. Each piece is seen with up to LIMIT_CONTEXT_BYTES of what lies before and behind it: what
 * begins in a piece is found there, and whole.
 */
#ifndef BASE_PIECE_H
#define BASE_PIECE_H

#include "base/slice.h"

struct piece {
    struct slice text; /* what is seen */
    size_t from, to;   /* bytes [from, to) of it are the piece */
    uint64_t base;     /* offset of text in the document */
};

#endif
