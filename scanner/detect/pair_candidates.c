/* pair_candidates.c - other secrets near an id, by the same evidence. */
#include "detect/pair.h"
#include "detect/pair_evidence.h"

enum { CANDIDATES_MAX = 16 };

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

    if (parts[i].role != ROLE_SECRET || parts[i].allowed ||
        !pair_is_rule(set, &parts[id], &parts[i]) || slice_eq(parts[i].value, parts[secret].value))
        return;
    weight = pair_weigh(&parts[id], &parts[i]);
    if (weight)
        insert(best, parts, i, weight);
}

size_t pair_candidates(const struct ruleset *set, const struct part *parts, size_t n, size_t id,
                       size_t secret, size_t *out, size_t max)
{
    int weights[CANDIDATES_MAX];
    struct candidates best = { .parts = out, .weights = weights, .max = max };

    assert(max && max <= CANDIDATES_MAX);
    for (size_t i = id; i-- > 0 && id - i <= PAIR_NEIGHBOURS;)
        consider(&best, set, parts, id, secret, i);
    for (size_t i = id + 1; i < n && i - id <= PAIR_NEIGHBOURS; i++)
        consider(&best, set, parts, id, secret, i);
    return best.count;
}
