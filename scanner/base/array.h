/*
 * array.h - how many elements an array has, and room in one that grows.
 *
 * What limits an array's growth is the business of whoever adds to it. Threads: one owner at a
 * time.
 */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include <stdlib.h>

/* Elements of an array whose length the compiler knows. */
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/*
 * `array`, which holds `count` elements of `size` bytes and has room for `*cap`, with room for one
 * more; it may have moved, and *cap has grown. NULL where memory is out (no text is set): then
 * `array` and *cap are as they were. NULL with a *cap of 0 is a valid empty array. To be freed with
 * free().
 */
static inline void *array_room(void *array, size_t count, size_t *cap, size_t size)
{
    size_t more = *cap ? *cap * 2 : 16;

    if (count < *cap)
        return array;
    array = realloc(array, more * size);
    if (array)
        *cap = more;
    return array;
}

#endif
