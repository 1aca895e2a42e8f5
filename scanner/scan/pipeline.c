/*
 * pipeline.c - parts in, findings out: pairing over a document as its pieces come.
 */
#include "scan/pipeline.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/limits.h"
#include "detect/pair.h"

struct lane {
    const struct ruleset *set;
    struct finder *finder;
    struct outcome *outcome;
    struct arena pairing; /* reset per run of parts */
    bool candidates;
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
    lane->outcome = outcome;
    lane->candidates = options->candidates;
    status = finder_new(&lane->finder, set, databases, options->ignore_marks, options->now);
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
    finder_free(lane->finder);
    arena_release(&lane->pairing);
    free(lane);
}

void lane_redirect(struct lane *lane, struct outcome *outcome)
{
    lane->outcome = outcome;
}

enum status lane_piece(struct lane *lane, const struct piece *piece, struct piece_parts *out)
{
    return finder_piece(lane->finder, piece, out);
}

bool lane_has_anchor(struct lane *lane, struct slice text)
{
    return finder_has_anchor(lane->finder, text);
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
    size_t alone = p->id != SIZE_MAX ? SIZE_MAX : p->secret != SIZE_MAX ? p->secret : p->token;
    const struct composition *rule;

    if (alone != SIZE_MAX && parts[alone].label != LABEL_STRONG)
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
           (p->secret != SIZE_MAX && parts[p->secret].allowed) ||
           (p->token != SIZE_MAX && p->id == SIZE_MAX && parts[p->token].allowed);
}

/* Note in `finding` what else stands near its id; `room` has LIMIT_CANDIDATES places. */
static void set_candidates(const struct lane *lane, struct finding *finding,
                           const struct part *parts, size_t n, const struct pairing *p,
                           struct candidate *room)
{
    size_t found[LIMIT_CANDIDATES];

    finding->candidate_count =
        pair_candidates(lane->set, parts, n, p->id, p->secret, found, LIMIT_CANDIDATES);
    for (size_t i = 0; i < finding->candidate_count; i++)
        room[i] = (struct candidate){ parts[found[i]].value, place_of(&parts[found[i]]) };
    finding->candidates = room;
}

static void emit(struct lane *lane, const struct finding *origin, const struct part *parts,
                 size_t n, const struct pairing *p)
{
    struct candidate candidates[LIMIT_CANDIDATES];
    const struct composition *rule = rule_for(lane, parts, p);
    const struct part *id = p->id == SIZE_MAX ? NULL : &parts[p->id];
    const struct part *secret = p->secret == SIZE_MAX ? NULL : &parts[p->secret];
    const struct part *token = p->token == SIZE_MAX ? NULL : &parts[p->token];
    struct finding finding = *origin;

    if (!rule) {
        lane->outcome->coverage.temporary_ids +=
            id && !secret && ruleset_is_temporary(lane->set, id->kind);
        return;
    }
    if (is_allowed(parts, p)) {
        lane->outcome->coverage.allowed++;
        return;
    }
    assert(id || secret || token); /* a rule has parts */
    finding.rule = &rule->rule;
    finding.confidence = p->confidence;
    finding.count = 1;
    finding.place = place_of(id ? id : secret ? secret : token);
    if (id)
        finding.id = id->value;
    if (secret) {
        finding.secret = secret->value;
        finding.secret_place = place_of(secret);
    }
    if (token && secret)
        finding.token = token->value;
    else if (token) /* the whole value of a rule of one part */
        finding.secret = token->value;
    if (id && secret && lane->candidates)
        set_candidates(lane, &finding, parts, n, p, candidates);
    outcome_add(lane->outcome, &finding);
}

/* The first and the last of the parts of a pairing. */
static void span_of(const struct pairing *p, size_t *first, size_t *last)
{
    const size_t at[] = { p->id, p->secret, p->token };

    *first = SIZE_MAX;
    *last = 0;
    for (size_t i = 0; i < COUNT_OF(at); i++) {
        if (at[i] == SIZE_MAX)
            continue;
        *first = at[i] < *first ? at[i] : *first;
        *last = at[i] > *last ? at[i] : *last;
    }
}

