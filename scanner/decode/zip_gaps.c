/* zip_gaps.c - the bytes of a zip file that no member of the directory has. */
#include <stdlib.h>

#include "base/limits.h"
#include "decode/zip_private.h"

/* Fewer bytes than a key id and its secret have. The extra fields of a member's header, with what
 * follows one of unknown size, are 44 as zip writes them, and none to 16 as most others do. */
enum { USUAL_BYTES = 59 };

static void put_gap(struct buf *gaps, uint64_t from, uint64_t to)
{
    struct zip_gap gap = { from, to };

    if (to > from && to - from > ZIP_DESCRIPTOR_BYTES)
        buf_append(gaps, (struct slice){ (const uint8_t *)&gap, sizeof(gap) });
}

/* The end of member `m`, whose header is at `at`; `at` where there is none. */
static uint64_t member_end(const struct seekable *source, uint64_t at, const struct zip_member *m)
{
    uint64_t packed = m->packed;
    uint8_t p[ZIP_LOCAL_BYTES];

    if (!seekable_read(source, at, p, sizeof(p)) || !zip_has_magic(p, ZIP_LOCAL_MAGIC))
        return at;
    at += ZIP_LOCAL_BYTES + read_le16(p + 26) + read_le16(p + 28);
    return packed > UINT64_MAX - at ? UINT64_MAX : at + packed;
}

/* May `next` be where the member ends, by what is usual? */
static bool ends_at(uint64_t at, const struct zip_member *m, uint64_t next)
{
    uint64_t bare = ZIP_LOCAL_BYTES + m->name_len;

    return next >= at && next - at >= bare && m->packed <= next - at - bare &&
           next - at - bare - m->packed <= USUAL_BYTES;
}

/* All that the directory tells of, as far as it can be read; `at` is that of headers. */
static enum status load_any(struct zip *zip, const struct zip_end *end)
{
    struct zip_header h;
    enum zip_member_kind kind;
    size_t at = 0;

    buf_reserve(&zip->directory, (size_t)end->size + 1);
    if (buf_status(&zip->directory) ||
        !seekable_read(&zip->source, end->at, zip->directory.ptr, (size_t)end->size))
        return buf_status(&zip->directory) ? STATUS_NOMEM : STATUS_ABSENT;
    zip->directory.len = (size_t)end->size;
    while (zip_read_central(buf_view(&zip->directory), &at, &h, &kind))
        zip->count++;
    zip->members = calloc(zip->count + 1, sizeof(*zip->members));
    if (!zip->members)
        return err_nomem();
    at = 0;
    for (size_t i = 0; i < zip->count; i++) {
        zip_read_central(buf_view(&zip->directory), &at, &h, &kind);
        zip->members[i] =
            (struct zip_member){ .at = h.at, .packed = h.packed, .name_len = (uint16_t)h.name.len };
    }
    qsort(zip->members, zip->count, sizeof(*zip->members), zip_cmp_at);
    return zip->count || !end->size ? STATUS_OK : STATUS_ABSENT;
}

/* What lies before, between and behind the members that `zip` holds. */
static void find_gaps(const struct zip *zip, const struct zip_end *end, bool near, struct buf *gaps)
{
    uint64_t moved = end->at - end->told; /* what was put before the file has moved all in it */
    uint64_t known = 0;

    for (size_t i = 0; i < zip->count; i++) {
        const struct zip_member *m = &zip->members[i];
        uint64_t at = m->at + moved;
        uint64_t next = i + 1 < zip->count ? m[1].at + moved : end->at;
        uint64_t to = !near && ends_at(at, m, next) ? next : member_end(&zip->source, at, m);

        put_gap(gaps, known, at < end->at ? at : end->at);
        known = to > known ? to : known;
    }
    put_gap(gaps, known, end->at);
    put_gap(gaps, end->at + end->size, end->records);
    put_gap(gaps, end->none, end->none_to);
    put_gap(gaps, end->behind, zip->source.size);
}

enum status zip_gaps(const struct seekable *source, bool near, struct buf *gaps)
{
    struct zip zip = { .source = *source };
    struct zip_end end;
    enum status status = STATUS_ABSENT;
    uint8_t mark[2];

    if (!zip_find_end(source, false, &end) || !seekable_read(source, 0, mark, sizeof(mark)) ||
        memcmp(mark, "PK", 2) != 0)
        return STATUS_OK;
    if (end.size <= LIMIT_ZIP_DIRECTORY_BYTES)
        status = load_any(&zip, &end);
    if (!status)
        find_gaps(&zip, &end, near, gaps);
    buf_release(&zip.directory);
    free(zip.members);
    return status == STATUS_NOMEM || gaps->failed ? STATUS_NOMEM : STATUS_OK;
}
