/*
 * story_index.h - which steps, spells and hits of a ledger are whose, and who came of whom: so that
 * ten thousand stories are told without going through all of it for each.
 *
 * May include: base, and this room. Threads: constant once made.
 */
#ifndef TRAIL_STORY_INDEX_H
#define TRAIL_STORY_INDEX_H

#include "trail/follow.h"

/* Things by the subject they belong to. */
struct shares {
    uint32_t *begin; /* of each subject its first in list, and the end of the last */
    uint32_t *list;
};

/* What belongs to one subject: indexes, ascending, borrowed. */
struct share {
    const uint32_t *list;
    size_t count;
};

struct story_index {
    const struct follow *follow;
    struct shares steps;    /* that it made, or that were about it */
    struct shares spells;   /* of the ledger's, likewise */
    struct shares hits;     /* likewise */
    struct shares children; /* subjects that came of it */
    struct shares keys;     /* of a user: subjects that are its keys */
};

/* Index a follow that has ended and outlives the index. STATUS_OK or STATUS_NOMEM; the caller
 * releases `out` in both cases. */
enum status story_index_init(struct story_index *out, const struct follow *follow);
void story_index_release(struct story_index *index);

static inline struct share share_of(const struct shares *shares, uint32_t subject)
{
    return (struct share){ shares->list + shares->begin[subject],
                           shares->begin[subject + 1] - shares->begin[subject] };
}

#endif
