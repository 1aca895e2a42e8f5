/*
 * pair.c - evidence, possible pairs, and the heaviest chain over them.
 *
 * Ids and secrets of most documents come in the same order, whether as profiles, as rows or as two
 * columns, so a match that keeps both orders explains them best. With the possible pairs in order
 * of their ids, a pair extends the best chain that ends at an earlier secret; a Fenwick tree over
 * the secrets finds it. What is left over (pairs that cross others) gets a second round.
 */
#include "detect/pair.h"

#include <stdlib.h>

#include "detect/match.h"

/* Partners that an id looks at on either side: two columns of so many rows still pair. */
enum { NEIGHBOURS = 48 };

/* Rows from which on a column is one: of pairs that lie side by side, whichever half comes first,
 * no three ids or secrets follow one another. */
enum { COLUMN_MIN = 3 };

/* Rounds of matching: the second takes what crosses the first, a third has never found anything. */
enum { ROUNDS = 2 };

enum { NONE = -1, CANDIDATES_MAX = 16 };

/* A possible pair. `weight` is above 0. */
struct edge {
    uint32_t id, other; /* indices into the parts */
    int32_t weight;
    int32_t before; /* the edge before it in its chain, or NONE */
    int64_t total;  /* weight of the chain that ends here */
};

struct pairer {
    const struct ruleset *set;
    const struct part *parts;
    size_t n;
    struct arena *arena;
    uint32_t *others; /* indices of the parts of the role being matched; other_count of them */
    size_t other_count;
    uint32_t *all; /* room for the indices of all parts */
    /* By role, for each part: 1 + the index of its secret or token (an id's), or of its id. */
    uint32_t *partner[ROLE_COUNT];
    struct edge *edges;
    size_t edge_count, edge_cap;
    int32_t *tree; /* Fenwick tree over parts: best edge that ends at or before each */
};

static uint64_t gap(const struct part *a, const struct part *b)
{
    const struct part *first = a->offset < b->offset ? a : b;
    const struct part *second = first == a ? b : a;

    return second->offset > first->end ? second->offset - first->end : 0;
}

static int log2_floor(uint64_t n)
{
    int bits = 0;

    while (n >>= 1)
        bits++;
    return bits;
}

static bool differ(uint64_t a, uint64_t b)
{
    return a && b && a != b;
}

/* +: in one object; -: in two; 0: not known, or one inside the other. */
static int object_evidence(const struct part *id, const struct part *other)
{
    if (id->layer != other->layer)
        return 0;
    if (id->object && id->object == other->object)
        return 1;
    if (!differ(id->object, other->object))
        return 0;
    return id->object == other->outer || other->object == id->outer ? 0 : -1;
}

/* Do they stand in two sections? One that sees none is in another's if that began before it. */
static bool sections_differ(const struct part *a, const struct part *b)
{
    if (!a->section || !b->section)
        return a->section > b->here || b->section > a->here;
    return a->section != b->section;
}

/*
 * The evidence that these two belong together; 0 where they cannot. The figures rank kinds of
 * evidence: a common name over a label, a label and a common object over the distance at any reach,
 * order last.
 */
static int weigh(const struct part *id, const struct part *other)
{
    uint64_t bytes = gap(id, other);
    bool bare = other->role == ROLE_SECRET && other->label == LABEL_NONE;
    bool named = id->stem && id->stem == other->stem;
    bool comparable = id->layer == other->layer;
    int object = object_evidence(id, other);
    int weight = 100;

    if (bytes > (bare ? MATCH_NEAR_BYTES : PAIR_REACH_BYTES))
        return 0;
    if (!named && ((comparable && sections_differ(id, other)) || (bare && object < 0)))
        return 0;
    weight += other->label == LABEL_STRONG ? 60 : other->label == LABEL_WEAK ? 40 : 0;
    weight += named ? 120 : differ(id->stem, other->stem) ? -60 : 0;
    weight += object > 0 ? 60 : object < 0 ? -50 : 0;
    weight += comparable && id->row == other->row ? 30 : 0;
    weight += comparable && id->paragraph == other->paragraph ? 15 : -15;
    weight += id->offset < other->offset ? 5 : 0;
    weight -= 6 * log2_floor(1 + bytes / 8);
    return weight > 0 ? weight : 0;
}

