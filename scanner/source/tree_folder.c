/*
 * tree_folder.c - a task for each folder: what stands in it, and what of that is passed over.
 *
 * A folder's task reads its entries in chunks: it queues the folders in it and hands out its files
 * in batches, of which the last is done on the spot. Whoever is idle steals folders (the oldest
 * tasks) or batches, so that one folder of 100,000 files keeps everybody busy. Folders are opened
 * by their path from the target's descriptor when their task comes, so few descriptors are open
 * whatever the depth.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/array.h"
#include "source/beneath.h"
#include "source/tree_private.h"

/* A folder to be read. */
struct folder_task {
    struct task task;
    struct tree *tree;
    struct root *root;
    dev_t device; /* of the folder above */
    char path[];  /* below the root: "" or without a slash at its end */
};

/* A folder being read by its task. */
struct reading {
    struct tree *tree;
    struct desk *desk;
    struct folder *folder;
    struct batch *batch;
    unsigned worker;
    dev_t device;
    bool is_repository; /* the top of one: objects and logs are not walked */
};

void tree_leave(struct folder *folder)
{
    if (atomic_fetch_sub(&folder->users, 1) > 1)
        return;
    close(folder->fd);
    free(folder);
}

/* --- entries --- */

static void trouble(struct reading *r, const char *name, const char *message)
{
    outcome_trouble(&r->tree->outcomes[r->worker], SKIP_UNREADABLE, r->folder->root->target,
                    tree_show(r->desk, r->folder->root, r->folder->path, name), "%s", message);
}

static bool is_passed_over(struct reading *r, const char *name, bool folder)
{
    const struct tree_callbacks *callbacks = &r->tree->callbacks;
    uint64_t *skipped = r->tree->outcomes[r->worker].coverage.skipped;
    const char *path;
    bool excluded;

    if (!callbacks->ignored && !callbacks->excluded)
        return false;
    path = tree_show(r->desk, r->folder->root, r->folder->path, name);
    excluded = callbacks->excluded && callbacks->excluded(callbacks->ctx, r->worker, path, folder);
    if (!excluded &&
        !(callbacks->ignored && callbacks->ignored(callbacks->ctx, r->worker, path, folder)))
        return false;
    skipped[excluded ? SKIP_EXCLUDED : SKIP_IGNORED]++;
    return true;
}

static bool is_repository(struct reading *r, const char *name)
{
    const struct tree_callbacks *callbacks = &r->tree->callbacks;
    const char *target = r->folder->root->target;
    const char *path = tree_show(r->desk, r->folder->root, r->folder->path, name);

    if (!buf_status(&r->desk->path))
        return callbacks->repository(callbacks->ctx, r->worker, target, path);
    outcome_trouble(&r->tree->outcomes[r->worker], SKIP_UNREADABLE, target, path, "%s", err_text());
    return false;
}

/* Entries of a repository's folder that its reader covers, or that hold hashes only. */
static bool is_store(const char *name)
{
    return strcmp(name, "objects") == 0 || strcmp(name, "logs") == 0 ||
           strcmp(name, "index") == 0 || strcmp(name, "refs") == 0 ||
           strcmp(name, "packed-refs") == 0;
}

