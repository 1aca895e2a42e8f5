/*
 * stream.h - bytes that are read in order.
 *
 * May include: base. Threads: one reader at a time.
 */
#ifndef BASE_STREAM_H
#define BASE_STREAM_H

#include <sys/types.h>

#include "base/slice.h"

struct stream {
    /* Reads up to `n` bytes (1 and more) into `out`: how many, 0 at the end, -1 with a text. */
    ssize_t (*read)(void *ctx, uint8_t *out, size_t n);
    void *ctx;
};

/* The stream of the descriptor at `*fd`, which must outlive it; its texts are errno's. */
struct stream stream_of_fd(int *fd);

/* The stream of the bytes at `*rest`, which must outlive it and is cut as they are read. */
struct stream stream_of_bytes(struct slice *rest);

/* A stream of which something has been read already. */
struct stream_begun {
    struct slice head;         /* what was read; it is cut as it is read again */
    const struct stream *rest; /* where the stream goes on */
};

/* The whole of it; `begun` must outlive it. */
struct stream stream_begun(struct stream_begun *begun);

#endif
