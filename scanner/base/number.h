/*
 * number.h - counts and sizes as people read them.
 *
 * Threads: pure.
 */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include "base/buf.h"

/* Append `number`: 1204 as "1,204". */
void number_put(struct buf *out, uint64_t number);

/* Append `number` and the word for it: "1 file", "1,204 files". */
void number_put_of(struct buf *out, uint64_t number, const char *one, const char *many);

/* Append bytes in decimal units with one digit after the point, rounded down: "1.2 MB", "17 bytes".
 */
void number_put_size(struct buf *out, uint64_t bytes);

#endif
