/*
 * buf.h - a growable run of bytes with a maximum.
 *
 * A failed append (memory, or the maximum) is remembered and later appends do nothing, so a run of
 * appends is checked once, with buf_status(). After any append the bytes are followed by a NUL
 * that is not counted. {0} is a valid buffer without a maximum of its own (SIZE_MAX / 2 holds).
 *
 * Threads: one owner at a time.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/slice.h"
#include "base/status.h"

struct buf {
    uint8_t *ptr;
    size_t len, cap; /* bytes */
    size_t max;      /* most bytes that may be held; 0: no maximum of its own */
    enum status failed;
};

void buf_append(struct buf *buf, struct slice s);
void buf_text(struct buf *buf, const char *text);
void buf_byte(struct buf *buf, uint8_t byte);
void buf_hex(struct buf *buf, const uint8_t *bytes, size_t n); /* two small digits each */
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Make room for `more` bytes behind those held, for a caller who writes there and then adds to len.
 */
void buf_reserve(struct buf *buf, size_t more);

/* STATUS_OK, or the first failure (text set) since the last reset. */
enum status buf_status(const struct buf *buf);

/* The bytes held; borrowed until the next append, reset or release. */
static inline struct slice buf_view(const struct buf *buf)
{
    return (struct slice){ buf->ptr, buf->len };
}

/* The same as a C string; "" where nothing was appended. */
static inline const char *buf_cstr(const struct buf *buf)
{
    return buf->ptr ? (const char *)buf->ptr : "";
}

/* Cut back to `len` bytes, at most the length held (asserted). */
void buf_truncate(struct buf *buf, size_t len);

/* Drop the bytes and the failure, keep the memory. */
void buf_reset(struct buf *buf);

/* Free the memory; the buffer is then {0} but for its maximum. */
void buf_release(struct buf *buf);

#endif