/* Is there a rule with such an id and such a secret or token? */
static bool is_rule(const struct ruleset *set, const struct part *id, const struct part *other)
{
    for (size_t i = 0; i < ruleset_rules(set); i++) {
        const struct composition *rule = ruleset_rule(set, i);

        if (rule->part[ROLE_ID] == id->kind && rule->part[other->role] == other->kind)
            return true;
    }
    return false;
}

static bool add_edge(struct pairer *p, size_t id, size_t other, int weight)
{
    if (p->edge_count == p->edge_cap) {
        size_t cap = p->edge_cap ? p->edge_cap * 2 : 256;
        struct edge *grown = realloc(p->edges, cap * sizeof(*grown));

        if (!grown)
            return false;
        p->edges = grown;
        p->edge_cap = cap;
    }
    p->edges[p->edge_count++] = (struct edge){
        .id = (uint32_t)id, .other = (uint32_t)other, .weight = weight, .before = NONE
    };
    return true;
}

/*
 * How far p->others may be partners of `id`, from the one at `first` on in direction `step`: the
 * first one that is out of reach, or beyond NEIGHBOURS free ones.
 */
static size_t reach_of(const struct pairer *p, size_t id, enum role role, size_t first, int step)
{
    int free_ones = 0;
    size_t i = first;

    for (; i < p->other_count && free_ones < NEIGHBOURS; i += (size_t)step) {
        if (gap(&p->parts[id], &p->parts[p->others[i]]) > PAIR_REACH_BYTES)
            break;
        free_ones += !p->partner[role][p->others[i]];
    }
    return i;
}

/* Edges of every free id, by id, and for one id the later partner first: so no chain uses an id
 * twice. */
static bool add_edges(struct pairer *p, enum role role)
{
    size_t next = 0; /* the first of p->others behind the id */

    p->edge_count = 0;
    for (size_t id = 0; id < p->n; id++) {
        const struct part *part = &p->parts[id];
        size_t low, high;

        if (part->role != ROLE_ID || p->partner[role][id] ||
            (role == ROLE_TOKEN && !p->partner[ROLE_SECRET][id]))
            continue;
        while (next < p->other_count && p->others[next] < id)
            next++;
        low =
            reach_of(p, id, role, next - 1, -1) + 1; /* SIZE_MAX + 1 is 0: they are all in reach */
        high = reach_of(p, id, role, next, 1);
        for (size_t i = high; i-- > low;) {
            const struct part *other = &p->parts[p->others[i]];
            int weight = 0;

            if (!p->partner[role][p->others[i]] && is_rule(p->set, part, other))
                weight = weigh(part, other);
            if (weight && !add_edge(p, id, p->others[i], weight))
                return false;
        }
    }
    return true;
}

/* --- the heaviest chain --- */

static bool is_better(const struct pairer *p, int32_t a, int32_t b)
{
    return a != NONE && (b == NONE || p->edges[a].total > p->edges[b].total);
}

/* The best edge that ends before part `other`. */
static int32_t best_before(const struct pairer *p, size_t other)
{
    int32_t best = NONE;

    for (size_t i = other; i > 0; i &= i - 1)
        if (is_better(p, p->tree[i - 1], best))
            best = p->tree[i - 1];
    return best;
}

static void note(struct pairer *p, int32_t edge)
{
    for (size_t i = p->edges[edge].other + 1; i <= p->n; i += i & -i)
        if (is_better(p, edge, p->tree[i - 1]))
            p->tree[i - 1] = edge;
}

static void take_chain(struct pairer *p, enum role role)
{
    int32_t edge;

    for (size_t i = 0; i < p->n; i++)
        p->tree[i] = NONE;
    for (size_t i = 0; i < p->edge_count; i++) {
        struct edge *e = &p->edges[i];

        e->before = best_before(p, e->other);
        e->total = e->weight + (e->before == NONE ? 0 : p->edges[e->before].total);
        note(p, (int32_t)i);
    }
    for (edge = best_before(p, p->n); edge != NONE; edge = p->edges[edge].before) {
        p->partner[role][p->edges[edge].id] = p->edges[edge].other + 1;
        p->partner[role][p->edges[edge].other] = p->edges[edge].id + 1;
    }
}

/* Names decide first: a stem that a free id shares with one free partner in reach. Returns how
 * many. */
