/*
 * lone_ids.h - finding a lone id again among an outcome's findings: for outcome.c alone.
 *
 * An index into an array of findings, by (rule, target, id). Where findings move, it is filled
 * anew.
 *
 * May include: base. Threads: one owner at a time.
 */
#ifndef BASE_LONE_IDS_H
#define BASE_LONE_IDS_H

#include "base/finding.h"

/* {0} is an empty table. */
struct lone_ids {
    size_t *slots; /* open-addressed: the index of a finding + 1, or 0 */
    size_t cap;    /* a power of two, or 0 */
    size_t count;
};

/* The one of `findings` that holds the lone id of `wanted` already; NULL: none, or it is no lone
 * id. */
struct finding *lone_ids_find(const struct lone_ids *ids, struct finding *findings,
                              const struct finding *wanted);

/*
 * Note findings[index], a lone id that is not there yet; all before it that are lone ids have been
 * noted. False where memory is out.
 */
bool lone_ids_add(struct lone_ids *ids, const struct finding *findings, size_t index);

/* Fill the table, which has room, with the lone ids of these `count` findings. Needs no memory. */
void lone_ids_refill(struct lone_ids *ids, const struct finding *findings, size_t count);

/* Free the table. It is then {0}. */
void lone_ids_release(struct lone_ids *ids);

#endif
