/*
 * finder.c - windows round anchors, views of windows, values in views, and texts inside of texts.
 */
#include "scan/finder.h"

#include <stdlib.h>

#include "base/limits.h"
#include "decode/runs.h"
#include "decode/view.h"
#include "detect/context.h"
#include "detect/pair.h"
#include "scan/alone.h"

/*
 * Bytes beyond a window that its view shows, so that values and labels at its edge are seen whole;
 * before values near an id more, for their name may be that of the block which they stand in.
 */
enum { GUARD_BYTES = 144, NEAR_GUARD_BYTES = 640 };

/* Bytes round a value in which a mark may stand that speaks for it: how far it speaks (see
 * context.c), and the longest mark by far. */
enum { MARK_REACH_BYTES = 4096 };

struct finder {
    const struct ruleset *set;
    bool ignore_marks;
    struct matcher *matcher;
    struct confirmer *confirmer;
    struct form_set values;  /* of secrets and tokens, which may lie encoded by themselves */
    struct form_set counted; /* of ids that are only counted where they are alone */
    struct arena views;      /* reset per window */
    struct arena layers;     /* windows and decoded texts; reset per piece */
};

enum status finder_new(struct finder **out, const struct ruleset *set,
                       const struct databases *databases, bool ignore_marks, int64_t now)
{
    struct finder *finder = calloc(1, sizeof(*finder));
    enum status status;

    if (!finder)
        return err_nomem();
    finder->set = set;
    finder->ignore_marks = ignore_marks;
    for (size_t i = 0; i < ruleset_forms(set); i++)
        if (ruleset_part(set, ruleset_form(set, i)->part)->role != ROLE_ID)
            form_set_add(&finder->values, i);
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

/* Runs of so many digits and more may hold a secret access key by itself. */
static const size_t coded_secret_digits[CODEC_COUNT] = { [CODEC_BASE64] = 52, [CODEC_HEX] = 80 };

/* Bytes round a joint of two literals in which the whole value stands. */
enum { JOINED_BYTES = 128 };

/* Parts as they are found; offsets count in the text that is being looked at. */
struct found {
    struct piece_parts *out;
    size_t cap;
    bool block_marks; /* stand in the document itself */
    bool failed;
};

/* A window of a text, seen through one view. */
struct sighting {
    struct found *found;
    const struct window *window;
    const struct view *view;
    size_t source;    /* where the view's source begins in the text */
    enum codec codec; /* that the view undoes in place */
    bool near;        /* values without a label are looked for, not the forms' */
};

static bool reserve_part(struct found *found)
{
    size_t cap = found->cap ? found->cap * 2 : 32;
    struct part *grown;

    if (found->out->count < found->cap)
        return true;
    grown = realloc(found->out->parts, cap * sizeof(*grown));
    if (!grown)
        return false;
    found->out->parts = grown;
    found->cap = cap;
    return true;
}

/* Keep a part that begins in the window: what begins outside is seen by another. */
static void take_part(void *ctx, const struct part *seen)
{
    struct sighting *s = ctx;
    struct found *found = s->found;
    size_t start = s->source + view_source(s->view, (size_t)seen->offset);
    size_t end = s->source + view_source(s->view, (size_t)seen->end);
    bool expanded = end - start > seen->value.len + seen->value.len / 8;
    struct part part = *seen;

    /* What lies in the clear is seen in the clear, where nothing round it is decoded. */
    if (start < s->window->start || start >= s->window->end || (s->codec && !expanded))
        return;
    part.value = arena_copy(&found->out->arena, seen->value);
    if (!part.value.ptr || !reserve_part(found)) {
        found->failed = true;
        return;
    }
    part.offset = start;
    part.end = end;
    if (s->codec) {
        part.decoded[0] = (uint8_t)s->codec;
        part.decoded_count = 1;
    }
    found->out->parts[found->out->count++] = part;
}

static enum status confirm(struct finder *finder, struct sighting *s, const struct view *view,
                           enum codec codec)
{
    s->view = view;
    s->codec = codec;
    if (s->near)
        return confirm_runs(finder->confirmer, view->text, take_part, s);
    return confirm_view(finder->confirmer, view->text, &s->window->forms, take_part, s);
}

/* The worse of two: a pattern that gave up is worse than nothing, and memory worse than that. */
static enum status worse(enum status a, enum status b)
{
    if (a == STATUS_NOMEM || b == STATUS_NOMEM)
        return STATUS_NOMEM;
    return a < 0 ? a : b < 0 ? b : STATUS_OK;
}

/* Look at one window in every way that shows something else. */
static enum status look_at(struct finder *finder, struct found *found, struct slice text,
                           const struct window *window, bool near)
{
    static const enum sight further[] = { SIGHT_ESCAPES, SIGHT_FORM, SIGHT_QUOTED_PRINTABLE,
                                          SIGHT_JOINED };
    size_t before = near ? NEAR_GUARD_BYTES : GUARD_BYTES;
    size_t start = window->start > before ? window->start - before : 0;
    size_t end = text.len - window->end > GUARD_BYTES ? window->end + GUARD_BYTES : text.len;
    struct view source = { .text = slice_sub(text, start, end) }, plain, other;
    struct sighting s = { .found = found, .window = window, .source = start, .near = near };
    enum status status, got;

    arena_reset(&finder->views);
    if ((status = view_make(&plain, &finder->views, &source, SIGHT_ESCAPES)))
        return status;
    status = confirm(finder, &s, &plain, CODEC_NONE);
    for (size_t i = 0; i < sizeof(further) / sizeof(further[0]); i++) {
        /* Escapes inside of escapes (&amp;#43;) and joined literals are seen when the outer ones
         * are undone. */
        bool inner = further[i] == SIGHT_ESCAPES || further[i] == SIGHT_JOINED;

        if (further[i] == SIGHT_ESCAPES && !plain.runs)
            continue;
        got = view_make(&other, &finder->views, inner ? &plain : &source, further[i]);
        if (!got && (other.runs || further[i] != SIGHT_ESCAPES))
            got = confirm(finder, &s, &other, CODEC_NONE);
        status = worse(status, got);
    }
    for (size_t codec = 0; codec < CODEC_COUNT; codec++) {
        if (!coded_secret_digits[codec] ||
            !(near || form_set_meets(&window->forms, &finder->values)))
            continue;
        got = view_decode(&other, &finder->views, &plain, (enum codec)codec,
                          coded_secret_digits[codec]);
        if (!got)
            got = confirm(finder, &s, &other, (enum codec)codec);
        status = worse(status, got);
    }
    return found->failed ? err_nomem() : status;
}

/* Windows near ids that touch are looked at as one. */
struct near {
    struct finder *finder;
    struct found *found;
    struct slice text;
    struct window window; /* not looked at yet; empty before the first */
    enum status status;
};

static void near_flush(struct near *near)
{
    if (near->window.end)
        near->status = worse(near->status,
                             look_at(near->finder, near->found, near->text, &near->window, true));
    near->window.end = 0;
}

/* Bytes [start, end) are to be looked at; they begin no earlier than the last ones. */
static void near_add(struct near *near, size_t start, size_t end)
{
    if (near->window.end && start <= near->window.end + NEAR_GUARD_BYTES) {
        near->window.end = end > near->window.end ? end : near->window.end;
        return;
    }
    near_flush(near);
    near->window = (struct window){ .start = start, .end = end };
}

/* Look at the runs near ids that may be secrets without a label. */
static enum status look_near(struct finder *finder, struct found *found, struct slice text,
                             const struct window *window)
{
    struct near near = { .finder = finder, .found = found, .text = text };
    struct slice seen = slice_sub(text, window->start, window->end);
    struct run run;
    size_t n;
    const size_t *lengths = ruleset_run_lengths(finder->set, &n);

    for (size_t at = 0; n && runs_next(seen, at, lengths, n, &run); at = run.end)
        near_add(&near, window->start + run.start, window->start + run.end);
    near_flush(&near);
    for (size_t at = 0; runs_next_joint(seen, at, &run); at = run.end) {
        size_t start = run.start > JOINED_BYTES ? run.start - JOINED_BYTES : 0;
        size_t end = seen.len - run.end > JOINED_BYTES ? run.end + JOINED_BYTES : seen.len;

        near_add(&near, window->start + start, window->start + end);
    }
    near_flush(&near);
    return near.status;
}

/*
 * By offset; of several sightings of one value the one with the stronger label first, and then the
 * one in the document itself.
 */
static int by_offset(const void *a, const void *b)
{
    const struct part *left = a, *right = b;
    int order;

    if (left->offset != right->offset)
        return left->offset < right->offset ? -1 : 1;
    if (left->kind != right->kind)
        return left->kind < right->kind ? -1 : 1;
    if (left->label != right->label)
        return left->label > right->label ? -1 : 1;
    if (left->layer != right->layer)
        return left->layer < right->layer ? -1 : 1;
    order = slice_cmp(left->value, right->value);
    return order ? order : (left->end > right->end) - (left->end < right->end);
}

/*
 * Do both say what stands at one place? Different values that are read in the same way stand at
 * different places.
 */
static bool is_same(const struct part *a, const struct part *b)
{
    return a->offset == b->offset && a->kind == b->kind &&
           (a->layer != b->layer || a->decoded_count != b->decoded_count ||
            slice_eq(a->value, b->value));
}

/* Sort parts and keep one of those that are the same value at the same place. Returns how many. */
static size_t sort_and_merge(struct part *parts, size_t n)
{
    size_t kept = 0;

    if (n < 2)
        return n;
    qsort(parts, n, sizeof(*parts), by_offset);
    for (size_t i = 1; i < n; i++)
        if (!is_same(&parts[kept], &parts[i]))
            parts[++kept] = parts[i];
    return kept + 1;
}

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
    size_t n = sort_and_merge(found->out->parts, found->out->count), other = 0;
    enum status status = STATUS_OK;

    found->out->count = n;
    for (size_t i = 0; i < windows->count[CODEC_NONE] && status != STATUS_NOMEM; i++) {
        const struct window *window = &windows->list[CODEC_NONE][i];
        size_t form = alone_form(&finder->counted, window);
        enum status got = STATUS_ABSENT;

        if (!is_in_range(range, window) || form == SIZE_MAX)
            continue;
        if (alone_is(text, range, found->out->parts, n, window, &other))
            got = alone_count(finder->confirmer, text, range, window, form, GUARD_BYTES,
                              &found->out->temporary_ids);
        if (got == STATUS_ABSENT)
            got = look_at(finder, found, text, window, false);
        status = worse(status, got);
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
            status = worse(status, look_at(finder, found, text, window, false));
    }
    for (size_t i = 0; i < windows.count[WINDOWS_NEAR] && status != STATUS_NOMEM; i++)
        if (is_in_range(range, &windows.list[WINDOWS_NEAR][i]))
            status = worse(status, look_near(finder, found, text, &windows.list[WINDOWS_NEAR][i]));
    if (count)
        status = worse(status, look_at_counted(finder, found, text, range, &windows));
    if (found->out->count > first) {
        struct part *mine = found->out->parts + first;
        size_t n = sort_and_merge(mine, found->out->count - first);

        found->out->count = first + n;
        read_structure(text, range, mine, n);
    }
    for (size_t codec = CODEC_NONE + 1; codec < CODEC_COUNT && depth < CODEC_DEPTH_MAX; codec++)
        for (size_t i = 0; i < windows.count[codec] && status != STATUS_NOMEM; i++)
            if (is_in_range(range, &windows.list[codec][i]))
                status =
                    worse(status, look_into(finder, found, text, range, &windows.list[codec][i],
                                            (enum codec)codec, depth));
    return status;
}

