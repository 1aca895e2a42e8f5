/*
 * follow_private.h - what the files of follow.h share.
 *
 * follow.c runs the passes and matches records to subjects, follow_learn.c says whom a record leads
 * to, follow_hunt.c finds subjects where none is known.
 *
 * May include: base, and this room. Threads: under the lock of the follow, but for what is pure.
 */
#ifndef TRAIL_FOLLOW_PRIVATE_H
#define TRAIL_FOLLOW_PRIVATE_H

#include "trail/call_text.h"
#include "trail/follow.h"

/* "123456789012:NAME"; IAM's names have 64 characters. */
enum { FOLLOW_USER_SIZE = 160 };

/* The id of a user, which is "" where account or name is. Pure. */
void follow_user(char out[static FOLLOW_USER_SIZE], const char *account, const char *name);

/* A subject of whom nothing else is known; `id` is borrowed. Pure. */
struct subject follow_subject(enum subject_kind kind, const char *id);

/* The name of the user that an IAM call is about: without one in it, it is the caller. Pure. */
const char *follow_target(const struct record *record);

/*
 * Learn from a record at `order` in its file whom it leads to: of what `actor` did, and of what was
 * done to `about` (both indexes of subjects, SUBJECT_NONE for nobody known). What cannot be kept
 * sets `failed`.
 */
void follow_learn(struct follow *follow, const struct record *record, uint64_t order,
                  uint32_t actor, uint32_t about);

/* Count who shows seeds in a record. STATUS_OK or STATUS_NOMEM. */
enum status follow_hunt_note(struct follow *follow, const struct record *record);

/* Make roots of the suspects whose seeds weigh enough; `*changed` where there is one. STATUS_OK or
 * STATUS_NOMEM. */
enum status follow_hunt_take(struct follow *follow, bool *changed);

#endif
