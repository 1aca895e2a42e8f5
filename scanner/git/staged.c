/*
 * staged.c - the index and HEAD's trees, merged folder by folder.
 *
 * Both are sorted alike, a folder as if its name ended with a slash. A folder whose cached tree is
 * HEAD's is passed over with all its entries.
 */
#include "git/staged.h"

#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "git/files/index.h"
#include "git/files/layout.h"
#include "git/files/refs.h"
#include "git/library.h"
#include "git/store/content.h"

enum { FOLDERS_DEEP = 512 };

struct ids {
    struct object_id *ids; /* count of them */
    size_t count, cap;
};

struct staged {
    struct layout layout;
    struct index index;
    git_odb *odb;
    struct arena arena; /* paths */
    struct staged_file *files;
    size_t count, cap;
    struct ids blobs, trees; /* HEAD's, in place of what changed; folders that are gone */
    size_t removed;
};

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

/* The object is the caller's, to be freed. STATUS_OK, STATUS_LIMIT or STATUS_CORRUPT. */
static enum status read_object(const struct staged *staged, const struct object_id *id,
                               git_object_t type, git_odb_object **out)
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
    if (type == git_odb_object_type(*out))
        return STATUS_OK;
    git_odb_object_free(*out);
    return err_set(STATUS_CORRUPT, "object %s is not of the kind that it should be", hex);
}

static struct slice content_of(git_odb_object *object)
{
    return (struct slice){ git_odb_object_data(object), git_odb_object_size(object) };
}

/* --- what is found --- */

static enum status add_id(struct ids *ids, const struct object_id *id)
{
    if (ids->count == ids->cap) {
        size_t cap = ids->cap ? ids->cap * 2 : 32;
        struct object_id *grown = realloc(ids->ids, cap * sizeof(*grown));

        if (!grown)
            return err_nomem();
        ids->ids = grown;
        ids->cap = cap;
    }
    ids->ids[ids->count++] = *id;
    return STATUS_OK;
}

static enum status add_file(struct staged *staged, const struct index_entry *entry)
{
    struct staged_file *file;

    /* Of a conflict, what both sides began with is nothing that anybody brings in. */
    if (entry->intent || entry->stage == 1 || (entry->mode & MODE_MASK) == MODE_SUBMODULE)
        return STATUS_OK;
    if (staged->count == staged->cap) {
        size_t cap = staged->cap ? staged->cap * 2 : 32;
        struct staged_file *grown = realloc(staged->files, cap * sizeof(*grown));

        if (!grown)
            return err_nomem();
        staged->files = grown;
        staged->cap = cap;
    }
    file = &staged->files[staged->count];
    file->path = (const char *)arena_copy(&staged->arena, entry->path).ptr;
    if (!file->path)
        return err_nomem();
    id_hex(entry->id, file->id);
    staged->count++;
    return STATUS_OK;
}

/* HEAD has it, and the index does not, or otherwise. */
static enum status add_before(struct staged *staged, const struct tree_entry *entry)
{
    if ((entry->mode & MODE_MASK) == MODE_SUBMODULE)
        return STATUS_OK;
    return add_id((entry->mode & MODE_MASK) == MODE_TREE ? &staged->trees : &staged->blobs,
                  &entry->id);
}

/* --- comparing --- */

/* A folder of the index: its entries from `at` on, which begin with `prefix` bytes of its path. */
struct folder {
    size_t prefix;
    uint32_t at, end;
    uint32_t cached; /* its cached tree + 1; 0: none */
    unsigned depth;
};

/* The name of the entry at folder->at in the folder, and whether it is a folder itself. */
static struct slice name_at(const struct staged *staged, const struct folder *folder, bool *inner)
{
    struct slice path = staged->index.entries[folder->at].path;
    struct slice name = slice_sub(path, folder->prefix, path.len);
    const uint8_t *slash = name.len ? memchr(name.ptr, '/', name.len) : NULL;

    *inner = slash != NULL;
    return slash ? slice_sub(name, 0, (size_t)(slash - name.ptr)) : name;
}

/* git's order: byte by byte, and a folder as if a slash stood behind its name. */
static int cmp_names(struct slice a, bool a_folder, struct slice b, bool b_folder)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n ? memcmp(a.ptr, b.ptr, n) : 0;
    uint8_t left = a.len > n ? a.ptr[n] : a_folder ? '/' : 0;
    uint8_t right = b.len > n ? b.ptr[n] : b_folder ? '/' : 0;

    return order ? order : (left > right) - (left < right);
}

/* The folder called `name` that begins at folder->at: where it ends, and its cached tree. */
static struct folder inner_folder(const struct staged *staged, const struct folder *folder,
                                  struct slice name)
{
    const struct index *index = &staged->index;
    struct folder inner = { folder->prefix + name.len + 1, folder->at, folder->at, 0,
                            folder->depth + 1 };
    struct slice prefix = slice_sub(index->entries[folder->at].path, 0, inner.prefix);
    uint32_t tree = folder->cached ? index->trees[folder->cached - 1].child : 0;
    uint32_t low, high;

