/*
 * history_private.h - what the files of this room that implement history.h share.
 *
 * May include: base. Threads: `struct history` is constant after history_open(), but for the set
 * of missing objects, which has a lock.
 */
#ifndef GIT_HISTORY_PRIVATE_H
#define GIT_HISTORY_PRIVATE_H

#include <pthread.h>

#include "git/graph.h"
#include "git/history.h"
#include "git/layout.h"
#include "git/objects.h"
#include "git/refs.h"

struct missing {
    pthread_mutex_t lock; /* guards ids */
    struct id_map ids;    /* objects that something names and that are not there, each told once */
};

struct history {
    const char *target;
    char *path; /* as given */
    uint64_t blob_max;
    bool blob_max_asked; /* by the user, and no limit of the program */
    bool all;            /* objects that nothing reaches are listed too */
    bool lacks;          /* shallow or partial: objects may be missing */
    struct layout layout;
    struct objects objects;
    struct refs refs;
    uint32_t
        *list; /* numbers of the objects to hand out, list_count of them; objects.order if all */
    uint32_t list_count;
    struct missing *missing;
};

/* Note that the object `id`, which something names, is not there. Once for each id, on any thread.
 */
void history_missing(const struct history *history, struct outcome *outcome,
                     const struct object_id *id);

/* Note that object `number` could not be read, with err_text() or for its size. */
void history_unread(const struct history *history, struct outcome *outcome, uint32_t number,
                    enum object_type type, enum status status);

/* reach.c: list what the refs, HEAD, reflogs and the index reach. STATUS_OK or STATUS_NOMEM. */
enum status history_list_reached(struct history *history, struct outcome *outcome);

#endif
