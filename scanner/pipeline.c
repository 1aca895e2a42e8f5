/*
 * pipeline.c - the one file that knows every stage of detection.
 */
#include "pipeline.h"

#include <stdlib.h>

#include "base/limits.h"
#include "decode/view.h"
#include "detect/confirm.h"
#include "detect/context.h"
#include "detect/pair.h"

/* Bytes beyond a window that its view shows, so that values at its edge are seen whole. */
enum { GUARD_BYTES = 128 };

struct lane {
    const struct ruleset *set;
    struct pipeline_options options;
    struct outcome *outcome;
    struct matcher *matcher;
    struct confirmer *confirmer;
    struct arena views;   /* reset per window */
    struct arena pairing; /* reset per run of parts */
};

enum status lane_new(struct lane **out, const struct ruleset *set,
                     const struct databases *databases, const struct pipeline_options *options,
                     struct outcome *outcome)
{
    struct lane *lane = calloc(1, sizeof(*lane));
    enum status status;

    if (!lane)
        return err_nomem();
    lane->set = set;
    lane->options = *options;
    lane->outcome = outcome;
    status = matcher_new(&lane->matcher, set, databases);
    if (!status)
        status = confirmer_new(&lane->confirmer, set);
    if (status) {
        lane_free(lane);
        return status;
    }
    *out = lane;
    return STATUS_OK;
}

void lane_free(struct lane *lane)
{
    if (!lane)
        return;
    matcher_free(lane->matcher);
    confirmer_free(lane->confirmer);
    arena_release(&lane->views);
    arena_release(&lane->pairing);
    free(lane);
}

void lane_redirect(struct lane *lane, struct outcome *outcome)
{
    lane->outcome = outcome;
}

/* --- one piece --- */

/* A window of a piece, seen through one view. */
struct sight {
    const struct piece *piece;
    const struct window *window;
    const struct view *view;
    size_t source; /* where the view's source begins in the piece's text */
    struct piece_parts *out;
    size_t cap;
    bool failed;
};

static bool reserve_part(struct sight *s)
{
    size_t cap = s->cap ? s->cap * 2 : 32;
    struct part *grown;

    if (s->out->count < s->cap)
        return true;
    grown = realloc(s->out->parts, cap * sizeof(*grown));
    if (!grown)
        return false;
    s->out->parts = grown;
    s->cap = cap;
    return true;
}

/* Keep a part that begins in the window and in the piece; its neighbours find the others. */
static void take_part(void *ctx, const struct part *found)
{
    struct sight *s = ctx;
    const struct piece *piece = s->piece;
    size_t start = s->source + view_source(s->view, (size_t)found->offset);
    size_t end = s->source + view_source(s->view, (size_t)found->end);
    struct part part = *found;

    if (start < s->window->start || start >= s->window->end || start < piece->from ||
        start >= piece->to)
        return;
    part.value = arena_copy(&s->out->arena, found->value);
    if (!part.value.ptr || !reserve_part(s)) {
        s->failed = true;
        return;
    }
    part.offset = piece->base + start;
    part.end = piece->base + end;
    s->out->parts[s->out->count++] = part;
}

static enum status look_at(struct lane *lane, struct sight *s, const struct window *window)
{
    struct slice text = s->piece->text;
    size_t start = window->start > GUARD_BYTES ? window->start - GUARD_BYTES : 0;
    size_t end = text.len - window->end > GUARD_BYTES ? window->end + GUARD_BYTES : text.len;
    struct view views[VIEWS_MAX];
    enum status status = STATUS_OK;
    size_t n;

    arena_reset(&lane->views);
    n = view_make(views, &lane->views, slice_sub(text, start, end));
    if (!n)
        return err_nomem();
    s->window = window;
    s->source = start;
    for (size_t i = 0; i < n; i++) {
        enum status got;

        s->view = &views[i];
        got = confirm_view(lane->confirmer, views[i].text, &window->forms, take_part, s);
        status = got ? got : status;
    }
    return s->failed ? err_nomem() : status;
}

/* By offset; of two forms that found the same value, the one with the stronger label first. */
static int by_offset(const void *a, const void *b)
{
    const struct part *left = a, *right = b;

    if (left->offset != right->offset)
        return left->offset < right->offset ? -1 : 1;
    if (left->kind != right->kind)
        return left->kind < right->kind ? -1 : 1;
    if (left->label != right->label)
        return left->label > right->label ? -1 : 1;
    return (left->end > right->end) - (left->end < right->end);
}

