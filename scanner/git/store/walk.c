/*
 * walk.c - the index of a pack that has none, made from the pack itself.
 *
 * Two passes. The first goes from entry to entry, which only inflating tells apart, and notes where
 * each begins. The second decodes each tree of deltas from its root down and hashes what it makes:
 * a delta that names its base by id hangs on whichever entry turns out to have that id. What
 * cannot be decoded, or is a delta of an object outside of the pack, gets no id and is left out.
 */
#include <libdeflate.h>
#include <nettle/sha1.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/parallel.h"
#include "git/store/reader.h"

enum {
    HEADER_BYTES = 12,
    TRAILER_BYTES = 20,
    WINDOW_BYTES = 1024 * 1024,
    STEP = 64 /* entries whose trees a worker decodes in one go */
};

#define NO_ENTRY UINT32_MAX

struct worker {
    struct reader reader;
    bool ready;
};

struct walk {
    struct pack *pack; /* entries in the order of their offsets until the end */
    const struct objects *others;
    uint32_t cap;
    struct object_id *ids;     /* of entry i; zero: not known */
    struct object_id *base_id; /* of entry i, where that is a delta that names its base by id */
    bool *root;                /* entry i is whole, or a delta of something in `others` */
    uint32_t *child, *sibling; /* first delta of entry i; next delta of the same base */
    struct id_map waiting;     /* by the id of a base: the first delta of it; siblings follow */
    atomic_bool *taken;        /* of entry i, where `waiting` names it: somebody has its base */
    struct worker *workers;
    atomic_bool starved;
};

/* --- where entries begin --- */

struct view {
    struct room bytes;
    uint64_t at;
};

/* Up to `want` bytes of the pack at `offset`, fewer at the end of the file. */
static enum status look(struct view *view, const struct pack *pack, uint64_t offset, uint64_t want,
                        struct slice *out)
{
    uint64_t left = pack->size - offset, len = want > WINDOW_BYTES ? want : WINDOW_BYTES;
    enum status status;

    want = want < left ? want : left;
    if (offset < view->at || offset + want > view->at + view->bytes.len) {
        len = len < left ? len : left;
        status = room_reserve(&view->bytes, len);
        if (status)
            return status;
        if (!file_read_at(pack->fd, view->bytes.ptr, (size_t)len, offset))
            return err_set(STATUS_IO, "it cannot be read to its end");
        view->bytes.len = (size_t)len;
        view->at = offset;
    }
    *out = (struct slice){ view->bytes.ptr + (offset - view->at), (size_t)want };
    return STATUS_OK;
}

static enum status grow(struct walk *walk)
{
    struct pack *pack = walk->pack;
    uint32_t cap = walk->cap ? walk->cap * 2 : 1024;
    struct pack_entry *entries;
    struct object_id *base_id;

    if (pack->count < walk->cap)
        return STATUS_OK;
    entries = realloc(pack->entries, cap * sizeof(*entries));
    if (!entries)
        return err_nomem();
    pack->entries = entries;
    base_id = realloc(walk->base_id, cap * sizeof(*base_id));
    if (!base_id)
        return err_nomem();
    walk->base_id = base_id;
    walk->cap = cap;
    return STATUS_OK;
}

