/*
 * reader.h - the bytes of objects, each decoded once where they are read in the order of the list.
 *
 * May include: base. Library: libdeflate. Threads: a reader belongs to one thread.
 */
#ifndef GIT_READER_H
#define GIT_READER_H

#include "git/store/objects.h"

struct libdeflate_decompressor;

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

/* `objects` may be NULL for who calls unpack_entry() and loose_read() alone. STATUS_OK or
 * STATUS_NOMEM. */
enum status reader_init(struct reader *reader, const struct objects *objects);

/*
 * Decode object `number`. Returns STATUS_OK; STATUS_STOPPED where it is larger than `max` bytes
 * (type may be unknown); STATUS_CORRUPT, STATUS_IO, STATUS_LIMIT or STATUS_NOMEM with a text.
 */
enum status reader_read(struct reader *reader, uint32_t number, uint64_t max, struct object *out);

void reader_release(struct reader *reader);

/* For unpack.c and loose.c: make room for `size` bytes, dropping what was held. */
enum status room_reserve(struct room *room, uint64_t size);

/* unpack.c, for reader.c and lookup.c: an entry of a pack. As reader_read(). */
enum status unpack_entry(struct reader *reader, const struct pack *pack, uint32_t entry,
                         uint64_t max, struct object *out);

/* loose.c, likewise: the file of a loose object. As reader_read(). */
enum status loose_read(struct reader *reader, const char *path, uint64_t max, struct object *out);

#endif