/* --- one piece --- */

/* Keep the parts that begin in the piece: its neighbours find the others. */
static void keep_own(struct piece_parts *found, const struct piece *piece)
{
    size_t kept = 0;

    for (size_t i = 0; i < found->count; i++)
        if (found->parts[i].offset >= piece->from && found->parts[i].offset < piece->to)
            found->parts[kept++] = found->parts[i];
    found->count = kept;
}

/*
 * Look for the marks round each run of parts and nowhere else: only a mark that opens or closes a
 * block counts from afar.
 */
static enum status apply_marks_near(struct finder *finder, const struct piece *piece,
                                    struct part *parts, size_t n)
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

/* Marks are looked for only where there is something that they could allow, here or behind. */
static enum status apply_marks(struct finder *finder, const struct piece *piece,
                               const struct found *found)
{
    struct piece_parts *out = found->out;
    const struct mark *marks;
    size_t n;
    enum status status;

    if (finder->ignore_marks || (!out->count && !found->block_marks))
        return STATUS_OK;
    if (!found->block_marks)
        return apply_marks_near(finder, piece, out->parts, out->count);
    status = matcher_marks(finder->matcher, piece->text, 0, piece->text.len, &marks, &n);
    if (!status)
        out->block = context_apply_marks(piece->text, piece->from, piece->to, marks, n, out->parts,
                                         out->count);
    return status;
}

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
    keep_own(out, piece);
    out->count = sort_and_merge(out->parts, out->count);
    context_lines(piece->text, piece->from, out->parts, out->count);
    if (piece->from > 0 ||
        piece->to < piece->text.len) /* one of several: the next wants its lines */
        count_lines(piece, out);
    status = worse(status, apply_marks(finder, piece, &found));
    for (size_t i = 0; i < out->count; i++) {
        out->parts[i].offset += piece->base;
        out->parts[i].end += piece->base;
    }
    return status;
}

void piece_parts_release(struct piece_parts *parts)
{
    free(parts->parts);
    arena_release(&parts->arena);
    *parts = (struct piece_parts){ 0 };
}

bool finder_has_anchor(struct finder *finder, struct slice text)
{
    return matcher_hits(finder->matcher, text);
}
