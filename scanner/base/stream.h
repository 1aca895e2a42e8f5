/*
 * stream.h - bytes that are read in order.
 *
 * May include: base. Threads: one reader at a time.
 */
#ifndef BASE_STREAM_H
#define BASE_STREAM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct stream {
    /* Reads up to `n` bytes (1 and more) into `out`: how many, 0 at the end, -1 with a text. */
    ssize_t (*read)(void *ctx, uint8_t *out, size_t n);
    void *ctx;
};

#endif
