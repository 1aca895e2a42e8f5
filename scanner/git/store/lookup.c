/* lookup.c - the folders and packs where an object may be, and one entry's chain of deltas. */
#include "git/store/lookup.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "git/store/alternates.h"
#include "git/store/idx.h"

enum { PACK_HEADER_BYTES = 12, TRAILER_BYTES = 20 };

struct objects_folder {
    char *path;
    dev_t device;
    ino_t inode;
};

struct indexed {
    struct idx idx;
    struct pack pack; /* path, fd and size of it only */
};

struct lookup {
    struct objects_folder *folders;
    struct indexed *packs;
    size_t folder_count, pack_count;
    unsigned depth; /* while opening: alternates of alternates */
    char *unusable; /* what is wrong with a pack that is not in `packs`, or NULL */
};

struct lookup_reader {
    const struct lookup *lookup;
    struct pack *packs;         /* as lookup's, but with `entries` */
    struct pack_entry *entries; /* of the object being read and, in turn, what it is a delta of */
    struct reader reader;
};

/* --- packs --- */

static void release_pack(struct indexed *indexed)
{
    idx_release(&indexed->idx);
    pack_release(&indexed->pack);
}

/* Is the pack the one that the index was made for? */
static bool is_of(const struct pack *pack, const struct idx *idx)
{
    struct object_id own, named;

    return file_read_at(pack->fd, own.byte, ID_BYTES, pack->size - TRAILER_BYTES) &&
           idx_pack_checksum(idx, &named) && id_eq(&own, &named);
}

/* The pack whose index is `path`, which ends with ".idx". STATUS_ABSENT where it has gone. */
static enum status open_pack(struct indexed *indexed, const char *path)
{
    struct pack *pack = &indexed->pack;
    size_t stem = strlen(path) - strlen("idx");
    enum status status;

    *pack = (struct pack){ .fd = -1, .path = malloc(stem + sizeof("pack")) };
    status = idx_open(&indexed->idx, path);
    if (!status && !pack->path)
        status = err_nomem();
    if (!status) {
        memcpy(pack->path, path, stem);
        memcpy(pack->path + stem, "pack", sizeof("pack"));
        status = file_open(pack->path, &pack->fd, &pack->size);
    }
    if (!status && (pack->size < PACK_HEADER_BYTES + TRAILER_BYTES || pack->size >> 47))
        status = err_set(STATUS_CORRUPT, "it is cut off");
    if (!status && !is_of(pack, &indexed->idx))
        status = err_set(STATUS_CORRUPT,
                         "it is not the pack that its index was made for, or it is cut off");
    if (status)
        release_pack(indexed);
    return status;
}

static enum status add_pack(struct lookup *lookup, const char *path)
{
    struct indexed *grown = realloc(lookup->packs, (lookup->pack_count + 1) * sizeof(*grown));
    struct buf text = { 0 };
    enum status status;

    if (!grown)
        return err_nomem();
    lookup->packs = grown;
    status = open_pack(&grown[lookup->pack_count], path);
    if (!status)
        lookup->pack_count++;
    if (!status || status == STATUS_NOMEM || status == STATUS_ABSENT || lookup->unusable)
        return status == STATUS_NOMEM ? status : STATUS_OK;
    buf_printf(&text, "%.*spack: %s", (int)(strlen(path) - strlen("idx")), path, err_text());
    lookup->unusable = strdup(buf_cstr(&text));
    buf_release(&text);
    return lookup->unusable ? STATUS_OK : err_nomem();
}

static enum status add_packs(struct lookup *lookup, const char *folder)
{
    char *path = path_join(folder, "pack");
    DIR *dir = path ? opendir(path) : NULL;
    enum status status = path ? STATUS_OK : err_nomem();
    struct dirent *entry;

    while (!status && dir && (entry = readdir(dir))) {
        size_t len = strlen(entry->d_name);
        char *file;

        if (len <= 4 || strcmp(entry->d_name + len - 4, ".idx") != 0)
            continue;
        file = path_join(path, entry->d_name);
        status = file ? add_pack(lookup, file) : err_nomem();
        free(file);
    }
    if (dir)
        closedir(dir);
    free(path);
    return status;
}

