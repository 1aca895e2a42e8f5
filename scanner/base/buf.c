/* buf.c - growth by doubling, one place that can fail. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"

/* Room for `more` bytes and the NUL. False, with the failure noted, where there is none. */
static bool reserve(struct buf *buf, size_t more)
{
    size_t max = buf->max ? buf->max : SIZE_MAX / 2;
    size_t need, cap;
    uint8_t *grown;

    if (buf->failed)
        return false;
    if (more > max || buf->len > max - more) {
        buf->failed = STATUS_LIMIT;
        return false;
    }
    need = buf->len + more + 1;
    if (need <= buf->cap)
        return true;
    cap = buf->cap ? buf->cap : 64;
    while (cap < need)
        cap *= 2;
    grown = realloc(buf->ptr, cap);
    if (!grown) {
        buf->failed = STATUS_NOMEM;
        return false;
    }
    buf->ptr = grown;
    buf->cap = cap;
    return true;
}

void buf_reserve(struct buf *buf, size_t more)
{
    reserve(buf, more);
}

void buf_append(struct buf *buf, struct slice s)
{
    if (!reserve(buf, s.len))
        return;
    if (s.len)
        memcpy(buf->ptr + buf->len, s.ptr, s.len);
    buf->len += s.len;
    buf->ptr[buf->len] = 0;
}

void buf_text(struct buf *buf, const char *text)
{
    buf_append(buf, slice_of(text));
}

void buf_byte(struct buf *buf, uint8_t byte)
{
    buf_append(buf, (struct slice){ &byte, 1 });
}

void buf_hex(struct buf *buf, const uint8_t *bytes, size_t n)
{
    if (!reserve(buf, 2 * n))
        return;
    hex_put((char *)buf->ptr + buf->len, bytes, n);
    buf->len += 2 * n;
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    int length;

    va_start(args, format);
    length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(length >= 0);
    if (!reserve(buf, (size_t)length))
        return;
    va_start(args, format);
    vsnprintf((char *)buf->ptr + buf->len, (size_t)length + 1, format, args);
    va_end(args);
    buf->len += (size_t)length;
}

enum status buf_status(const struct buf *buf)
{
    if (buf->failed == STATUS_NOMEM)
        return err_nomem();
    if (buf->failed)
        return err_set(buf->failed, "a buffer reached its maximum of %zu bytes", buf->max);
    return STATUS_OK;
}

void buf_truncate(struct buf *buf, size_t len)
{
    assert(len <= buf->len);
    buf->len = len;
    if (buf->ptr)
        buf->ptr[len] = 0;
}

void buf_reset(struct buf *buf)
{
    buf->failed = STATUS_OK;
    buf_truncate(buf, 0);
}

void buf_release(struct buf *buf)
{
    free(buf->ptr);
    *buf = (struct buf){ .max = buf->max };
}
