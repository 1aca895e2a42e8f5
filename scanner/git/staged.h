/*
 * staged.h - what the index holds that HEAD does not.
 *
 * Made to be quick: folders that the index knows to be as HEAD's tree has them are passed over
 * without reading anything, and of the objects only those are read that differ. As a hook's program
 * it obeys the variables with which git tells hooks where things are: GIT_INDEX_FILE (git commit -a
 * and git commit FILE have an index of their own), GIT_DIR, GIT_OBJECT_DIRECTORY and
 * GIT_ALTERNATE_OBJECT_DIRECTORIES.
 *
 * May include: base. Threads: staged_read() may run in several, each a worker of its own; else one
 * owner at a time.
 */
#ifndef GIT_STAGED_H
#define GIT_STAGED_H

#include "base/outcome.h"
#include "git/history.h"

struct staged;

/* A file of the index that HEAD has not, or otherwise. Text is borrowed from the staged. */
struct staged_file {
    const char *path;
    char id[HISTORY_ID_SIZE];
};

/*
 * Compare the index of the repository that `path` lies in (NULL: the one that the variables or the
 * current folder name) with HEAD. `workers` (> 0) threads are going to read at once. On success
 * `*out` is the caller's. STATUS_OK; STATUS_INVALID where there is no repository or it has no work
 * tree's index; else as history_open(), with a text.
 */
enum status staged_open(struct staged **out, const char *path, unsigned workers);

/* The files to look at, in the order of their paths. Entries in conflict are among them, once for
 * each side. */
const struct staged_file *staged_files(const struct staged *staged, size_t *n);

/* How many files HEAD has and the index has not. */
size_t staged_removed(const struct staged *staged);

/* What a file of staged_files(), or an object of staged_before(), holds. */
typedef void staged_fn(void *ctx, struct slice content);

/*
 * Hand the content of object `id` to `fn`, on the thread that is `worker`. STATUS_OK; STATUS_LIMIT
 * where it is larger than LIMIT_BLOB_BYTES; STATUS_CORRUPT where it cannot be read, each with a
 * text.
 */
enum status staged_read(const struct staged *staged, unsigned worker, const char *id, staged_fn *fn,
                        void *ctx);

/*
 * Hand over what HEAD has in the place of the staged files, and what was removed, each content
 * once. What cannot be read is passed over: then something is taken for new that is not. STATUS_OK
 * or STATUS_NOMEM.
 */
enum status staged_before(struct staged *staged, staged_fn *fn, void *ctx);

/*
 * Where a merge is under way: hand over what the commits that are merged in have at `path`. It is
 * nothing that the merge's commit brings in. Likewise in what is passed over, and what is returned.
 */
enum status staged_merged(struct staged *staged, const char *path, staged_fn *fn, void *ctx);

/* How many submodules have another commit in the index than in HEAD. */
size_t staged_submodules(const struct staged *staged);

/* NULL is allowed. */
void staged_free(struct staged *staged);

#endif
