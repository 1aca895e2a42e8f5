/*
 * story.h - what one root did, put together from the ledger: the steps that belong to it, who came
 * of it, from where, and why it is suspicious.
 *
 * May include: base, and this room. Threads: one.
 */
#ifndef TRAIL_STORY_H
#define TRAIL_STORY_H

#include "trail/geo.h"
#include "trail/story_index.h"

/* Why it is suspicious. */
struct reason {
    const struct indicator *indicator;
    uint64_t count;
    int64_t first;        /* RECORD_NO_TIME where it is of no one moment */
    const char *evidence; /* never NULL */
};

/* What was used how often: an address, a user agent, a region, a service. */
struct use {
    const char *text;
    uint64_t calls, errors;
    int64_t first, last;
    bool fresh;      /* an address or region that nobody had used before the first day was over */
    char country[4]; /* of an address; "" where it is not known */
};

struct use_list {
    struct use *list; /* count of them, by calls */
    size_t count;
};

struct story {
    const struct follow *follow;
    uint32_t root, owner;      /* subjects; owner may be SUBJECT_NONE */
    struct arena arena;        /* evidence */
    const struct step **steps; /* step_count of them, by time */
    size_t step_count;
    uint32_t *descendants; /* descendant_count subjects that came of it, by their index */
    size_t descendant_count;
    const struct step *created;     /* how the key or user came to be; NULL: not in the logs */
    uint64_t calls, denied, errors; /* of the root and all that came of it */
    uint64_t own_calls;             /* of the root alone */
    uint64_t owner_calls;           /* of its user by other means */
    uint64_t after;                 /* of the root, after it was switched off */
    uint64_t bytes;                 /* given out */
    int64_t first, last;            /* of these calls; RECORD_NO_TIME: none */
    int64_t first_exposed;          /* the first since the leak; likewise */
    struct use_list addresses, agents, regions, services;
    struct reason *reasons; /* reason_count of them, the heaviest first */
    size_t reason_count;
    unsigned score; /* of 100 */
    enum severity severity;
};

/* Tell the story of `root`. `index` is needed for the telling only, its follow for as long as
 * `out`; `geo` may be NULL. STATUS_OK or STATUS_NOMEM; the caller releases `out` in both cases. */
enum status story_tell(struct story *out, const struct story_index *index, uint32_t root,
                       const struct geo *geo);
void story_release(struct story *story);

/* Whose doings make the story: what came of the root, the root, and its user where there is one.
 * Subject number `i` of `story_subject_count()`; each is there once. */
size_t story_subject_count(const struct story *story);
uint32_t story_subject(const struct story *story, size_t i);

/* Is the subject with this index the root, or did it come of it? SUBJECT_NONE is not. */
bool story_follows(const struct story *story, uint32_t subject);

/* Are its reasons those of a hunt: seeds enough that it showed itself, and not only through what
 * came of somebody else, in whose story that stands? */
bool story_is_hunted(const struct story *story);

/* Does `subject` still give access at `now`, as far as the logs say? A key that is on, a session
 * that has not ended, a user. */
bool story_is_open(const struct subject *subject, int64_t now);

#endif
