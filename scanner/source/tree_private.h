/*
 * tree_private.h - what the files of the walk share: tree.c (targets), tree_folder.c, tree_file.c.
 *
 * Threads: a root and a folder are shared by tasks and live until the last of their users leaves; a
 * desk is its worker's own; the rest of a tree is constant while the walk runs.
 */
#ifndef SOURCE_TREE_PRIVATE_H
#define SOURCE_TREE_PRIVATE_H

#include <stdatomic.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "source/named.h"
#include "source/tree.h"

enum { TREE_CHUNK_BYTES = 32 * 1024 };

/* A target that is a folder. */
struct root {
    struct root *next;
    atomic_uint users; /* tasks of folders in it; the last one closes fd */
    int fd;            /* -1 before its own task, which is the first, and after the last */
    const char *target;
    const char *path;
    char *shown; /* how its paths begin: "" or ending in a slash */
};

/* What a worker uses again and again. */
struct desk {
    char chunk[TREE_CHUNK_BYTES]; /* directory entries */
    struct buf path;
};

struct tree {
    struct task start; /* comes before all others: every target is named by then */
    struct pool *pool;
    struct outcome *outcomes;
    struct tree_options options;
    struct tree_callbacks callbacks;
    struct named *named; /* named_count of them */
    size_t named_count, named_cap;
    struct root *roots;
    struct desk **desks; /* one a worker, made on first use by that worker */
};

/* An open folder that batches of its files share. */
struct folder {
    struct tree *tree;
    struct root *root;
    atomic_uint users;
    int fd;
    char path[]; /* below the root, with a slash at its end where not empty */
};

/* Some files of one folder that are opened by one task. */
struct batch;

/* --- tree.c --- */

/* The worker's desk; NULL where memory is out. */
struct desk *tree_desk(struct tree *tree, unsigned worker);

/*
 * The path as people see it, in the worker's buffer; valid until its next use. `folder` is a path
 * below the root, and `name` may be "": the folder itself.
 */
const char *tree_show(struct desk *desk, const struct root *root, const char *folder,
                      const char *name);

/* --- tree_folder.c --- */

/*
 * Queue the folder `name` in `folder`, which is a path below the root that ends in a slash, or "";
 * "" in "" is the root itself. `device` is that of the folder above. STATUS_OK or STATUS_NOMEM.
 */
enum status tree_queue_folder(struct tree *tree, unsigned worker, struct root *root, dev_t device,
                              const char *folder, const char *name);

/* One user less: the last one closes and frees it. */
void tree_leave(struct folder *folder);

/* --- tree_file.c --- */

/* Queue a file that the user named; `named` outlives the walk. STATUS_OK or STATUS_NOMEM. */
enum status tree_queue_file(struct tree *tree, unsigned worker, const struct named *named);

/*
 * Put the file `name` of `folder` into `*batch` (NULL: a new one), which is sent where it is full.
 * False where memory is out: the file is not in it.
 */
bool tree_add_file(struct batch **batch, struct folder *folder, unsigned worker, const char *name);

/* Let `*batch` run: here where it is the folder's last, by whoever comes first else. */
void tree_send(struct batch **batch, unsigned worker, bool last);

#endif
