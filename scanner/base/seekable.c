/* seekable.c - descriptors and memory. */
#include "base/seekable.h"

#include <errno.h>
#include <unistd.h>

#include "base/status.h"

static ssize_t read_fd_at(void *ctx, uint64_t offset, uint8_t *out, size_t n)
{
    const int *fd = ctx;
    ssize_t got;

    do
        got = pread(*fd, out, n, (off_t)offset);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        err_set(STATUS_IO, "%s", strerror(errno));
    return got;
}

struct seekable seekable_of_fd(int *fd, uint64_t size)
{
    return (struct seekable){ read_fd_at, fd, size };
}

static ssize_t read_bytes_at(void *ctx, uint64_t offset, uint8_t *out, size_t n)
{
    const struct slice *bytes = ctx;
    size_t left = offset < bytes->len ? bytes->len - (size_t)offset : 0;

    n = n < left ? n : left;
    if (n)
        memcpy(out, bytes->ptr + offset, n);
    return (ssize_t)n;
}

struct seekable seekable_of_bytes(struct slice *bytes)
{
    return (struct seekable){ read_bytes_at, bytes, bytes->len };
}

bool seekable_read(const struct seekable *seekable, uint64_t offset, uint8_t *out, size_t n)
{
    while (n) {
        ssize_t got = seekable->read_at(seekable->ctx, offset, out, n);

        if (got <= 0)
            return false;
        offset += (uint64_t)got;
        out += got;
        n -= (size_t)got;
    }
    return true;
}

static ssize_t read_range(void *ctx, uint8_t *out, size_t n)
{
    struct seekable_range *r = ctx;
    ssize_t got;

    n = n < r->to - r->at ? n : (size_t)(r->to - r->at);
    got = n ? r->source->read_at(r->source->ctx, r->at, out, n) : 0;
    r->at += got > 0 ? (uint64_t)got : 0;
    return got;
}

struct stream seekable_range_stream(struct seekable_range *range)
{
    return (struct stream){ read_range, range };
}
