/*
 * refs_private.h - one reading of a repository's files: refs.c, and refs_unnamed.c for what has no
 * name.
 *
 * Whatever returns a status gives STATUS_NOMEM, or STATUS_OK also where a file could not be read:
 * that is a trouble then, and reading goes on.
 *
 * Threads: one owner.
 */
#ifndef GIT_REFS_PRIVATE_H
#define GIT_REFS_PRIVATE_H

#include "git/files/refs.h"

struct reading {
    struct refs *refs; /* what it fills */
    const char *target;
    struct outcome *outcome;
    /* Tips without a name: reflogs say every id twice and more. What an index names begins no
     * walk over commits, so it must not stand for what something else names. */
    struct id_map seen, seen_in_index;
    struct buf text; /* of the file being read */
};

/* --- refs.c --- */

/*
 * Add a tip; `name`, of a TIP_REF alone, is copied. Without a name a zero id, and one that is there
 * already without a name (from an index, or from elsewhere), is passed over.
 */
enum status refs_add(struct reading *reading, const struct object_id *id, enum tip_kind kind,
                     const char *name);

/* --- refs_unnamed.c --- */

/* Add what HEAD, ORIG_HEAD and the like, the reflogs and the index of a git folder name. */
enum status refs_take_unnamed(struct reading *reading, const char *git);

/* --- refs_read.c --- */

/* Note that `path` cannot be read. */
enum status refs_trouble(struct reading *reading, const char *path, const char *what);

/*
 * Read the file at `path`, or `name` in `folder`, into reading->text, of which `*text` is all;
 * its ptr is NULL where the file is not there or cannot be read.
 */
enum status refs_text(struct reading *reading, const char *path, struct slice *text);
enum status refs_text_in(struct reading *reading, const char *folder, const char *name,
                         struct slice *text);

/* Called with the path of a file or folder, and with what it is called from where one began. */
typedef enum status refs_file_fn(struct reading *reading, const char *path, const char *name);

/* Call `fn` for every entry of `folder`, which may be absent, or until it fails. */
enum status refs_each(struct reading *reading, const char *folder, refs_file_fn *fn);

/* Call `fn` for every file at any depth below `folder`/`name`, called `name`/…, or until it fails.
 */
enum status refs_walk(struct reading *reading, const char *folder, const char *name,
                      refs_file_fn *fn);

#endif
