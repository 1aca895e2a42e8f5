/*
 * pair_evidence.h - what speaks for two parts belonging together; for the files of pair.h.
 *
 * May include: base, ruleset.h, part.h. Threads: pure.
 */
#ifndef DETECT_PAIR_EVIDENCE_H
#define DETECT_PAIR_EVIDENCE_H

#include "detect/part.h"

/* Partners that an id looks at on either side: two columns of so many rows still pair. */
enum { PAIR_NEIGHBOURS = 48 };

/* Bytes between the two; 0 where they touch or overlap. */
static inline uint64_t pair_gap(const struct part *a, const struct part *b)
{
    const struct part *first = a->offset < b->offset ? a : b;
    const struct part *second = first == a ? b : a;

    return second->offset > first->end ? second->offset - first->end : 0;
}

/* Are both indented under one line, or one under the other's? Of one layer's parts alone. */
bool pair_share_block(const struct part *a, const struct part *b);

/* Is there a rule with such an id and such a secret or token? */
bool pair_is_rule(const struct ruleset *set, const struct part *id, const struct part *other);

/*
 * The evidence that an id and a secret or token belong together; 0 where they cannot. The figures
 * rank kinds of evidence: a common name over a label, a label and a common object over the distance
 * at any reach, order last.
 */
int pair_weigh(const struct part *id, const struct part *other);

/* How sure it is that an id and the secret that it was paired with are a credential. */
enum confidence pair_confidence(const struct part *id, const struct part *secret);

#endif
