/* stream.c - descriptors, memory, and both behind one another. */
#include "base/stream.h"

#include <errno.h>
#include <unistd.h>

#include "base/status.h"

static ssize_t read_fd(void *ctx, uint8_t *out, size_t n)
{
    const int *fd = ctx;
    ssize_t got;

    do
        got = read(*fd, out, n);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        err_set(STATUS_IO, "%s", strerror(errno));
    return got;
}

struct stream stream_of_fd(int *fd)
{
    return (struct stream){ read_fd, fd };
}

static ssize_t read_bytes(void *ctx, uint8_t *out, size_t n)
{
    struct slice *rest = ctx;

    n = n < rest->len ? n : rest->len;
    if (n)
        memcpy(out, rest->ptr, n);
    *rest = slice_sub(*rest, n, rest->len);
    return (ssize_t)n;
}

struct stream stream_of_bytes(struct slice *rest)
{
    return (struct stream){ read_bytes, rest };
}

static ssize_t read_begun(void *ctx, uint8_t *out, size_t n)
{
    struct stream_begun *begun = ctx;

    return begun->head.len ? read_bytes(&begun->head, out, n)
                           : begun->rest->read(begun->rest->ctx, out, n);
}

struct stream stream_begun(struct stream_begun *begun)
{
    return (struct stream){ read_begun, begun };
}
