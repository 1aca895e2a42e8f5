/*
 * subjects.h - whom the logs are asked about: leaked keys, whose they are, and what came of them.
 *
 * A root is what somebody asked for. What a root made (sessions, keys, users) is followed like
 * itself and has whom it came from as its parent. The user that a root key belongs to is an owner:
 * what others do to it belongs to the story, what it does with other keys is only what is usual.
 *
 * May include: base. Threads: constant while logs are read; changed by one thread between passes.
 */
#ifndef TRAIL_SUBJECTS_H
#define TRAIL_SUBJECTS_H

#include "base/arena.h"
#include "base/status.h"

enum subject_kind {
    SUBJECT_KEY,       /* an access key id, AKIA or ASIA */
    SUBJECT_USER,      /* an IAM user, "ACCOUNT:NAME" */
    SUBJECT_PRINCIPAL, /* whoever else has an ARN: roles, root, federated users */
};

#define SUBJECT_NONE UINT32_MAX

/* Texts are never NULL and belong to the subjects. */
struct subject {
    enum subject_kind kind;
    const char *id;
    uint32_t parent; /* index of whom it came from, or SUBJECT_NONE */
    bool root, owner;
    const char *how;   /* the event that made it; "" for roots and owners */
    const char *user;  /* of a key: "ACCOUNT:NAME", "" where it is not known or a role's */
    const char *role;  /* of a session: the role's ARN, or the federated user's */
    int64_t made;      /* RECORD_NO_TIME where the logs do not say */
    int64_t expires;   /* of a session, likewise */
    int64_t exposed;   /* of a root: since when it has been leaked, likewise */
    const char *state; /* "", "active", "inactive" or "deleted", by the last word of the logs */
    int64_t state_time;
    uint64_t state_order;
};

struct subjects {
    struct arena arena;
    struct subject *list; /* count of them; their order is the same for any number of threads */
    size_t count, cap;
    uint32_t *table; /* open-addressed: index + 1 */
    size_t table_cap;
    bool cut; /* more than LIMIT_TRAIL_SUBJECTS were met */
};

/* Index of the subject, or SUBJECT_NONE. "" is nobody. */
uint32_t subjects_find(const struct subjects *subjects, enum subject_kind kind, const char *id);

/*
 * Add a copy of `subject` unless it is there; then a parent, user, role or times that were not
 * known are filled in. `*changed` becomes true where anything is new. STATUS_OK, also where the
 * limit is reached, or STATUS_NOMEM.
 */
enum status subjects_add(struct subjects *subjects, const struct subject *subject, bool *changed);

/* Set what `index` is by a later word of the logs than is known. */
enum status subjects_set_state(struct subjects *subjects, uint32_t index, const char *state,
                               int64_t time, uint64_t order, bool *changed);

/* Is it a root, or did it come from one? */
static inline bool subject_is_followed(const struct subject *subject)
{
    return subject->root || subject->parent != SUBJECT_NONE;
}

void subjects_release(struct subjects *subjects);

#endif