static void sort_and_merge(struct piece_parts *found)
{
    size_t kept = 0;

    qsort(found->parts, found->count, sizeof(*found->parts), by_offset);
    for (size_t i = 1; i < found->count; i++) {
        const struct part *last = &found->parts[kept], *next = &found->parts[i];

        if (last->offset != next->offset || last->kind != next->kind)
            found->parts[++kept] = *next;
    }
    found->count = kept + 1;
}

/* Marks are looked for only where there is something that they could allow. */
static enum status apply_marks(struct lane *lane, const struct piece *piece,
                               struct piece_parts *found)
{
    const struct mark *marks;
    size_t n;
    enum status status;

    if (lane->options.ignore_marks || !found->count)
        return STATUS_OK;
    status = matcher_marks(lane->matcher, piece->text, &marks, &n);
    context_apply_marks(piece->text, piece->base, marks, n, found->parts, found->count);
    return status;
}

enum status lane_piece(struct lane *lane, const struct piece *piece, struct piece_parts *out)
{
    struct sight sight = { .piece = piece, .out = out };
    const struct window *windows;
    enum status status, marked;
    size_t n;

    *out = (struct piece_parts){ 0 };
    status = matcher_windows(lane->matcher, piece->text, &windows, &n);
    for (size_t i = 0; i < n && (!status || status == STATUS_LIMIT); i++) {
        enum status got = STATUS_OK;

        if (windows[i].end > piece->from && windows[i].start < piece->to)
            got = look_at(lane, &sight, &windows[i]);
        status = got ? got : status;
    }
    if (out->count > 1)
        sort_and_merge(out);
    context_fill(piece->text, piece->base, piece->from, out->parts, out->count);
    if (piece->from > 0 ||
        piece->to < piece->text.len) /* one of several: the next wants its lines */
        out->lines = context_count_lines(piece->text, piece->from, piece->to, &out->tail);
    marked = apply_marks(lane, piece, out);
    return marked ? marked : status;
}

void piece_parts_release(struct piece_parts *parts)
{
    free(parts->parts);
    arena_release(&parts->arena);
    *parts = (struct piece_parts){ 0 };
}

/* --- findings --- */

static size_t kind_at(const struct part *parts, size_t i)
{
    return i == SIZE_MAX ? SIZE_MAX : parts[i].kind;
}

static struct place place_of(const struct part *part)
{
    return (struct place){ part->offset, part->line, part->column };
}

/* The rule that a pairing is a case of; NULL where it is not worth a finding. */
static const struct composition *rule_for(struct lane *lane, const struct part *parts,
                                          const struct pairing *p)
{
    size_t token = kind_at(parts, p->token);
    bool secret_alone = p->id == SIZE_MAX && parts[p->secret].label != LABEL_STRONG;
    const struct composition *rule;

    if (secret_alone)
        return NULL;
    rule = ruleset_compose(lane->set, kind_at(parts, p->id), kind_at(parts, p->secret), token);
    if (!rule && token != SIZE_MAX)
        rule =
            ruleset_compose(lane->set, kind_at(parts, p->id), kind_at(parts, p->secret), SIZE_MAX);
    return rule;
}

static bool is_allowed(const struct part *parts, const struct pairing *p)
{
    return (p->id != SIZE_MAX && parts[p->id].allowed) ||
           (p->secret != SIZE_MAX && parts[p->secret].allowed);
}

static void emit(struct lane *lane, const struct finding *origin, const struct part *parts,
                 const struct pairing *p)
{
    const struct composition *rule = rule_for(lane, parts, p);
    const struct part *id = p->id == SIZE_MAX ? NULL : &parts[p->id];
    const struct part *secret = p->secret == SIZE_MAX ? NULL : &parts[p->secret];
    struct finding finding = *origin;

    if (!rule) {
        lane->outcome->coverage.temporary_ids += id && !secret;
        return;
    }
    if (is_allowed(parts, p)) {
        lane->outcome->coverage.allowed++;
        return;
    }
    finding.rule = &rule->rule;
    finding.confidence = p->confidence;
    finding.count = 1;
    finding.place = place_of(id ? id : secret);
    if (id)
        finding.id = id->value;
    if (secret) {
        finding.secret = secret->value;
        finding.secret_place = place_of(secret);
    }
    if (p->token != SIZE_MAX)
        finding.token = parts[p->token].value;
    outcome_add(lane->outcome, &finding);
}

/* Pair parts that nothing further can change, and let their findings out. */
static enum status settle(struct lane *lane, const struct finding *origin, const struct part *parts,
                          size_t n)
{
    struct pairing *pairings;
    size_t count;
    enum status status;

    arena_reset(&lane->pairing);
    status = pair_parts(lane->set, parts, n, &lane->pairing, &pairings, &count);
    for (size_t i = 0; i < count; i++)
        emit(lane, origin, parts, &pairings[i]);
    return status;
}

