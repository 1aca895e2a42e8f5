/*
 * staged_private.h - what staged.c, which reads, and staged_compare.c share.
 *
 * May include: base. Threads: one owner at a time.
 */
#ifndef GIT_STAGED_PRIVATE_H
#define GIT_STAGED_PRIVATE_H

#include "git/files/index.h"
#include "git/files/layout.h"
#include "git/staged.h"
#include "git/store/lookup.h"

enum { STAGED_FOLDERS_DEEP = 512 };

struct ids {
    struct object_id *ids; /* count of them */
    size_t count, cap;
};

struct staged {
    struct layout layout;
    struct index index;
    struct lookup *lookup;
    struct lookup_reader **readers; /* one for each of `workers`, made when first needed; or NULL */
    unsigned workers;
    struct arena arena; /* paths */
    struct staged_file *files;
    size_t count, cap;
    struct ids blobs, trees; /* HEAD's, in place of what changed; folders that are gone */
    size_t removed, submodules;
    size_t trees_read, held_bytes; /* see LIMIT_STAGED_... */
};

/*
 * Put what the tree `id` holds into `out`, which keeps its memory. For worker 0. STATUS_OK;
 * STATUS_LIMIT where it is too large or too many were read, STATUS_CORRUPT where it cannot be read
 * or is no tree, each with a text.
 */
enum status staged_tree(struct staged *staged, const struct object_id *id, struct buf *out);

/* Fill in what the index has and HEAD's tree (NULL: none) has not, and otherwise. Errors as
 * staged_tree(). */
enum status staged_compare(struct staged *staged, const struct object_id *head);

#endif
