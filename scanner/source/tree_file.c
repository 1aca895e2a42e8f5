/*
 * tree_file.c - opening regular files: those of a folder in batches, and those that were named.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "source/tree_private.h"

enum { BATCH_FILES = 8 };

/* Names behind one another, each with its NUL. */
struct batch {
    struct task task;
    struct folder *folder;
    unsigned count;
    struct buf names;
};

/* A file named by the user is a task of its own. */
struct file_task {
    struct task task;
    struct tree *tree;
    const struct named *named;
};

/* Hand over what was opened as `fd`, a failure where that is negative; errno says why. */
static void hand_over(struct tree *tree, unsigned worker, const char *target, const char *path,
                      int fd)
{
    struct outcome *outcome = &tree->outcomes[worker];
    struct tree_file file = { .target = target, .path = path, .fd = fd };
    struct stat st;

    if (fd < 0 || fstat(fd, &st)) {
        outcome_trouble(outcome, SKIP_UNREADABLE, target, path, "%s", strerror(errno));
    } else if (!S_ISREG(st.st_mode)) {
        outcome->coverage.skipped[SKIP_SPECIAL]++;
    } else if ((file.size = (uint64_t)st.st_size) > tree->options.max_file_size) {
        outcome->coverage.skipped[SKIP_TOO_LARGE]++;
    } else {
        tree->callbacks.file(tree->callbacks.ctx, worker, &file);
        return;
    }
    if (fd >= 0)
        close(fd);
}

/* --- files of a folder --- */

static void open_file(struct folder *folder, unsigned worker, const char *name)
{
    struct tree *tree = folder->tree;
    const char *path = tree_show(tree_desk(tree, worker), folder->root, folder->path, name);
    /* O_NONBLOCK: what became a pipe since it was listed must not hold the scan up. */
    int fd = openat(folder->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    if (fd < 0 && errno == ELOOP)
        tree->outcomes[worker].coverage.skipped[SKIP_SYMLINK]++;
    else
        hand_over(tree, worker, folder->root->target, path, fd);
}

static void run_batch(struct task *task, unsigned worker)
{
    struct batch *batch = (struct batch *)task;
    const char *name = buf_cstr(&batch->names);

    for (unsigned i = 0; i < batch->count; i++, name += strlen(name) + 1)
        open_file(batch->folder, worker, name);
    tree_leave(batch->folder);
    buf_release(&batch->names);
    free(batch);
}

void tree_send(struct batch **batch, unsigned worker, bool last)
{
    struct batch *sent = *batch;

    *batch = NULL;
    if (sent && last)
        run_batch(&sent->task, worker);
    else if (sent)
        pool_submit(sent->folder->tree->pool, worker, &sent->task);
}

bool tree_add_file(struct batch **batch, struct folder *folder, unsigned worker, const char *name)
{
    struct slice text = { (const uint8_t *)name, strlen(name) + 1 };

    if (!*batch && (*batch = calloc(1, sizeof(**batch)))) {
        (*batch)->task.run = run_batch;
        (*batch)->folder = folder;
        atomic_fetch_add(&folder->users, 1);
    }
    if (!*batch)
        return false;
    buf_append(&(*batch)->names, text);
    if ((*batch)->names.failed) {
        tree_send(batch, worker, false);
        return false;
    }
    if (++(*batch)->count == BATCH_FILES)
        tree_send(batch, worker, false);
    return true;
}

/* --- files that were named --- */

static void run_file(struct task *queued, unsigned worker)
{
    struct file_task *task = (struct file_task *)queued;
    const struct named *named = task->named;
    int fd = open(named->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    hand_over(task->tree, worker, named->target, named->shown, fd);
    free(task);
}

enum status tree_queue_file(struct tree *tree, unsigned worker, const struct named *named)
{
    struct file_task *task = malloc(sizeof(*task));

    if (!task)
        return err_nomem();
    *task = (struct file_task){ .task.run = run_file, .tree = tree, .named = named };
    pool_submit(tree->pool, worker, &task->task);
    return STATUS_OK;
}
