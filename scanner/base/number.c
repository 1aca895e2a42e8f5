/* number.c - commas, words and units. */
#include "base/number.h"

#include <inttypes.h>

void number_put(struct buf *out, uint64_t number)
{
    if (number >= 1000) {
        number_put(out, number / 1000);
        buf_printf(out, ",%03" PRIu64, number % 1000);
    } else {
        buf_printf(out, "%" PRIu64, number);
    }
}

void number_put_of(struct buf *out, uint64_t number, const char *one, const char *many)
{
    number_put(out, number);
    buf_byte(out, ' ');
    buf_text(out, number == 1 ? one : many);
}

void number_put_size(struct buf *out, uint64_t bytes)
{
    static const char *const units[] = { "kB", "MB", "GB", "TB", "PB", "EB" };
    uint64_t unit = 1000;
    size_t i = 0;

    if (bytes < unit) {
        number_put_of(out, bytes, "byte", "bytes");
        return;
    }
    for (; bytes / unit >= 1000; i++)
        unit *= 1000;
    buf_printf(out, "%" PRIu64 ".%" PRIu64 " %s", bytes / unit, bytes % unit / (unit / 10),
               units[i]);
}
