/* resume_index.c - an open-addressed table; ids are hashes already. */
#include "scan/resume_index.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAP = 1024 };

/* Where `id` is, or would be; there is an empty slot. */
static struct resume_entry *slot_of(const struct resume_index *index, const uint8_t *id)
{
    size_t mask = index->cap - 1, i;

    memcpy(&i, id, sizeof(i));
    for (i &= mask; index->table[i].offset && memcmp(index->table[i].id, id, RESUME_ID_BYTES) != 0;
         i = (i + 1) & mask)
        ;
    return &index->table[i];
}

static bool grow(struct resume_index *index)
{
    struct resume_index grown = { .count = index->count,
                                  .cap = index->cap ? index->cap * 2 : FIRST_CAP };

    grown.table = calloc(grown.cap, sizeof(*grown.table));
    if (!grown.table)
        return false;
    for (size_t i = 0; i < index->cap; i++)
        if (index->table[i].offset)
            *slot_of(&grown, index->table[i].id) = index->table[i];
    free(index->table);
    *index = grown;
    return true;
}

struct resume_entry *resume_index_find(const struct resume_index *index,
                                       const uint8_t id[static RESUME_ID_BYTES])
{
    struct resume_entry *slot = index->cap ? slot_of(index, id) : NULL;

    return slot && slot->offset ? slot : NULL;
}

struct resume_entry *resume_index_add(struct resume_index *index,
                                      const uint8_t id[static RESUME_ID_BYTES])
{
    struct resume_entry *slot;

    if (index->count >= index->cap / 2 && !grow(index))
        return NULL;
    slot = slot_of(index, id);
    if (!slot->offset) {
        index->count++;
        memcpy(slot->id, id, RESUME_ID_BYTES);
    }
    return slot;
}

void resume_index_release(struct resume_index *index)
{
    free(index->table);
    *index = (struct resume_index){ 0 };
}
