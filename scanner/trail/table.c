/* table.c - an array and an open-addressed index over it. */
#include "trail/table.h"

#include <stdlib.h>
#include <string.h>

uint64_t table_mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 32;
}

static void *entry_at(const struct table *t, const struct table_shape *shape, size_t i)
{
    return (char *)t->entries + i * shape->size;
}

static size_t table_slot(const struct table *t, const struct table_shape *shape, const void *entry)
{
    size_t mask = t->slot_cap - 1, at = (size_t)shape->hash(entry) & mask;

    while (t->slots[at] && !shape->same(entry_at(t, shape, t->slots[at] - 1), entry))
        at = (at + 1) & mask;
    return at;
}

static bool table_index(struct table *t, const struct table_shape *shape, size_t slot_cap)
{
    uint32_t *slots = calloc(slot_cap, sizeof(*slots));

    if (!slots)
        return false;
    free(t->slots);
    t->slots = slots;
    t->slot_cap = slot_cap;
    for (size_t i = 0; i < t->count; i++)
        t->slots[table_slot(t, shape, entry_at(t, shape, i))] = (uint32_t)i + 1;
    return true;
}

void table_cut(struct table *t, const struct table_shape *shape)
{
    if (t->count)
        qsort(t->entries, t->count, shape->size, shape->order);
    if (t->count > shape->limit) {
        t->dropped += t->count - shape->limit;
        t->count = shape->limit;
    }
}

static bool table_reserve(struct table *t, const struct table_shape *shape)
{
    size_t cap = t->cap ? t->cap * 2 : 256;
    void *grown;

    if (t->count == 2 * shape->limit) {
        table_cut(t, shape);
        return table_index(t, shape, t->slot_cap);
    }
    if (t->count < t->cap)
        return true;
    /* The index first: one that is too large is none the worse, one that is too small is. */
    if (!table_index(t, shape, cap * 2))
        return false;
    grown = realloc(t->entries, cap * shape->size);
    if (!grown)
        return false;
    t->entries = grown;
    t->cap = cap;
    return true;
}

void *table_get(struct table *t, const struct table_shape *shape, const void *key, bool *added)
{
    size_t slot;

    *added = false;
    if (t->count) {
        slot = table_slot(t, shape, key);
        if (t->slots[slot])
            return entry_at(t, shape, t->slots[slot] - 1);
    }
    if (!table_reserve(t, shape))
        return NULL;
    *added = true;
    slot = table_slot(t, shape, key);
    memcpy(entry_at(t, shape, t->count), key, shape->size);
    t->slots[slot] = (uint32_t)++t->count;
    return entry_at(t, shape, t->count - 1);
}

void table_release(struct table *t)
{
    free(t->entries);
    free(t->slots);
    *t = (struct table){ 0 };
}
