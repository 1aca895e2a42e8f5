/* repeats.c - linear probing in a table that is at most half full. */
#include "trail/repeats.h"

#include <stdlib.h>

#include "base/limits.h"

/* Put `hash` into the table. True: it was there. */
static bool put(uint64_t *hashes, size_t cap, uint64_t hash)
{
    size_t at = (size_t)(hash >> 20) & (cap - 1);

    for (; hashes[at]; at = (at + 1) & (cap - 1))
        if (hashes[at] == hash)
            return true;
    hashes[at] = hash;
    return false;
}

static bool grow(struct repeats *repeats)
{
    size_t cap = repeats->cap ? repeats->cap * 2 : 4096;
    uint64_t *hashes = calloc(cap, sizeof(*hashes));

    if (!hashes)
        return false;
    for (size_t i = 0; i < repeats->cap; i++)
        if (repeats->hashes[i])
            put(hashes, cap, repeats->hashes[i]);
    free(repeats->hashes);
    repeats->hashes = hashes;
    repeats->cap = cap;
    return true;
}

bool repeats_has(struct repeats *repeats, uint64_t hash)
{
    if (repeats->count >= LIMIT_TRAIL_RECORDS ||
        (repeats->count * 2 >= repeats->cap && !grow(repeats))) {
        repeats->cut = true;
        return false;
    }
    if (put(repeats->hashes, repeats->cap, hash | 1)) /* 0 is free */
        return true;
    repeats->count++;
    return false;
}

void repeats_release(struct repeats *repeats)
{
    free(repeats->hashes);
    *repeats = (struct repeats){ 0 };
}
