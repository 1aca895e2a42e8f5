/*
 * tree.h - walk folders with many threads and hand over every regular file, opened.
 *
 * Everything is looked at: hidden and ignored files, any name, any depth. Symbolic links below a
 * target are never followed, and no folder that is swapped for a link during the walk leads out of
 * the target; a target itself may be a link. Sockets, pipes and devices are skipped and counted,
 * and so are /proc, /sys and their kin below a target. A repository's object store is not walked:
 * whoever reads it is told. It reads no file's content.
 *
 * May include: base. Threads: callbacks come from the pool's workers, many at once.
 */
#ifndef SOURCE_TREE_H
#define SOURCE_TREE_H

#include "base/outcome.h"
#include "base/pool.h"

/* A regular file, open for reading. */
struct tree_file {
    const char *target; /* as given to tree_add() */
    const char *path;   /* the target joined with the path inside it; dies with the call */
    int fd;             /* the callback's to close */
    uint64_t size;      /* bytes, as the file system says; 0 in /proc for files that have content */
};

struct tree_callbacks {
    void *ctx;
    void (*file)(void *ctx, unsigned worker, const struct tree_file *file);
    /*
     * The folder (or the file called .git) at `path` looks like a repository. True: it is one and
     * will be read as such; its objects and logs are not walked. False: walk it like any folder.
     */
    bool (*repository)(void *ctx, unsigned worker, const char *target, const char *path);
    /*
     * True: pass over this entry (`folder`: a directory) and count it as SKIP_IGNORED or
     * SKIP_EXCLUDED. NULL: nothing is passed over.
     */
    bool (*ignored)(void *ctx, unsigned worker, const char *path, bool folder);
    bool (*excluded)(void *ctx, unsigned worker, const char *path, bool folder);
    /*
     * Comes once, before all others, where no folder was added: so many files of so many bytes in
     * all will be handed over, as far as could be told when they were added. NULL: nobody asks.
     */
    void (*files)(void *ctx, uint64_t files, uint64_t bytes);
};

struct tree_options {
    uint64_t max_file_size; /* bytes; larger files are SKIP_TOO_LARGE. UINT64_MAX: no maximum */
};

struct tree;

/*
 * A walk that runs on `pool` and notes what it could not read in outcomes[worker], one outcome for
 * each of the pool's workers. All of it must outlive the walk. On success `*out` is the caller's.
 * Returns STATUS_OK or STATUS_NOMEM.
 */
enum status tree_new(struct tree **out, struct pool *pool, struct outcome *outcomes,
                     const struct tree_options *options, const struct tree_callbacks *callbacks);

/*
 * Queue the file or folder at `path`, before pool_run(). `target` is handed on and must outlive the
 * walk; `shown` is how paths begin ("" for the folder that nobody named). What is neither file nor
 * folder is counted. What was added before, by whatever path, is read once, under its first name;
 * so is what lies inside of a folder that is added, then or later. Returns STATUS_OK; STATUS_ABSENT
 * where `path` does not exist, STATUS_IO where it cannot be looked at (both with a text, without
 * the path), STATUS_NOMEM. What cannot be opened is a trouble of the walk.
 */
enum status tree_add(struct tree *tree, const char *target, const char *path, const char *shown);

/* After pool_run(). NULL is allowed. */
void tree_free(struct tree *tree);

#endif
