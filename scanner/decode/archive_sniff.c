/* archive_sniff.c - what a document is, by its first bytes. */
#include "decode/archive.h"

struct magic {
    size_t offset;
    const char *bytes;
    size_t len;
    enum archive_kind kind;
};

#define MAGIC(offset, bytes, kind)             \
    {                                          \
        offset, bytes, sizeof(bytes) - 1, kind \
    }

static const struct magic magics[] = {
    MAGIC(0, "\x1f\x8b\x08", ARCHIVE_GZIP),
    MAGIC(0, "BZh", ARCHIVE_COMPRESSED),
    MAGIC(0,
          "\xfd"
          "7zXZ\x00",
          ARCHIVE_COMPRESSED),
    MAGIC(0, "\x28\xb5\x2f\xfd", ARCHIVE_COMPRESSED), /* zstd */
    MAGIC(0, "\x04\x22\x4d\x18", ARCHIVE_COMPRESSED), /* lz4 */
    MAGIC(0, "LZIP", ARCHIVE_COMPRESSED),
    MAGIC(0, "\x1f\x9d", ARCHIVE_COMPRESSED), /* compress */
    MAGIC(0, "PK\x03\x04", ARCHIVE_INDEXED),
    MAGIC(0, "PK\x05\x06", ARCHIVE_INDEXED), /* an empty zip */
    MAGIC(0, "7z\xbc\xaf\x27\x1c", ARCHIVE_INDEXED),
    MAGIC(0, "Rar!\x1a\x07", ARCHIVE_CONTAINER),
    MAGIC(0, "!<arch>\n", ARCHIVE_CONTAINER),
    MAGIC(0, "070701", ARCHIVE_CONTAINER), /* cpio */
    MAGIC(0, "070702", ARCHIVE_CONTAINER),
    MAGIC(0, "070707", ARCHIVE_CONTAINER),
    MAGIC(0, "\xed\xab\xee\xdb", ARCHIVE_CONTAINER), /* rpm */
    MAGIC(0, "MSCF\x00\x00\x00\x00", ARCHIVE_CONTAINER),
    MAGIC(257, "ustar", ARCHIVE_CONTAINER),
};

enum archive_kind archive_sniff(struct slice head)
{
    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
        const struct magic *m = &magics[i];

        if (head.len >= m->offset + m->len && memcmp(head.ptr + m->offset, m->bytes, m->len) == 0)
            return m->kind;
    }
    return ARCHIVE_NONE;
}