static void add_entry(struct reading *r, const char *name, unsigned char type)
{
    struct outcome *outcome = &r->tree->outcomes[r->worker];
    struct stat st;

    if (type == DT_UNKNOWN && fstatat(r->folder->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        type = (unsigned char)IFTODT(st.st_mode);
    if (r->is_repository && is_store(name))
        return;
    switch (type) {
    case DT_DIR:
        if (!is_passed_over(r, name, true) && tree_queue_folder(r->tree, r->worker, r->folder->root,
                                                                r->device, r->folder->path, name))
            trouble(r, name, err_text());
        break;
    case DT_REG:
    case DT_UNKNOWN: /* gone, or not to be seen: opening it says why */
        if (is_passed_over(r, name, false))
            break;
        if (strcmp(name, ".git") == 0)
            is_repository(r, name);
        if (!tree_add_file(&r->batch, r->folder, r->worker, name))
            trouble(r, name, "out of memory");
        break;
    case DT_LNK:
        outcome->coverage.skipped[SKIP_SYMLINK]++;
        break;
    default:
        outcome->coverage.skipped[SKIP_SPECIAL]++;
    }
}

/* Does the first chunk of entries hold what every repository's folder holds? */
static bool looks_like_repository(const char *chunk, ssize_t len)
{
    unsigned seen = 0;

    for (ssize_t at = 0; at < len;) {
        const struct dirent64 *entry = (const struct dirent64 *)(const void *)(chunk + at);

        seen |= strcmp(entry->d_name, "HEAD") == 0;
        seen |= (strcmp(entry->d_name, "objects") == 0) << 1;
        seen |= (strcmp(entry->d_name, "refs") == 0) << 2;
        at += entry->d_reclen;
    }
    return seen == 7;
}

static void read_entries(struct reading *r)
{
    bool first = true;
    ssize_t len;

    while ((len = getdents64(r->folder->fd, r->desk->chunk, TREE_CHUNK_BYTES)) > 0) {
        if (first && looks_like_repository(r->desk->chunk, len) && is_repository(r, ""))
            r->is_repository = true;
        first = false;
        for (ssize_t at = 0; at < len;) {
            const struct dirent64 *entry =
                (const struct dirent64 *)(const void *)(r->desk->chunk + at);

            if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                add_entry(r, entry->d_name, entry->d_type);
            at += entry->d_reclen;
        }
    }
    if (len < 0)
        trouble(r, "", strerror(errno));
}

/* File systems that show the kernel's state; below a target they are endless and no place for
 * files. */
static bool is_pseudo(int fd)
{
    static const unsigned long kinds[] = {
        PROC_SUPER_MAGIC,   SYSFS_MAGIC,        DEBUGFS_MAGIC,       TRACEFS_MAGIC,
        SECURITYFS_MAGIC,   CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, BPF_FS_MAGIC,
        DEVPTS_SUPER_MAGIC, SELINUX_MAGIC,      PSTOREFS_MAGIC,      EFIVARFS_MAGIC,
    };
    struct statfs fs;

    if (fstatfs(fd, &fs))
        return false;
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if ((unsigned long)fs.f_type == kinds[i])
            return true;
    return false;
}

/* Open the task's folder; NULL where it is not to be read, which is then counted. */
static struct folder *open_folder(const struct folder_task *task, unsigned worker, dev_t *device)
{
    struct outcome *outcome = &task->tree->outcomes[worker];
    struct desk *desk = tree_desk(task->tree, worker);
    size_t len = strlen(task->path);
    struct folder *folder = NULL;
    struct stat st;
    int fd;

    if (!task->path[0])
        task->root->fd = open(task->root->path, O_RDONLY | O_DIRECTORY | O_NOCTTY | O_CLOEXEC);
    fd = task->root->fd < 0 ? -1 : beneath_open_folder(task->root->fd, task->path);
    if (fd < 0 && task->path[0] && (errno == ELOOP || errno == ENOTDIR)) {
        outcome->coverage.skipped[SKIP_SYMLINK]++; /* it was a folder when it was listed */
    } else if (fd < 0 || fstat(fd, &st) || !(folder = malloc(sizeof(*folder) + len + 2))) {
        outcome_trouble(outcome, SKIP_UNREADABLE, task->root->target,
                        tree_show(desk, task->root, task->path, ""), "%s", strerror(errno));
    } else if (task->path[0] && st.st_dev != task->device && is_pseudo(fd)) {
        outcome->coverage.skipped[SKIP_PSEUDO_FS]++;
        free(folder);
        folder = NULL;
    }
    if (!folder) {
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    *folder = (struct folder){ .tree = task->tree, .root = task->root, .users = 1, .fd = fd };
    stpcpy(stpcpy(folder->path, task->path), len ? "/" : "");
    *device = st.st_dev;
    return folder;
}

static void run_folder(struct task *queued, unsigned worker)
{
    struct folder_task *task = (struct folder_task *)queued;
    struct reading r = { .tree = task->tree, .worker = worker };

    r.desk = tree_desk(r.tree, worker);
    if (!r.desk) {
        outcome_trouble(&r.tree->outcomes[worker], SKIP_UNREADABLE, task->root->target, task->path,
                        "out of memory");
    } else if ((r.folder = open_folder(task, worker, &r.device))) {
        read_entries(&r);
        tree_send(&r.batch, worker, true);
        tree_leave(r.folder);
    }
    if (atomic_fetch_sub(&task->root->users, 1) == 1 && task->root->fd >= 0) {
        close(task->root->fd);
        task->root->fd = -1;
    }
    free(task);
}

enum status tree_queue_folder(struct tree *tree, unsigned worker, struct root *root, dev_t device,
                              const char *folder, const char *name)
{
    size_t len = strlen(folder) + strlen(name) + 1;
    struct folder_task *task = malloc(sizeof(*task) + len);

    if (!task)
        return err_nomem();
    *task = (struct folder_task){
        .task.run = run_folder, .tree = tree, .root = root, .device = device
    };
    stpcpy(stpcpy(task->path, folder), name);
    atomic_fetch_add(&root->users, 1);
    pool_submit(tree->pool, worker, &task->task);
    return STATUS_OK;
}
