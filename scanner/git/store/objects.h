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

/* A pack that begins at byte `start` of the file `path`. */
struct objects_pack {
    const char *path;
    uint64_t start;
};

/* Where objects are to be looked for. All borrowed until objects_open() returns. */
struct objects_places {
    const char *folders[2]; /* "…/objects", with the alternates that they name; NULL: none */
    const char *more;       /* such folders with colons between; NULL: none */
    bool strays;            /* also what an interrupted push or fetch left in the folders */
    /*
     * Packs without an index. Objects of the first are listed; the others only lend what it may
     * have deltas of.
     */
    const struct objects_pack *packs; /* pack_count of them */
    size_t pack_count;
};

/*
 * List what lies there; where `pool` is not NULL it helps. What cannot be read is a trouble of
 * `outcome` under `target`. On failure (STATUS_NOMEM) nothing is held; else to be released.
 */
enum status objects_open(struct objects *objects, const struct objects_places *places,
                         const char *target, struct outcome *outcome, struct pool *pool);

/* The number of `id`; false where it is not there. */
bool objects_find(const struct objects *objects, const struct object_id *id, uint32_t *number);

/* The id of `number`, which is below total. Borrowed from `objects`. */
const struct object_id *objects_id(const struct objects *objects, uint32_t number);

/* What the list knows of `number`: OBJECT_UNKNOWN for loose objects, which must be read to know. */
enum object_type objects_type(const struct objects *objects, uint32_t number);

void objects_release(struct objects *objects);

/* For gather.c: give numbers to what packs and loose hold, and an order. STATUS_OK or STATUS_NOMEM.
 */
enum status objects_number(struct objects *objects);

/* For reader.c: the first copy of `id` in packs[pack] or a later one, or loose. */
bool objects_find_from(const struct objects *objects, size_t pack, const struct object_id *id,
                       uint32_t *number);

/* For reader.c: the index of the pack that `number`, which is below loose_first, belongs to. */
size_t objects_pack_of(const struct objects *objects, uint32_t number);

#endif
