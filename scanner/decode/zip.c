/*
 * zip.c - the end of the file, the directory, the header of each member.
 *
 * Layouts: PKWARE's APPNOTE 6.3.10, 4.3. Where two places tell of one thing, they have to agree.
 * What libarchive makes of names and kinds is made of them here too, and what it might see in
 * another way is left to it.
 */
#include "decode/zip.h"

#include <libdeflate.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/printable.h"

enum {
    END_BYTES = 22,           /* of the record at the end of the file, without its comment */
    END_SEARCHED = 16384,     /* bytes in which libarchive looks for it */
    END64_BYTES = 56,         /* likewise of its form for large files, */
    END64_LOCATOR_BYTES = 20, /* and of what says where that stands */
    CENTRAL_BYTES = 46,    /* of a member in the directory, without name, extra fields, comment */
    LOCAL_BYTES = 30,      /* of the header before a member, without name and extra fields */
    DESCRIPTOR_BYTES = 24, /* at most, behind a member whose size was not known before */
    FIELD_BYTES = 4,       /* of an extra field, without its content */
};

enum { FLAG_ENCRYPTED = 1, FLAG_DESCRIPTOR = 1 << 3, FLAG_STRONG = 1 << 6, FLAG_UTF8 = 1 << 11 };
enum { METHOD_STORED = 0, METHOD_DEFLATE = 8 };
enum {
    FIELD_ZIP64 = 0x0001,
    FIELD_TIME = 0x5455,
    FIELD_NAME = 0x7075,
    FIELD_MODE = 0x6c78,
    FIELD_AES = 0x9901
};

/* What stands for a number that is told in an extra field. */
#define IN_FIELD UINT32_MAX

static bool has_magic(const uint8_t *p, uint32_t magic)
{
    return read_le32(p) == magic;
}

/* --- the end --- */

struct end {
    uint64_t at, size, count; /* of the directory */
};

/* The form for large files at `at`, which has to reach up to its locator. */
static bool read_end64(const struct seekable *source, uint64_t at, uint64_t locator,
                       struct end *end)
{
    uint8_t p[END64_BYTES];

    if (at > locator || locator - at < END64_BYTES || !seekable_read(source, at, p, sizeof(p)) ||
        !has_magic(p, 0x06064b50) || read_le64(p + 4) != locator - at - 12 || read_le32(p + 16) ||
        read_le32(p + 20) || read_le64(p + 24) != read_le64(p + 32))
        return false;
    *end = (struct end){ read_le64(p + 48), read_le64(p + 40), read_le64(p + 32) };
    return end->at <= at && at - end->at == end->size;
}

static bool agrees(uint64_t told, uint64_t in_short, uint64_t stands_for)
{
    return told == in_short || in_short == stands_for;
}

/* The record at `p`, `at` in the file, in front of which `before` bytes lie in memory. */
static bool read_end(const struct seekable *source, const uint8_t *p, uint64_t at, size_t before,
                     struct end *end)
{
    const uint8_t *locator = p - END64_LOCATOR_BYTES;
    uint64_t count = read_le16(p + 10), size = read_le32(p + 12), directory = read_le32(p + 16);

    if (at + END_BYTES + read_le16(p + 20) != source->size || read_le16(p + 4) ||
        read_le16(p + 6) || count != read_le16(p + 8))
        return false;
    if (before >= END64_LOCATOR_BYTES && has_magic(locator, 0x07064b50))
        return !read_le32(locator + 4) && read_le32(locator + 16) == 1 &&
               read_end64(source, read_le64(locator + 8), at - END64_LOCATOR_BYTES, end) &&
               agrees(end->count, count, UINT16_MAX) && agrees(end->size, size, IN_FIELD) &&
               agrees(end->at, directory, IN_FIELD);
    *end = (struct end){ directory, size, count };
    return directory + size == at;
}

