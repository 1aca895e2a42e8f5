/* fuzz_sevenzip.c - any bytes as a 7z archive, and as its header: no crash, hang or much memory. */
#include <stdlib.h>

#include "base/buf.h"
#include "decode/sevenzip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct slice bytes)
{
    struct seekable source = seekable_of_bytes(&bytes);

    sevenzip_check(&source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice bytes = { data, size };
    struct buf file = { 0 };

    check(bytes);
    /* The start of a file whose header is all that follows. */
    buf_append(&file, SLICE("7z\xbc\xaf\x27\x1c\0\4\0\0\0\0\0\0\0\0\0\0\0\0"));
    for (unsigned i = 0; i < 8; i++)
        buf_byte(&file, (uint8_t)((uint64_t)size >> (8 * i)));
    buf_append(&file, SLICE("\0\0\0\0"));
    buf_append(&file, bytes);
    if (buf_status(&file))
        abort();
    check(buf_view(&file));
    buf_release(&file);
    return 0;
}
