/* id.c - hex, and an open-addressed table that is at most half full. */
#include "git/store/id.h"

#include <stdlib.h>

#include "base/hex.h"

bool id_is_zero(const struct object_id *id)
{
    static const struct object_id zero;

    return id_eq(id, &zero);
}

static bool is_digit(uint8_t c)
{
    return (uint8_t)(c - '0') < 10 || (uint8_t)((c | 32) - 'a') < 6;
}

/* Of a hex digit. */
static unsigned value(uint8_t c)
{
    return (c & 15u) + (c >> 6) * 9u;
}

bool id_parse(struct object_id *out, struct slice text)
{
    bool good = text.len >= ID_DIGITS;

    if (!good)
        return false;
    /* No early end: without one the compiler takes many digits at once. */
    for (size_t i = 0; i < ID_DIGITS; i++)
        good &= is_digit(text.ptr[i]);
    for (size_t i = 0; good && i < ID_BYTES; i++)
        out->byte[i] = (uint8_t)(value(text.ptr[2 * i]) << 4 | value(text.ptr[2 * i + 1]));
    return good;
}

void id_hex(const struct object_id *id, char hex[ID_DIGITS + 1])
{
    hex_put(hex, id->byte, ID_BYTES);
}

/*
 * Whoever wrote the repository chose the ids. The table's address, which nobody outside knows,
 * takes part in the hash, so that ids cannot be made to collide.
 */
static size_t hash(const struct id_slot *slots, const struct object_id *id)
{
    uint64_t a, b, mixed;

    memcpy(&a, id->byte, sizeof(a));
    memcpy(&b, id->byte + 8, sizeof(b));
    mixed = (a ^ (uint64_t)(uintptr_t)slots) * 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ (mixed >> 31) ^ b) * 0xbf58476d1ce4e5b9u;
    return (size_t)(mixed ^ (mixed >> 29));
}

/* The slot of `id`, or the empty one where it belongs. cap > count. */
static struct id_slot *slot_of(struct id_slot *slots, size_t cap, const struct object_id *id)
{
    size_t i = hash(slots, id) & (cap - 1);

    while (!id_is_zero(&slots[i].id) && !id_eq(&slots[i].id, id))
        i = (i + 1) & (cap - 1);
    return &slots[i];
}

static enum status grow(struct id_map *map)
{
    size_t cap = map->cap ? map->cap * 2 : 64;
    struct id_slot *slots = calloc(cap, sizeof(*slots));

    if (!slots)
        return err_nomem();
    for (size_t i = 0; i < map->cap; i++)
        if (!id_is_zero(&map->slots[i].id))
            *slot_of(slots, cap, &map->slots[i].id) = map->slots[i];
    free(map->slots);
    map->slots = slots;
    map->cap = cap;
    return STATUS_OK;
}

enum status id_map_add(struct id_map *map, const struct object_id *id, uint32_t value)
{
    struct id_slot *slot;

    assert(!id_is_zero(id));
    if (map->count >= map->cap / 2) {
        enum status status = grow(map);

        if (status)
            return status;
    }
    slot = slot_of(map->slots, map->cap, id);
    if (!id_is_zero(&slot->id))
        return STATUS_STOPPED;
    *slot = (struct id_slot){ *id, value };
    map->count++;
    return STATUS_OK;
}

uint32_t *id_map_find(const struct id_map *map, const struct object_id *id)
{
    struct id_slot *slot;

    if (!map->count || id_is_zero(id))
        return NULL;
    slot = slot_of(map->slots, map->cap, id);
    return id_is_zero(&slot->id) ? NULL : &slot->value;
}

void id_map_release(struct id_map *map)
{
    free(map->slots);
    *map = (struct id_map){ 0 };
}
