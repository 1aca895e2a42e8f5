/*
 * follow.h - from records to the story: whose each one is, and whom it leads to.
 *
 * The logs are read in passes. A pass looks for the subjects that are known (or, in the first pass
 * of a hunt, for seeds), adds up what they did, and learns of others: the user of a key, sessions
 * and keys that came of it. Where a pass learns nothing, what it added up is the story.
 *
 * May include: base, and this room. Threads: follow_note() from any, the others from one between
 * passes.
 */
#ifndef TRAIL_FOLLOW_H
#define TRAIL_FOLLOW_H

#include <pthread.h>

#include "trail/indicators.h"
#include "trail/learned.h"
#include "trail/ledger.h"
#include "trail/subjects.h"

struct follow {
    const struct indicators *indicators;
    struct subjects subjects;
    struct ledger ledger;
    bool hunting; /* this pass looks for seeds */
    unsigned passes;
    pthread_mutex_t lock; /* guards the rest, and the ledger */
    struct learned_set learned;
    bool cut; /* it would have led further than a limit allows */
    enum status failed;
};

/* `indicators` must outlive it. */
void follow_init(struct follow *follow, const struct indicators *indicators);
void follow_release(struct follow *follow);

/* Ask for access key id `key`, leaked since `exposed` (RECORD_NO_TIME: not known). */
enum status follow_key(struct follow *follow, const char *key, int64_t exposed);

/* Ask for everybody who shows seeds: the first pass looks for them. */
void follow_hunt(struct follow *follow);

/* Begin a pass: nothing is added up yet, and `list` (empty) is what to look for. */
enum status follow_begin(struct follow *follow, struct pick_list *list);

/* One record that was picked, at `order` in its file. */
void follow_note(struct follow *follow, const struct record *record, uint64_t order);

/* End a pass. `*again`: it has led further, so there must be another one. */
enum status follow_end(struct follow *follow, bool *again);

#endif