/* --- folders --- */

static enum status add_folder(void *ctx, const char *path, const char *name)
{
    struct lookup *lookup = ctx;
    struct objects_folder *grown;
    struct stat st;
    enum status status;

    (void)name;
    if (stat(path, &st) || !S_ISDIR(st.st_mode) || lookup->depth > LIMIT_GIT_ALTERNATES)
        return STATUS_OK;
    for (size_t i = 0; i < lookup->folder_count; i++)
        if (lookup->folders[i].device == st.st_dev && lookup->folders[i].inode == st.st_ino)
            return STATUS_OK;
    grown = realloc(lookup->folders, (lookup->folder_count + 1) * sizeof(*grown));
    if (!grown)
        return err_nomem();
    lookup->folders = grown;
    grown += lookup->folder_count;
    *grown = (struct objects_folder){ strdup(path), st.st_dev, st.st_ino };
    if (!grown->path)
        return err_nomem();
    lookup->folder_count++;
    status = add_packs(lookup, path);
    lookup->depth++;
    if (!status)
        status = alternates_of(path, add_folder, lookup);
    lookup->depth--;
    return status;
}

enum status lookup_open(struct lookup **out, const struct objects_places *places)
{
    struct lookup *lookup = calloc(1, sizeof(*lookup));
    enum status status = lookup ? STATUS_OK : err_nomem();

    for (size_t i = 0; i < sizeof(places->folders) / sizeof(places->folders[0]) && !status; i++)
        if (places->folders[i] && places->folders[i][0])
            status = add_folder(lookup, places->folders[i], NULL);
    if (!status && places->more)
        status = alternates_listed(places->more, add_folder, lookup);
    if (status) {
        lookup_free(lookup);
        return status;
    }
    *out = lookup;
    return STATUS_OK;
}

void lookup_free(struct lookup *lookup)
{
    if (!lookup)
        return;
    for (size_t i = 0; i < lookup->folder_count; i++)
        free(lookup->folders[i].path);
    for (size_t i = 0; i < lookup->pack_count; i++)
        release_pack(&lookup->packs[i]);
    free(lookup->folders);
    free(lookup->packs);
    free(lookup->unusable);
    free(lookup);
}

/* --- reading --- */

enum status lookup_reader_new(struct lookup_reader **out, const struct lookup *lookup)
{
    struct lookup_reader *reader = calloc(1, sizeof(*reader));
    enum status status = reader ? reader_init(&reader->reader, NULL) : err_nomem();

    if (status) {
        free(reader);
        return status;
    }
    reader->lookup = lookup;
    reader->packs = calloc(lookup->pack_count + 1, sizeof(*reader->packs));
    reader->entries = calloc(LIMIT_GIT_DELTA_DEPTH + 1, sizeof(*reader->entries));
    if (!reader->packs || !reader->entries) {
        lookup_reader_free(reader);
        return err_nomem();
    }
    for (size_t i = 0; i < lookup->pack_count; i++) {
        reader->packs[i] = lookup->packs[i].pack;
        reader->packs[i].entries = reader->entries;
    }
    *out = reader;
    return STATUS_OK;
}

void lookup_reader_free(struct lookup_reader *reader)
{
    if (!reader)
        return;
    reader_release(&reader->reader);
    free(reader->packs);
    free(reader->entries);
    free(reader);
}

/* Take in the entry at `*offset`. `*offset` becomes its base's, or 0 where it has none. */
static enum status add_entry(struct pack *pack, const struct idx *idx, uint64_t *offset)
{
    uint64_t left = pack->size - TRAILER_BYTES - *offset;
    struct pack_entry *entry = &pack->entries[pack->count];
    uint8_t bytes[PACK_HEADER_MAX];
    struct slice head = { bytes, left < sizeof(bytes) ? (size_t)left : sizeof(bytes) };
    struct pack_header header;
    uint64_t from = *offset;

