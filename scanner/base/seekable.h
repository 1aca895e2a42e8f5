/*
 * seekable.h - bytes that are read at any offset.
 *
 * May include: base. Threads: who made one says whether it may have several readers at a time.
 */
#ifndef BASE_SEEKABLE_H
#define BASE_SEEKABLE_H

#include <sys/types.h>

#include "base/slice.h"
#include "base/stream.h"

struct seekable {
    /* Reads up to `n` bytes (1 and more) from `offset` on into `out`: how many, 0 at the end, -1
     * with a text. */
    ssize_t (*read_at)(void *ctx, uint64_t offset, uint8_t *out, size_t n);
    void *ctx;
    uint64_t size; /* bytes */
};

/* The `size` bytes of the descriptor at `*fd`, which must outlive it and keeps its own offset; its
 * texts are errno's. Any number of readers. */
struct seekable seekable_of_fd(int *fd, uint64_t size);

/* The bytes at `*bytes`, which must outlive it. Any number of readers. */
struct seekable seekable_of_bytes(struct slice *bytes);

/* Are the `n` bytes (0 and more) from `offset` on all there? Then they are in `out`. */
bool seekable_read(const struct seekable *seekable, uint64_t offset, uint8_t *out, size_t n);

/* The bytes [at, to) of a seekable, as a stream. */
struct seekable_range {
    const struct seekable *source;
    uint64_t at, to; /* `at` moves on as it is read */
};

/* `range`, which must outlive it. It ends before `to` where the source does. */
struct stream seekable_range_stream(struct seekable_range *range);

#endif
