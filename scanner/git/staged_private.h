/*
 * staged_private.h - what staged.c, which reads, and staged_compare.c share.
 *
 * May include: base. Library: libgit2. Threads: one owner at a time.
 */
#ifndef GIT_STAGED_PRIVATE_H
#define GIT_STAGED_PRIVATE_H

#include <git2.h>

#include "git/files/index.h"
#include "git/files/layout.h"
#include "git/staged.h"
#include "git/store/pack.h"

enum { STAGED_FOLDERS_DEEP = 512 };

struct ids {
    struct object_id *ids; /* count of them */
    size_t count, cap;
};

struct staged {
    struct layout layout;
    struct index index;
    git_odb *odb;
    struct arena arena; /* paths */
    struct staged_file *files;
    size_t count, cap;
    struct ids blobs, trees; /* HEAD's, in place of what changed; folders that are gone */
    size_t removed;
};

/*
 * The object is the caller's, to be freed. STATUS_OK; STATUS_LIMIT where it is too large,
 * STATUS_CORRUPT where it cannot be read or is of another type, each with a text.
 */
enum status staged_object(const struct staged *staged, const struct object_id *id,
                          enum object_type type, git_odb_object **out);

/* Borrowed from the object; empty for NULL. */
static inline struct slice staged_content(git_odb_object *object)
{
    return object ? (struct slice){ git_odb_object_data(object), git_odb_object_size(object) }
                  : (struct slice){ 0 };
}

/* Fill in what the index has and HEAD's tree (NULL: none) has not, and otherwise. Errors as
 * staged_object(). */
enum status staged_compare(struct staged *staged, const struct object_id *head);

#endif
