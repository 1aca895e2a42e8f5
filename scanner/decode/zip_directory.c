/*
 * zip_directory.c - the end of a zip file and the directory that it names.
 *
 * Layouts: PKWARE's APPNOTE 6.3.10, 4.3. What libarchive makes of names and kinds is made of them
 * here too, and what it might see in another way is left to it.
 */
#include "base/bytes.h"
#include "base/limits.h"
#include "base/printable.h"
#include "decode/zip_private.h"

enum {
    END_BYTES = 22,           /* of the record at the end of the file, without its comment */
    END_SEARCHED = 16384,     /* bytes in which libarchive looks for it */
    END64_BYTES = 56,         /* likewise of its form for large files, */
    END64_LOCATOR_BYTES = 20, /* and of what says where that stands */
    FIELD_BYTES = 4,          /* of an extra field, without its content */
};

enum {
    FIELD_ZIP64 = 0x0001,
    FIELD_TIME = 0x5455,
    FIELD_NAME = 0x7075,
    FIELD_MODE = 0x6c78,
    FIELD_AES = 0x9901
};

/* What stands for a number that is told in an extra field. */
#define IN_FIELD UINT32_MAX

/* --- the end --- */

/* The form for large files at `at`, which has to reach up to its locator. */
static bool read_end64(const struct seekable *source, uint64_t at, uint64_t locator,
                       struct zip_end *end)
{
    uint8_t p[END64_BYTES];

    if (at > locator || locator - at < END64_BYTES || !seekable_read(source, at, p, sizeof(p)) ||
        !zip_has_magic(p, 0x06064b50) || read_le64(p + 4) != locator - at - 12 ||
        read_le32(p + 16) || read_le32(p + 20) || read_le64(p + 24) != read_le64(p + 32))
        return false;
    *end = (struct zip_end){ .at = read_le64(p + 48),
                             .size = read_le64(p + 40),
                             .count = read_le64(p + 32) };
    return end->at <= at && at - end->at == end->size;
}

static bool agrees(uint64_t told, uint64_t in_short, uint64_t stands_for)
{
    return told == in_short || in_short == stands_for;
}

/* The record at `p`, `at` in the file, in front of which `before` bytes lie in memory. */
static bool read_end(const struct seekable *source, const uint8_t *p, uint64_t at, size_t before,
                     struct zip_end *end)
{
    const uint8_t *locator = p - END64_LOCATOR_BYTES;
    uint64_t count = read_le16(p + 10), size = read_le32(p + 12), directory = read_le32(p + 16);

    if (at + END_BYTES + read_le16(p + 20) != source->size || read_le16(p + 4) ||
        read_le16(p + 6) || count != read_le16(p + 8))
        return false;
    if (before >= END64_LOCATOR_BYTES && zip_has_magic(locator, 0x07064b50))
        return !read_le32(locator + 4) && read_le32(locator + 16) == 1 &&
               read_end64(source, read_le64(locator + 8), at - END64_LOCATOR_BYTES, end) &&
               agrees(end->count, count, UINT16_MAX) && agrees(end->size, size, IN_FIELD) &&
               agrees(end->at, directory, IN_FIELD);
    *end = (struct zip_end){ .at = directory, .size = size, .count = count };
    return directory + size == at;
}

/*
 * The form for large files that the locator at `p`, `at` in the file, tells of, if libarchive heeds
 * it: it looks where it is told to, for the record and for the directory.
 */
static bool read_any_end64(const struct seekable *source, const uint8_t *p, uint64_t at,
                           struct zip_end *end)
{
    uint64_t record = read_le64(p + 8), size;
    uint8_t r[END64_BYTES];

    if (read_le32(p + 4) || read_le32(p + 16) != 1 || at < END64_BYTES ||
        record > at - END64_BYTES || !seekable_read(source, record, r, sizeof(r)))
        return false;
    size = read_le64(r + 4);
    if (size < END64_BYTES - 12 || size > END_SEARCHED - 12 || record + size + 12 > at ||
        read_le32(r + 16) || read_le32(r + 20) || read_le64(r + 24) != read_le64(r + 32))
        return false;
    *end = (struct zip_end){ .at = read_le64(r + 48),
                             .size = read_le64(r + 40),
                             .records = record,
                             .none = record + 12 + size,
                             .none_to = at };
    end->told = end->at;
    return end->at <= record && end->size <= record - end->at;
}

/*
 * Where the directory is, is told by its length alone, but in the form for large files. Not where
 * libarchive takes no notice of the record and reads from member to member.
 */
static bool read_any_end(const struct seekable *source, const uint8_t *p, uint64_t at,
                         size_t before, struct zip_end *end)
{
    uint64_t size = read_le32(p + 12), behind = at + END_BYTES + read_le16(p + 20);
    const uint8_t *locator = p - END64_LOCATOR_BYTES;

    if (before >= END64_LOCATOR_BYTES && zip_has_magic(locator, 0x07064b50) &&
        read_any_end64(source, locator, at - END64_LOCATOR_BYTES, end)) {
        end->behind = behind;
        return true;
    }
    if (read_le16(p + 4) || read_le16(p + 6) || read_le16(p + 8) != read_le16(p + 10) ||
        size + read_le32(p + 16) > at)
        return false;
    *end = (struct zip_end){
        .at = at - size, .size = size, .told = read_le32(p + 16), .records = at, .behind = behind
    };
    return true;
}

