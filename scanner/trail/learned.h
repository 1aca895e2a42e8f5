/*
 * learned.h - what one pass over the logs learns of subjects, each thing once.
 *
 * Of where a subject came from, and of whose it is, the earliest word counts; of what it is now
 * (its `state`) the latest. So the order in which records come tells nothing.
 *
 * May include: base, subjects. Threads: one at a time; the caller locks.
 */
#ifndef TRAIL_LEARNED_H
#define TRAIL_LEARNED_H

#include "trail/subjects.h"

struct learned {
    struct subject subject; /* its texts are malloc's; `state` is static, NULL: not what is new */
    int64_t time;
    uint64_t order;
};

/* {0} is a valid empty set. */
struct learned_set {
    struct learned *list; /* count of them */
    size_t count, cap;
    uint32_t *slots; /* open-addressed, twice cap: index + 1 */
    bool cut;        /* more was learned than is held */
};

/* Add a copy of `subject`, as a record of `time` and `order` tells it. "" as its id is nobody.
 * STATUS_OK or STATUS_NOMEM. */
enum status learned_add(struct learned_set *set, const struct subject *subject, int64_t time,
                        uint64_t order);

/* Put it into order: by time, then by content. Nothing may be added before the next clear. */
void learned_sort(struct learned_set *set);

void learned_clear(struct learned_set *set);
void learned_release(struct learned_set *set);

#endif
