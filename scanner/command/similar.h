/*
 * similar.h - which known word a mistyped one was meant to be.
 *
 * May include: libc. Threads: any.
 */
#ifndef COMMAND_SIMILAR_H
#define COMMAND_SIMILAR_H

#include <stddef.h>

/*
 * The one of `count` words that is nearest to `typed`: at most 2 letters changed, left out, put in
 * or swapped, and fewer than half of the word's; or the only one that begins with `typed`. Static
 * as the words are. NULL where none is near, or two are equally near.
 */
const char *similar_word(const char *typed, const char *const words[], size_t count);

#endif
