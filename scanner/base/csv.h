/*
 * csv.h - the rows of a table with commas (RFC 4180), also with bare line feeds.
 *
 * May include: base. Threads: a row belongs to one.
 */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/buf.h"
#include "base/input.h"

enum { CSV_COLUMNS_MAX = 128 };

/* {0} is a valid row without values; `text.max` bounds its bytes. */
struct csv_row {
    struct buf text;                      /* the values, each ended by a NUL */
    struct slice values[CSV_COLUMNS_MAX]; /* count of them, which die with the next row */
    size_t count;                         /* what stands further on is not kept */
};

/*
 * Read the next row. False: the input has ended or failed. A row that is longer than the maximum is
 * read to its end all the same; buf_status() of `text` tells, and there are no values.
 */
bool csv_next(struct csv_row *row, struct input *input);

void csv_release(struct csv_row *row);

#endif
