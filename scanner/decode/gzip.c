/* gzip.c - libdeflate, which wants the whole input and knows the size of the output. */
#include "decode/gzip.h"

#include <libdeflate.h>

#include "base/limits.h"

enum status gzip_inflate(struct slice packed, struct buf *out)
{
    struct libdeflate_decompressor *inflate = libdeflate_alloc_decompressor();
    enum status status = inflate ? STATUS_OK : err_nomem();

    while (packed.len && !status) {
        const uint8_t *end = packed.ptr + packed.len;
        size_t size = packed.len < 18 ? SIZE_MAX
                                      : end[-4] | (size_t)end[-3] << 8 | (size_t)end[-2] << 16 |
                                            (size_t)end[-1] << 24;
        size_t used, got;

        if (size > LIMIT_GZIP_BYTES || out->len + size > LIMIT_GZIP_BYTES) {
            status = STATUS_ABSENT;
            break;
        }
        buf_reserve(out, size + 1);
        if ((status = buf_status(out)))
            break;
        if (libdeflate_gzip_decompress_ex(inflate, packed.ptr, packed.len, out->ptr + out->len,
                                          size, &used, &got) != LIBDEFLATE_SUCCESS) {
            status = STATUS_ABSENT;
            break;
        }
        out->len += got;
        packed = slice_sub(packed, used, packed.len);
    }
    libdeflate_free_decompressor(inflate);
    return status;
}