/* The last record that looks like the end, as libarchive finds it. */
static bool find_end(const struct seekable *source, struct end *end)
{
    size_t tail = source->size < END_SEARCHED ? (size_t)source->size : END_SEARCHED;
    uint8_t bytes[END_SEARCHED];

    if (tail < END_BYTES || !seekable_read(source, source->size - tail, bytes, tail))
        return false;
    for (size_t i = tail - END_BYTES; i > 0; i--)
        if (has_magic(bytes + i, 0x06054b50))
            return read_end(source, bytes + i, source->size - tail + i, i, end);
    return false;
}

/* --- extra fields --- */

/* What headers tell of a member, in the directory and before it. */
struct header {
    uint16_t flags, method;
    uint32_t crc;
    uint64_t packed, size, at;
    struct slice name;
    bool other; /* a field says more than is understood here */
};

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

static bool read_field(struct header *h, unsigned id, struct slice field)
{
    if (id == FIELD_ZIP64)
        return take_number(&field, &h->size) && take_number(&field, &h->packed) &&
               take_number(&field, &h->at);
    if (id == FIELD_NAME || id == FIELD_MODE || id == FIELD_AES)
        h->other = true;
    return id != FIELD_TIME || field.len;
}

/* False where they are damaged. Less than a field may stand behind them, of zeros if it is all. */
static bool read_fields(struct header *h, struct slice extra)
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
static bool is_plain_name(const struct header *h)
{
    for (size_t i = 0; i < h->name.len; i++)
        if (!h->name.ptr[i] || h->name.ptr[i] == '\\')
            return false;
    return h->name.len && (!(h->flags & FLAG_UTF8) || printable_is_utf8(h->name));
}

/*
 * By what made it and its attributes; a name with a slash at its end is a folder's. A folder that
 * holds bytes is read as a file is: they may be what somebody hides.
 */
static enum zip_member_kind kind_of(const struct header *h, const uint8_t *p)
{
    enum { UNIX = 3, DOS = 0, DOS_FOLDER = 0x10 };
    enum { TYPE = 0170000, FOLDER = 0040000, PIPE = 0010000, REGULAR = 0100000 };
    enum { FOLDER_BYTES = 16 }; /* nothing, deflated */
    uint32_t attributes = read_le32(p + 38);
    unsigned type = p[5] == UNIX ? attributes >> 16 & TYPE : 0;

    if (h->other || !is_plain_name(h) || h->flags & (FLAG_ENCRYPTED | FLAG_STRONG))
        return ZIP_OTHER;
    if (!h->size && h->packed <= FOLDER_BYTES &&
        (type == FOLDER || (p[5] == DOS && attributes & DOS_FOLDER) ||
         h->name.ptr[h->name.len - 1] == '/'))
        return ZIP_FOLDER;
    /* zip writes a pipe for what it read from one. */
    return (type == 0 || type == REGULAR || type == PIPE || type == FOLDER) &&
                   (h->method == METHOD_DEFLATE ||
                    (h->method == METHOD_STORED && h->packed == h->size)) &&
                   h->size <= LIMIT_GZIP_BYTES && h->packed <= LIMIT_GZIP_BYTES
               ? ZIP_FILE
               : ZIP_OTHER;
}

/* The member that the directory tells of at `*at`, which is moved behind it. */
static bool read_central(struct slice directory, size_t *at, struct header *h,
                         enum zip_member_kind *kind)
{
    const uint8_t *p = directory.ptr + *at;
    size_t left = directory.len - *at, name, extra, comment;

    if (left < CENTRAL_BYTES || !has_magic(p, 0x02014b50))
        return false;
    name = read_le16(p + 28);
    extra = read_le16(p + 30);
    comment = read_le16(p + 32);
    if (left - CENTRAL_BYTES < name + extra + comment)
        return false;
    *h = (struct header){ .flags = read_le16(p + 8),
                          .method = read_le16(p + 10),
                          .crc = read_le32(p + 16),
                          .packed = read_le32(p + 20),
                          .size = read_le32(p + 24),
                          .at = read_le32(p + 42),
                          .name = { p + CENTRAL_BYTES, name } };
    if (!read_fields(h, (struct slice){ p + CENTRAL_BYTES + name, extra }))
        return false;
    *kind = kind_of(h, p);
    *at += CENTRAL_BYTES + name + extra + comment;
    return true;
}

