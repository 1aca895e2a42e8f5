/*
 * builder.h - a view under construction: text, and where each stretch of it came from.
 *
 * May include: base, view.h. Threads: one owner at a time.
 */
#ifndef DECODE_BUILDER_H
#define DECODE_BUILDER_H

#include "decode/view.h"

struct builder {
    struct arena *arena;
    struct slice source;
    uint8_t *text; /* NULL until something is undone */
    size_t len, cap;
    struct view_run *runs; /* run_count of them */
    size_t run_count, run_cap;
    size_t copied; /* bytes of the source that are shown, or were undone */
    bool failed;   /* out of memory */
};

/* {0} with an arena and a source is a valid builder; text grows in the arena. */

/* Show what lies before `from` in the source as it is, and pass over [from, to). */
void builder_replace(struct builder *b, size_t from, size_t to);

/* Show `bytes`; the first comes from source offset `source`, the others from those behind it. */
void builder_show(struct builder *b, struct slice bytes, size_t source);

/* Finish: the rest of the source as it is. False where memory was out. */
bool builder_finish(struct builder *b, struct view *view);

#endif
