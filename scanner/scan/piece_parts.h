/*
 * piece_parts.h - the parts that were found in one piece of a document.
 *
 * Threads: one owner at a time.
 */
#ifndef SCAN_PIECE_PARTS_H
#define SCAN_PIECE_PARTS_H

#include "base/arena.h"
#include "detect/part.h"

/* {0} is a valid empty one. Lines and columns are counted from the piece's first byte. */
struct piece_parts {
    struct part *parts; /* count of them, ascending by offset */
    size_t count, cap;
    struct arena arena;     /* holds parts and their values */
    enum block block;       /* what its last mark of a block did */
    uint64_t temporary_ids; /* in it that pair with nothing, and are no parts: only counted */
    uint64_t lines;         /* line ends in the piece */
    uint64_t tail;          /* bytes behind the last of them */
};

/* A new entry at the end, whose fields are the caller's to set; NULL where memory is out. */
struct part *piece_parts_add(struct piece_parts *parts);

/*
 * Sort the parts from the one at `first` on by their offset, and keep one of those that are the
 * same value at the same place: of several sightings the one with the stronger label, then the one
 * in the document itself.
 */
void piece_parts_merge(struct piece_parts *parts, size_t first);

/* Keep the parts that begin at [from, to). */
void piece_parts_keep(struct piece_parts *parts, uint64_t from, uint64_t to);

/* Release what is held; it is then {0}. */
void piece_parts_release(struct piece_parts *parts);

#endif
