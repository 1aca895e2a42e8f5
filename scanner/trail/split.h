/*
 * split.h - where each record of a log stands, found by the structure of the JSON alone.
 *
 * A record is an object at the top (JSON Lines, also behind other text on the line), an object or
 * array in an array at the top, or in the array called Records, Events, logEvents or another of
 * split.c's names of an object at the top.
 * Strings and escapes are followed from the first byte on, so nothing that somebody wrote into a
 * string can pass for a record. A line end ends a string, and an object at the start of a line that
 * nothing led up to begins anew: a broken line costs no more than itself. It parses nothing.
 *
 * May include: base. Threads: pure.
 */
#ifndef TRAIL_SPLIT_H
#define TRAIL_SPLIT_H

#include "base/slice.h"

/* `unit_from` where no record is open, and where one is that was given up for its length. */
#define SPLIT_NONE SIZE_MAX
#define SPLIT_LOST (SIZE_MAX - 1)

/* {0} is not valid: use split_init(). */
struct splitter {
    size_t unit_from;  /* where in the bytes the open record begins */
    size_t depth;      /* objects and arrays that are open */
    size_t unit_depth; /* what opens at this depth opens a record */
    uint64_t arrays;   /* the innermost 64 of them, the lowest bit first: is it an array? */
    bool in_string, escaped;
    uint64_t broken; /* records that were cut off by a new one */
};

/* Is it white space of JSON? */
static inline bool split_is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Takes one record: bytes [from, to) of what was given to split_run(). */
typedef void split_fn(void *ctx, size_t from, size_t to);

void split_init(struct splitter *splitter);

/*
 * Go on over bytes [from, bytes.len), and hand over each record that ends there. What lies before
 * `from` was gone over earlier; it must reach back to the open record's beginning, if one is open.
 */
void split_run(struct splitter *splitter, struct slice bytes, size_t from, split_fn *fn, void *ctx);

/* The same, a byte at a time: what split_run() must agree with. For tests. */
void split_run_plainly(struct splitter *splitter, struct slice bytes, size_t from, split_fn *fn,
                       void *ctx);

/* The bytes before `n` are dropped by the caller: offsets count from there on. */
void split_shift(struct splitter *splitter, size_t n);

#endif
