/*
 * staged_compare.c - the index and HEAD's trees, merged folder by folder.
 *
 * Both are sorted alike, a folder as if its name ended with a slash. A folder whose cached tree is
 * HEAD's is passed over with all its entries; of a folder that a sparse index has as one entry the
 * trees are compared.
 */
#include <stdlib.h>

#include "base/array.h"
#include "base/limits.h"
#include "git/staged_private.h"
#include "git/store/content.h"

/* --- what is found --- */

static enum status add_id(struct ids *ids, const struct object_id *id)
{
    struct object_id *grown = array_room(ids->ids, ids->count, &ids->cap, sizeof(*grown));

    if (!grown)
        return err_nomem();
    ids->ids = grown;
    ids->ids[ids->count++] = *id;
    return STATUS_OK;
}

/* Count `bytes` that are kept to the end. False, with a text, where they are too many. */
static bool hold(struct staged *staged, size_t bytes)
{
    staged->held_bytes += bytes;
    if (staged->held_bytes <= LIMIT_STAGED_BYTES)
        return true;
    err_set(STATUS_LIMIT, "what differs has more than %u bytes of paths", LIMIT_STAGED_BYTES);
    return false;
}

static enum status add_file(struct staged *staged, const struct index_entry *entry)
{
    struct staged_file *grown;
    struct staged_file *file;

    /* Of a conflict, what both sides began with is nothing that anybody brings in. */
    if (entry->intent || entry->stage == 1)
        return STATUS_OK;
    if ((entry->mode & MODE_MASK) == MODE_SUBMODULE) {
        staged->submodules++;
        return STATUS_OK;
    }
    if (!hold(staged, entry->path.len + sizeof(*file)))
        return STATUS_LIMIT;
    grown = array_room(staged->files, staged->count, &staged->cap, sizeof(*grown));
    if (!grown)
        return err_nomem();
    staged->files = grown;
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

/* --- folders of a sparse index --- */

/* git's order: byte by byte, and a folder as if a slash stood behind its name. */
static int cmp_names(struct slice a, bool a_folder, struct slice b, bool b_folder)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n ? memcmp(a.ptr, b.ptr, n) : 0;
    uint8_t left = a.len > n ? a.ptr[n] : a_folder ? '/' : 0;
    uint8_t right = b.len > n ? b.ptr[n] : b_folder ? '/' : 0;

    return order ? order : (left > right) - (left < right);
}

/* `folder`, which is empty or ends with a slash, `name`, and a slash behind a tree's. */
static enum status join_path(struct staged *staged, struct slice folder,
                             const struct tree_entry *entry, struct slice *path)
{
    bool tree = (entry->mode & MODE_MASK) == MODE_TREE;
    size_t len = folder.len + entry->name.len + tree;
    uint8_t *text;

    if (!hold(staged, len + 1))
        return STATUS_LIMIT;
    text = arena_alloc(&staged->arena, len + 1);
    if (!text)
        return err_nomem();
    memcpy(text, folder.ptr, folder.len);
    memcpy(text + folder.len, entry->name.ptr, entry->name.len);
    if (tree)
        text[len - 1] = '/';
    *path = (struct slice){ text, len };
    return STATUS_OK;
}

static enum status compare_trees(struct staged *staged, const struct object_id *own,
                                 const struct object_id *head, struct slice path, unsigned depth);

/* An entry of the index's tree, which HEAD has as `head` (NULL: not at all). */
static enum status compare_entry(struct staged *staged, const struct tree_entry *own,
                                 const struct tree_entry *head, struct slice folder, unsigned depth)
{
    struct index_entry entry = { .id = &own->id, .mode = own->mode };
    enum status status;

    if (head && id_eq(&head->id, &own->id))
        return STATUS_OK;
    status = join_path(staged, folder, own, &entry.path);
    if (!status && (own->mode & MODE_MASK) == MODE_TREE)
        return compare_trees(staged, &own->id, head ? &head->id : NULL, entry.path, depth + 1);
    if (!status)
        status = add_file(staged, &entry);
    return status || !head ? status : add_before(staged, head);
}

static enum status merge_trees(struct staged *staged, struct slice own, struct slice head,
                               struct slice path, unsigned depth)
{
    struct tree_entry left, right;
    bool more_own = tree_next(&own, &left) == STATUS_OK;
    bool more_head = tree_next(&head, &right) == STATUS_OK;
    enum status status = STATUS_OK;

    while (!status && (more_own || more_head)) {
        int order = !more_own    ? 1
                    : !more_head ? -1
                                 : cmp_names(left.name, (left.mode & MODE_MASK) == MODE_TREE,
                                             right.name, (right.mode & MODE_MASK) == MODE_TREE);

        if (order > 0) {
            staged->removed += (right.mode & MODE_MASK) != MODE_SUBMODULE;
            status = add_before(staged, &right);
        } else {
            status = compare_entry(staged, &left, order ? NULL : &right, path, depth);
            more_own = tree_next(&own, &left) == STATUS_OK;
        }
        if (order >= 0)
            more_head = tree_next(&head, &right) == STATUS_OK;
    }
    return status;
}

/* The folder `path` is `own` in the index and `head` in HEAD; NULL: it has none. */
static enum status compare_trees(struct staged *staged, const struct object_id *own,
                                 const struct object_id *head, struct slice path, unsigned depth)
{
    struct buf left = { 0 }, right = { 0 };
    enum status status;

    if (head && id_eq(own, head))
        return STATUS_OK;
    if (depth > STAGED_FOLDERS_DEEP)
        return err_set(STATUS_LIMIT, "folders lie too deep inside each other");
    status = staged_tree(staged, own, &left);
    if (!status && head)
        status = staged_tree(staged, head, &right);
    if (!status)
        status = merge_trees(staged, buf_view(&left), buf_view(&right), path, depth);
    buf_release(&left);
    buf_release(&right);
    return status;
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
    const struct index_entry *first = &staged->index.entries[folder.at];
    struct buf content = { 0 };
    enum status status = STATUS_OK;

    if (folder.at < folder.end && first->path.len == folder.prefix &&
        (first->mode & MODE_MASK) == MODE_TREE)
        return compare_trees(staged, first->id, tree, first->path, folder.depth);
    if (tree && cached && cached->id && id_eq(cached->id, tree) &&
        cached->entry_count == folder.end - folder.at)
        return STATUS_OK;
    if (folder.depth > STAGED_FOLDERS_DEEP)
        return err_set(STATUS_LIMIT, "folders lie too deep inside each other");
    if (tree)
        status = staged_tree(staged, tree, &content);
    if (!status)
        status = merge_folder(staged, &folder, buf_view(&content));
    buf_release(&content);
    return status;
}

enum status staged_compare(struct staged *staged, const struct object_id *head)
{
    struct folder all = { .end = staged->index.count, .cached = staged->index.tree_count ? 1 : 0 };

    return compare(staged, all, head);
}
