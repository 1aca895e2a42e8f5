/*
 * pack.h - the table of one pack: where each object lies and what it is a delta of.
 *
 * Everything that a pack and its index say is checked here once, before any object is decoded:
 * offsets lie in the pack, a delta's base is an object of its own, and bases make no circle. What
 * fails the check is left out and counted. Decoding is unpack.h's.
 *
 * May include: base. Threads: constant after pack_open().
 */
#ifndef GIT_PACK_H
#define GIT_PACK_H

#include "git/store/id.h"

struct objects;
struct pool;

enum object_type { OBJECT_UNKNOWN, OBJECT_COMMIT, OBJECT_TREE, OBJECT_BLOB, OBJECT_TAG };

/* How an entry lies in the pack: an object_type, or one of these. */
enum { STORED_OFS_DELTA = 6, STORED_REF_DELTA = 7 };

/* What pack_entry.base says where it is no index. */
#define PACK_BASE_NONE UINT32_MAX            /* stored whole */
#define PACK_BASE_ELSEWHERE (UINT32_MAX - 1) /* a delta of an object outside this pack */
#define PACK_BASE_BROKEN (UINT32_MAX - 2)    /* the entry cannot be decoded */
#define PACK_COUNT_MAX (UINT32_MAX - 3)

struct pack_entry {
    uint64_t offset : 48; /* of its header in the pack */
    uint64_t type : 8;    /* enum object_type; unknown for a delta of an object elsewhere */
    uint32_t packed;      /* bytes from the header to the next entry */
    uint32_t base;        /* index of the entry that this is a delta of, or PACK_BASE_... */
};

struct pack {
    char *path; /* of the .pack */
    int fd;
    uint64_t start;             /* of its header in the file: 0, or behind that of a bundle */
    uint64_t size;              /* of the file, to the end of the pack */
    uint32_t count;             /* entries */
    uint32_t first;             /* the number of entry 0 among all objects; set by objects.c */
    uint32_t *fan;              /* ids whose first fan_bits bits are b: [fan[b], fan[b + 1]) */
    unsigned fan_bits;          /* 8 to 20, by the number of ids */
    struct object_id *ids;      /* sorted */
    struct pack_entry *entries; /* in the order of ids */
    uint32_t *order;            /* entries, each after its base and near it; order_count */
    uint32_t order_count, broken;
    /* Where there was no index: entries without an id, for they cannot be decoded, or are deltas of
     * objects outside of the pack. */
    uint32_t lost, apart;
    bool lent;          /* set by gather.c: here only for what others are deltas of */
    bool unfinished;    /* likewise: it never was whole, so what is not there is no damage */
    const char *damage; /* what is wrong with the pack though it can be used, or NULL; static */
};

/* The header of an entry, at most 10 + 20 bytes. */
enum { PACK_HEADER_MAX = 32 };

struct pack_header {
    unsigned stored;              /* object_type or STORED_... */
    uint64_t size;                /* inflated bytes: of the object, or of the delta */
    unsigned length;              /* bytes of the header, base included */
    uint64_t distance;            /* STORED_OFS_DELTA: bytes back to the base */
    const struct object_id *base; /* STORED_REF_DELTA: borrows `bytes` */
};

/* False where `bytes` is no header. */
bool pack_header_parse(struct pack_header *out, struct slice bytes);

/*
 * Open `path` and read the index next to it (".idx" for ".pack"); where there is none, or it is of
 * no use, one is made from the pack. Where `pool` is not NULL it helps. On success `*pack` is to be
 * released. Returns STATUS_OK; STATUS_CORRUPT, STATUS_IO or STATUS_NOMEM with a text (without the
 * path) where nothing of the pack can be used.
 */
enum status pack_open(struct pack *pack, const char *path, struct pool *pool);

/*
 * Likewise the pack that begins at byte `start` of `path`, which has no index. Deltas of objects
 * outside of the pack are looked up in `others`, which may be empty.
 */
enum status pack_open_at(struct pack *pack, const char *path, uint64_t start,
                         const struct objects *others, struct pool *pool);

/* The entry of `id` in *index; false where the pack has none that can be decoded. */
bool pack_find(const struct pack *pack, const struct object_id *id, uint32_t *index);

/* The same of an entry that may be broken. */
bool pack_find_any(const struct pack *pack, const struct object_id *id, uint32_t *index);

/* The checksum that the pack ends with, which is its name too. False where it cannot be had. */
bool pack_checksum(const struct pack *pack, struct object_id *sum);

/*
 * survey.c, for pack_open(): find type, length and base of every entry that has an offset, and the
 * order; what cannot be decoded becomes PACK_BASE_BROKEN. STATUS_OK or STATUS_NOMEM.
 */
enum status pack_survey(struct pack *pack, struct pool *pool);

/*
 * walk.c, for pack_open(): find ids and offsets of all entries by decoding the pack from
 * pack->start on; what is found wrong is pack->damage. STATUS_OK; STATUS_CORRUPT, STATUS_IO or
 * STATUS_NOMEM with a text.
 */
enum status pack_walk(struct pack *pack, const struct objects *others, struct pool *pool);

void pack_release(struct pack *pack);

#endif
