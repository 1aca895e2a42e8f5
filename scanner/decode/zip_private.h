/*
 * zip_private.h - what the files of zip.h share: the directory, as it lies.
 *
 * zip_directory.c reads it, zip.c compares it with the headers of members and unpacks these,
 * zip_gaps.c looks for what it does not tell.
 *
 * May include: base, decode/zip.h. Threads: pure.
 */
#ifndef DECODE_ZIP_PRIVATE_H
#define DECODE_ZIP_PRIVATE_H

#include "base/bytes.h"
#include "decode/zip.h"

enum {
    ZIP_CENTRAL_BYTES = 46, /* of a member in the directory, without name, extra fields, comment */
    ZIP_LOCAL_BYTES = 30,   /* of the header before a member, without name and extra fields */
    ZIP_DESCRIPTOR_BYTES = 24, /* at most, behind a member whose size was not known before */
};

enum { ZIP_ENCRYPTED = 1, ZIP_DESCRIBED = 1 << 3, ZIP_STRONG = 1 << 6, ZIP_UTF8 = 1 << 11 };
enum { ZIP_STORED = 0, ZIP_DEFLATED = 8 };

/* Does the record at `p`, of four bytes and more, begin with `magic`? */
static inline bool zip_has_magic(const uint8_t *p, uint32_t magic)
{
    return read_le32(p) == magic;
}

#define ZIP_LOCAL_MAGIC 0x04034b50u

/* Where the directory is. */
struct zip_end {
    uint64_t at, size;
    uint64_t count; /* members; 0 where it was not looked for strictly */
    /* Only there: where the record says that the directory is; where the records of the end begin
     * and where they end; and from where to where among them is none. */
    uint64_t told, records, behind, none, none_to;
};

/*
 * Find the record at the end of the file, and the directory: the last that looks like one, as
 * libarchive does. `strictly`: all that it tells has to be so, and it ends the file.
 */
bool zip_find_end(const struct seekable *source, bool strictly, struct zip_end *end);

/* What headers tell of a member, in the directory and before it. */
struct zip_header {
    uint16_t flags, method;
    uint32_t crc;
    uint64_t packed, size, at;
    struct slice name;
    bool other; /* a field says more than is understood here */
};

/* Read the extra fields. False where they are damaged. Less than a field may stand behind them, of
 * zeros if it is all. */
bool zip_read_fields(struct zip_header *h, struct slice extra);

/* Read the member that the directory tells of at `*at`, which is moved behind it. */
bool zip_read_central(struct slice directory, size_t *at, struct zip_header *h,
                      enum zip_member_kind *kind);

/* The order of members in the file, by `at`. */
int zip_cmp_at(const void *left, const void *right);

#endif
