/*
 * history_private.h - what the files of this room that implement history.h share.
 *
 * May include: base. Threads: `struct history` is constant after history_open(), but for the set
 * of missing objects, which has a lock.
 */
#ifndef GIT_HISTORY_PRIVATE_H
#define GIT_HISTORY_PRIVATE_H

#include <pthread.h>

#include "git/files/bundle.h"
#include "git/files/layout.h"
#include "git/files/refs.h"
#include "git/graph/graph.h"
#include "git/history.h"
#include "git/store/reader.h"

struct missing {
    pthread_mutex_t lock; /* guards ids */
    struct id_map ids;    /* objects that something names and that are not there, each told once */
    struct id_map beyond; /* parents that a shallow clone left out, likewise; guarded too */
};

struct attribution;

struct history {
    const char *target;
    char *path; /* as given */
    uint64_t blob_max;
    bool blob_max_asked;   /* by the user, and no limit of the program */
    bool all;              /* objects that nothing reaches are listed too */
    bool lacks;            /* partial: objects may be missing */
    bool apart;            /* a bundle or pack whose other objects lie elsewhere */
    bool obey_environment; /* see history_options */
    bool ranged;           /* only what commits with COMMIT_SELECTED brought in */
    size_t reach;          /* see history_options */
    struct pool *pool;
    struct layout layout;
    struct objects objects;
    struct refs refs;
    uint32_t
        *list; /* numbers of the objects to hand out, list_count of them; objects.order if all */
    uint32_t list_count;
    uint32_t *cuts; /* where the units begin in the list, and its end; unit_count + 1 of them */
    size_t unit_count;
    struct graph graph; /* where it was needed: graph_ready */
    bool graph_ready;
    struct attribution *attribution; /* of the last history_attribute(), or NULL */
    struct missing *missing;
};

/* Note that the object `id`, which something names, is not there. Once for each id, on any thread.
 */
void history_missing(const struct history *history, struct outcome *outcome,
                     const struct object_id *id);

/* Likewise of a parent of `commit`: where that is the end of a shallow clone, it is no loss. */
void history_missing_parent(const struct history *history, struct outcome *outcome,
                            const struct object_id *commit, const struct object_id *id);

/* Note that object `number` could not be read, with err_text() or for its size. */
void history_unread(const struct history *history, struct outcome *outcome, uint32_t number,
                    enum object_type type, enum status status);

/* attribute.c: NULL is allowed. */
void history_attribution_free(struct attribution *attribution);

/* Load history->graph, with the tips marked, unless it is there. STATUS_OK or STATUS_NOMEM. */
enum status history_load_graph(struct history *history);

/*
 * reach.c: list what the refs, HEAD, reflogs and the index reach, or what the commits of `range`
 * (NULL: none) brought in. STATUS_OK, STATUS_INVALID with a text for the range, or STATUS_NOMEM.
 */
enum status history_list_reached(struct history *history, const struct history_range *range,
                                 struct outcome *outcome);

/*
 * reach.c: set `old`, by object number, to other than 0 for what the commits that `range` leaves
 * out reach. STATUS_OK or STATUS_NOMEM.
 */
enum status history_mark_old(struct history *history, const struct history_range *range,
                             uint8_t *old);

/* covered.c: list all objects but those covered. STATUS_OK or STATUS_NOMEM. */
enum status history_list_uncovered(struct history *history, const struct covered *covered);

/* covered.c: does what `covered` says still hold? */
bool history_still_covered(const struct history *history, const struct covered *covered);

/* Ids that a range names. */
struct chosen {
    struct object_id *ids; /* count of them */
    size_t count, cap;
};

/*
 * select.c: mark the commits of `range` in history->graph as COMMIT_SELECTED. `chosen` gets what
 * the range begins with and `left` what it leaves out, also what is no commit; to be released with
 * free(ids), after a failure too. Errors as history_list_reached().
 */
enum status history_select(struct history *history, const struct history_range *range,
                           struct reader *reader, struct chosen *chosen, struct chosen *left);

#endif
