/*
 * tree.c - a task for each folder, and a task for each few files of it.
 *
 * A folder's task reads its entries in chunks: it queues the folders in it and hands out its files
 * in batches, of which the last is done on the spot. Whoever is idle steals folders (the oldest
 * tasks) or batches, so that one folder of 100,000 files keeps everybody busy. Targets are opened
 * when their task comes, and folders in them by their path from the target's descriptor, so few
 * descriptors are open whatever the depth and however many the targets.
 *
 * A first task looks over all the targets, so that what two of them name is read once.
 */
#include "source/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "source/beneath.h"
#include "source/named.h"

enum { CHUNK_BYTES = 32 * 1024, BATCH_FILES = 8 };

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
    char chunk[CHUNK_BYTES]; /* directory entries */
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

/* A folder to be read. */
struct folder_task {
    struct task task;
    struct tree *tree;
    struct root *root;
    dev_t device; /* of the folder above */
    char path[];  /* below the root: "" or without a slash at its end */
};

/* An open folder that batches of its files share. */
struct folder {
    struct tree *tree;
    struct root *root;
    atomic_uint users;
    int fd;
    char path[]; /* below the root, with a slash at its end where not empty */
};

/* Some files of one folder: names behind one another, each with its NUL. */
struct batch {
    struct task task;
    struct folder *folder;
    unsigned count;
    struct buf names;
};

static struct desk *desk_of(struct tree *tree, unsigned worker)
{
    if (!tree->desks[worker])
        tree->desks[worker] = calloc(1, sizeof(struct desk));
    return tree->desks[worker];
}

/* The path as people see it, in the worker's buffer; valid until its next use. */
static const char *show(struct desk *desk, const struct root *root, const char *folder,
                        const char *name)
{
    buf_reset(&desk->path);
    buf_text(&desk->path, root->shown);
    buf_text(&desk->path, folder);
    buf_text(&desk->path, name);
    if (buf_status(&desk->path))
        return name;
    if (!*name && desk->path.len > 1 && desk->path.ptr[desk->path.len - 1] == '/')
        buf_truncate(&desk->path, desk->path.len - 1);
    /* The folder that nobody named is called "." where its own name is needed. */
    return desk->path.len ? buf_cstr(&desk->path) : ".";
}

/* --- files --- */

static void hand_over(struct tree *tree, unsigned worker, const char *target, const char *path,
                      int fd, const struct stat *st)
{
    struct outcome *outcome = &tree->outcomes[worker];
    struct tree_file file = {
        .target = target, .path = path, .fd = fd, .size = (uint64_t)st->st_size
    };

    if (!S_ISREG(st->st_mode)) {
        outcome->coverage.skipped[SKIP_SPECIAL]++;
    } else if (file.size > tree->options.max_file_size) {
        outcome->coverage.skipped[SKIP_TOO_LARGE]++;
    } else {
        tree->callbacks.file(tree->callbacks.ctx, worker, &file);
        return;
    }
    close(fd);
}

