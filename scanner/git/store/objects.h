/*
 * objects.h - which objects a repository has, and where each lies; reader.h gives their bytes.
 *
 * Packs, loose objects and alternates make one list in which every object has a number; numbers are
 * dense but for second copies. What the packs and folders look like is known here, what an object
 * says is not. Nothing is locked, fetched or written.
 *
 * May include: base. Threads: constant after objects_open().
 */
#ifndef GIT_OBJECTS_H
#define GIT_OBJECTS_H

#include "base/buf.h"
#include "base/outcome.h"
#include "git/store/pack.h"

struct loose {
    struct object_id id; /* first: id_search() */
    uint32_t folder;     /* of objects.folders */
};

struct objects {
    char **folders; /* "objects" of the repository, then of its alternates */
    size_t folder_count;
    struct pack *packs;
    size_t pack_count;
    struct loose *loose; /* sorted by id, without copies; numbered from loose_first */
    size_t loose_count, loose_cap;
    uint32_t loose_first;
    uint32_t total;  /* numbers are below it */
    uint32_t *order; /* every object's number once, in the order that is fastest to read */
    uint32_t order_count;
    bool promised; /* a pack came from a partial clone */
};

/*
 * List what lies in the `n` folders ("…/objects"; NULL for none), in those of `more`, which have
 * colons between (NULL: none), and in the alternates of all; where `pool` is not NULL it helps.
 * What cannot be read is a trouble of `outcome` under `target`. On failure (STATUS_NOMEM) nothing
 * is held; else to be released.
 */
enum status objects_open(struct objects *objects, const char *const *folders, size_t n,
                         const char *more, const char *target, struct outcome *outcome,
                         struct pool *pool);

/* The number of `id`; false where it is not there. */
bool objects_find(const struct objects *objects, const struct object_id *id, uint32_t *number);

/* The id of `number`, which is below total. Borrowed from `objects`. */
const struct object_id *objects_id(const struct objects *objects, uint32_t number);

/* What the list knows of `number`: OBJECT_UNKNOWN for loose objects, which must be read to know. */
enum object_type objects_type(const struct objects *objects, uint32_t number);

void objects_release(struct objects *objects);

/* For reader.c: the first copy of `id` in packs[pack] or a later one, or loose. */
bool objects_find_from(const struct objects *objects, size_t pack, const struct object_id *id,
                       uint32_t *number);

/* For reader.c: the index of the pack that `number`, which is below loose_first, belongs to. */
size_t objects_pack_of(const struct objects *objects, uint32_t number);

#endif
