/* fuzz_zip.c - any bytes as a zip file, and each member of it: no crash, and nothing outside. */
#include <stdlib.h>

#include "decode/zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void unpack(const struct zip *zip, const struct zip_member *m, struct slice bytes)
{
    struct slice packed = slice_sub(bytes, (size_t)m->at, (size_t)(m->at + m->packed));
    struct buf content = { 0 };

    if (m->size <= 64 * 1024 && !zip_unpack(m, packed, &content) && content.len != m->size)
        abort();
    if (!zip_name(zip, m).len)
        abort();
    buf_release(&content);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice bytes = { data, size };
    struct seekable source = seekable_of_bytes(&bytes);
    struct buf gaps = { 0 };
    struct zip *zip;

    if (zip_gaps(&source, size % 2, &gaps))
        abort();
    for (size_t at = 0; at < gaps.len; at += sizeof(struct zip_gap)) {
        struct zip_gap gap;

        memcpy(&gap, gaps.ptr + at, sizeof(gap));
        if (gap.from >= gap.to || gap.to > size)
            abort();
    }
    buf_release(&gaps);
    if (zip_open(&zip, &source))
        return 0;
    for (size_t i = 0; i < zip->count; i++)
        if (zip->members[i].kind == ZIP_FILE)
            unpack(zip, &zip->members[i], bytes);
    zip_free(zip);
    return 0;
}
