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
    MAGIC(0, "BZh", ARCHIVE_COMPRESSED),
    MAGIC(0,
          "\xfd"
          "7zXZ\x00",
          ARCHIVE_LZMA),
    MAGIC(0, "\x28\xb5\x2f\xfd", ARCHIVE_COMPRESSED), /* zstd */
    MAGIC(0, "\x04\x22\x4d\x18", ARCHIVE_COMPRESSED), /* lz4 */
    MAGIC(0, "LZIP", ARCHIVE_LZMA),
    MAGIC(0, "\x1f\x9d", ARCHIVE_COMPRESSED), /* compress */
    MAGIC(0, "PK\x03\x04", ARCHIVE_INDEXED),
    MAGIC(0, "PK\x05\x06", ARCHIVE_INDEXED), /* an empty zip */
    MAGIC(0, "7z\xbc\xaf\x27\x1c", ARCHIVE_SEVENZIP),
    MAGIC(0, "Rar!\x1a\x07", ARCHIVE_CONTAINER),
    MAGIC(0, "!<arch>\n", ARCHIVE_CONTAINER),
    MAGIC(0, "070701", ARCHIVE_CONTAINER), /* cpio */
    MAGIC(0, "070702", ARCHIVE_CONTAINER),
    MAGIC(0, "070707", ARCHIVE_CONTAINER),
    MAGIC(0, "\xed\xab\xee\xdb", ARCHIVE_COMPRESSED), /* rpm: a header and a stream */
    MAGIC(0, "MSCF\x00\x00\x00\x00", ARCHIVE_CONTAINER),
    MAGIC(0, "%PDF-", ARCHIVE_PDF),
    MAGIC(32769, "CD001", ARCHIVE_INDEXED), /* ISO 9660 */
    MAGIC(257, "ustar", ARCHIVE_CONTAINER),
};

/* Flags that nobody has given a meaning are no gzip's (RFC 1952, 2.3.1.2). */
static bool is_gzip(struct slice head)
{
    return head.len >= 3 && memcmp(head.ptr, "\x1f\x8b\x08", 3) == 0 &&
           (head.len == 3 || !(head.ptr[3] & 0xe0));
}

/*
 * The old form of lzma has no magic number: a byte of properties (that which all tools write), the
 * size of the dictionary, 2^n or 2^n + 2^(n-1), and the size of the content, which is not known or
 * below 256 GiB, as xz takes it for one too. The first byte of what it codes is 0.
 */
static bool is_lzma(struct slice head)
{
    uint32_t dictionary = 0;
    uint64_t size = 0;

    if (head.len < 14 || head.ptr[0] != 0x5d || head.ptr[13])
        return false;
    for (size_t i = 4; i; i--)
        dictionary = dictionary << 8 | head.ptr[i];
    for (size_t i = 12; i > 4; i--)
        size = size << 8 | head.ptr[i];
    if (dictionary < 4096 || (size != UINT64_MAX && size >= 1ull << 38))
        return false;
    while (!(dictionary & 1))
        dictionary >>= 1;
    return dictionary == 1 || dictionary == 3;
}

enum archive_kind archive_sniff(struct slice head)
{
    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
        const struct magic *m = &magics[i];

        if (head.len >= m->offset + m->len && memcmp(head.ptr + m->offset, m->bytes, m->len) == 0)
            return m->kind;
    }
    if (is_gzip(head))
        return ARCHIVE_GZIP;
    return is_lzma(head) ? ARCHIVE_LZMA : ARCHIVE_NONE;
}
