/*
 * objects.c - a number for each object, and finding it.
 *
 * Packs come first, the largest first, so that a look-up mostly ends in the first of them. A second
 * copy of an object keeps its number but is left out of the order; it is read where the first is
 * damaged.
 */
#include "git/store/objects.h"

#include <stdlib.h>

/* --- numbers --- */

static int cmp_pack(const void *a, const void *b)
{
    const struct pack *left = a, *right = b;

    if (left->lent != right->lent) /* else what is listed would be taken for a second copy */
        return left->lent ? 1 : -1;
    if (left->count != right->count)
        return left->count > right->count ? -1 : 1;
    return strcmp(left->path, right->path);
}

static int cmp_loose(const void *a, const void *b)
{
    const struct loose *left = a, *right = b;
    int order = id_cmp(&left->id, &right->id);

    return order ? order : (left->folder > right->folder) - (left->folder < right->folder);
}

static bool is_first_copy(const struct objects *objects, uint32_t number)
{
    uint32_t first;

    return objects_find(objects, objects_id(objects, number), &first) && first == number;
}

static enum status order_all(struct objects *objects)
{
    uint32_t *order = malloc((objects->total + (size_t)1) * sizeof(*order));
    uint32_t n = 0;

    if (!order)
        return err_nomem();
    free(objects->order);
    for (size_t i = 0; i < objects->pack_count; i++) {
        const struct pack *pack = &objects->packs[i];

        for (uint32_t k = 0; k < pack->order_count && !pack->lent; k++)
            /* An index that is out of order loses look-ups, not objects. */
            if (i == 0 || pack->damage || is_first_copy(objects, pack->first + pack->order[k]))
                order[n++] = pack->first + pack->order[k];
    }
    for (uint32_t i = 0; i < objects->loose_count; i++)
        if (is_first_copy(objects, objects->loose_first + i))
            order[n++] = objects->loose_first + i;
    objects->order = order;
    objects->order_count = n;
    return STATUS_OK;
}

enum status objects_number(struct objects *objects)
{
    uint64_t total = 0;
    size_t kept = 0;

    /* readdir() names files in no order: sort, so that the same repository gives the same list. */
    if (objects->pack_count)
        qsort(objects->packs, objects->pack_count, sizeof(*objects->packs), cmp_pack);
    for (size_t i = 0; i < objects->pack_count; i++) {
        objects->packs[i].first = (uint32_t)total;
        total += objects->packs[i].count;
        if (total > PACK_COUNT_MAX)
            return err_nomem();
    }
    if (objects->loose_count)
        qsort(objects->loose, objects->loose_count, sizeof(*objects->loose), cmp_loose);
    for (size_t i = 0; i < objects->loose_count; i++)
        if (!kept || !id_eq(&objects->loose[kept - 1].id, &objects->loose[i].id))
            objects->loose[kept++] = objects->loose[i];
    objects->loose_count = kept;
    objects->loose_first = (uint32_t)total;
    total += kept;
    if (total > PACK_COUNT_MAX)
        return err_nomem();
    objects->total = (uint32_t)total;
    return order_all(objects);
}

/* --- looking up --- */

static bool find_loose(const struct objects *objects, const struct object_id *id, uint32_t *number)
{
    uint32_t at;

    if (!id_search(objects->loose, sizeof(*objects->loose), 0, (uint32_t)objects->loose_count, id,
                   &at))
        return false;
    *number = objects->loose_first + at;
    return true;
}

bool objects_find_from(const struct objects *objects, size_t pack, const struct object_id *id,
                       uint32_t *number)
{
    uint32_t index;

    for (; pack < objects->pack_count; pack++) {
        if (pack_find(&objects->packs[pack], id, &index)) {
            *number = objects->packs[pack].first + index;
            return true;
        }
    }
    return find_loose(objects, id, number);
}

bool objects_find(const struct objects *objects, const struct object_id *id, uint32_t *number)
{
    return objects_find_from(objects, 0, id, number);
}

size_t objects_pack_of(const struct objects *objects, uint32_t number)
{
    size_t low = 0, high = objects->pack_count;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (objects->packs[middle].first <= number)
            low = middle;
        else
            high = middle;
    }
    return low;
}

const struct object_id *objects_id(const struct objects *objects, uint32_t number)
{
    const struct pack *pack;

    assert(number < objects->total);
    if (number >= objects->loose_first)
        return &objects->loose[number - objects->loose_first].id;
    pack = &objects->packs[objects_pack_of(objects, number)];
    return &pack->ids[number - pack->first];
}

enum object_type objects_type(const struct objects *objects, uint32_t number)
{
    const struct pack *pack;

    assert(number < objects->total);
    if (number >= objects->loose_first)
        return OBJECT_UNKNOWN;
    pack = &objects->packs[objects_pack_of(objects, number)];
    return (enum object_type)pack->entries[number - pack->first].type;
}

void objects_release(struct objects *objects)
{
    for (size_t i = 0; i < objects->folder_count; i++)
        free(objects->folders[i]);
    for (size_t i = 0; i < objects->pack_count; i++)
        pack_release(&objects->packs[i]);
    free(objects->folders);
    free(objects->packs);
    free(objects->loose);
    free(objects->order);
    *objects = (struct objects){ 0 };
}
