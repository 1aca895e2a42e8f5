/*
 * objects.h - the objects of a repository: which there are, and the bytes of each.
 *
 * Packs, loose objects and alternates make one list in which every object has a number; numbers are
 * dense but for second copies. What the packs and folders look like is known here, what an object
 * says is not. Nothing is locked, fetched or written.
 *
 * May include: base. Library: libdeflate.
 * Threads: `struct objects` is constant after objects_open(); a reader belongs to one thread.
 */
#ifndef GIT_OBJECTS_H
#define GIT_OBJECTS_H

#include "base/buf.h"
#include "base/outcome.h"
#include "git/pack.h"

struct libdeflate_decompressor;

struct loose {
    struct object_id id;
    uint32_t folder; /* of objects.folders */
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

/* --- reading --- */

/* Bytes with room for more. */
struct room {
    uint8_t *ptr;
    size_t len, cap;
};

/*
 * A decoded entry on the way from the root of a tree of deltas to the entry read last. Whoever uses
 * the reader may leave a mark and a note there; both are gone once the way leads elsewhere.
 */
struct link {
    uint32_t entry;
    bool held; /* `content` is its bytes */
    struct room content;
    unsigned mark; /* 0: none was left */
    struct room note;
};

/* What a delta takes over from its base: `len` bytes at `from` become those at `at`. */
struct copy {
    uint32_t at, from, len;
};

/* A piece of a pack, from `at` on. NULL: of none. */
struct window {
    struct room bytes;
    const struct pack *pack;
    uint64_t at;
};

/* Deltas lie near their bases, but a tree of them is spread over a few places of the pack. */
enum { READER_WINDOWS = 8 };

struct reader {
    const struct objects *objects;
    struct libdeflate_decompressor *inflate;
    struct window windows[READER_WINDOWS]; /* pieces of packs; the oldest is replaced */
    unsigned window_next;
    struct room delta, loose, whole; /* scratch: a delta, a loose object's file, its bytes */
    const struct pack *chain_pack;
    struct link *chain; /* chain_len of chain_cap are the way to the entry read last */
    size_t chain_len, chain_cap, chain_bytes; /* chain_bytes: the memory of all links */
    enum object_type chain_type;
    uint32_t *way;       /* LIMIT_GIT_DELTA_DEPTH + 1 entries */
    struct copy *copies; /* copy_count of copy_cap: the delta applied last */
    size_t copy_count, copy_cap;
    struct reader *other; /* reads bases that lie outside of a pack; made when first needed */
    unsigned depth;       /* how many readers this one was made by */
};

struct object {
    enum object_type type;
    struct slice content; /* borrowed from the reader, as all of this, until its next read */
    struct link *link;    /* of the entry; NULL for loose objects */
    /* Of a delta of an entry of the same pack, else NULL. Its content may have been dropped. */
    struct link *base;
    const struct copy *copies; /* copy_count of them, ascending; beside `base` only */
    size_t copy_count;
};

enum status reader_init(struct reader *reader, const struct objects *objects);

/*
 * Decode object `number`. Returns STATUS_OK; STATUS_STOPPED where it is larger than `max` bytes
 * (type may be unknown); STATUS_CORRUPT, STATUS_IO, STATUS_LIMIT or STATUS_NOMEM with a text.
 */
enum status reader_read(struct reader *reader, uint32_t number, uint64_t max, struct object *out);

void reader_release(struct reader *reader);

/* For reader.c: the first copy of `id` in packs[pack] or a later one, or loose. */
bool objects_find_from(const struct objects *objects, size_t pack, const struct object_id *id,
                       uint32_t *number);

/* For reader.c: the index of the pack that `number`, which is below loose_first, belongs to. */
size_t objects_pack_of(const struct objects *objects, uint32_t number);

/* For unpack.c and loose.c: make room for `size` bytes, dropping what was held. */
enum status room_reserve(struct room *room, uint64_t size);

/* unpack.c: an entry of a pack. As reader_read(). */
enum status unpack_entry(struct reader *reader, const struct pack *pack, uint32_t entry,
                         uint64_t max, struct object *out);

/* loose.c: the file of a loose object. As reader_read(). */
enum status loose_read(struct reader *reader, const char *path, uint64_t max, struct object *out);

#endif
