/* index.c - entries one after the other, then extensions, of which only the cached trees count. */
#include "git/files/index.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/bytes.h"
#include "base/file.h"
#include "base/limits.h"
#include "git/store/content.h"
#include "git/store/pack.h"

enum {
    HEADER_BYTES = 12,
    AT_MODE = 24,
    AT_ID = 40,
    AT_FLAGS = 60,
    AT_NAME = 62,
    FLAG_EXTENDED = 0x4000,
    FLAG_INTENT = 0x2000, /* of the second flags */
    NAME_MAX_KNOWN = 0xfff,
    TREES_DEEP = 512
};

static enum status damaged(void)
{
    return err_set(STATUS_CORRUPT, "the index is damaged or cut off");
}

/* --- entries --- */

/* How many bytes of the last path are dropped: a number as in an offset delta. False: cut off. */
static bool take_number(struct slice *rest, size_t *number)
{
    *number = 0;
    for (size_t i = 0; i < rest->len && i < 5; i++) {
        *number = (*number << 7) + (rest->ptr[i] & 127) + (rest->ptr[i] & 128 ? 1 : 0);
        if (!(rest->ptr[i] & 128)) {
            *rest = slice_sub(*rest, i + 1, rest->len);
            return true;
        }
    }
    return false;
}

/* A path of version 4: the beginning of the last one, and what follows. */
static enum status join_path(struct index *index, struct slice last, struct slice *rest,
                             struct slice *path)
{
    size_t drop, keep;
    const uint8_t *end;
    uint8_t *text;

    if (!take_number(rest, &drop) || drop > last.len || !(end = memchr(rest->ptr, 0, rest->len)))
        return STATUS_CORRUPT;
    keep = last.len - drop;
    path->len = keep + (size_t)(end - rest->ptr);
    text = arena_alloc(&index->arena, path->len);
    if (!text)
        return err_nomem();
    if (keep)
        memcpy(text, last.ptr, keep);
    memcpy(text + keep, rest->ptr, (size_t)(end - rest->ptr));
    path->ptr = text;
    *rest = slice_sub(*rest, (size_t)(end - rest->ptr) + 1, rest->len);
    return STATUS_OK;
}

static enum status take_entry(struct index *index, uint32_t version, struct slice last,
                              struct slice *rest, struct index_entry *entry)
{
    struct slice whole = *rest;
    size_t name = AT_NAME, len;
    unsigned flags;
    const uint8_t *end;

    if (whole.len < AT_NAME + 2)
        return STATUS_CORRUPT;
    flags = (unsigned)whole.ptr[AT_FLAGS] << 8 | whole.ptr[AT_FLAGS + 1];
    *entry = (struct index_entry){ .id = (const struct object_id *)(whole.ptr + AT_ID),
                                   .mode = read_be32(whole.ptr + AT_MODE),
                                   .stage = flags >> 12 & 3 };
    if (version >= 3 && flags & FLAG_EXTENDED) {
        entry->intent = (whole.ptr[AT_NAME] << 8 & FLAG_INTENT) != 0;
        name += 2;
    }
    *rest = slice_sub(whole, name, whole.len);
    if (version == 4)
        return join_path(index, last, rest, &entry->path);
    len = flags & NAME_MAX_KNOWN; /* of a longer one the end is looked for */
    if (len == NAME_MAX_KNOWN) {
        end = memchr(rest->ptr, 0, rest->len);
        len = end ? (size_t)(end - rest->ptr) : rest->len;
    }
    if (len >= rest->len || rest->ptr[len])
        return STATUS_CORRUPT;
    entry->path = slice_sub(*rest, 0, len);
    len = (name + len + 8) / 8 * 8;
    if (len > whole.len)
        return STATUS_CORRUPT;
    *rest = slice_sub(whole, len, whole.len);
    return STATUS_OK;
}

static enum status take_entries(struct index *index, uint32_t version, uint32_t count,
                                struct slice *rest)
{
    struct slice last = { 0 };
    enum status status = STATUS_OK;

    if (count > rest->len / AT_NAME)
        return STATUS_CORRUPT;
    index->entries = malloc((count + (size_t)1) * sizeof(*index->entries));
    if (!index->entries)
        return err_nomem();
    for (uint32_t i = 0; !status && i < count; i++) {
        status = take_entry(index, version, last, rest, &index->entries[i]);
        /* What reads the entries relies on their order. */
        if (!status && slice_cmp(last, index->entries[i].path) > 0)
            status = STATUS_CORRUPT;
        if (status)
            break;
        last = index->entries[i].path;
        index->count++;
    }
    return status;
}

/* --- cached trees --- */

/* Decimal digits up to `end`, which is taken off too; a minus stands for "not known". */
static bool take_decimal(struct slice *rest, uint8_t end, uint32_t *number, bool *minus)
{
    size_t i = 0;

    *minus = rest->len && rest->ptr[0] == '-';
    *number = 0;
    for (i = *minus; i < rest->len && i < 11 && rest->ptr[i] >= '0' && rest->ptr[i] <= '9'; i++)
        *number = *number * 10 + (uint32_t)(rest->ptr[i] - '0');
    if (i == rest->len || rest->ptr[i] != end)
        return false;
    *rest = slice_sub(*rest, i + 1, rest->len);
    return true;
}

static bool reserve_tree(struct index *index)
{
    struct index_tree *grown =
        array_room(index->trees, index->tree_count, &index->tree_cap, sizeof(*grown));

    index->trees = grown ? grown : index->trees;
    return grown;
}

