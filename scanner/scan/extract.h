/*
 * extract.h - the bytes round places in documents, kept while a scan reads these again.
 *
 * What lies in an archive, a bucket or a bundle cannot be opened by its path: whoever wants to show
 * it scans its container once more, and says before which places are wanted.
 *
 * Threads: extracts_note() and extracts_note_object() from any; the rest before and after the scan.
 */
#ifndef SCAN_EXTRACT_H
#define SCAN_EXTRACT_H

#include <pthread.h>

#include "base/finding.h"
#include "base/piece.h"

/* Enough before a place for the lines above it, and behind it for those of its secret. */
enum { EXTRACT_BEFORE_BYTES = 4096, EXTRACT_BYTES = 3 * EXTRACT_BEFORE_BYTES };

/* A stretch of one document. */
struct extract {
    const char *path; /* of the document, as its findings have it; borrowed */
    const char *blob; /* instead, an object of git's; NULL: none; borrowed */
    uint64_t from;    /* where the stretch begins */
    size_t len;       /* 0: it was not come by */
    uint8_t bytes[EXTRACT_BYTES];
};

struct extracts {
    pthread_mutex_t lock; /* guards what is in the list */
    struct extract *list;
    size_t count;
};

/* Where the stretch round `offset` begins. */
uint64_t extract_begin(uint64_t offset);

/* Keep what of the piece of the document at `path` is wanted. NULL for `extracts` is allowed. */
void extracts_note(struct extracts *extracts, const char *path, const struct piece *piece);

/* Likewise of the object `id` of a repository, which lies whole in memory. */
void extracts_note_object(struct extracts *extracts, const char *id, struct slice content);

#endif