/* The entry that begins at `offset`, among those found so far. */
static uint32_t entry_at(const struct pack *pack, uint64_t offset)
{
    uint32_t low = 0, high = pack->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (pack->entries[middle].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < pack->count && pack->entries[low].offset == offset ? low : PACK_BASE_BROKEN;
}

/*
 * Note the entry at `*offset`, and move behind it. STATUS_OK; STATUS_CORRUPT or STATUS_LIMIT, with
 * pack->damage set, where its end cannot be found; STATUS_IO or STATUS_NOMEM with a text.
 */
static enum status take_entry(struct walk *walk, struct view *view, struct room *scratch,
                              struct libdeflate_decompressor *inflate, uint64_t *offset)
{
    struct pack *pack = walk->pack;
    struct pack_entry entry = { .offset = *offset, .base = PACK_BASE_NONE };
    struct pack_header header;
    struct object_id base = { 0 };
    struct slice bytes;
    size_t used;
    enum status status = look(view, pack, *offset, PACK_HEADER_MAX, &bytes);

    if (!status && !pack_header_parse(&header, bytes)) {
        pack->damage = "it is cut off, or an entry in it is damaged and those behind it are lost";
        return STATUS_CORRUPT;
    }
    if (status)
        return status;
    if (header.size > LIMIT_GIT_BASE_BYTES) {
        pack->damage = "an object in it is too large, and those behind it cannot be found";
        return STATUS_LIMIT;
    }
    if (header.stored == STORED_REF_DELTA)
        base = *header.base; /* before the view moves */
    status =
        look(view, pack, *offset, header.length + header.size + header.size / 256 + 4096, &bytes);
    if (!status)
        status = room_reserve(scratch, header.size);
    if (status)
        return status;
    bytes = slice_sub(bytes, header.length, bytes.len);
    if (libdeflate_zlib_decompress_ex(inflate, bytes.ptr, bytes.len, scratch->ptr,
                                      (size_t)header.size, &used, NULL) != LIBDEFLATE_SUCCESS) {
        pack->damage = "it is cut off, or an entry in it is damaged and those behind it are lost";
        return STATUS_CORRUPT;
    }
    entry.packed = (uint32_t)(header.length + used);
    if (header.stored == STORED_OFS_DELTA)
        entry.base = header.distance && header.distance < *offset
                         ? entry_at(pack, *offset - header.distance)
                         : PACK_BASE_BROKEN;
    else if (header.stored == STORED_REF_DELTA)
        entry.base = PACK_BASE_ELSEWHERE;
    else
        entry.type = header.stored & 7;
    status = grow(walk);
    if (status)
        return status;
    walk->base_id[pack->count] = base;
    pack->entries[pack->count++] = entry;
    *offset += entry.packed;
    return STATUS_OK;
}

static enum status find_entries(struct walk *walk)
{
    struct pack *pack = walk->pack;
    struct libdeflate_decompressor *inflate = libdeflate_alloc_decompressor();
    uint8_t header[HEADER_BYTES];
    struct view view = { 0 };
    struct room scratch = { 0 };
    uint64_t at = pack->start + HEADER_BYTES;
    uint32_t named, version;
    enum status status = inflate ? STATUS_OK : err_nomem();

    if (!status && (!file_read_at(pack->fd, header, sizeof(header), pack->start) ||
                    memcmp(header, "PACK", 4) != 0))
        status = err_set(STATUS_CORRUPT, "it does not begin as a pack does");
    version = status ? 2 : read_be32(header + 4);
    if (version != 2 && version != 3)
        status = err_set(STATUS_CORRUPT, "its version is not known");
    named = status ? 0 : read_be32(header + 8);
    named = named < PACK_COUNT_MAX ? named : PACK_COUNT_MAX;
    while (!status && pack->count < named)
        status = take_entry(walk, &view, &scratch, inflate, &at);
    if (status == STATUS_CORRUPT && pack->damage)
        status = STATUS_OK;
    if (status == STATUS_LIMIT)
        status = STATUS_OK;
    if (!status && !pack->damage && pack->size < at + TRAILER_BYTES)
        pack->damage = "its end is cut off";
    pack->size = at + TRAILER_BYTES; /* nothing behind `at` is ever read */
    if (inflate)
        libdeflate_free_decompressor(inflate);
    free(view.bytes.ptr);
    free(scratch.ptr);
    return status;
}

/* --- what they are --- */

static void hash(struct object_id *id, const struct object *object)
{
    static const char *const names[] = { "", "commit", "tree", "blob", "tag" };
    struct sha1_ctx sha1;
    char header[32];
    int len = snprintf(header, sizeof(header), "%s %zu", names[object->type], object->content.len);

    sha1_init(&sha1);
    sha1_update(&sha1, (size_t)len + 1, (const uint8_t *)header);
    sha1_update(&sha1, object->content.len, object->content.ptr);
    sha1_digest(&sha1, ID_BYTES, id->byte);
}

/* Every delta that names `entry`'s id as its base hangs on it from now on. */
static void adopt(struct walk *walk, uint32_t entry)
{
    const uint32_t *first = id_map_find(&walk->waiting, &walk->ids[entry]);
    uint32_t last;

    /* The same object may lie in the pack twice. */
    if (!first || atomic_exchange(&walk->taken[*first], true))
        return;
    for (last = *first;; last = walk->sibling[last]) {
        walk->pack->entries[last].base = entry;
        if (walk->sibling[last] == NO_ENTRY)
            break;
    }
    walk->sibling[last] = walk->child[entry];
    walk->child[entry] = *first;
}

/* False where it cannot be read; then what hangs on it cannot either. */
static bool name_entry(struct walk *walk, struct worker *worker, uint32_t entry)
{
    struct object object = { 0 };
    enum status status =
        unpack_entry(&worker->reader, walk->pack, entry, LIMIT_GIT_BASE_BYTES, &object);

    if (status == STATUS_NOMEM)
        atomic_store(&walk->starved, true);
    if (status)
        return false;
    hash(&walk->ids[entry], &object);
    adopt(walk, entry);
    return true;
}

static void name_tree(struct walk *walk, struct worker *worker, uint32_t root)
{
    uint32_t at = root, depth = 0;

    for (;;) {
        bool down = name_entry(walk, worker, at) && walk->child[at] != NO_ENTRY;

        if (down && depth < LIMIT_GIT_DELTA_DEPTH - 1) {
            at = walk->child[at];
            depth++;
            continue;
        }
        while (depth > 0 && walk->sibling[at] == NO_ENTRY) {
            at = walk->pack->entries[at].base;
            depth--;
        }
        if (depth == 0)
            return;
        at = walk->sibling[at];
    }
}

static void name_slice(void *ctx, unsigned index, size_t from, size_t to)
{
    struct walk *walk = ctx;
    struct worker *worker = &walk->workers[index];

    if (!worker->ready && reader_init(&worker->reader, walk->others)) {
        atomic_store(&walk->starved, true);
        return;
    }
    worker->ready = true;
    for (size_t i = from; i < to && !atomic_load(&walk->starved); i++)
        if (walk->root[i])
            name_tree(walk, worker, (uint32_t)i);
}

static enum status hang_deltas(struct walk *walk)
{
    const struct pack *pack = walk->pack;
    enum status status = STATUS_OK;

    memset(walk->child, 0xff, pack->count * sizeof(*walk->child));
    memset(walk->sibling, 0xff, pack->count * sizeof(*walk->sibling));
    for (uint32_t i = pack->count; !status && i-- > 0;) {
        uint32_t base = pack->entries[i].base, number, *first;

        walk->root[i] = base == PACK_BASE_NONE ||
                        (base == PACK_BASE_ELSEWHERE && !id_is_zero(&walk->base_id[i]) &&
                         objects_find(walk->others, &walk->base_id[i], &number));
        if (walk->root[i])
            continue;
        if (base < pack->count) {
            walk->sibling[i] = walk->child[base];
            walk->child[base] = i;
        } else if (base == PACK_BASE_ELSEWHERE && !id_is_zero(&walk->base_id[i])) {
            first = id_map_find(&walk->waiting, &walk->base_id[i]);
            if (first) {
                walk->sibling[i] = *first;
                *first = i;
            } else {
                status = id_map_add(&walk->waiting, &walk->base_id[i], i);
            }
        }
    }
    return status;
}

static enum status name_all(struct walk *walk, struct pool *pool)
{
    size_t n = walk->pack->count + (size_t)1;
    unsigned workers = parallel_workers(pool);
    enum status status;

    walk->ids = calloc(n, sizeof(*walk->ids));
    walk->root = malloc(n * sizeof(*walk->root));
    walk->child = malloc(n * sizeof(*walk->child));
    walk->sibling = malloc(n * sizeof(*walk->sibling));
    walk->taken = calloc(n, sizeof(*walk->taken));
    walk->workers = calloc(workers, sizeof(*walk->workers));
    if (!walk->ids || !walk->root || !walk->child || !walk->sibling || !walk->taken ||
        !walk->workers)
        return err_nomem();
    status = hang_deltas(walk);
    if (!status)
        status = parallel_run(pool, walk->pack->count, STEP, name_slice, walk);
    for (unsigned i = 0; i < workers; i++)
        if (walk->workers[i].ready)
            reader_release(&walk->workers[i].reader);
    return status || !atomic_load(&walk->starved) ? status : err_nomem();
}

/* --- the index --- */

struct named {
    struct object_id id;
    uint64_t offset;
};

static int cmp_named(const void *a, const void *b)
{
    const struct named *left = a, *right = b;
    int order = id_cmp(&left->id, &right->id);

    return order ? order : (left->offset > right->offset) - (left->offset < right->offset);
}

/* Does the entry, which has no id, lead to a base that is not in the pack? */
static bool hangs_outside(const struct walk *walk, uint32_t entry)
{
    const struct pack *pack = walk->pack;

    for (unsigned depth = 0; depth < LIMIT_GIT_DELTA_DEPTH; depth++) {
        if (pack->entries[entry].base == PACK_BASE_ELSEWHERE)
            return true;
        if (pack->entries[entry].base >= pack->count ||
            !id_is_zero(&walk->ids[pack->entries[entry].base]))
            return false;
        entry = pack->entries[entry].base;
    }
    return false;
}

/* Sort what has an id, each once, and count what has none. */
static enum status write_index(struct walk *walk)
{
    struct pack *pack = walk->pack;
    struct named *named = malloc((pack->count + (size_t)1) * sizeof(*named));
    uint32_t n = 0, kept = 0;

    if (!named)
        return err_nomem();
    for (uint32_t i = 0; i < pack->count; i++) {
        if (!id_is_zero(&walk->ids[i]))
            named[n++] = (struct named){ walk->ids[i], pack->entries[i].offset };
        else if (hangs_outside(walk, i))
            pack->apart++;
        else
            pack->lost++;
    }
    qsort(named, n, sizeof(*named), cmp_named);
    pack->ids = walk->ids;
    walk->ids = NULL;
    for (uint32_t i = 0; i < n; i++) {
        if (i && id_eq(&named[i].id, &named[i - 1].id))
            continue;
        pack->ids[kept] = named[i].id;
        pack->entries[kept++] =
            (struct pack_entry){ .offset = named[i].offset, .base = PACK_BASE_NONE };
    }
    pack->count = kept;
    free(named);
    return STATUS_OK;
}

enum status pack_walk(struct pack *pack, const struct objects *others, struct pool *pool)
{
    struct walk walk = { .pack = pack, .others = others };
    enum status status = find_entries(&walk);

    if (!status)
        status = grow(&walk); /* also where there is no entry */
    if (!status)
        status = name_all(&walk, pool);
    if (!status)
        status = write_index(&walk);
    id_map_release(&walk.waiting);
    free(walk.ids);
    free(walk.root);
    free(walk.base_id);
    free(walk.child);
    free(walk.sibling);
    free(walk.taken);
    free(walk.workers);
    return status;
}