static int cmp_at(const void *left, const void *right)
{
    const struct zip_member *a = left, *b = right;

    return (a->at > b->at) - (a->at < b->at);
}

/* All members; `at` is that of their headers. */
static bool read_directory(struct zip *zip)
{
    struct slice directory = buf_view(&zip->directory);
    size_t at = 0;

    for (size_t i = 0; i < zip->count; i++) {
        struct zip_member *m = &zip->members[i];
        enum zip_member_kind kind;
        struct header h;

        if (!read_central(directory, &at, &h, &kind))
            return false;
        *m = (struct zip_member){ .at = h.at,
                                  .packed = h.packed,
                                  .size = h.size,
                                  .crc = h.crc,
                                  .name = (uint32_t)(h.name.ptr - directory.ptr),
                                  .name_len = (uint16_t)h.name.len,
                                  .deflated = h.method == METHOD_DEFLATE,
                                  .kind = (uint8_t)kind };
    }
    qsort(zip->members, zip->count, sizeof(*zip->members), cmp_at);
    return at == directory.len;
}

/* --- the headers of members --- */

/* Is the same told there, or nothing yet? */
static bool is_same(uint64_t local, uint64_t central)
{
    return local == central || local == 0;
}

/* Does the header before a member, at `p`, say the same? Then `at` is that of the member's bytes.
 */
static bool check_local(const struct zip *zip, struct zip_member *m, const uint8_t *p, size_t len,
                        uint16_t *flags)
{
    struct header h = { .at = 0 };
    size_t name, extra;

    if (len < LOCAL_BYTES || !has_magic(p, 0x04034b50))
        return false;
    name = read_le16(p + 26);
    extra = read_le16(p + 28);
    if (len < LOCAL_BYTES + name + extra)
        return false;
    h = (struct header){ .flags = read_le16(p + 6),
                         .method = read_le16(p + 8),
                         .crc = read_le32(p + 14),
                         .packed = read_le32(p + 18),
                         .size = read_le32(p + 22),
                         .name = { p + LOCAL_BYTES, name } };
    if (!slice_eq(h.name, zip_name(zip, m)) ||
        !read_fields(&h, (struct slice){ p + LOCAL_BYTES + name, extra }) ||
        !is_same(h.crc, m->crc) || !is_same(h.packed, m->packed) || !is_same(h.size, m->size))
        return false;
    if (m->kind == ZIP_FILE &&
        (h.other || h.method != (m->deflated ? METHOD_DEFLATE : METHOD_STORED) ||
         h.flags & (FLAG_ENCRYPTED | FLAG_STRONG)))
        m->kind = ZIP_OTHER;
    *flags = h.flags;
    m->at += LOCAL_BYTES + name + extra;
    return true;
}

/* Are the `len` bytes at `p` what may stand behind a member: its checksum and its sizes, of four or
 * of eight bytes, behind a mark or not? */
static bool is_descriptor(const struct zip_member *m, const uint8_t *p, size_t len)
{
    if ((len == 16 || len == 24) && has_magic(p, 0x08074b50)) {
        p += 4;
        len -= 4;
    }
    if ((len != 12 && len != 20) || read_le32(p) != m->crc)
        return false;
    return len == 12 ? read_le32(p + 4) == m->packed && read_le32(p + 8) == m->size
                     : read_le64(p + 4) == m->packed && read_le64(p + 12) == m->size;
}

/* What lies between one member's bytes and the next one's: the first one's descriptor, and the
 * other's header. One read serves both. */
enum { BETWEEN_BYTES = DESCRIPTOR_BYTES + LOCAL_BYTES + 512 };