/* --- documents --- */

void document_init(struct document *document, const struct finding *origin)
{
    *document = (struct document){ .origin = *origin };
}

/* Move the values of what still waits into an arena of their own: the old one holds the settled
 * ones too. */
static enum status renew_values(struct document *d)
{
    struct arena old = d->values;
    size_t kept = 0;

    d->values = (struct arena){ 0 };
    for (; kept < d->count; kept++) {
        d->waiting[kept].value = arena_copy(&d->values, d->waiting[kept].value);
        if (!d->waiting[kept].value.ptr)
            break;
    }
    arena_release(&old);
    if (kept == d->count)
        return STATUS_OK;
    d->count = kept;
    return err_nomem();
}

/* Settle the first `n` waiting parts; the others move up. */
static enum status settle_waiting(struct document *d, struct lane *lane, size_t n)
{
    enum status status = settle(lane, &d->origin, d->waiting, n);
    enum status renewed;

    d->count -= n;
    memmove(d->waiting, d->waiting + n, d->count * sizeof(*d->waiting));
    renewed = renew_values(d);
    return status ? status : renewed;
}

/* Where to cut more parts than can wait: at the widest gap of the later half. */
static size_t widest_gap(const struct document *d)
{
    size_t at = d->count / 2;
    uint64_t widest = 0;

    for (size_t i = d->count / 2; i < d->count; i++) {
        uint64_t gap = d->waiting[i].offset - d->waiting[i - 1].offset;

        if (gap > widest) {
            widest = gap;
            at = i;
        }
    }
    return at;
}

static bool reserve_waiting(struct document *d)
{
    size_t cap = d->cap ? d->cap * 2 : 64;
    struct part *grown;

    if (d->count < d->cap)
        return true;
    grown = realloc(d->waiting, cap * sizeof(*grown));
    if (!grown)
        return false;
    d->waiting = grown;
    d->cap = cap;
    return true;
}

/* Settle what is out of reach of `part`, which comes next. */
static enum status make_way(struct document *d, struct lane *lane, const struct part *part)
{
    if (d->count && part->offset > d->waiting[d->count - 1].end + PAIR_REACH_BYTES)
        return settle_waiting(d, lane, d->count);
    if (d->count == LIMIT_PAIR_PARTS)
        return settle_waiting(d, lane, widest_gap(d));
    return STATUS_OK;
}

enum status document_add(struct document *d, struct lane *lane, const struct piece_parts *parts)
{
    for (size_t i = 0; i < parts->count; i++) {
        struct part part = parts->parts[i];
        enum status status = make_way(d, lane, &part);

        if (status)
            return status;
        part.value = arena_copy(&d->values, part.value);
        if (!part.value.ptr || !reserve_waiting(d))
            return err_nomem();
        part.column += part.line == 1 ? d->column : 0;
        part.line += d->line;
        d->waiting[d->count++] = part;
    }
    d->column = parts->lines ? parts->tail : d->column + parts->tail;
    d->line += parts->lines;
    return STATUS_OK;
}

enum status document_end(struct document *d, struct lane *lane)
{
    enum status status = d->count ? settle_waiting(d, lane, d->count) : STATUS_OK;

    free(d->waiting);
    arena_release(&d->values);
    *d = (struct document){ 0 };
    return status;
}

enum status lane_document(struct lane *lane, const struct finding *origin, struct slice text)
{
    enum status status = STATUS_OK, settled = STATUS_OK;
    struct document document;

    document_init(&document, origin);
    for (size_t at = 0; at < text.len && settled >= 0; at += LIMIT_PIECE_BYTES) {
        size_t from = at > LIMIT_CONTEXT_BYTES ? at - LIMIT_CONTEXT_BYTES : 0;
        size_t end = text.len - at > LIMIT_PIECE_BYTES ? at + LIMIT_PIECE_BYTES : text.len;
        size_t to = text.len - end > LIMIT_CONTEXT_BYTES ? end + LIMIT_CONTEXT_BYTES : text.len;
        struct piece piece = { slice_sub(text, from, to), at - from, end - from, from };
        struct piece_parts found;
        enum status got = lane_piece(lane, &piece, &found);

        status = got ? got : status;
        settled = document_add(&document, lane, &found);
        piece_parts_release(&found);
    }
    if (document_end(&document, lane) || settled)
        return STATUS_NOMEM;
    return status;
}
