/*
 * tree.c - the targets of a walk, and the start of their tasks.
 *
 * A first task looks over all the targets, so that what two of them name is read once. Targets are
 * opened when their task comes, so few descriptors are open however many they are.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "source/tree_private.h"

struct desk *tree_desk(struct tree *tree, unsigned worker)
{
    if (!tree->desks[worker])
        tree->desks[worker] = calloc(1, sizeof(struct desk));
    return tree->desks[worker];
}

const char *tree_show(struct desk *desk, const struct root *root, const char *folder,
                      const char *name)
{
    if (!desk)
        return name;
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
    return tree_queue_folder(tree, worker, root, 0, "", "");
}

static void queue_named(struct tree *tree, unsigned worker, struct named *named)
{
    enum status status = STATUS_OK;

    if (S_ISDIR(named->mode))
        status = queue_root(tree, worker, named);
    else if (S_ISREG(named->mode))
        status = tree_queue_file(tree, worker, named);
    else
        tree->outcomes[worker].coverage.skipped[SKIP_SPECIAL]++;
    if (status)
        outcome_trouble(&tree->outcomes[worker], SKIP_UNREADABLE, named->target, named->shown, "%s",
                        err_text());
}

/* Where files alone were named, tell how many and how large they are. */
static void tell_files(const struct tree *tree)
{
    uint64_t files = 0, bytes = 0;

    for (size_t i = 0; i < tree->named_count; i++) {
        const struct named *named = &tree->named[i];

        if (!named->dropped && S_ISDIR(named->mode))
            return;
        if (named->dropped || !S_ISREG(named->mode) ||
            (uint64_t)named->bytes > tree->options.max_file_size)
            continue;
        files++;
        bytes += (uint64_t)named->bytes;
    }
    tree->callbacks.files(tree->callbacks.ctx, files, bytes);
}

static void run_start(struct task *queued, unsigned worker)
{
    struct tree *tree = (struct tree *)queued;
    /* Where .gitignore or a pattern decides what is walked, what was named twice is read twice. */
    bool certain = !tree->callbacks.ignored && !tree->callbacks.excluded;

    named_drop(tree->named, tree->named_count, certain);
    if (tree->callbacks.files)
        tell_files(tree);
    for (size_t i = 0; i < tree->named_count; i++)
        if (!tree->named[i].dropped)
            queue_named(tree, worker, &tree->named[i]);
}

/* The start stands in the queue from the first target on. */
static enum status add_named(struct tree *tree, const struct named *named)
{
    struct named *list =
        array_room(tree->named, tree->named_count, &tree->named_cap, sizeof(*list));

    if (!list)
        return err_nomem();
    tree->named = list;
    tree->start.run = run_start;
    if (!tree->named_count && pool_queue(tree->pool, 0, &tree->start))
        return err_nomem();
    list[tree->named_count] = *named;
    list[tree->named_count].index = tree->named_count;
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
    named.bytes = st.st_size;
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
