/*
 * pair.h - which secret belongs to which id: an assignment, never a product.
 *
 * Every id and every secret of a document is used at most once. Names decide first
 * (PROD_ACCESS_KEY_ID goes with PROD_SECRET_ACCESS_KEY wherever they stand); what is left is
 * matched in the order of the document, so that the sum of evidence (label, structure, order,
 * distance) is largest: the heaviest chain over the possible pairs. n parts cost n log n, as each
 * id looks at a bounded number of secrets.
 *
 * May include: base, ruleset.h, part.h. Threads: pure.
 */
#ifndef DETECT_PAIR_H
#define DETECT_PAIR_H

#include "base/arena.h"
#include "detect/part.h"

/*
 * Parts further apart than this, in bytes, never pair: with a label or a common object, a secret
 * counts up to here. A run of parts that ends in so wide a gap can be paired by itself.
 */
#define PAIR_REACH_BYTES 8192u

/* Indices into the parts given; SIZE_MAX where there is none. */
struct pairing {
    size_t id, secret, token;
    enum confidence confidence;
};

/*
 * Pair `n` parts, ascending by offset. Every part stands in exactly one of the
 * `*count` pairings, alone or together, in the order of the first of its parts. The array is in
 * `arena`. Returns STATUS_OK or STATUS_NOMEM.
 */
enum status pair_parts(const struct ruleset *set, const struct part *parts, size_t n,
                       struct arena *arena, struct pairing **pairings, size_t *count);

/*
 * The secrets that could be of the id parts[id] and are not parts[secret], which it was paired with
 * (and have another value): at most `max` of them, the one with the most evidence first, of those
 * with as much what stands before the id, and nearer. Writes their indices to `out` and returns how
 * many.
 */
size_t pair_candidates(const struct ruleset *set, const struct part *parts, size_t n, size_t id,
                       size_t secret, size_t *out, size_t max);

#endif
