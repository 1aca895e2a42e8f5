/*
 * zip.c - do the headers of members say what the directory says? Then these are unpacked.
 */
#include "decode/zip.h"

#include <libdeflate.h>
#include <stdlib.h>

#include "base/limits.h"
#include "decode/zip_private.h"

/* --- the directory --- */

/* All members; `at` is that of their headers. */
static bool read_directory(struct zip *zip)
{
    struct slice directory = buf_view(&zip->directory);
    size_t at = 0;

    for (size_t i = 0; i < zip->count; i++) {
        struct zip_member *m = &zip->members[i];
        enum zip_member_kind kind;
        struct zip_header h;

        if (!zip_read_central(directory, &at, &h, &kind))
            return false;
        *m = (struct zip_member){ .at = h.at,
                                  .packed = h.packed,
                                  .size = h.size,
                                  .crc = h.crc,
                                  .name = (uint32_t)(h.name.ptr - directory.ptr),
                                  .name_len = (uint16_t)h.name.len,
                                  .deflated = h.method == ZIP_DEFLATED,
                                  .kind = (uint8_t)kind };
    }
    qsort(zip->members, zip->count, sizeof(*zip->members), zip_cmp_at);
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
    struct zip_header h = { .at = 0 };
    size_t name, extra;

    if (len < ZIP_LOCAL_BYTES || !zip_has_magic(p, ZIP_LOCAL_MAGIC))
        return false;
    name = read_le16(p + 26);
    extra = read_le16(p + 28);
    if (len < ZIP_LOCAL_BYTES + name + extra)
        return false;
    h = (struct zip_header){ .flags = read_le16(p + 6),
                             .method = read_le16(p + 8),
                             .crc = read_le32(p + 14),
                             .packed = read_le32(p + 18),
                             .size = read_le32(p + 22),
                             .name = { p + ZIP_LOCAL_BYTES, name } };
    if (!slice_eq(h.name, zip_name(zip, m)) ||
        !zip_read_fields(&h, (struct slice){ p + ZIP_LOCAL_BYTES + name, extra }) ||
        !is_same(h.crc, m->crc) || !is_same(h.packed, m->packed) || !is_same(h.size, m->size))
        return false;
    if (m->kind != ZIP_FOLDER &&
        (h.other || h.method != (m->deflated ? ZIP_DEFLATED : ZIP_STORED) ||
         h.flags & (ZIP_ENCRYPTED | ZIP_STRONG)))
        m->kind = ZIP_OTHER;
    *flags = h.flags;
    m->at += ZIP_LOCAL_BYTES + name + extra;
    return true;
}

/* Are the `len` bytes at `p` what may stand behind a member: its checksum and its sizes, of four or
 * of eight bytes, behind a mark or not? */
static bool is_descriptor(const struct zip_member *m, const uint8_t *p, size_t len)
{
    if ((len == 16 || len == 24) && zip_has_magic(p, 0x08074b50)) {
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
enum { BETWEEN_BYTES = ZIP_DESCRIPTOR_BYTES + ZIP_LOCAL_BYTES + 512 };

/* Does each member follow the one before it, up to the directory at `end`? */
static bool check_members(struct zip *zip, uint64_t end)
{
    uint8_t bytes[ZIP_DESCRIPTOR_BYTES + ZIP_LOCAL_BYTES + 2 * UINT16_MAX];
    uint64_t at = 0; /* up to where all is known */
    uint16_t flags = 0;

    for (size_t i = 0; i <= zip->count; i++) {
        struct zip_member *m = i < zip->count ? &zip->members[i] : NULL;
        const struct zip_member *before = i ? &zip->members[i - 1] : NULL;
        uint64_t next = m ? m->at : end, gap;
        size_t len;

        if (next < at || next - at > ZIP_DESCRIPTOR_BYTES || next > end)
            return false;
        gap = next - at;
        len = end - at < BETWEEN_BYTES ? (size_t)(end - at) : BETWEEN_BYTES;
        if (!seekable_read(&zip->source, at, bytes, len))
            return false;
        if (gap && (!before || !(flags & ZIP_DESCRIBED) || !is_descriptor(before, bytes, gap)))
            return false;
        if (!m)
            return true;
        if (len - gap >= ZIP_LOCAL_BYTES) {
            size_t want =
                gap + ZIP_LOCAL_BYTES + read_le16(bytes + gap + 26) + read_le16(bytes + gap + 28);

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
    struct zip_end end;

    if (!zip_find_end(&zip->source, true, &end) || !end.count ||
        end.size > LIMIT_ZIP_DIRECTORY_BYTES || end.count > end.size / ZIP_CENTRAL_BYTES)
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
    out->ptr[out->len] = 0;
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
