/* staged.c - finding the index and HEAD, reading objects, and answering about what differs. */
#include "git/staged_private.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/limits.h"
#include "git/files/refs.h"
#include "git/store/content.h"

/* --- objects --- */

static enum status open_objects(struct staged *staged)
{
    char *folder = path_join(staged->layout.common, "objects");
    struct objects_places places = {
        .folders = { getenv("GIT_OBJECT_DIRECTORY"), folder },
        .more = getenv("GIT_ALTERNATE_OBJECT_DIRECTORIES"),
    };
    enum status status = folder ? lookup_open(&staged->lookup, &places) : err_nomem();

    free(folder);
    return status;
}

/* Content that is borrowed until the worker's next read. */
static enum status borrow(const struct staged *staged, unsigned worker, const struct object_id *id,
                          enum object_type type, struct slice *content)
{
    struct lookup_reader **reader = &staged->readers[worker];
    enum status status = *reader ? STATUS_OK : lookup_reader_new(reader, staged->lookup);
    char hex[ID_DIGITS + 1];
    struct object object;

    if (status)
        return status;
    id_hex(id, hex);
    status = lookup_read(*reader, id, LIMIT_BLOB_BYTES, &object);
    if (status == STATUS_STOPPED)
        return err_set(STATUS_LIMIT, "object %s is larger than %llu bytes", hex, LIMIT_BLOB_BYTES);
    if (status == STATUS_ABSENT)
        return err_set(STATUS_CORRUPT, "object %s is missing", hex);
    if (status)
        return err_set(status, "object %s cannot be read: %s", hex, err_text());
    if (object.type != type)
        return err_set(STATUS_CORRUPT, "object %s is not of the kind that it should be", hex);
    *content = object.content;
    return STATUS_OK;
}

enum status staged_tree(struct staged *staged, const struct object_id *id, struct buf *out)
{
    struct slice content;
    enum status status = borrow(staged, 0, id, OBJECT_TREE, &content);

    if (status)
        return status;
    if (++staged->trees_read > LIMIT_STAGED_TREES)
        return err_set(STATUS_LIMIT, "more than %u folders would be read", LIMIT_STAGED_TREES);
    buf_reset(out);
    buf_append(out, content);
    return buf_status(out);
}

/* --- opening --- */

static enum status read_index_of(struct staged *staged, bool variables)
{
    const char *named = variables ? getenv("GIT_INDEX_FILE") : NULL;
    char *path = named && named[0] ? strdup(named) : path_join(staged->layout.git, "index");
    enum status status = path ? index_read(&staged->index, path, staged->layout.git) : err_nomem();

    free(path);
    return status;
}

/* The tree of the commit `id`. */
static enum status tree_of(struct staged *staged, const struct object_id *id,
                           struct object_id *tree)
{
    struct commit_head commit;
    struct slice content;
    enum status status = borrow(staged, 0, id, OBJECT_COMMIT, &content);

    if (!status && !commit_parse(&commit, content))
        status = err_set(STATUS_CORRUPT, "a commit is damaged");
    if (!status)
        *tree = commit.tree;
    return status;
}

/* HEAD's tree; `*unborn` where the branch has no commit yet. */
static enum status find_head(struct staged *staged, struct object_id *tree, bool *unborn)
{
    struct object_id head;
    enum status status = refs_head(&head, &staged->layout);

    *unborn = !status && id_is_zero(&head);
    return status || *unborn ? status : tree_of(staged, &head, tree);
}

enum status staged_open(struct staged **out, const char *path, unsigned workers)
{
    const char *git = path ? NULL : getenv("GIT_DIR");
    struct staged *staged = calloc(1, sizeof(*staged));
    struct object_id tree;
    bool unborn = false;
    enum status status;

    if (!staged)
        return err_nomem();
    staged->workers = workers;
    staged->readers = calloc(workers, sizeof(struct lookup_reader *));
    status = staged->readers ? STATUS_OK : err_nomem();
    if (!status)
        status = layout_find_above(&staged->layout, path ? path : git && git[0] ? git : ".");
    if (!status)
        status = read_index_of(staged, !path);
    if (!status)
        status = open_objects(staged);
    if (!status)
        status = find_head(staged, &tree, &unborn);
    if (!status)
        status = staged_compare(staged, unborn ? NULL : &tree);
    if (status) {
        staged_free(staged);
        return status;
    }
    *out = staged;
    return STATUS_OK;
}

const struct staged_file *staged_files(const struct staged *staged, size_t *n)
{
    *n = staged->count;
    return staged->files;
}

size_t staged_removed(const struct staged *staged)
{
    return staged->removed;
}

size_t staged_submodules(const struct staged *staged)
{
    return staged->submodules;
}

