/* lone_ids.c - linear probing in a table that is at most half full. */
#include "base/lone_ids.h"

#include <stdlib.h>

/*
 * Ids are chosen by whoever wrote the documents. The addresses of rule and target, which nobody
 * outside knows, begin the hash, so that ids cannot be made to collide.
 */
static size_t hash_of(const struct finding *finding)
{
    uint64_t hash = (uint64_t)(uintptr_t)finding->rule * 31 + (uint64_t)(uintptr_t)finding->target;

    for (size_t i = 0; i < finding->id.len; i++) {
        hash = (hash ^ finding->id.ptr[i]) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 29;
    }
    return (size_t)hash;
}

/* The slot of `wanted`'s id, or the empty one where it belongs. cap > count. */
static size_t *slot_of(const struct lone_ids *ids, const struct finding *findings,
                       const struct finding *wanted)
{
    size_t mask = ids->cap - 1;
    size_t i = hash_of(wanted) & mask;

    for (; ids->slots[i]; i = (i + 1) & mask) {
        const struct finding *other = &findings[ids->slots[i] - 1];

        if (other->rule == wanted->rule && other->target == wanted->target &&
            slice_eq(other->id, wanted->id))
            break;
    }
    return &ids->slots[i];
}

struct finding *lone_ids_find(const struct lone_ids *ids, struct finding *findings,
                              const struct finding *wanted)
{
    size_t *slot;

    if (!ids->cap || !finding_is_lone(wanted))
        return NULL;
    slot = slot_of(ids, findings, wanted);
    return *slot ? &findings[*slot - 1] : NULL;
}

void lone_ids_refill(struct lone_ids *ids, const struct finding *findings, size_t count)
{
    ids->count = 0;
    if (!ids->cap)
        return;
    memset(ids->slots, 0, ids->cap * sizeof(*ids->slots));
    for (size_t i = 0; i < count; i++) {
        if (finding_is_lone(&findings[i])) {
            *slot_of(ids, findings, &findings[i]) = i + 1;
            ids->count++;
        }
    }
}

bool lone_ids_add(struct lone_ids *ids, const struct finding *findings, size_t index)
{
    if (ids->count >= ids->cap / 2) {
        size_t cap = ids->cap ? ids->cap * 2 : 64;
        size_t *slots = malloc(cap * sizeof(*slots));

        if (!slots)
            return false;
        free(ids->slots);
        ids->slots = slots;
        ids->cap = cap;
        lone_ids_refill(ids, findings, index);
    }
    *slot_of(ids, findings, &findings[index]) = index + 1;
    ids->count++;
    return true;
}

void lone_ids_release(struct lone_ids *ids)
{
    free(ids->slots);
    *ids = (struct lone_ids){ 0 };
}