/* A folder and all in it: "name\0entries folders\n", an id where entries are known, the folders. */
static enum status take_tree(struct index *index, struct slice *rest, unsigned depth)
{
    const uint8_t *end = rest->len ? memchr(rest->ptr, 0, rest->len) : NULL;
    struct index_tree tree = { 0 };
    uint32_t folders, own = index->tree_count, *link;
    enum status status = STATUS_OK;
    bool unknown, minus;

    if (!end || depth > TREES_DEEP)
        return STATUS_CORRUPT;
    tree.name = slice_sub(*rest, 0, (size_t)(end - rest->ptr));
    *rest = slice_sub(*rest, tree.name.len + 1, rest->len);
    if (!take_decimal(rest, ' ', &tree.entry_count, &unknown) ||
        !take_decimal(rest, '\n', &folders, &minus) || (!unknown && rest->len < ID_BYTES))
        return STATUS_CORRUPT;
    if (!unknown) {
        tree.id = (const struct object_id *)rest->ptr;
        *rest = slice_sub(*rest, ID_BYTES, rest->len);
    }
    if (!reserve_tree(index))
        return err_nomem();
    index->trees[index->tree_count++] = tree;
    for (uint32_t i = 0, last = own; i < folders && !status; i++) {
        uint32_t next = index->tree_count;

        status = take_tree(index, rest, depth + 1);
        if (status)
            break;
        link = i ? &index->trees[last].sibling : &index->trees[own].child;
        *link = next;
        last = next;
    }
    return status;
}

/* Extensions whose first letter is small change what the entries mean. */
static enum status take_extensions(struct index *index, struct slice rest)
{
    while (rest.len >= 8) {
        uint32_t len = read_be32(rest.ptr + 4);
        struct slice body;

        if (len > rest.len - 8)
            return damaged();
        body = slice_sub(rest, 8, 8 + (size_t)len);
        if (slice_starts(rest, SLICE("link")) && len >= ID_BYTES)
            index->link = body;
        else if (rest.ptr[0] >= 'a' && rest.ptr[0] <= 'z' && !slice_starts(rest, SLICE("sdir")))
            return err_set(STATUS_UNSUPPORTED, "the index uses an extension that is not supported");
        if (slice_starts(rest, SLICE("TREE")) && take_tree(index, &body, 0))
            index->tree_count = 0; /* it only saves time */
        rest = slice_sub(rest, 8 + (size_t)len, rest.len);
    }
    return STATUS_OK;
}

enum status index_parse(struct index *index, struct buf *bytes)
{
    struct slice rest = buf_view(bytes);
    uint32_t version, count;
    enum status status;

    *index = (struct index){ .bytes = *bytes };
    *bytes = (struct buf){ 0 };
    if (rest.len < HEADER_BYTES + ID_BYTES || memcmp(rest.ptr, "DIRC", 4))
        return err_set(STATUS_CORRUPT, "it is no index");
    version = read_be32(rest.ptr + 4);
    count = read_be32(rest.ptr + 8);
    if (version < 2 || version > 4)
        return err_set(STATUS_UNSUPPORTED, "the index has version %u, which is not supported",
                       version);
    rest = slice_sub(rest, HEADER_BYTES, rest.len - ID_BYTES);
    status = take_entries(index, version, count, &rest);
    if (status == STATUS_CORRUPT)
        status = damaged();
    return status ? status : take_extensions(index, rest);
}

/* --- files --- */

/* One file alone. STATUS_ABSENT where there is none. */
static enum status read_one(struct index *index, const char *path)
{
    struct buf bytes = { 0 };
    enum status status = file_read(&bytes, path, LIMIT_GIT_FILE_BYTES);

    *index = (struct index){ 0 };
    if (!status)
        status = index_parse(index, &bytes);
    buf_release(&bytes);
    return status;
}

/* The file that a split index builds upon. */
static enum status read_base(struct index *base, const char *git, struct slice id)
{
    char name[sizeof("sharedindex.") + ID_DIGITS], *path;
    struct object_id own;
    enum status status;

    memcpy(&own, id.ptr, ID_BYTES);
    memcpy(name, "sharedindex.", sizeof("sharedindex."));
    id_hex(&own, name + strlen(name));
    path = path_join(git, name);
    status = path ? read_one(base, path) : err_nomem();
    free(path);
    if (status == STATUS_ABSENT)
        return err_set(STATUS_CORRUPT, "its shared part, %s, is not there", name);
    if (status)
        return status;
    if (base->link.len || memcmp(base->bytes.ptr + base->bytes.len - ID_BYTES, id.ptr, ID_BYTES))
        return err_set(STATUS_CORRUPT, "its shared part, %s, is another one", name);
    return STATUS_OK;
}

static enum status join_base(struct index *index, const char *git)
{
    struct object_id id;
    enum status status;

    memcpy(&id, index->link.ptr, ID_BYTES);
    if (id_is_zero(&id)) /* everything is in this file */
        return STATUS_OK;
    index->shared = calloc(1, sizeof(*index->shared));
    if (!index->shared)
        return err_nomem();
    status = read_base(index->shared, git, index->link);
    if (!status && (status = index_join(index, index->shared)) == STATUS_CORRUPT)
        status = damaged();
    return status;
}

enum status index_read(struct index *index, const char *path, const char *git)
{
    enum status status = read_one(index, path);

    if (status == STATUS_ABSENT)
        return STATUS_OK;
    if (!status && index->link.len)
        status = join_base(index, git);
    if (!status)
        return STATUS_OK;
    index_release(index);
    return status == STATUS_NOMEM ? status : err_set(status, "%s: %s", path, err_text());
}

void index_release(struct index *index)
{
    if (index->shared)
        index_release(index->shared);
    free(index->shared);
    buf_release(&index->bytes);
    arena_release(&index->arena);
    free(index->entries);
    free(index->trees);
    *index = (struct index){ 0 };
}
