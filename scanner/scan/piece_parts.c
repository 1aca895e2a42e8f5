/* piece_parts.c - which sightings are of one value, and which of them stays. */
#include "scan/piece_parts.h"

#include <stdlib.h>

#include "base/array.h"

struct part *piece_parts_add(struct piece_parts *parts)
{
    struct part *grown = array_room(parts->parts, parts->count, &parts->cap, sizeof(*grown));

    if (!grown)
        return NULL;
    parts->parts = grown;
    return &grown[parts->count++];
}

/* In the document as it is; in a text decoded from it; decoded in place, apart from the others. */
static int rank(const struct part *part)
{
    if (part->layer)
        return 1;
    return part->decoded_count ? 2 : 0;
}

/*
 * By offset; of several sightings of one value the one with the stronger label first, and then the
 * one in the document itself.
 */
static int by_offset(const void *a, const void *b)
{
    const struct part *left = a, *right = b;
    int order;

    if (left->offset != right->offset)
        return left->offset < right->offset ? -1 : 1;
    if (left->kind != right->kind)
        return left->kind < right->kind ? -1 : 1;
    if (left->label != right->label)
        return left->label > right->label ? -1 : 1;
    if (rank(left) != rank(right))
        return rank(left) - rank(right);
    if (left->layer != right->layer)
        return left->layer < right->layer ? -1 : 1;
    order = slice_cmp(left->value, right->value);
    return order ? order : (left->end > right->end) - (left->end < right->end);
}

/*
 * Do both say what stands at one place? Different values that are read in the same way stand at
 * different places.
 */
static bool is_same(const struct part *a, const struct part *b)
{
    return a->offset == b->offset && a->kind == b->kind &&
           (a->layer != b->layer || a->decoded_count != b->decoded_count ||
            slice_eq(a->value, b->value));
}

void piece_parts_merge(struct piece_parts *parts, size_t first)
{
    size_t kept = first;

    if (parts->count - first < 2)
        return;
    qsort(parts->parts + first, parts->count - first, sizeof(*parts->parts), by_offset);
    for (size_t i = first + 1; i < parts->count; i++)
        if (!is_same(&parts->parts[kept], &parts->parts[i]))
            parts->parts[++kept] = parts->parts[i];
    parts->count = kept + 1;
}

void piece_parts_keep(struct piece_parts *parts, uint64_t from, uint64_t to)
{
    size_t kept = 0;

    for (size_t i = 0; i < parts->count; i++)
        if (parts->parts[i].offset >= from && parts->parts[i].offset < to)
            parts->parts[kept++] = parts->parts[i];
    parts->count = kept;
}

void piece_parts_release(struct piece_parts *parts)
{
    free(parts->parts);
    arena_release(&parts->arena);
    *parts = (struct piece_parts){ 0 };
}