/* Does each member follow the one before it, up to the directory at `end`? */
static bool check_members(struct zip *zip, uint64_t end)
{
    uint8_t bytes[DESCRIPTOR_BYTES + LOCAL_BYTES + 2 * UINT16_MAX];
    uint64_t at = 0; /* up to where all is known */
    uint16_t flags = 0;

    for (size_t i = 0; i <= zip->count; i++) {
        struct zip_member *m = i < zip->count ? &zip->members[i] : NULL;
        const struct zip_member *before = i ? &zip->members[i - 1] : NULL;
        uint64_t next = m ? m->at : end, gap;
        size_t len;

        if (next < at || next - at > DESCRIPTOR_BYTES || next > end)
            return false;
        gap = next - at;
        len = end - at < BETWEEN_BYTES ? (size_t)(end - at) : BETWEEN_BYTES;
        if (!seekable_read(&zip->source, at, bytes, len))
            return false;
        if (gap && (!before || !(flags & FLAG_DESCRIPTOR) || !is_descriptor(before, bytes, gap)))
            return false;
        if (!m)
            return true;
        if (len - gap >= LOCAL_BYTES) {
            size_t want =
                gap + LOCAL_BYTES + read_le16(bytes + gap + 26) + read_le16(bytes + gap + 28);

            if (want > len && want <= end - at) {
                if (!seekable_read(&zip->source, at + len, bytes + len, want - len))
                    return false;
                len = want;
            }
        }
        if (!check_local(zip, m, bytes + gap, len - gap, &flags) || m->at > end ||
            m->packed > end - m->at)
            return false;
        at = m->at + m->packed;
    }
    return true;
}

/* --- in and out --- */

static enum status load(struct zip *zip)
{
    struct end end;

    if (!find_end(&zip->source, &end) || !end.count || end.size > LIMIT_ZIP_DIRECTORY_BYTES ||
        end.count > end.size / CENTRAL_BYTES)
        return STATUS_ABSENT;
    buf_reserve(&zip->directory, (size_t)end.size);
    zip->members = calloc((size_t)end.count, sizeof(*zip->members));
    if (buf_status(&zip->directory) || !zip->members)
        return err_nomem();
    zip->count = (size_t)end.count;
    zip->directory.len = (size_t)end.size;
    return seekable_read(&zip->source, end.at, zip->directory.ptr, (size_t)end.size) &&
                   read_directory(zip) && check_members(zip, end.at)
               ? STATUS_OK
               : STATUS_ABSENT;
}

enum status zip_open(struct zip **out, const struct seekable *source)
{
    struct zip *zip = calloc(1, sizeof(*zip));
    enum status status;

    if (!zip)
        return err_nomem();
    zip->source = *source;
    status = load(zip);
    if (status)
        zip_free(zip);
    else
        *out = zip;
    return status;
}

struct slice zip_name(const struct zip *zip, const struct zip_member *member)
{
    return slice_sub(buf_view(&zip->directory), member->name,
                     (size_t)member->name + member->name_len);
}

static bool inflate(const struct zip_member *member, struct slice packed, uint8_t *out)
{
    struct libdeflate_decompressor *inflate = libdeflate_alloc_decompressor();
    size_t used = 0, got = 0;
    bool good = inflate && libdeflate_deflate_decompress_ex(inflate, packed.ptr, packed.len, out,
                                                            (size_t)member->size, &used,
                                                            &got) == LIBDEFLATE_SUCCESS;

    libdeflate_free_decompressor(inflate);
    return good && used == packed.len && got == member->size;
}

enum status zip_unpack(const struct zip_member *member, struct slice packed, struct buf *out)
{
    size_t size = (size_t)member->size;
    uint8_t *content;

    assert(member->kind == ZIP_FILE && packed.len == member->packed);
    buf_reserve(out, size + 1);
    if (buf_status(out))
        return out->failed;
    content = out->ptr + out->len;
    if (!member->deflated)
        memcpy(content, packed.ptr, size);
    else if (!inflate(member, packed, content))
        return STATUS_ABSENT;
    if (libdeflate_crc32(0, content, size) != member->crc)
        return STATUS_ABSENT;
    out->len += size;
    return STATUS_OK;
}

void zip_free(struct zip *zip)
{
    if (!zip)
        return;
    buf_release(&zip->directory);
    free(zip->members);
    free(zip);
}
