/*
 * pair.c - possible pairs, and the heaviest chain over them.
 *
 * Ids and secrets of most documents come in the same order, whether as profiles, as rows or as two
 * columns, so a match that keeps both orders explains them best. With the possible pairs in order
 * of their ids, a pair extends the best chain that ends at an earlier secret; a Fenwick tree over
 * the secrets finds it. What is left over (pairs that cross others) gets a second round.
 */
#include "detect/pair.h"

#include <stdlib.h>

#include "base/array.h"
#include "detect/pair_evidence.h"
#include "detect/pair_units.h"

/* Rows from which on a column is one: of pairs that lie side by side, whichever half comes first,
 * no three ids or secrets follow one another. */
enum { COLUMN_MIN = 3 };

/* Rounds of matching: the second takes what crosses the first, a third has never found anything. */
enum { ROUNDS = 2 };

enum { NONE = -1 };

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
    struct pair_examples examples; /* of the pairs that are certain */
    int32_t *tree; /* Fenwick tree over parts: best edge that ends at or before each */
};

static void join(struct pairer *p, enum role role, uint32_t a, uint32_t b)
{
    p->partner[role][a] = b + 1;
    p->partner[role][b] = a + 1;
}

static bool add_edge(struct pairer *p, size_t id, size_t other, int weight)
{
    struct edge *edges = array_room(p->edges, p->edge_count, &p->edge_cap, sizeof(*edges));

    if (!edges)
        return false;
    p->edges = edges;
    edges[p->edge_count++] = (struct edge){
        .id = (uint32_t)id, .other = (uint32_t)other, .weight = weight, .before = NONE
    };
    return true;
}

/*
 * How far p->others may be partners of `id`, from the one at `first` on in direction `step`: the
 * first one that is out of reach, or beyond PAIR_NEIGHBOURS free ones.
 */
static size_t reach_of(const struct pairer *p, size_t id, enum role role, size_t first, int step)
{
    int free_ones = 0;
    size_t i = first;

    for (; i < p->other_count && free_ones < PAIR_NEIGHBOURS; i += (size_t)step) {
        if (pair_gap(&p->parts[id], &p->parts[p->others[i]]) > PAIR_REACH_BYTES)
            break;
        free_ones += !p->partner[role][p->others[i]];
    }
    return i;
}

static bool may_pair(const struct pairer *p, enum role role, const struct part *id,
                     const struct part *other)
{
    return pair_is_rule(p->set, id, other) &&
           (role != ROLE_SECRET || !pair_examples_forbid(&p->examples, id, other));
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

            if (!p->partner[role][p->others[i]] && may_pair(p, role, part, other))
                weight = pair_weigh(part, other);
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
    for (edge = best_before(p, p->n); edge != NONE; edge = p->edges[edge].before)
        join(p, role, p->edges[edge].id, p->edges[edge].other);
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
        join(p, role, named->id, named->other);
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

        if (id->role == other->role || !may_pair(p, ROLE_SECRET, id, other) ||
            !pair_weigh(id, other))
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
        for (size_t i = 0; i < a.end - a.first; i++, matched++)
            join(p, ROLE_SECRET, all[a.first + i], all[b.first + i]);
        at = b.end;
    }
    return matched;
}

static void join_unit(void *ctx, size_t id, size_t secret)
{
    join(ctx, ROLE_SECRET, (uint32_t)id, (uint32_t)secret);
}

/* What units hold; in the second round values that have no label, if the first left them free. */
static enum status match_units(struct pairer *p, const struct pair_examples *examples)
{
    const uint32_t *partner = p->partner[ROLE_SECRET];
    enum status status =
        pair_units(p->set, p->parts, p->n, partner, examples, p->arena, join_unit, p);

    for (size_t i = 0; i < p->n; i++)
        if (p->parts[i].role == ROLE_ID && partner[i])
            pair_examples_add(&p->examples, &p->parts[i], &p->parts[partner[i] - 1]);
    return status;
}

/* What is certain of ids and secrets: names are, and units. What is left is known by example. */
static enum status match_certain(struct pairer *p)
{
    enum status status;

    match_names(p, ROLE_SECRET);
    status = match_units(p, NULL);
    if (!status)
        status = match_units(p, &p->examples);
    match_columns(p);
    return status;
}

static enum status match_role(struct pairer *p, enum role role)
{
    enum status status;

    p->other_count = 0;
    for (size_t i = 0; i < p->n; i++)
        if (p->parts[i].role == role)
            p->others[p->other_count++] = (uint32_t)i;
    if (!p->other_count)
        return STATUS_OK;
    if (!add_edges(p, role))
        return err_nomem();
    if (role != ROLE_SECRET)
        match_names(p, role);
    else if ((status = match_certain(p)))
        return status;
    if (!add_edges(p, role))
        return err_nomem();
    for (int round = 0; round < ROUNDS && p->edge_count; round++) {
        take_chain(p, role);
        if (!add_edges(p, role))
            return err_nomem();
    }
    return STATUS_OK;
}

/* --- results --- */

/* Add the pairings to `out`, which has room; indices count from `base` on. */
static void collect(const struct pairer *p, size_t base, struct pairing *out, size_t *count)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct part *part = &p->parts[i];
        size_t partner = p->partner[ROLE_SECRET][i], token;
        struct pairing pairing = { SIZE_MAX, SIZE_MAX, SIZE_MAX, CONFIDENCE_HIGH };

        if (part->role == ROLE_TOKEN) {
            size_t id = p->partner[ROLE_TOKEN][i];

            pairing.token = base + i;
            if (!id || !p->partner[ROLE_SECRET][id - 1]) /* an id alone takes no token along */
                out[(*count)++] = pairing;
            continue;
        }
        if (partner && partner - 1 < i)
            continue; /* a pair stands where its first part does */
        if (partner || part->role == ROLE_ID)
            pairing.id = base + (part->role == ROLE_ID ? i : partner - 1);
        if (partner || part->role == ROLE_SECRET)
            pairing.secret = base + (part->role == ROLE_SECRET ? i : partner - 1);
        if (partner) {
            token = p->partner[ROLE_TOKEN][pairing.id - base];
            pairing.token = token ? base + token - 1 : SIZE_MAX;
            pairing.confidence =
                pair_confidence(&p->parts[pairing.id - base], &p->parts[pairing.secret - base]);
        }
        out[(*count)++] = pairing;
    }
}

/* Pair parts of which none is out of reach of the one before it. */
static enum status pair_run(const struct ruleset *set, const struct part *parts, size_t n,
                            size_t base, struct arena *arena, struct pairing *out, size_t *count)
{
    struct pairer p = { .set = set, .parts = parts, .n = n, .arena = arena };
    enum status status;

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
        collect(&p, base, out, count);
    free(p.edges);
    return status;
}

enum status pair_parts(const struct ruleset *set, const struct part *parts, size_t n,
                       struct arena *arena, struct pairing **pairings, size_t *count)
{
    struct pairing *out = n ? arena_alloc(arena, n * sizeof(*out)) : NULL;
    enum status status = STATUS_OK;

    assert(n < INT32_MAX);
    *pairings = out;
    *count = 0;
    if (n && !out)
        return err_nomem();
    for (size_t first = 0, end; first < n && !status; first = end) {
        for (end = first + 1;
             end < n && parts[end].offset <= parts[end - 1].end + PAIR_REACH_BYTES;)
            end++;
        status = pair_run(set, parts + first, end - first, first, arena, out, count);
    }
    return status;
}