    while (tree && !slice_eq(index->trees[tree].name, name))
        tree = index->trees[tree].sibling;
    inner.cached = tree ? tree + 1 : 0;
    /* The entries are sorted, so those of the folder are a run: its end by halving. */
    for (low = folder->at, high = folder->end; low < high;) {
        uint32_t middle = low + (high - low) / 2;

        if (slice_starts(index->entries[middle].path, prefix))
            low = middle + 1;
        else
            high = middle;
    }
    inner.end = low;
    return inner;
}

static enum status compare(struct staged *staged, struct folder folder,
                           const struct object_id *tree);

/* The entry, or folder, at folder->at, which HEAD has as `head` (NULL: not at all), is passed. */
static enum status compare_one(struct staged *staged, struct folder *folder, struct slice name,
                               bool is_folder, const struct tree_entry *head)
{
    const struct index_entry *entry = &staged->index.entries[folder->at];
    enum status status = STATUS_OK;

    if (is_folder) {
        struct folder inner = inner_folder(staged, folder, name);

        status = compare(staged, inner, head ? &head->id : NULL);
        folder->at = inner.end;
        return status;
    }
    folder->at++;
    if (entry->intent || (head && id_eq(&head->id, entry->id)))
        return STATUS_OK;
    status = add_file(staged, entry);
    return status || !head ? status : add_before(staged, head);
}

static enum status merge_folder(struct staged *staged, struct folder *folder, struct slice rest)
{
    struct tree_entry head;
    bool more = tree_next(&rest, &head) == STATUS_OK;
    enum status status = STATUS_OK;

    while (!status && (more || folder->at < folder->end)) {
        bool tree = more && (head.mode & MODE_MASK) == MODE_TREE, inner = false, same;
        struct slice name = { 0 };
        int order = -1; /* HEAD's comes first, or is alone */

        if (folder->at < folder->end) {
            name = name_at(staged, folder, &inner);
            order = more ? cmp_names(head.name, tree, name, inner) : 1;
        }
        same = order == 0;
        if (order < 0) {
            staged->removed += (head.mode & MODE_MASK) != MODE_SUBMODULE;
            status = add_before(staged, &head);
        } else {
            uint32_t at = folder->at;

            status = compare_one(staged, folder, name, inner, same ? &head : NULL);
            /* The other sides of a conflict have the same name. */
            while (!status && !inner && folder->at < folder->end &&
                   slice_eq(staged->index.entries[folder->at].path, staged->index.entries[at].path))
                status = compare_one(staged, folder, name, inner, same ? &head : NULL);
        }
        if (order <= 0)
            more = tree_next(&rest, &head) == STATUS_OK;
    }
    return status;
}

static enum status compare(struct staged *staged, struct folder folder,
                           const struct object_id *tree)
{
    const struct index_tree *cached =
        folder.cached ? &staged->index.trees[folder.cached - 1] : NULL;
    git_odb_object *object = NULL;
    enum status status = STATUS_OK;

    if (tree && cached && cached->id && id_eq(cached->id, tree) &&
        cached->entry_count == folder.end - folder.at)
        return STATUS_OK;
    if (folder.depth > FOLDERS_DEEP)
        return err_set(STATUS_LIMIT, "folders lie too deep inside each other");
    if (tree)
        status = read_object(staged, tree, GIT_OBJECT_TREE, &object);
    if (!status)
        status = merge_folder(staged, &folder, object ? content_of(object) : (struct slice){ 0 });
    git_odb_object_free(object);
    return status;
}

/* --- opening --- */

/* The repository that `path` or a folder above it is. */
static enum status find_layout(struct layout *layout, const char *path)
{
    char *at = realpath(path, NULL), *slash;
    enum status status = at ? layout_find(layout, at) : STATUS_ABSENT;

    while (status == STATUS_ABSENT && at && (slash = strrchr(at, '/')) && slash != at) {
        *slash = 0;
        status = layout_find(layout, at);
    }
    free(at);
    return status == STATUS_ABSENT ? err_set(STATUS_INVALID, "%s: not a git repository", path)
                                   : status;
}

static enum status read_index_of(struct staged *staged, bool variables)
{
    const char *named = variables ? getenv("GIT_INDEX_FILE") : NULL;
    char *path = named && named[0] ? strdup(named) : path_join(staged->layout.git, "index");
    enum status status = path ? index_read(&staged->index, path) : err_nomem();

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
    status = read_object(staged, &head, GIT_OBJECT_COMMIT, &object);
    if (status)
        return status;
    if (!commit_parse(&commit, content_of(object)))
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
    status = find_layout(&staged->layout, path ? path : git && git[0] ? git : ".");
    if (!status)
        status = read_index_of(staged, !path);
    if (!status)
        status = open_objects(staged);
    if (!status)
        status = find_head(staged, &tree, &unborn);
    if (!status)
        status = compare(staged,
                         (struct folder){ .end = staged->index.count,
                                          .cached = staged->index.tree_count ? 1 : 0 },
                         unborn ? NULL : &tree);
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
    status = read_object(staged, &id, GIT_OBJECT_BLOB, &object);
    if (status)
        return status;
    fn(ctx, content_of(object));
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

    if (depth > FOLDERS_DEEP || read_object(staged, id, GIT_OBJECT_TREE, &object))
        return STATUS_OK;
    rest = content_of(object);
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
