/*
 * source.h - what only the source file can tell of a place: its UTF-16 column, and the hash of its
 * line.
 *
 * May include: base. Threads: any; the file is opened, read and closed.
 */
#ifndef REPORT_SOURCE_H
#define REPORT_SOURCE_H

#include "base/slice.h"

/* 16 hex digits, a colon, a number and the NUL. */
enum { SOURCE_HASH_SIZE = 16 + 1 + 20 + 1 };

/* A place of a finding in a file. */
struct source_place {
    uint64_t offset, line;       /* as in struct place */
    uint64_t column;             /* from 1, in UTF-16 units; 0: not known */
    char hash[SOURCE_HASH_SIZE]; /* as GitHub writes it; "": not known */
};

/*
 * Fill in column and hash of `count` places, sorted by offset, in the file `path`. What is no
 * regular file any more, cannot be read or is larger than LIMIT_SOURCE_BYTES leaves them empty:
 * nothing is a failure here, for the scan has read the file and told its troubles.
 */
void source_fill(const char *path, struct source_place *places, size_t count);

#endif
