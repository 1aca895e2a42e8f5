/*
 * outcome_order.h - the orders that an outcome keeps its records in; for outcome.c and
 * outcome_join.c alone.
 *
 * Every order looks at the content of the records, never at addresses, and two findings are equal
 * only where all their reported fields are.
 *
 * May include: base. Threads: pure.
 */
#ifndef BASE_OUTCOME_ORDER_H
#define BASE_OUTCOME_ORDER_H

#include "base/finding.h"

/* Which of two sightings of one lone id is reported: < 0 `a`, > 0 `b`, 0 they are alike. */
int order_of_lone(const struct finding *a, const struct finding *b);

/* `kept` takes in one more sighting of its lone id; where that is the better one it is shown. */
void order_join_lone(struct finding *kept, const struct finding *seen);

/*
 * The order of a report: the target's place in `targets` (n pointers; a target that is not there
 * comes last), then path, offset, rule, id, secret and every other field.
 */
void order_findings(struct finding *findings, size_t count, const char *const *targets, size_t n);

/*
 * The order in which findings are kept where not all can be: lone ids last, and those by their
 * (rule, target, id) alone, so that no further sighting changes the place of one.
 */
void order_findings_to_keep(struct finding *findings, size_t count);

/* By path, message, target; what is about no path comes first. */
void order_troubles(struct trouble *troubles, size_t count);

#endif
