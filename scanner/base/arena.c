/* arena.c - a list of blocks, each twice the last one's size up to a megabyte. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdlib.h>

enum { BLOCK_MIN = 16 * 1024, BLOCK_MAX = 1024 * 1024, ALIGN = alignof(max_align_t) };

struct arena_block {
    struct arena_block *next;
    size_t used, size; /* of data[] */
    alignas(max_align_t) uint8_t data[];
};

static struct arena_block *add_block(struct arena *arena, size_t need)
{
    size_t size = arena->head ? arena->head->size * 2 : BLOCK_MIN;
    struct arena_block *block;

    if (size > BLOCK_MAX)
        size = BLOCK_MAX;
    if (size < need)
        size = need;
    block = malloc(sizeof(*block) + size);
    if (!block)
        return NULL;
    *block = (struct arena_block){ .next = arena->head, .size = size };
    arena->head = block;
    arena->bytes += size;
    return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    struct arena_block *block = arena->head;
    void *result;

    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + ALIGN - 1) / ALIGN * ALIGN;
    if (!block || block->size - block->used < size) {
        block = add_block(arena, size);
        if (!block)
            return NULL;
    }
    result = block->data + block->used;
    block->used += size;
    return memset(result, 0, size);
}

struct slice arena_copy(struct arena *arena, struct slice s)
{
    uint8_t *copy = arena_alloc(arena, s.len + 1);

    if (copy && s.len)
        memcpy(copy, s.ptr, s.len);
    return (struct slice){ copy, copy ? s.len : 0 };
}

struct slice arena_keep(struct arena *arena, struct slice s, bool *good)
{
    struct slice copy = { 0 };

    if (s.ptr) {
        copy = arena_copy(arena, s);
        *good = *good && copy.ptr;
    }
    return copy;
}

const char *arena_keep_text(struct arena *arena, const char *text, bool *good)
{
    return (const char *)arena_keep(arena, slice_of(text), good).ptr;
}

void arena_join(struct arena *into, struct arena *from)
{
    struct arena_block **tail = &into->head;

    /* Behind the head, so that the room left in into's own block goes on being used. */
    while (*tail)
        tail = &(*tail)->next;
    *tail = from->head;
    into->bytes += from->bytes;
    *from = (struct arena){ 0 };
}

static void free_blocks(struct arena_block *block)
{
    while (block) {
        struct arena_block *next = block->next;

        free(block);
        block = next;
    }
}

void arena_reset(struct arena *arena)
{
    if (!arena->head)
        return;
    free_blocks(arena->head->next);
    arena->head->next = NULL;
    arena->head->used = 0;
    arena->bytes = arena->head->size;
}

void arena_release(struct arena *arena)
{
    free_blocks(arena->head);
    *arena = (struct arena){ 0 };
}
