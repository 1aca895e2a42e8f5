/*
 * repeats.h - which records stand in the logs more than once, by a hash of what makes each the one
 * it is.
 *
 * May include: base. Threads: one owner at a time.
 */
#ifndef TRAIL_REPEATS_H
#define TRAIL_REPEATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* {0} is a valid empty set. */
struct repeats {
    uint64_t *hashes; /* open-addressed, 0 is free */
    size_t count, cap;
    bool cut; /* LIMIT_TRAIL_RECORDS, or all memory: what came then is not in it */
};

/* True where `hash` is in the set; else it is added, where there is room. */
bool repeats_has(struct repeats *repeats, uint64_t hash);

/* Release the set. It is then {0}. */
void repeats_release(struct repeats *repeats);

#endif
