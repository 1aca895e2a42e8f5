/*
 * arena.h - memory that is given out piece by piece and taken back all at once.
 *
 * One arena a worker holds what lives as long as one document; it is reset per document and keeps
 * its first block, so the common document costs no malloc. {0} is a valid empty arena.
 *
 * Threads: one owner at a time.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/slice.h"

struct arena_block;

struct arena {
    struct arena_block *head; /* the block in use; earlier ones hang behind it */
    size_t bytes;             /* of all blocks, for limits */
};

/*
 * `size` bytes, zeroed, aligned for any object, valid until the arena is reset or released. NULL
 * when memory is out (no text is set). A size of 0 gives a valid pointer to nothing.
 */
void *arena_alloc(struct arena *arena, size_t size);

/*
 * A copy of `s` in the arena, with a NUL after it that is not counted. On failure the result's ptr
 * is NULL (an empty `s` gives a non-NULL ptr).
 */
struct slice arena_copy(struct arena *arena, struct slice s);

/*
 * For records of many fields: a copy of `s`, or of `text`, of which NULL gives NULL. `*good`
 * becomes false where memory is out; it is never set to true.
 */
struct slice arena_keep(struct arena *arena, struct slice s, bool *good);
const char *arena_keep_text(struct arena *arena, const char *text, bool *good);

/* Hand everything that `from` holds to `into`, whose life it now shares. `from` is then {0}. */
void arena_join(struct arena *into, struct arena *from);

/* Take back everything, keeping one block for reuse. */
void arena_reset(struct arena *arena);

/* Take back everything and free it. The arena is then {0}. */
void arena_release(struct arena *arena);

#endif