static size_t match_names(struct pairer *p, enum role role)
{
    size_t matched = 0;

    for (size_t i = 0, next; i < p->edge_count; i = next) {
        uint64_t stem = p->parts[p->edges[i].id].stem;
        const struct edge *named = NULL;
        size_t count = 0;

        for (next = i; next < p->edge_count && p->edges[next].id == p->edges[i].id; next++) {
            if (stem && p->parts[p->edges[next].other].stem == stem) {
                named = &p->edges[next];
                count++;
            }
        }
        if (count != 1 || p->partner[role][named->other])
            continue;
        p->partner[role][named->id] = named->other + 1;
        p->partner[role][named->other] = named->id + 1;
        matched++;
    }
    return matched;
}

/* A run of free parts of one role, among ids and secrets: its members are all[first, end). */
struct column {
    const uint32_t *all;
    size_t first, end;
};

/* The run that begins at `first` of `n` ids and secrets. */
static struct column column_at(const struct pairer *p, const uint32_t *all, size_t first, size_t n)
{
    const struct part *head = &p->parts[all[first]];
    size_t end = first + 1;

    while (end < n && p->parts[all[end]].role == head->role &&
           p->parts[all[end]].layer == head->layer)
        end++;
    return (struct column){ all, first, end };
}

/* Do two columns pair row by row? */
static bool columns_fit(const struct pairer *p, const struct column *a, const struct column *b)
{
    bool ids_first = p->parts[a->all[a->first]].role == ROLE_ID;
    const struct column *ids = ids_first ? a : b, *others = ids_first ? b : a;
    size_t rows = a->end - a->first;

    if (rows < COLUMN_MIN || rows != b->end - b->first)
        return false;
    for (size_t i = 0; i < rows; i++) {
        const struct part *id = &p->parts[ids->all[ids->first + i]];
        const struct part *other = &p->parts[others->all[others->first + i]];

        if (id->role == other->role || !is_rule(p->set, id, other) || !weigh(id, other))
            return false;
    }
    return true;
}

/*
 * A column of ids and, right before or behind it, one of as many secrets go together row by row,
 * and the first two before the next ones. (By distances alone columns that follow one another would
 * pair best a few rows off, in part with the next ones' neighbours.) Returns how many pairs.
 */
static size_t match_columns(struct pairer *p)
{
    uint32_t *all = p->all;
    size_t n = 0, matched = 0, at = 0;

    for (size_t i = 0; i < p->n; i++)
        if (p->parts[i].role != ROLE_TOKEN && !p->partner[ROLE_SECRET][i])
            all[n++] = (uint32_t)i;
    while (at < n) {
        struct column a = column_at(p, all, at, n), b;

        at = a.end;
        if (at == n)
            break;
        b = column_at(p, all, at, n);
        if (!columns_fit(p, &a, &b))
            continue;
        for (size_t i = 0; i < a.end - a.first; i++, matched++) {
            p->partner[ROLE_SECRET][all[a.first + i]] = all[b.first + i] + 1;
            p->partner[ROLE_SECRET][all[b.first + i]] = all[a.first + i] + 1;
        }
        at = b.end;
    }
    return matched;
}

static enum status match_role(struct pairer *p, enum role role)
{
    size_t matched;

    p->other_count = 0;
    for (size_t i = 0; i < p->n; i++)
        if (p->parts[i].role == role)
            p->others[p->other_count++] = (uint32_t)i;
    if (!p->other_count)
        return STATUS_OK;
    if (!add_edges(p, role))
        return err_nomem();
    matched = match_names(p, role);
    if (role == ROLE_SECRET)
        matched += match_columns(p);
    if (matched && !add_edges(p, role))
        return err_nomem();
    for (int round = 0; round < ROUNDS && p->edge_count; round++) {
        take_chain(p, role);
        if (!add_edges(p, role))
            return err_nomem();
    }
    return STATUS_OK;
}

/* --- results --- */

static enum confidence confidence_of(const struct part *id, const struct part *secret)
{
    bool together = (id->layer == secret->layer && id->row == secret->row) ||
                    object_evidence(id, secret) > 0 || (id->stem && id->stem == secret->stem);
    uint64_t bytes = gap(id, secret);

    if (secret->label == LABEL_STRONG)
        return bytes <= 1024 || together ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM;
    if (secret->label == LABEL_WEAK)
        return bytes <= 512 || together ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM;
    if (bytes <= 128)
        return CONFIDENCE_HIGH;
    return bytes <= 512 || together ? CONFIDENCE_MEDIUM : CONFIDENCE_LOW;
}

static enum status collect(struct pairer *p, struct pairing **pairings, size_t *count)
{
    struct pairing *out = arena_alloc(p->arena, p->n * sizeof(*out));