enum status staged_read(const struct staged *staged, unsigned worker, const char *hex,
                        staged_fn *fn, void *ctx)
{
    struct slice content;
    struct object_id id;
    enum status status;

    if (!id_parse(&id, slice_of(hex)))
        return err_set(STATUS_INVALID, "%s is no object id", hex);
    status = borrow(staged, worker, &id, OBJECT_BLOB, &content);
    if (!status)
        fn(ctx, content);
    return status;
}

/* --- what was there before --- */

struct before {
    struct staged *staged;
    staged_fn *fn;
    void *ctx;
    struct id_map seen; /* a folder that holds itself many times over is looked at once */
};

static enum status before_blob(const struct before *before, const struct object_id *id)
{
    struct slice content;
    enum status status = borrow(before->staged, 0, id, OBJECT_BLOB, &content);

    if (!status)
        before->fn(before->ctx, content);
    return status == STATUS_NOMEM ? status : STATUS_OK;
}

static enum status before_object(struct before *before, const struct object_id *id, bool tree,
                                 unsigned depth);

/* Everything in a folder that is gone. */
static enum status before_tree(struct before *before, const struct object_id *id, unsigned depth)
{
    struct buf content = { 0 };
    enum status status = staged_tree(before->staged, id, &content);
    struct slice rest = buf_view(&content);
    struct tree_entry entry;

    if (status)
        status = status == STATUS_NOMEM ? status : STATUS_OK;
    while (!status && tree_next(&rest, &entry) == STATUS_OK)
        if ((entry.mode & MODE_MASK) != MODE_SUBMODULE)
            status =
                before_object(before, &entry.id, (entry.mode & MODE_MASK) == MODE_TREE, depth + 1);
    buf_release(&content);
    return status;
}

static enum status before_object(struct before *before, const struct object_id *id, bool tree,
                                 unsigned depth)
{
    enum status status;

    if (depth > STAGED_FOLDERS_DEEP || id_is_zero(id))
        return STATUS_OK;
    status = id_map_add(&before->seen, id, 0);
    if (status)
        return status == STATUS_STOPPED ? STATUS_OK : status;
    return tree ? before_tree(before, id, depth) : before_blob(before, id);
}

enum status staged_before(struct staged *staged, staged_fn *fn, void *ctx)
{
    struct before before = { staged, fn, ctx, { 0 } };
    enum status status = STATUS_OK;

    for (size_t i = 0; i < staged->blobs.count && !status; i++)
        status = before_object(&before, &staged->blobs.ids[i], false, 0);
    for (size_t i = 0; i < staged->trees.count && !status; i++)
        status = before_object(&before, &staged->trees.ids[i], true, 0);
    id_map_release(&before.seen);
    return status;
}

/* --- what is merged in --- */

/* The blob at `path` below the tree `id`, which it replaces. False: there is none. */
static bool find_below(struct staged *staged, struct object_id *id, const char *path)
{
    struct buf content = { 0 };
    bool found = true;

    for (const char *name = path; found && *name;) {
        struct slice wanted = { (const uint8_t *)name, strcspn(name, "/") }, rest;
        bool folder = name[wanted.len] == '/';
        struct tree_entry entry;

        found = false;
        if (staged_tree(staged, id, &content))
            break;
        rest = buf_view(&content);
        while (!found && tree_next(&rest, &entry) == STATUS_OK)
            found = slice_eq(entry.name, wanted) && (entry.mode & MODE_MASK) != MODE_SUBMODULE &&
                    ((entry.mode & MODE_MASK) == MODE_TREE) == folder;
        if (found)
            *id = entry.id;
        name += wanted.len + folder;
    }
    buf_release(&content);
    return found;
}

enum status staged_merged(struct staged *staged, const char *path, staged_fn *fn, void *ctx)
{
    struct before before = { staged, fn, ctx, { 0 } };
    char *file = path_join(staged->layout.git, "MERGE_HEAD");
    struct buf heads = { 0 };
    enum status status = file ? STATUS_OK : err_nomem();
    struct slice rest, line;

    /* A line for each of them; no merge is under way where it is not there. */
    if (!status && file_read(&heads, file, LIMIT_MERGE_HEAD_BYTES) == STATUS_OK) {
        rest = buf_view(&heads);
        while (!status && slice_line(&rest, &line)) {
            struct object_id id;

            if (id_parse(&id, line) && tree_of(staged, &id, &id) == STATUS_OK &&
                find_below(staged, &id, path))
                status = before_blob(&before, &id);
        }
    }
    buf_release(&heads);
    free(file);
    return status;
}

void staged_free(struct staged *staged)
{
    if (!staged)
        return;
    for (unsigned i = 0; staged->readers && i < staged->workers; i++)
        lookup_reader_free(staged->readers[i]);
    free(staged->readers);
    lookup_free(staged->lookup);
    layout_release(&staged->layout);
    index_release(&staged->index);
    arena_release(&staged->arena);
    free(staged->files);
    free(staged->blobs.ids);
    free(staged->trees.ids);
    free(staged);
}
