/*
 * id.h - object ids, and a table keyed by them.
 *
 * May include: base. Threads: an id_map has one owner at a time; looking up may be shared.
 */
#ifndef GIT_ID_H
#define GIT_ID_H

#include "base/slice.h"
#include "base/status.h"

enum { ID_BYTES = 20, ID_DIGITS = 40 };

struct object_id {
    uint8_t byte[ID_BYTES];
};

static inline int id_cmp(const struct object_id *a, const struct object_id *b)
{
    return memcmp(a->byte, b->byte, ID_BYTES);
}

static inline bool id_eq(const struct object_id *a, const struct object_id *b)
{
    return memcmp(a->byte, b->byte, ID_BYTES) == 0;
}

/*
 * The place of `id` among the records [low, high) of a table sorted by the ids that they begin
 * with; each is `stride` bytes. False where it is not there.
 */
static inline bool id_search(const void *table, size_t stride, uint32_t low, uint32_t high,
                             const struct object_id *id, uint32_t *at)
{
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = memcmp((const uint8_t *)table + middle * stride, id->byte, ID_BYTES);

        if (order == 0) {
            *at = middle;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* All zeros: no object. */
bool id_is_zero(const struct object_id *id);

/* Read the 40 hex digits that `text` begins with. False where it does not. */
bool id_parse(struct object_id *out, struct slice text);

/* 40 digits and a NUL. */
void id_hex(const struct object_id *id, char hex[ID_DIGITS + 1]);

struct id_slot {
    struct object_id id; /* zero: empty */
    uint32_t value;
};

/* {0} is a valid empty map. */
struct id_map {
    struct id_slot *slots;
    size_t cap, count; /* cap is a power of two, or 0 */
};

/* Add `id`, which is not zero, where it is not there yet. STATUS_OK, STATUS_STOPPED: was there, or
 * STATUS_NOMEM. */
enum status id_map_add(struct id_map *map, const struct object_id *id, uint32_t value);

/* The value of `id`, borrowed until the next add; NULL where it is not there. */
uint32_t *id_map_find(const struct id_map *map, const struct object_id *id);

void id_map_release(struct id_map *map);

#endif
