/*
 * block.h - sixteen bytes of text at once, for what is asked of every byte near an id.
 *
 * Vectors as GCC and clang have them: SSE2 on x86-64, NEON on arm64, plain code elsewhere. A set of
 * bytes is a block of 0xff where the text's byte is in it, and 0 elsewhere.
 *
 * May include: base. Threads: pure.
 */
#ifndef DECODE_BLOCK_H
#define DECODE_BLOCK_H

#include "base/slice.h"

enum { BLOCK_BYTES = 16 };

struct block {
    uint8_t bytes __attribute__((vector_size(16)));
};

/* The BLOCK_BYTES bytes at `text`, however they are aligned. */
static inline struct block block_load(const uint8_t *text)
{
    struct block b;

    memcpy(&b, text, sizeof(b));
    return b;
}

/* Where `b` is `c`. */
static inline struct block block_is(struct block b, uint8_t c)
{
    b.bytes = (__typeof__(b.bytes))(b.bytes == c);
    return b;
}

/* Where `b` is `low`, `high` or between them. */
static inline struct block block_between(struct block b, uint8_t low, uint8_t high)
{
    b.bytes = (__typeof__(b.bytes))(b.bytes - low <= (uint8_t)(high - low));
    return b;
}

static inline struct block block_or(struct block a, struct block b)
{
    a.bytes |= b.bytes;
    return a;
}

static inline struct block block_and(struct block a, struct block b)
{
    a.bytes &= b.bytes;
    return a;
}

/* Letters of either case. */
static inline struct block block_is_letter(struct block b)
{
    b.bytes |= 0x20;
    return block_between(b, 'a', 'z');
}

/* Is any byte in the set? */
static inline bool block_any(struct block set)
{
    uint64_t halves[2];

    memcpy(halves, &set, sizeof(halves));
    return halves[0] | halves[1];
}

/* Are all? */
static inline bool block_all(struct block set)
{
    uint64_t halves[2];

    memcpy(halves, &set, sizeof(halves));
    return (halves[0] & halves[1]) == UINT64_MAX;
}

#endif