static void open_file(struct folder *folder, unsigned worker, const char *name)
{
    struct tree *tree = folder->tree;
    struct desk *desk = desk_of(tree, worker);
    const char *path = show(desk, folder->root, folder->path, name);
    /* O_NONBLOCK: what became a pipe since it was listed must not hold the scan up. */
    int fd = openat(folder->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;

    if (fd < 0 && errno == ELOOP) {
        tree->outcomes[worker].coverage.skipped[SKIP_SYMLINK]++;
    } else if (fd < 0 || fstat(fd, &st)) {
        outcome_trouble(&tree->outcomes[worker], SKIP_UNREADABLE, folder->root->target, path, "%s",
                        strerror(errno));
        if (fd >= 0)
            close(fd);
    } else {
        hand_over(tree, worker, folder->root->target, path, fd, &st);
    }
}

static void folder_leave(struct folder *folder)
{
    if (atomic_fetch_sub(&folder->users, 1) > 1)
        return;
    close(folder->fd);
    free(folder);
}

static void run_batch(struct task *task, unsigned worker)
{
    struct batch *batch = (struct batch *)task;
    const char *name = buf_cstr(&batch->names);

    for (unsigned i = 0; i < batch->count; i++, name += strlen(name) + 1)
        open_file(batch->folder, worker, name);
    folder_leave(batch->folder);
    buf_release(&batch->names);
    free(batch);
}

/* --- folders --- */

static void run_folder(struct task *task, unsigned worker);

static enum status queue_folder(struct tree *tree, unsigned worker, struct root *root, dev_t device,
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

static void trouble(struct reading *r, const char *name, const char *message)
{
    outcome_trouble(&r->tree->outcomes[r->worker], SKIP_UNREADABLE, r->folder->root->target,
                    show(r->desk, r->folder->root, r->folder->path, name), "%s", message);
}

/* Let the batch that is full run: here where it is the last, by whoever comes first else. */
static void send_batch(struct reading *r, bool last)
{
    struct batch *batch = r->batch;

    r->batch = NULL;
    if (!batch)
        return;
    if (last)
        batch->task.run(&batch->task, r->worker);
    else
        pool_submit(r->tree->pool, r->worker, &batch->task);
}

static void add_file(struct reading *r, const char *name)
{
    if (!r->batch && (r->batch = calloc(1, sizeof(*r->batch)))) {
        r->batch->task.run = run_batch;
        r->batch->folder = r->folder;
        atomic_fetch_add(&r->folder->users, 1);
    }
    if (r->batch)
        buf_append(&r->batch->names, (struct slice){ (const uint8_t *)name, strlen(name) + 1 });
    if (!r->batch || r->batch->names.failed) {
        send_batch(r, false);
        trouble(r, name, "out of memory");
        return;
    }
    if (++r->batch->count == BATCH_FILES)
        send_batch(r, false);
}

static bool is_passed_over(struct reading *r, const char *name, bool folder)
{
    const struct tree_callbacks *callbacks = &r->tree->callbacks;
    uint64_t *skipped = r->tree->outcomes[r->worker].coverage.skipped;
    const char *path;
    bool excluded;

    if (!callbacks->ignored && !callbacks->excluded)
        return false;
    path = show(r->desk, r->folder->root, r->folder->path, name);
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
    const char *path = show(r->desk, r->folder->root, r->folder->path, name);

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
        if (!is_passed_over(r, name, true) &&
            queue_folder(r->tree, r->worker, r->folder->root, r->device, r->folder->path, name))
            trouble(r, name, err_text());
        break;
    case DT_REG:
    case DT_UNKNOWN: /* gone, or not to be seen: opening it says why */
        if (is_passed_over(r, name, false))
            break;
        if (strcmp(name, ".git") == 0)
            is_repository(r, name);
        add_file(r, name);
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

    while ((len = getdents64(r->folder->fd, r->desk->chunk, CHUNK_BYTES)) > 0) {
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
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if ((unsigned long)fs.f_type == kinds[i])
            return true;
    return false;
}

/* Open the task's folder; NULL where it is not to be read, which is then counted. */
static struct folder *open_folder(const struct folder_task *task, unsigned worker, dev_t *device)
{
    struct outcome *outcome = &task->tree->outcomes[worker];
    struct desk *desk = desk_of(task->tree, worker);
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
                        show(desk, task->root, task->path, ""), "%s", strerror(errno));
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

    r.desk = desk_of(r.tree, worker);
    if (!r.desk) {
        outcome_trouble(&r.tree->outcomes[worker], SKIP_UNREADABLE, task->root->target, task->path,
                        "out of memory");
    } else if ((r.folder = open_folder(task, worker, &r.device))) {
        read_entries(&r);
        send_batch(&r, true);
        folder_leave(r.folder);
    }
    if (atomic_fetch_sub(&task->root->users, 1) == 1 && task->root->fd >= 0) {
        close(task->root->fd);
        task->root->fd = -1;
    }
    free(task);
}

/* --- targets --- */

enum status tree_new(struct tree **out, struct pool *pool, struct outcome *outcomes,
                     const struct tree_options *options, const struct tree_callbacks *callbacks)
{
    struct tree *tree = calloc(1, sizeof(*tree));

    if (tree)
        tree->desks = calloc(pool_workers(pool), sizeof(*tree->desks));
    if (!tree || !tree->desks) {
        free(tree);
        return err_nomem();
    }
    tree->pool = pool;
    tree->outcomes = outcomes;
    tree->options = *options;
    tree->callbacks = *callbacks;
    *out = tree;
    return STATUS_OK;
}

/* A file named by the user is a task of its own. */
struct file_task {
    struct task task;
    struct tree *tree;
    const struct named *named;
};

static void run_file(struct task *queued, unsigned worker)
{
    struct file_task *task = (struct file_task *)queued;
    const struct named *named = task->named;
    int fd = open(named->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;

    if (fd < 0 || fstat(fd, &st)) {
        outcome_trouble(&task->tree->outcomes[worker], SKIP_UNREADABLE, named->target, named->shown,
                        "%s", strerror(errno));
        if (fd >= 0)
            close(fd);
    } else {
        hand_over(task->tree, worker, named->target, named->shown, fd, &st);
    }
    free(task);
}

static enum status queue_file(struct tree *tree, unsigned worker, const struct named *named)
{
    struct file_task *task = malloc(sizeof(*task));

    if (!task)
        return err_nomem();
    *task = (struct file_task){ .task.run = run_file, .tree = tree, .named = named };
    pool_submit(tree->pool, worker, &task->task);
    return STATUS_OK;
}

static enum status queue_root(struct tree *tree, unsigned worker, const struct named *named)
{
    struct root *root = calloc(1, sizeof(*root));
    size_t len = strlen(named->shown);

    if (root)
        root->shown = malloc(len + 2);
    if (!root || !root->shown) {
        free(root);
        return err_nomem();
    }
    stpcpy(stpcpy(root->shown, named->shown), len && named->shown[len - 1] != '/' ? "/" : "");
    root->fd = -1;
    root->path = named->path;
    root->target = named->target;
    root->next = tree->roots;
    tree->roots = root;
    return queue_folder(tree, worker, root, 0, "", "");
}

static void queue_named(struct tree *tree, unsigned worker, struct named *named)
{
    enum status status = STATUS_OK;

    if (S_ISDIR(named->mode))
        status = queue_root(tree, worker, named);
    else if (S_ISREG(named->mode))
        status = queue_file(tree, worker, named);
    else
        tree->outcomes[worker].coverage.skipped[SKIP_SPECIAL]++;
    if (status)
        outcome_trouble(&tree->outcomes[worker], SKIP_UNREADABLE, named->target, named->shown, "%s",
                        err_text());
}

static void run_start(struct task *queued, unsigned worker)
{
    struct tree *tree = (struct tree *)queued;
    /* Where .gitignore or a pattern decides what is walked, what was named twice is read twice. */
    bool certain = !tree->callbacks.ignored && !tree->callbacks.excluded;

    named_drop(tree->named, tree->named_count, certain);
    for (size_t i = 0; i < tree->named_count; i++)
        if (!tree->named[i].dropped)
            queue_named(tree, worker, &tree->named[i]);
}

/* The start stands in the queue from the first target on. */
static enum status add_named(struct tree *tree, const struct named *named)
{
    if (tree->named_count == tree->named_cap) {
        size_t cap = tree->named_cap ? tree->named_cap * 2 : 16;
        struct named *grown = realloc(tree->named, cap * sizeof(*grown));

        if (!grown)
            return err_nomem();
        tree->named = grown;
        tree->named_cap = cap;
    }
    tree->start.run = run_start;
    if (!tree->named_count && pool_queue(tree->pool, 0, &tree->start))
        return err_nomem();
    tree->named[tree->named_count] = *named;
    tree->named[tree->named_count].index = tree->named_count;
    tree->named_count++;
    return STATUS_OK;
}

enum status tree_add(struct tree *tree, const char *target, const char *path, const char *shown)
{
    struct named named = { .target = target };
    enum status status;
    struct stat st;

    if (stat(path, &st))
        return err_set(errno == ENOENT || errno == ENOTDIR ? STATUS_ABSENT : STATUS_IO, "%s",
                       strerror(errno));
    named.device = st.st_dev;
    named.inode = st.st_ino;
    named.mode = st.st_mode;
    named.path = strdup(path);
    named.shown = strdup(shown);
    status = named.path && named.shown ? add_named(tree, &named) : err_nomem();
    if (status) {
        free(named.path);
        free(named.shown);
    }
    return status;
}

void tree_free(struct tree *tree)
{
    if (!tree)
        return;
    for (unsigned i = 0; i < pool_workers(tree->pool); i++) {
        if (tree->desks[i])
            buf_release(&tree->desks[i]->path);
        free(tree->desks[i]);
    }
    while (tree->roots) {
        struct root *next = tree->roots->next;

        if (tree->roots->fd >= 0)
            close(tree->roots->fd);
        free(tree->roots->shown);
        free(tree->roots);
        tree->roots = next;
    }
    for (size_t i = 0; i < tree->named_count; i++) {
        free(tree->named[i].path);
        free(tree->named[i].shown);
        free(tree->named[i].real);
    }
    free(tree->named);
    free(tree->desks);
    free(tree);
}
