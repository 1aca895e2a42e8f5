/*
 * finder.c - from a text to its windows and what is in them, and texts inside of texts.
 */
#include "scan/finder.h"

#include <stdlib.h>

#include "base/limits.h"
#include "decode/view.h"
#include "detect/context.h"
#include "detect/pair.h"
#include "scan/alone.h"
#include "scan/finder_private.h"

enum status finder_new(struct finder **out, const struct ruleset *set,
                       const struct databases *databases, bool ignore_marks, int64_t now)
{
    struct finder *finder = calloc(1, sizeof(*finder));
    enum status status;

    if (!finder)
        return err_nomem();
    finder->set = set;
    finder->ignore_marks = ignore_marks;
    for (size_t i = 0; i < ruleset_forms(set); i++) {
        if (ruleset_part(set, ruleset_form(set, i)->part)->role != ROLE_ID)
            form_set_add(&finder->values, i);
        if (!ruleset_form(set, i)->run)
            form_set_add(&finder->anchored, i);
    }
    finder->counted = alone_forms(set);
    status = matcher_new(&finder->matcher, set, databases);
    if (!status)
        status = confirmer_new(&finder->confirmer, set, now);
    if (status) {
        finder_free(finder);
        return status;
    }
    *out = finder;
    return STATUS_OK;
}

void finder_free(struct finder *finder)
{
    if (!finder)
        return;
    matcher_free(finder->matcher);
    confirmer_free(finder->confirmer);
    arena_release(&finder->views);
    arena_release(&finder->layers);
    free(finder);
}

/* --- the parts of a text, and of what is encoded in it --- */

static enum status find_parts(struct finder *finder, struct found *found, struct slice text,
                              const struct range *range, unsigned depth);

/* Parts [first, found->count) were read in `layer`; say where they lie in the text round it. */
static void place_in_text(struct found *found, size_t first, const struct view *layer, size_t start,
                          enum codec codec, uint64_t origin)
{
    for (size_t i = first; i < found->out->count; i++) {
        struct part *part = &found->out->parts[i];

        part->offset = start + view_source(layer, (size_t)part->offset);
        part->end = start + view_source(layer, (size_t)part->end);
        /* Layers differ by where they begin and what was undone; deeper ones by the way to them. */
        part->layer = (part->layer * CODEC_COUNT + codec) * 0x100000001b3u + origin + start + 1;
        if (part->decoded_count == CODEC_DEPTH_MAX)
            part->decoded_count--;
        memmove(part->decoded + 1, part->decoded, part->decoded_count);
        part->decoded[0] = (uint8_t)codec;
        part->decoded_count++;
    }
}

/* Decode one window and look for parts in what it gives. */
static enum status look_into(struct finder *finder, struct found *found, struct slice text,
                             const struct range *range, const struct window *window,
                             enum codec codec, unsigned depth)
{
    struct view source = { .text = slice_sub(text, window->start, window->end) }, plain, layer;
    bool escaped = codec == CODEC_BASE64 || codec == CODEC_HEX; /* its digits may be in a string */
    size_t first = found->out->count;
    struct range all = { 0 };
    enum status status;

    if (finder->layers.bytes > LIMIT_DECODED_BYTES)
        return err_set(STATUS_LIMIT, "more than %u bytes of encoded text in one place",
                       LIMIT_DECODED_BYTES);
    status = escaped ? view_make(&plain, &finder->layers, &source, SIGHT_ESCAPES) : STATUS_OK;
    if (!status)
        status = view_decode(&layer, &finder->layers, escaped ? &plain : &source, codec, 0);
    if (status)
        return status == STATUS_ABSENT ? STATUS_OK : status;
    all.to = layer.text.len;
    status = find_parts(finder, found, layer.text, &all, depth + 1);
    place_in_text(found, first, &layer, window->start, codec, range->origin);
    return status;
}

static bool is_in_range(const struct range *range, const struct window *window)
{
    return window->end > range->from && window->start < range->to;
}

/*
 * May the part pair with another one? An id so far from every secret and token that it cannot needs
 * no structure. What lies at the range's edges may pair with what is not seen here. `*other` is the
 * first secret or token that does not end out of reach before the part.
 */
static bool may_pair(const struct range *range, const struct part *parts, size_t n, size_t i,
                     size_t *other)
{
    const struct part *part = &parts[i];

    while (*other < n &&
           (parts[*other].role == ROLE_ID || parts[*other].end + PAIR_REACH_BYTES < part->offset))
        ++*other;
    return part->role != ROLE_ID || part->offset < range->from + PAIR_REACH_BYTES ||
           part->end + PAIR_REACH_BYTES > range->to ||
           (*other < n && parts[*other].offset <= part->end + PAIR_REACH_BYTES);
}

/* Read the structure round the parts that may pair, run by run of them. */
static void read_structure(struct slice text, const struct range *range, struct part *parts,
                           size_t n)
{
    size_t first = 0, other = 0;

    for (size_t i = 0; i <= n; i++) {
        if (i < n && may_pair(range, parts, n, i, &other))
            continue;
        context_structure(text, range->origin, parts + first, i - first);
        first = i + 1;
    }
}

