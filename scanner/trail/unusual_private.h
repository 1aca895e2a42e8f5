/*
 * unusual_private.h - what the files of unusual.h share.
 *
 * May include: base, and this room. Threads: one.
 */
#ifndef TRAIL_UNUSUAL_PRIVATE_H
#define TRAIL_UNUSUAL_PRIVATE_H

#include "trail/unusual.h"

/* A spell of the root, of what came of it, or of its user. */
struct visit {
    const struct spell *spell;
    bool followed; /* not only its user's */
    struct place_on_earth place;
};

struct search {
    struct story *story;
    const struct story_index *index;
    const struct geo *geo;
    struct visit *visits; /* count of them, by time */
    size_t count;
    int64_t usual_until; /* what is seen first after this is new */
    enum status status;
};

/* The indicator of a comparison; NULL: the data does not ask for it. */
const struct indicator *unusual_asked(const struct search *search, enum context context);

/* Add a reason; `evidence` is copied. Without memory for it the search's status says so. */
void unusual_reason(struct search *search, const struct indicator *indicator, uint64_t count,
                    int64_t first, const char *evidence);

/* Find what is unusual in places. */
void unusual_places(struct search *search);

#endif