    *pairings = out;
    *count = 0;
    if (!out)
        return err_nomem();
    for (size_t i = 0; i < p->n; i++) {
        const struct part *part = &p->parts[i];
        size_t partner = p->partner[ROLE_SECRET][i];
        struct pairing pairing = { SIZE_MAX, SIZE_MAX, SIZE_MAX, CONFIDENCE_HIGH };

        if (part->role == ROLE_TOKEN) {
            size_t id = p->partner[ROLE_TOKEN][i];

            pairing.token = i;
            if (!id || !p->partner[ROLE_SECRET][id - 1]) /* an id alone takes no token along */
                out[(*count)++] = pairing;
            continue;
        }
        if (partner && partner - 1 < i)
            continue; /* a pair stands where its first part does */
        pairing.id = part->role == ROLE_ID ? i : partner - 1;
        pairing.secret = part->role == ROLE_SECRET ? i : partner - 1;
        if (pairing.id != SIZE_MAX && pairing.secret != SIZE_MAX) {
            pairing.token = (size_t)p->partner[ROLE_TOKEN][pairing.id] - 1;
            pairing.confidence = confidence_of(&p->parts[pairing.id], &p->parts[pairing.secret]);
        }
        out[(*count)++] = pairing;
    }
    return STATUS_OK;
}

enum status pair_parts(const struct ruleset *set, const struct part *parts, size_t n,
                       struct arena *arena, struct pairing **pairings, size_t *count)
{
    struct pairer p = { .set = set, .parts = parts, .n = n, .arena = arena };
    enum status status;

    assert(n < INT32_MAX);
    *pairings = NULL;
    *count = 0;
    if (!n)
        return STATUS_OK;
    p.partner[ROLE_SECRET] = arena_alloc(arena, n * sizeof(uint32_t));
    p.partner[ROLE_TOKEN] = arena_alloc(arena, n * sizeof(uint32_t));
    p.others = arena_alloc(arena, n * sizeof(*p.others));
    p.all = arena_alloc(arena, n * sizeof(*p.all));
    p.tree = arena_alloc(arena, n * sizeof(*p.tree));
    if (!p.others || !p.all || !p.partner[ROLE_SECRET] || !p.partner[ROLE_TOKEN] || !p.tree)
        return err_nomem();
    status = match_role(&p, ROLE_SECRET);
    if (!status)
        status = match_role(&p, ROLE_TOKEN);
    if (!status)
        status = collect(&p, pairings, count);
    free(p.edges);
    return status;
}

/* --- candidates --- */

/* The best so far, with their weights. */
struct candidates {
    size_t *parts;
    int *weights;
    size_t count, max;
};

static void insert(struct candidates *best, const struct part *parts, size_t part, int weight)
{
    size_t at = best->count;

    for (size_t i = 0; i < best->count; i++)
        if (slice_eq(parts[best->parts[i]].value, parts[part].value))
            return; /* it stands there twice: the first place is as good */
    while (at > 0 && best->weights[at - 1] < weight)
        at--;
    if (at == best->max)
        return;
    best->count += best->count < best->max;
    for (size_t i = best->count - 1; i > at; i--) {
        best->parts[i] = best->parts[i - 1];
        best->weights[i] = best->weights[i - 1];
    }
    best->parts[at] = part;
    best->weights[at] = weight;
}

static void consider(struct candidates *best, const struct ruleset *set, const struct part *parts,
                     size_t id, size_t secret, size_t i)
{
    int weight;

    if (parts[i].role != ROLE_SECRET || parts[i].allowed || !is_rule(set, &parts[id], &parts[i]) ||
        slice_eq(parts[i].value, parts[secret].value))
        return;
    weight = weigh(&parts[id], &parts[i]);
    if (weight)
        insert(best, parts, i, weight);
}

size_t pair_candidates(const struct ruleset *set, const struct part *parts, size_t n, size_t id,
                       size_t secret, size_t *out, size_t max)
{
    int weights[CANDIDATES_MAX];
    struct candidates best = { .parts = out, .weights = weights, .max = max };

    assert(max && max <= CANDIDATES_MAX);
    for (size_t i = id; i-- > 0 && id - i <= NEIGHBOURS;)
        consider(&best, set, parts, id, secret, i);
    for (size_t i = id + 1; i < n && i - id <= NEIGHBOURS; i++)
        consider(&best, set, parts, id, secret, i);
    return best.count;
}