static bool has_codecs(const struct windows *windows)
{
    for (size_t codec = CODEC_NONE + 1; codec < CODEC_COUNT; codec++)
        if (windows->count[codec])
            return true;
    return false;
}

/*
 * Count the ids that are alone, and look at the others of their kind. Every other window of the
 * text has been looked at.
 */
static enum status look_at_counted(struct finder *finder, struct found *found, struct slice text,
                                   const struct range *range, const struct windows *windows)
{
    size_t n, other = 0;
    enum status status = STATUS_OK;

    piece_parts_merge(found->out, 0);
    n = found->out->count;
    for (size_t i = 0; i < windows->count[CODEC_NONE] && status != STATUS_NOMEM; i++) {
        const struct window *window = &windows->list[CODEC_NONE][i];
        size_t form = alone_form(&finder->counted, window);
        enum status got = STATUS_ABSENT;

        if (!is_in_range(range, window) || form == SIZE_MAX)
            continue;
        if (alone_is(text, range, found->out->parts, n, window, &other))
            got = alone_count(finder->confirmer, text, range, window, form, FINDER_GUARD_BYTES,
                              &found->out->temporary_ids);
        if (got == STATUS_ABSENT)
            got = finder_look(finder, found->out, text, window);
        status = status_worse(status, got);
    }
    return status;
}

/*
 * Append the parts whose anchors' windows touch `range` of `text`, and those of what is encoded in
 * it. Their offsets count in text; their structure is filled in.
 */
static enum status find_parts(struct finder *finder, struct found *found, struct slice text,
                              const struct range *range, unsigned depth)
{
    size_t first = found->out->count;
    struct windows windows;
    enum status status = matcher_windows(finder->matcher, &finder->layers, text, &windows);
    /* What is decoded may show the same ids again, so that they must be known by their places. */
    bool count = depth == 0 && !has_codecs(&windows);

    found->block_marks |= depth == 0 && windows.block_marks;
    for (size_t i = 0; i < windows.count[CODEC_NONE] && status != STATUS_NOMEM; i++) {
        const struct window *window = &windows.list[CODEC_NONE][i];

        if (is_in_range(range, window) &&
            !(count && alone_form(&finder->counted, window) != SIZE_MAX))
            status = status_worse(status, finder_look(finder, found->out, text, window));
    }
    for (size_t i = 0; i < windows.count[WINDOWS_NEAR] && status != STATUS_NOMEM; i++)
        if (is_in_range(range, &windows.list[WINDOWS_NEAR][i]))
            status = status_worse(status, finder_look_near(finder, found->out, text,
                                                           &windows.list[WINDOWS_NEAR][i]));
    for (size_t i = 0; i < windows.count[WINDOWS_FIELDS] && status != STATUS_NOMEM; i++)
        if (is_in_range(range, &windows.list[WINDOWS_FIELDS][i]))
            status = status_worse(status, finder_look_fields(finder, found->out, text,
                                                             &windows.list[WINDOWS_FIELDS][i]));
    if (count)
        status = status_worse(status, look_at_counted(finder, found, text, range, &windows));
    if (found->out->count > first) {
        piece_parts_merge(found->out, first);
        read_structure(text, range, found->out->parts + first, found->out->count - first);
    }
    for (size_t codec = CODEC_NONE + 1; codec < CODEC_COUNT && depth < CODEC_DEPTH_MAX; codec++)
        for (size_t i = 0; i < windows.count[codec] && status != STATUS_NOMEM; i++)
            if (is_in_range(range, &windows.list[codec][i]))
                status = status_worse(status,
                                      look_into(finder, found, text, range, &windows.list[codec][i],
                                                (enum codec)codec, depth));
    return status;
}

/* --- one piece --- */

/* Count the piece's lines, from its last part on: up to there they are counted. */
static void count_lines(const struct piece *piece, struct piece_parts *out)
{
    const struct part *last = out->count ? &out->parts[out->count - 1] : NULL;
    size_t at = last ? (size_t)last->offset : piece->from;

    out->lines = context_count_lines(piece->text, at, piece->to, &out->tail);
    if (last && !out->lines)
        out->tail += last->column - 1;
    if (last)
        out->lines += last->line - 1;
}

enum status finder_piece(struct finder *finder, const struct piece *piece, struct piece_parts *out)
{
    struct range own = { piece->from, piece->to, piece->base };
    struct found found = { .out = out };
    enum status status;

    *out = (struct piece_parts){ 0 };
    arena_reset(&finder->layers);
    status = find_parts(finder, &found, piece->text, &own, 0);
    piece_parts_keep(out, piece->from, piece->to);
    piece_parts_merge(out, 0);
    context_lines(piece->text, piece->from, out->parts, out->count);
    if (piece->from > 0 ||
        piece->to < piece->text.len) /* one of several: the next wants its lines */
        count_lines(piece, out);
    status = status_worse(status, finder_apply_marks(finder, piece, &found));
    for (size_t i = 0; i < out->count; i++) {
        out->parts[i].offset += piece->base;
        out->parts[i].end += piece->base;
    }
    return status;
}

bool finder_has_anchor(struct finder *finder, struct slice text)
{
    return matcher_hits(finder->matcher, text);
}