/*
 * Before which part to cut more of them than can wait: at the widest gap that no pairing reaches
 * across, in the third quarter, since what is still to come may change the pairings of the last.
 * Where all are reached across, at the widest of them. `crossing` has room for n + 1.
 */
static size_t cut_of(const struct part *parts, size_t n, const struct pairing *pairings,
                     size_t count, int32_t *crossing)
{
    size_t best = n / 2;
    uint64_t widest = 0;
    int32_t open = 0, fewest = INT32_MAX;

    memset(crossing, 0, (n + 1) * sizeof(*crossing));
    for (size_t i = 0; i < count; i++) {
        size_t first, last;

        span_of(&pairings[i], &first, &last);
        crossing[first + 1]++;
        crossing[last + 1]--;
    }
    for (size_t i = 1; i < n - n / 4; i++) {
        uint64_t gap = parts[i].offset - parts[i - 1].offset;
        int32_t crossed = (open += crossing[i]) > 0;

        if (i < n / 2 || crossed > fewest || (crossed == fewest && gap < widest))
            continue;
        fewest = crossed;
        widest = gap;
        best = i;
    }
    return best;
}

/*
 * Pair `n` parts and let their findings out; with `more` to come only those before a cut.
 * `*settled` is how many parts that were. STATUS_OK or STATUS_NOMEM.
 */
static enum status settle(struct lane *lane, const struct finding *origin, const struct part *parts,
                          size_t n, bool more, size_t *settled)
{
    struct pairing *pairings;
    size_t count;
    enum status status;

    *settled = n;
    arena_reset(&lane->pairing);
    status = pair_parts(lane->set, parts, n, &lane->pairing, &pairings, &count);
    if (!status && more) {
        int32_t *crossing = arena_alloc(&lane->pairing, (n + 1) * sizeof(*crossing));

        if (!crossing)
            return err_nomem();
        *settled = cut_of(parts, n, pairings, count, crossing);
    }
    for (size_t i = 0; i < count; i++) {
        size_t first, last;

        span_of(&pairings[i], &first, &last);
        if (first < *settled)
            emit(lane, origin, parts, n, &pairings[i]);
    }
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

/* Settle the waiting parts; with `more` to come that they may pair with, some of them. */
static enum status settle_waiting(struct document *d, struct lane *lane, bool more)
{
    size_t settled;
    enum status status = settle(lane, &d->origin, d->waiting, d->count, more, &settled);
    enum status renewed;

    d->count -= settled;
    memmove(d->waiting, d->waiting + settled, d->count * sizeof(*d->waiting));
    renewed = renew_values(d);
    return status ? status : renewed;
}

/* Settle what is out of reach of `part`, which comes next. */
static enum status make_way(struct document *d, struct lane *lane, const struct part *part)
{
    if (d->count && part->offset > d->waiting[d->count - 1].end + PAIR_REACH_BYTES)
        return settle_waiting(d, lane, false);
    if (d->count == LIMIT_PAIR_PARTS)
        return settle_waiting(d, lane, true);
    return STATUS_OK;
}

enum status document_add(struct document *d, struct lane *lane, const struct piece_parts *parts)
{
    for (size_t i = 0; i < parts->count; i++) {
        struct part part = parts->parts[i];
        enum status status = make_way(d, lane, &part);
        struct part *waiting;

        if (status)
            return status;
        part.value = arena_copy(&d->values, part.value);
        waiting = array_room(d->waiting, d->count, &d->cap, sizeof(*waiting));
        if (waiting)
            d->waiting = waiting;
        if (!waiting || !part.value.ptr)
            return err_nomem();
        part.column += part.line == 1 ? d->column : 0;
        part.line += d->line;
        part.allowed |= part.inherits && d->disabled;
        d->waiting[d->count++] = part;
    }
    lane->outcome->coverage.temporary_ids += parts->temporary_ids;
    d->column = parts->lines ? parts->tail : d->column + parts->tail;
    d->line += parts->lines;
    if (parts->block != BLOCK_AS_BEFORE)
        d->disabled = parts->block == BLOCK_OPENED;
    return STATUS_OK;
}

enum status document_end(struct document *d, struct lane *lane)
{
    enum status status = d->count ? settle_waiting(d, lane, false) : STATUS_OK;

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
        struct piece piece = piece_of(text, at);
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
