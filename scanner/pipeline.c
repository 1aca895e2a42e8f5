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
    struct arena layers;  /* windows and decoded texts; reset per piece */
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
    arena_release(&lane->layers);
    arena_release(&lane->pairing);
    free(lane);
}

void lane_redirect(struct lane *lane, struct outcome *outcome)
{
    lane->outcome = outcome;
}

/* --- the parts of a text, and of what is encoded in it --- */

/* Runs of so many digits and more may hold a secret access key by itself. */
static const size_t coded_secret_digits[CODEC_COUNT] = { [CODEC_BASE64] = 52, [CODEC_HEX] = 80 };

/* Parts as they are found; offsets count in the text that is being looked at. */
struct found {
    struct piece_parts *out;
    size_t cap;
    bool failed;
};

/* A window of a text, seen through one view. */
struct sighting {
    struct found *found;
    const struct window *window;
    const struct view *view;
    size_t source;    /* where the view's source begins in the text */
    enum codec codec; /* that the view undoes in place */
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
    struct part part = *seen;

    if (start < s->window->start || start >= s->window->end)
        return;
    part.value = arena_copy(&found->out->arena, seen->value);
    if (!part.value.ptr || !reserve_part(found)) {
        found->failed = true;
        return;
    }
    part.offset = start;
    part.end = end;
    if (s->codec && end - start > seen->value.len + seen->value.len / 8) {
        part.decoded[0] = (uint8_t)s->codec;
        part.decoded_count = 1;
    }
    found->out->parts[found->out->count++] = part;
}

static enum status confirm(struct lane *lane, struct sighting *s, const struct view *view,
                           enum codec codec)
{
    s->view = view;
    s->codec = codec;
    return confirm_view(lane->confirmer, view->text, &s->window->forms, take_part, s);
}

/* The worse of two: a pattern that gave up is worse than nothing, and memory worse than that. */
static enum status worse(enum status a, enum status b)
{
    if (a == STATUS_NOMEM || b == STATUS_NOMEM)
        return STATUS_NOMEM;
    return a < 0 ? a : b < 0 ? b : STATUS_OK;
}

/* Look at one window in every way that shows something else. */
static enum status look_at(struct lane *lane, struct found *found, struct slice text,
                           const struct window *window)
{
    size_t start = window->start > GUARD_BYTES ? window->start - GUARD_BYTES : 0;
    size_t end = text.len - window->end > GUARD_BYTES ? window->end + GUARD_BYTES : text.len;
    struct view source = { .text = slice_sub(text, start, end) }, plain, other;
    struct sighting s = { .found = found, .window = window, .source = start };
    enum status status, got;

    arena_reset(&lane->views);
    if ((status = view_make(&plain, &lane->views, &source, SIGHT_ESCAPES)))
        return status;
    status = confirm(lane, &s, &plain, CODEC_NONE);
    got = view_make(&other, &lane->views, &source, SIGHT_QUOTED_PRINTABLE);
    if (!got)
        got = confirm(lane, &s, &other, CODEC_NONE);
    status = worse(status, got);
    got = view_make(&other, &lane->views, &plain, SIGHT_JOINED);
    if (!got)
        got = confirm(lane, &s, &other, CODEC_NONE);
    status = worse(status, got);
    for (size_t codec = 0; codec < CODEC_COUNT; codec++) {
        if (!coded_secret_digits[codec])
            continue;
        got = view_decode(&other, &lane->views, &plain, (enum codec)codec,
                          coded_secret_digits[codec]);
        if (!got)
            got = confirm(lane, &s, &other, (enum codec)codec);
        status = worse(status, got);
    }
    return found->failed ? err_nomem() : status;
}

/*
 * By offset; of two forms that found the same value, the one in the document itself first, and then
 * the one with the stronger label.
 */
static int by_offset(const void *a, const void *b)
{
    const struct part *left = a, *right = b;
    int order;

    if (left->offset != right->offset)
        return left->offset < right->offset ? -1 : 1;
    if (left->kind != right->kind)
        return left->kind < right->kind ? -1 : 1;
    if ((order = slice_cmp(left->value, right->value)))
        return order;
    if (left->layer != right->layer)
        return left->layer < right->layer ? -1 : 1;
    if (left->label != right->label)
        return left->label > right->label ? -1 : 1;
    return (left->end > right->end) - (left->end < right->end);
}