    if (!file_read_at(pack->fd, bytes, head.len, from) || !pack_header_parse(&header, head))
        return err_set(STATUS_CORRUPT, "its entry in the pack cannot be read");
    pack->count++;
    *entry = (struct pack_entry){ .offset = from,
                                  .type = header.stored,
                                  .packed = left < UINT32_MAX ? (uint32_t)left : UINT32_MAX,
                                  .base = pack->count };
    *offset = 0;
    if (header.stored == STORED_REF_DELTA && idx_find(idx, header.base, offset) == STATUS_ABSENT)
        return err_set(STATUS_CORRUPT, "the object that it is a delta of is not in its pack");
    if (header.stored == STORED_OFS_DELTA && header.distance && header.distance < from)
        *offset = from - header.distance;
    else if (header.stored < STORED_OFS_DELTA)
        entry->base = PACK_BASE_NONE;
    return STATUS_OK;
}

/*
 * Make pack->entries what unpack_entry() is to decode: the entry at `offset`, and behind each entry
 * its base. Deltas in a circle are more than any chain may have.
 */
static enum status find_chain(struct pack *pack, const struct idx *idx, uint64_t offset)
{
    enum status status = STATUS_OK;

    for (pack->count = 0; !status;) {
        if (pack->count > LIMIT_GIT_DELTA_DEPTH)
            return err_set(STATUS_CORRUPT, "its deltas are more than %u, or make a circle",
                           LIMIT_GIT_DELTA_DEPTH);
        if (offset < PACK_HEADER_BYTES || offset >= pack->size - TRAILER_BYTES)
            return err_set(STATUS_CORRUPT, "its entry lies outside of its pack");
        status = add_entry(pack, idx, &offset);
        if (!status && pack->entries[pack->count - 1].base == PACK_BASE_NONE)
            break;
    }
    return status;
}

static enum status read_packed(struct lookup_reader *reader, size_t at, const struct object_id *id,
                               uint64_t max, struct object *out)
{
    const struct idx *idx = &reader->lookup->packs[at].idx;
    struct pack *pack = &reader->packs[at];
    uint64_t offset;
    enum status status = idx_find(idx, id, &offset);

    if (!status)
        status = find_chain(pack, idx, offset);
    if (status)
        return status;
    reader->reader.chain_len = 0; /* entries are numbered anew, so none is known */
    status = unpack_entry(&reader->reader, pack, 0, max, out);
    *out = (struct object){ .type = out->type, .content = out->content };
    return status;
}

static enum status read_loose(struct lookup_reader *reader, const char *folder,
                              const struct object_id *id, uint64_t max, struct object *out)
{
    char hex[ID_DIGITS + 1];
    struct buf path = { 0 };
    enum status status;

    id_hex(id, hex);
    buf_printf(&path, "%s/%.2s/%s", folder, hex, hex + 2);
    status = buf_status(&path);
    /* loose_read() takes a file that is not there for one that vanished. */
    if (!status && access(buf_cstr(&path), F_OK))
        status = STATUS_ABSENT;
    if (!status)
        status = loose_read(&reader->reader, buf_cstr(&path), max, out);
    buf_release(&path);
    return status;
}

/* Is it an answer, so that no other copy need be tried? */
static bool is_final(enum status status)
{
    return status == STATUS_OK || status == STATUS_STOPPED || status == STATUS_NOMEM;
}

enum status lookup_read(struct lookup_reader *reader, const struct object_id *id, uint64_t max,
                        struct object *out)
{
    const struct lookup *lookup = reader->lookup;
    enum status status = STATUS_ABSENT, worst = STATUS_ABSENT;

    *out = (struct object){ 0 };
    for (size_t i = 0; i < lookup->folder_count + lookup->pack_count; i++) {
        status = i < lookup->folder_count
                     ? read_loose(reader, lookup->folders[i].path, id, max, out)
                     : read_packed(reader, i - lookup->folder_count, id, max, out);
        if (is_final(status))
            return status;
        if (status != STATUS_ABSENT)
            worst = status;
    }
    return worst == STATUS_ABSENT && lookup->unusable
               ? err_set(STATUS_CORRUPT, "%s", lookup->unusable)
               : worst;
}