bool zip_find_end(const struct seekable *source, bool strictly, struct zip_end *end)
{
    size_t tail = source->size < END_SEARCHED ? (size_t)source->size : END_SEARCHED;
    uint8_t bytes[END_SEARCHED];

    if (tail < END_BYTES || !seekable_read(source, source->size - tail, bytes, tail))
        return false;
    for (size_t i = tail - END_BYTES; i > 0; i--)
        if (zip_has_magic(bytes + i, 0x06054b50))
            return strictly ? read_end(source, bytes + i, source->size - tail + i, i, end)
                            : read_any_end(source, bytes + i, source->size - tail + i, i, end);
    return false;
}

/* --- extra fields --- */

/* A number of eight bytes that stands in the field, if it was not told before. */
static bool take_number(struct slice *field, uint64_t *number)
{
    if (*number != IN_FIELD)
        return true;
    if (field->len < 8 || read_le64(field->ptr) > INT64_MAX)
        return false;
    *number = read_le64(field->ptr);
    *field = slice_sub(*field, 8, field->len);
    return true;
}

static bool read_field(struct zip_header *h, unsigned id, struct slice field)
{
    if (id == FIELD_ZIP64)
        return take_number(&field, &h->size) && take_number(&field, &h->packed) &&
               take_number(&field, &h->at);
    if (id == FIELD_NAME || id == FIELD_MODE || id == FIELD_AES)
        h->other = true;
    return id != FIELD_TIME || field.len;
}

bool zip_read_fields(struct zip_header *h, struct slice extra)
{
    if (extra.len < FIELD_BYTES) {
        for (size_t i = 0; i < extra.len; i++)
            if (extra.ptr[i])
                return false;
        return true;
    }
    while (extra.len >= FIELD_BYTES) {
        size_t len = read_le16(extra.ptr + 2);

        if (len > extra.len - FIELD_BYTES ||
            !read_field(h, read_le16(extra.ptr), slice_sub(extra, FIELD_BYTES, FIELD_BYTES + len)))
            return false;
        extra = slice_sub(extra, FIELD_BYTES + len, extra.len);
    }
    return true;
}

/* --- the directory --- */

/* Can the name be told as it stands? Some tools write backslashes, which are slashes then. */
static bool is_plain_name(const struct zip_header *h)
{
    for (size_t i = 0; i < h->name.len; i++)
        if (!h->name.ptr[i] || h->name.ptr[i] == '\\')
            return false;
    return h->name.len && (!(h->flags & ZIP_UTF8) || printable_is_utf8(h->name));
}

/*
 * By what made it and its attributes; a name with a slash at its end is a folder's. A folder that
 * holds bytes is read as a file is: they may be what somebody hides.
 */
static enum zip_member_kind kind_of(const struct zip_header *h, const uint8_t *p)
{
    enum { UNIX = 3, DOS = 0, DOS_FOLDER = 0x10 };
    enum { TYPE = 0170000, FOLDER = 0040000, PIPE = 0010000, REGULAR = 0100000 };
    enum { FOLDER_BYTES = 16 }; /* nothing, deflated */
    uint32_t attributes = read_le32(p + 38);
    unsigned type = p[5] == UNIX ? attributes >> 16 & TYPE : 0;

    if (h->other || !is_plain_name(h) || h->flags & (ZIP_ENCRYPTED | ZIP_STRONG))
        return ZIP_OTHER;
    if (!h->size && h->packed <= FOLDER_BYTES &&
        (type == FOLDER || (p[5] == DOS && attributes & DOS_FOLDER) ||
         h->name.ptr[h->name.len - 1] == '/'))
        return ZIP_FOLDER;
    /* zip writes a pipe for what it read from one. */
    if ((type != 0 && type != REGULAR && type != PIPE && type != FOLDER) ||
        (h->method != ZIP_DEFLATED && (h->method != ZIP_STORED || h->packed != h->size)))
        return ZIP_OTHER;
    return h->size <= LIMIT_GZIP_BYTES && h->packed <= LIMIT_GZIP_BYTES ? ZIP_FILE : ZIP_LARGE;
}

bool zip_read_central(struct slice directory, size_t *at, struct zip_header *h,
                      enum zip_member_kind *kind)
{
    const uint8_t *p = directory.ptr + *at;
    size_t left = directory.len - *at, name, extra, comment;

    if (left < ZIP_CENTRAL_BYTES || !zip_has_magic(p, 0x02014b50))
        return false;
    name = read_le16(p + 28);
    extra = read_le16(p + 30);
    comment = read_le16(p + 32);
    if (left - ZIP_CENTRAL_BYTES < name + extra + comment)
        return false;
    *h = (struct zip_header){ .flags = read_le16(p + 8),
                              .method = read_le16(p + 10),
                              .crc = read_le32(p + 16),
                              .packed = read_le32(p + 20),
                              .size = read_le32(p + 24),
                              .at = read_le32(p + 42),
                              .name = { p + ZIP_CENTRAL_BYTES, name } };
    if (!zip_read_fields(h, (struct slice){ p + ZIP_CENTRAL_BYTES + name, extra }))
        return false;
    *kind = kind_of(h, p);
    *at += ZIP_CENTRAL_BYTES + name + extra + comment;
    return true;
}

int zip_cmp_at(const void *left, const void *right)
{
    const struct zip_member *a = left, *b = right;

    return (a->at > b->at) - (a->at < b->at);
}
