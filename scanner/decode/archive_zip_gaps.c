/* archive_zip_gaps.c - what lies in a zip file and its directory does not tell: members, and bytes
 * that are none. */
#include <inttypes.h>

#include "decode/archive_private.h"
#include "decode/zip.h"

/* Bytes before a member that are not looked at: what stands behind one of unknown size. */
enum { GAP_BYTES = 24 };

/* The record at the end of a zip file, without members: so that reading ends well. */
#define ZIP_END "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

/* Members that stand in a gap, and that end. */
struct members {
    struct seekable_range range;
    struct slice end;
};

static ssize_t read_members(void *ctx, uint8_t *out, size_t n)
{
    struct members *m = ctx;
    struct stream range = seekable_range_stream(&m->range), end = stream_of_bytes(&m->end);
    ssize_t got = range.read(range.ctx, out, n);

    return got ? got : end.read(end.ctx, out, n);
}

/* Where the first header of a member stands in the gap; its end where there is none. */
static uint64_t find_member(const struct seekable *source, const struct zip_gap *gap)
{
    static const uint8_t magic[] = { 'P', 'K', 3, 4 };
    uint8_t block[4096];

    for (uint64_t at = gap->from; at + sizeof(magic) <= gap->to;) {
        size_t n = gap->to - at < sizeof(block) ? (size_t)(gap->to - at) : sizeof(block);
        const uint8_t *found;

        if (!seekable_read(source, at, block, n))
            break;
        found = memmem(block, n, magic, sizeof(magic));
        if (found)
            return at + (uint64_t)(found - block);
        at += n - sizeof(magic) + 1;
    }
    return gap->to;
}

/* Bytes that are no member: a.zip!gap@4711. */
static enum status read_gap(struct budget *budget, struct seekable_range *range, const char *path,
                            unsigned depth)
{
    struct stream bytes = seekable_range_stream(range);
    struct charged charged = { budget, &bytes };
    struct stream stream = charged_stream(&charged);
    struct buf name = { 0 }, taken = { 0 };
    enum status status;

    budget->members++;
    buf_printf(&name, "%s!gap@%" PRIu64, path, range->at);
    status = buf_status(&name);
    if (!status && !budget_ends(budget, path))
        status =
            archive_hand_over(budget, &stream, buf_cstr(&name), ARCHIVE_INDEXED, depth, &taken);
    buf_release(&name);
    buf_release(&taken);
    return status;
}

enum status archive_zip_gaps(struct budget *budget, const struct archive_place *place,
                             const char *path, unsigned depth)
{
    const struct seekable *source = &place->source;
    struct buf gaps = { 0 };
    enum status status = zip_gaps(source, place->near, &gaps);
    struct zip_gap gap;

    for (size_t at = 0; !status && at < gaps.len && !budget_is_spent(budget); at += sizeof(gap)) {
        struct seekable_range bytes;
        struct members members;
        struct stream stream = { read_members, &members };

        memcpy(&gap, gaps.ptr + at, sizeof(gap));
        bytes = (struct seekable_range){ source, gap.from, find_member(source, &gap) };
        members = (struct members){ { source, bytes.to, gap.to }, SLICE(ZIP_END) };
        if (bytes.to - bytes.at > GAP_BYTES)
            status = read_gap(budget, &bytes, path, depth);
        if (!status && bytes.to < gap.to)
            status = archive_level_stream(budget, &stream, ARCHIVE_INDEXED, path, depth);
    }
    buf_release(&gaps);
    return status;
}
