/*
 * finder_marks.c - the marks of people in the text of a piece.
 *
 * Marks are looked for only where there is something that they could allow, here or behind.
 */
#include "detect/context.h"
#include "scan/finder_private.h"

/* Bytes round a value in which a mark may stand that speaks for it: how far it speaks (see
 * context.c), and the longest mark by far. */
enum { MARK_REACH_BYTES = 4096 };

/*
 * Look for the marks round each run of parts and nowhere else: only a mark that opens or closes a
 * block counts from afar.
 */
static enum status apply_near(struct finder *finder, const struct piece *piece, struct part *parts,
                              size_t n)
{
    enum status status = STATUS_OK;
    const struct mark *marks;
    size_t count;

    for (size_t first = 0, last; first < n && !status; first = last) {
        size_t start = (size_t)parts[first].offset, end = (size_t)parts[first].end;

        for (last = first + 1; last < n && parts[last].offset <= end + 2 * MARK_REACH_BYTES; last++)
            end = parts[last].end > end ? (size_t)parts[last].end : end;
        start = start > MARK_REACH_BYTES ? start - MARK_REACH_BYTES : 0;
        end = piece->text.len - end > MARK_REACH_BYTES ? end + MARK_REACH_BYTES : piece->text.len;
        status = matcher_marks(finder->matcher, piece->text, start, end, &marks, &count);
        if (!status)
            context_apply_marks(piece->text, piece->from, piece->to, marks, count, parts + first,
                                last - first);
    }
    return status;
}

enum status finder_apply_marks(struct finder *finder, const struct piece *piece,
                               const struct found *found)
{
    struct piece_parts *out = found->out;
    const struct mark *marks;
    size_t n;
    enum status status;

    if (finder->ignore_marks || (!out->count && !found->block_marks))
        return STATUS_OK;
    if (!found->block_marks)
        return apply_near(finder, piece, out->parts, out->count);
    status = matcher_marks(finder->matcher, piece->text, 0, piece->text.len, &marks, &n);
    if (!status)
        out->block = context_apply_marks(piece->text, piece->from, piece->to, marks, n, out->parts,
                                         out->count);
    return status;
}
