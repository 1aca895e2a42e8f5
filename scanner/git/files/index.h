/*
 * index.h - the entries of a git index, and the trees that it knows already.
 *
 * Versions 2 to 4, split indexes and sparse ones (git's documentation, gitformat-index). Nothing in
 * the file is trusted; offsets and counts are checked as they are read.
 *
 * May include: base. Threads: constant after index_read().
 */
#ifndef GIT_INDEX_H
#define GIT_INDEX_H

#include "base/arena.h"
#include "base/buf.h"
#include "git/store/id.h"

struct index_entry {
    struct slice path; /* borrowed from the index */
    const struct object_id *id;
    uint32_t mode; /* of a tree: in a sparse index a whole folder, whose path ends with a slash */
    uint8_t stage; /* 0; 1 to 3 in a merge conflict */
    bool intent;   /* only the intent to add it is there, and no content */
};

/* A folder whose tree's id is known: what it holds is as in that tree. */
struct index_tree {
    struct slice name;          /* of the folder in the one round it; empty for the root */
    const struct object_id *id; /* NULL: something in it has changed */
    uint32_t entry_count;       /* of all entries in it, where `id` is known */
    uint32_t child, sibling;    /* the first folder in it, the next one beside it; 0: none */
};

struct index {
    struct buf bytes;
    struct arena arena;          /* paths of version 4, which share their beginnings */
    struct index_entry *entries; /* count of them, in the order of their paths */
    uint32_t count;
    struct index_tree *trees; /* tree_count of them, the root first; none where nothing is known */
    uint32_t tree_count;
    size_t tree_cap;
    struct slice link; /* of a split index: its base's id, and what it takes from that; or empty */
    struct index *shared; /* index_read(): the base, from which entries borrow; or NULL */
};

/*
 * Read the index at `path`, with the base of a split one, which lies in the folder `git`; no such
 * file is an index without entries. On success to be released. STATUS_OK; STATUS_CORRUPT,
 * STATUS_UNSUPPORTED, STATUS_IO or STATUS_LIMIT with a text that names `path`; STATUS_NOMEM.
 */
enum status index_read(struct index *index, const char *path, const char *git);

/*
 * The entries of one file as they lie, which is `bytes`; those that a split index has in place of
 * its base's have no path. To be released after a failure too, with what stood before the damage.
 * STATUS_OK, STATUS_CORRUPT or STATUS_UNSUPPORTED with a text, or STATUS_NOMEM. `bytes` is taken
 * over.
 */
enum status index_parse(struct index *index, struct buf *bytes);

/*
 * split_index.c: put the entries of `base` (parsed) and those of `index`, whose link says how,
 * together in index->entries. STATUS_OK, STATUS_CORRUPT (no text) or STATUS_NOMEM.
 */
enum status index_join(struct index *index, const struct index *base);

void index_release(struct index *index);

#endif
