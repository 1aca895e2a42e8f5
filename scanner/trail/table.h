/*
 * table.h - records of one kind, each once, found by what tells them apart.
 *
 * Where there are more than its limit those are kept that come first in an order of their content:
 * whatever the order they came in, and what was added to one that is kept is complete.
 *
 * May include: base. Threads: one owner at a time.
 */
#ifndef TRAIL_TABLE_H
#define TRAIL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a table's entries are. */
struct table_shape {
    size_t size;  /* bytes of one */
    size_t limit; /* twice as many are held until the next cut */
    uint64_t (*hash)(const void *entry);
    bool (*same)(const void *a, const void *b);
    int (*order)(const void *a, const void *b); /* NULL: never cut */
};

/* {0} is a valid empty table. */
struct table {
    void *entries; /* count of them, in the order they came until a cut */
    size_t count, cap;
    uint32_t *slots; /* open-addressed: index + 1 */
    size_t slot_cap;
    uint64_t dropped; /* entries, where the limit was reached */
};

/* The entry like `key`, added as a copy of it where there is none. It lives until the next one is
 * asked for. NULL: out of memory, without a text. */
void *table_get(struct table *table, const struct table_shape *shape, const void *key, bool *added);

/* Put the entries in order and drop what is beyond the limit. Nothing is found in it any more until
 * table_get() has added to it. */
void table_cut(struct table *table, const struct table_shape *shape);

void table_release(struct table *table);

/* `hash` with `value` in it. */
uint64_t table_mix(uint64_t hash, uint64_t value);

#endif
