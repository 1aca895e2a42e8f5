/* staged.c - finding the index and HEAD, reading objects, and answering about what differs. */
#include "git/staged_private.h"

#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "git/files/refs.h"
#include "git/library.h"
#include "git/store/content.h"

/* --- objects --- */

static enum status add_objects(git_odb *odb, const char *folder, int priority)
{
    git_odb_backend *backend;

    if (!path_is_folder(folder))
        return STATUS_OK;
    if (!git_odb_backend_pack(&backend, folder) && git_odb_add_alternate(odb, backend, priority))
        backend->free(backend);
    if (!git_odb_backend_loose(&backend, folder, -1, 0, 0, 0) &&
        git_odb_add_alternate(odb, backend, priority))
        backend->free(backend);
    return STATUS_OK;
}

/* The folders of GIT_ALTERNATE_OBJECT_DIRECTORIES, with colons between. */
static enum status add_alternates(git_odb *odb, const char *list)
{
    struct slice rest = slice_of(list);

    while (rest.len) {
        const uint8_t *colon = memchr(rest.ptr, ':', rest.len);
        size_t len = colon ? (size_t)(colon - rest.ptr) : rest.len;
        char *folder = strndup((const char *)rest.ptr, len);

        if (!folder)
            return err_nomem();
        add_objects(odb, folder, 1);
        free(folder);
        rest = slice_sub(rest, colon ? len + 1 : len, rest.len);
    }
    return STATUS_OK;
}

static enum status open_objects(struct staged *staged)
{
    const char *own = getenv("GIT_OBJECT_DIRECTORY");
    const char *others = getenv("GIT_ALTERNATE_OBJECT_DIRECTORIES");
    char *folder = path_join(staged->layout.common, "objects");
    enum status status = folder ? library_open() : err_nomem();

    if (!status && git_odb_open(&staged->odb, folder))
        status = err_set(STATUS_CORRUPT, "%s: the objects cannot be read", folder);
    if (!status && own && own[0])
        status = add_objects(staged->odb, own, 2);
    if (!status && others)
        status = add_alternates(staged->odb, others);
    free(folder);
    return status;
}

enum status staged_object(const struct staged *staged, const struct object_id *id,
                          enum object_type type, git_odb_object **out)
{
    char hex[ID_DIGITS + 1];
    git_object_t found;
    size_t len;
    git_oid oid;

    memcpy(oid.id, id->byte, ID_BYTES);
    id_hex(id, hex);
    if (!git_odb_read_header(&len, &found, staged->odb, &oid) && len > LIMIT_BLOB_BYTES)
        return err_set(STATUS_LIMIT, "object %s is larger than %llu bytes", hex, LIMIT_BLOB_BYTES);
    if (git_odb_read(out, staged->odb, &oid))
        return err_set(STATUS_CORRUPT, "object %s is missing or cannot be read", hex);
    if (type == (enum object_type)git_odb_object_type(*out))
        return STATUS_OK;
    git_odb_object_free(*out);
    return err_set(STATUS_CORRUPT, "object %s is not of the kind that it should be", hex);
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

/* HEAD's tree; `*unborn` where the branch has no commit yet. */
static enum status find_head(struct staged *staged, struct object_id *tree, bool *unborn)
{
    struct object_id head;
    git_odb_object *object;
    struct commit_head commit;
    enum status status = refs_head(&head, &staged->layout);

    *unborn = !status && id_is_zero(&head);
    if (status || *unborn)
        return status;
    status = staged_object(staged, &head, OBJECT_COMMIT, &object);
    if (status)
        return status;
    if (!commit_parse(&commit, staged_content(object)))
        status = err_set(STATUS_CORRUPT, "HEAD's commit is damaged");
    *tree = commit.tree;
    git_odb_object_free(object);
    return status;
}

enum status staged_open(struct staged **out, const char *path)
{
    const char *git = path ? NULL : getenv("GIT_DIR");
    struct staged *staged = calloc(1, sizeof(*staged));
    struct object_id tree;
    bool unborn = false;
    enum status status;

    if (!staged)
        return err_nomem();
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

enum status staged_read(const struct staged *staged, const char *hex, staged_fn *fn, void *ctx)
{
    git_odb_object *object;
    struct object_id id;
    enum status status;

    if (!id_parse(&id, slice_of(hex)))
        return err_set(STATUS_INVALID, "%s is no object id", hex);
    status = staged_object(staged, &id, OBJECT_BLOB, &object);
    if (status)
        return status;
    fn(ctx, staged_content(object));
    git_odb_object_free(object);
    return STATUS_OK;
}

/* Everything in a folder that is gone. */
static enum status before_tree(const struct staged *staged, const struct object_id *id,
                               staged_fn *fn, void *ctx, unsigned depth)
{
    git_odb_object *object;
    struct tree_entry entry;
    struct slice rest;

    if (depth > STAGED_FOLDERS_DEEP || staged_object(staged, id, OBJECT_TREE, &object))
        return STATUS_OK;
    rest = staged_content(object);
    while (tree_next(&rest, &entry) == STATUS_OK) {
        char hex[ID_DIGITS + 1];

        id_hex(&entry.id, hex);
        if ((entry.mode & MODE_MASK) == MODE_TREE)
            before_tree(staged, &entry.id, fn, ctx, depth + 1);
        else if ((entry.mode & MODE_MASK) != MODE_SUBMODULE)
            staged_read(staged, hex, fn, ctx);
    }
    git_odb_object_free(object);
    return STATUS_OK;
}

enum status staged_before(const struct staged *staged, staged_fn *fn, void *ctx)
{
    for (size_t i = 0; i < staged->blobs.count; i++) {
        char hex[ID_DIGITS + 1];

        id_hex(&staged->blobs.ids[i], hex);
        staged_read(staged, hex, fn, ctx);
    }
    for (size_t i = 0; i < staged->trees.count; i++)
        before_tree(staged, &staged->trees.ids[i], fn, ctx, 0);
    return STATUS_OK;
}

void staged_free(struct staged *staged)
{
    if (!staged)
        return;
    git_odb_free(staged->odb);
    layout_release(&staged->layout);
    index_release(&staged->index);
    arena_release(&staged->arena);
    free(staged->files);
    free(staged->blobs.ids);
    free(staged->trees.ids);
    free(staged);
}