/* Sort parts and keep one of those that are the same value at the same place. Returns how many. */
static size_t sort_and_merge(struct part *parts, size_t n)
{
    size_t kept = 0;

    if (n < 2)
        return n;
    qsort(parts, n, sizeof(*parts), by_offset);
    for (size_t i = 1; i < n; i++) {
        const struct part *last = &parts[kept], *next = &parts[i];

        if (last->offset != next->offset || last->kind != next->kind ||
            !slice_eq(last->value, next->value))
            parts[++kept] = *next;
    }
    return kept + 1;
}

/* Bytes [from, to) of a text, and the offset in the document at which the text begins. */
struct range {
    size_t from, to;
    uint64_t origin;
};

static enum status find_parts(struct lane *lane, struct found *found, struct slice text,
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
static enum status look_into(struct lane *lane, struct found *found, struct slice text,
                             const struct range *range, const struct window *window,
                             enum codec codec, unsigned depth)
{
    struct view source = { .text = slice_sub(text, window->start, window->end) }, layer;
    size_t first = found->out->count;
    struct range all = { 0 };
    enum status status;

    if (lane->layers.bytes > LIMIT_DECODED_BYTES)
        return err_set(STATUS_LIMIT, "more than %u bytes of encoded text in one place",
                       LIMIT_DECODED_BYTES);
    status = view_decode(&layer, &lane->layers, &source, codec, 0);
    if (status)
        return status == STATUS_ABSENT ? STATUS_OK : status;
    all.to = layer.text.len;
    status = find_parts(lane, found, layer.text, &all, depth + 1);
    place_in_text(found, first, &layer, window->start, codec, range->origin);
    return status;
}

static bool is_in_range(const struct range *range, const struct window *window)
{
    return window->end > range->from && window->start < range->to;
}

/*
 * Append the parts whose anchors' windows touch `range` of `text`, and those of what is encoded in
 * it. Their offsets count in text; their structure is filled in.
 */
static enum status find_parts(struct lane *lane, struct found *found, struct slice text,
                              const struct range *range, unsigned depth)
{
    size_t first = found->out->count;
    struct windows windows;
    enum status status = matcher_windows(lane->matcher, &lane->layers, text, &windows);

    for (size_t i = 0; i < windows.count[CODEC_NONE] && status != STATUS_NOMEM; i++)
        if (is_in_range(range, &windows.list[CODEC_NONE][i]))
            status = worse(status, look_at(lane, found, text, &windows.list[CODEC_NONE][i]));
    found->out->count =
        first + sort_and_merge(found->out->parts + first, found->out->count - first);
    context_structure(text, range->origin, found->out->parts + first, found->out->count - first);
    for (size_t codec = CODEC_NONE + 1; codec < CODEC_COUNT && depth < CODEC_DEPTH_MAX; codec++)
        for (size_t i = 0; i < windows.count[codec] && status != STATUS_NOMEM; i++)
            if (is_in_range(range, &windows.list[codec][i]))
                status = worse(status, look_into(lane, found, text, range, &windows.list[codec][i],
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
    if (!status)
        context_apply_marks(piece->text, marks, n, found->parts, found->count);
    return status;
}

enum status lane_piece(struct lane *lane, const struct piece *piece, struct piece_parts *out)
{
    struct range own = { piece->from, piece->to, piece->base };
    struct found found = { .out = out };
    enum status status;

    *out = (struct piece_parts){ 0 };
    arena_reset(&lane->layers);
    status = find_parts(lane, &found, piece->text, &own, 0);
    keep_own(out, piece);
    out->count = sort_and_merge(out->parts, out->count);
    context_lines(piece->text, piece->from, out->parts, out->count);
    if (piece->from > 0 ||
        piece->to < piece->text.len) /* one of several: the next wants its lines */
        out->lines = context_count_lines(piece->text, piece->from, piece->to, &out->tail);
    status = worse(status, apply_marks(lane, piece, out));
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

/* --- findings --- */

static size_t kind_at(const struct part *parts, size_t i)
{
    return i == SIZE_MAX ? SIZE_MAX : parts[i].kind;
}

static struct place place_of(const struct part *part)
{
    struct place place = { .offset = part->offset,
                           .line = part->line,
                           .column = part->column,
                           .decoded_count = part->decoded_count };

    memcpy(place.decoded, part->decoded, sizeof(place.decoded));
    return place;
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
