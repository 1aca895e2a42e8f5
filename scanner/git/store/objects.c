/*
 * objects.c - the folders of objects, their packs and loose files, and a number for each object.
 *
 * Packs come first, the largest first, so that a look-up mostly ends in the first of them. A second
 * copy of an object keeps its number but is left out of the order; it is read where the first is
 * damaged.
 */
#include "git/store/objects.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/limits.h"

/* What every step of objects_open() needs. */
struct opening {
    struct objects *objects;
    const char *target;
    struct outcome *outcome;
    struct pool *pool; /* or NULL */
};

static enum status trouble(const struct opening *opening, const char *path, const char *what,
                           enum status status)
{
    if (status == STATUS_NOMEM)
        return status;
    outcome_trouble(opening->outcome, status == STATUS_LIMIT ? SKIP_LIMIT : SKIP_UNREADABLE,
                    opening->target, path, "%s: %s", what, err_text());
    return STATUS_OK;
}

/* --- packs --- */

static enum status add_pack(const struct opening *opening, const char *path)
{
    struct objects *objects = opening->objects;
    struct pack *grown, pack;
    enum status status = pack_open(&pack, path, opening->pool);

    if (status)
        return trouble(opening, path, "the pack cannot be used", status);
    if (pack.damage)
        outcome_trouble(opening->outcome, SKIP_UNREADABLE, opening->target, path,
                        "the pack is damaged: %s", pack.damage);
    if (pack.broken)
        outcome_trouble(opening->outcome, SKIP_UNREADABLE, opening->target, path,
                        "the pack is damaged: %u of its %u objects cannot be decoded", pack.broken,
                        pack.count);
    grown = realloc(objects->packs, (objects->pack_count + 1) * sizeof(*grown));
    if (!grown) {
        pack_release(&pack);
        return err_nomem();
    }
    objects->packs = grown;
    objects->packs[objects->pack_count++] = pack;
    return STATUS_OK;
}

static bool ends_with(const char *name, const char *end)
{
    size_t len = strlen(name), end_len = strlen(end);

    return len > end_len && strcmp(name + len - end_len, end) == 0;
}

/* A folder's names, or STATUS_ABSENT; a folder that cannot be listed is a trouble. */
static enum status open_folder(const struct opening *opening, const char *path, DIR **out)
{
    *out = opendir(path);
    if (*out)
        return STATUS_OK;
    if (errno != ENOENT && errno != ENOTDIR)
        outcome_trouble(opening->outcome, SKIP_UNREADABLE, opening->target, path,
                        "the folder cannot be read: %s", strerror(errno));
    return STATUS_ABSENT;
}

static enum status add_packs(const struct opening *opening, const char *folder)
{
    char *path = path_join(folder, "pack");
    enum status status = path ? STATUS_OK : err_nomem();
    struct dirent *entry;
    DIR *dir = NULL;

    if (!status)
        status = open_folder(opening, path, &dir);
    while (!status && (entry = readdir(dir))) {
        char *file;

        opening->objects->promised |= ends_with(entry->d_name, ".promisor");
        if (!ends_with(entry->d_name, ".pack"))
            continue;
        file = path_join(path, entry->d_name);
        status = file ? add_pack(opening, file) : err_nomem();
        free(file);
    }
    if (dir)
        closedir(dir);
    free(path);
    return status == STATUS_ABSENT ? STATUS_OK : status;
}

/* --- loose objects --- */

static enum status add_loose(struct objects *objects, const char *high, const char *low)
{
    char hex[ID_DIGITS + 1];
    struct loose loose = { .folder = (uint32_t)(objects->folder_count - 1) };

    if (strlen(low) != ID_DIGITS - 2)
        return STATUS_OK;
    memcpy(hex, high, 2);
    memcpy(hex + 2, low, ID_DIGITS - 1);
    if (!id_parse(&loose.id, slice_of(hex)) || id_is_zero(&loose.id))
        return STATUS_OK;
    if (objects->loose_count == objects->loose_cap) {
        size_t cap = objects->loose_cap ? objects->loose_cap * 2 : 256;
        struct loose *grown = realloc(objects->loose, cap * sizeof(*grown));

        if (!grown)
            return err_nomem();
        objects->loose = grown;
        objects->loose_cap = cap;
    }
    objects->loose[objects->loose_count++] = loose;
    return STATUS_OK;
}

/* All files of the 256 folders "00" to "ff". */
static enum status add_loose_files(const struct opening *opening, const char *folder)
{
    enum status status = STATUS_OK;

    for (unsigned byte = 0; !status && byte < 256; byte++) {
        static const char digits[] = "0123456789abcdef";
        const char high[3] = { digits[byte >> 4], digits[byte & 15], 0 };
        char *path = path_join(folder, high);
        struct dirent *entry;
        DIR *dir = NULL;

        status = path ? open_folder(opening, path, &dir) : err_nomem();
        while (!status && (entry = readdir(dir)))
            status = add_loose(opening->objects, high, entry->d_name);
        if (dir)
            closedir(dir);
        free(path);
        if (status == STATUS_ABSENT)
            status = STATUS_OK;
    }
    return status;
}

static int cmp_loose(const void *a, const void *b)
{
    const struct loose *left = a, *right = b;
    int order = id_cmp(&left->id, &right->id);

    return order ? order : (left->folder > right->folder) - (left->folder < right->folder);
}

/* --- folders --- */

static enum status add_folder(const struct opening *opening, const char *folder, unsigned depth);

/* The folders that "info/alternates" names, one a line. */
static enum status add_alternates(const struct opening *opening, const char *folder, unsigned depth)
{
    char *path = path_join(folder, "info/alternates");
    struct buf text = { 0 };
    enum status status = path ? file_read(&text, path, LIMIT_GIT_FILE_BYTES) : err_nomem();
    struct slice rest = buf_view(&text), line;

    if (status && status != STATUS_ABSENT)
        status = trouble(opening, path, "the list of alternates cannot be read", status);
    while (!status && line_next(&rest, &line)) {
        char *name, *alternate;

        if (line.len == 0 || line.ptr[0] == '#' || memchr(line.ptr, 0, line.len))
            continue;
        name = strndup((const char *)line.ptr, line.len);
        alternate = name ? path_join(folder, name) : NULL;
        status = alternate ? STATUS_OK : err_nomem();
        if (!status && depth < LIMIT_GIT_ALTERNATES && path_is_folder(alternate))
            status = add_folder(opening, alternate, depth + 1);
        else if (!status)
            outcome_trouble(opening->outcome, SKIP_UNREADABLE, opening->target, path,
                            "the alternate %s is not there, or too deep", name);
        free(name);
        free(alternate);
    }
    buf_release(&text);
    free(path);
    return status == STATUS_ABSENT ? STATUS_OK : status;
}

/* Has the folder been taken already, under whatever name? */
static bool is_known(const struct objects *objects, const char *folder)
{
    struct stat a, b;

    if (stat(folder, &a))
        return false;
    for (size_t i = 0; i < objects->folder_count; i++)
        if (stat(objects->folders[i], &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
            return true;
    return false;
}

static enum status add_folder(const struct opening *opening, const char *folder, unsigned depth)
{
    struct objects *objects = opening->objects;
    enum status status;
    char **grown;

    if (is_known(objects, folder))
        return STATUS_OK;
    grown = realloc(objects->folders, (objects->folder_count + 1) * sizeof(*grown));
    if (!grown)
        return err_nomem();
    objects->folders = grown;
    grown[objects->folder_count] = strdup(folder);
    if (!grown[objects->folder_count])
        return err_nomem();
    objects->folder_count++;
    status = add_packs(opening, folder);
    if (!status)
        status = add_loose_files(opening, folder);
    return status ? status : add_alternates(opening, folder, depth);
}

/* --- numbers --- */

static int cmp_pack(const void *a, const void *b)
{
    const struct pack *left = a, *right = b;

    if (left->count != right->count)
        return left->count > right->count ? -1 : 1;
    return strcmp(left->path, right->path);
}

static enum status number_all(struct objects *objects)
{
    uint64_t total = 0;
    size_t kept = 0;

    /* readdir() names files in no order: sort, so that the same repository gives the same list. */
    if (objects->pack_count)
        qsort(objects->packs, objects->pack_count, sizeof(*objects->packs), cmp_pack);
    for (size_t i = 0; i < objects->pack_count; i++) {
        objects->packs[i].first = (uint32_t)total;
        total += objects->packs[i].count;
        if (total > PACK_COUNT_MAX)
            return err_nomem();
    }
    if (objects->loose_count)
        qsort(objects->loose, objects->loose_count, sizeof(*objects->loose), cmp_loose);
    for (size_t i = 0; i < objects->loose_count; i++)
        if (!kept || !id_eq(&objects->loose[kept - 1].id, &objects->loose[i].id))
            objects->loose[kept++] = objects->loose[i];
    objects->loose_count = kept;
    objects->loose_first = (uint32_t)total;
    total += kept;
    if (total > PACK_COUNT_MAX)
        return err_nomem();
    objects->total = (uint32_t)total;
    return STATUS_OK;
}

static bool is_first_copy(const struct objects *objects, uint32_t number)
{
    uint32_t first;

    return objects_find(objects, objects_id(objects, number), &first) && first == number;
}

static enum status order_all(struct objects *objects)
{
    uint32_t *order = malloc((objects->total + (size_t)1) * sizeof(*order));
    uint32_t n = 0;

    if (!order)
        return err_nomem();
    for (size_t i = 0; i < objects->pack_count; i++) {
        const struct pack *pack = &objects->packs[i];

        for (uint32_t k = 0; k < pack->order_count; k++)
            /* An index that is out of order loses look-ups, not objects. */
            if (i == 0 || pack->damage || is_first_copy(objects, pack->first + pack->order[k]))
                order[n++] = pack->first + pack->order[k];
    }
    for (uint32_t i = 0; i < objects->loose_count; i++)
        if (is_first_copy(objects, objects->loose_first + i))
            order[n++] = objects->loose_first + i;
    objects->order = order;
    objects->order_count = n;
    return STATUS_OK;
}

/* The folders of a list with colons between. */
static enum status add_list(const struct opening *opening, const char *list)
{
    struct slice rest = slice_of(list);
    enum status status = STATUS_OK;

    while (!status && rest.len) {
        const uint8_t *colon = memchr(rest.ptr, ':', rest.len);
        size_t len = colon ? (size_t)(colon - rest.ptr) : rest.len;
        char *folder = strndup((const char *)rest.ptr, len);

        status = !folder ? err_nomem() : len ? add_folder(opening, folder, 0) : STATUS_OK;
        free(folder);
        rest = slice_sub(rest, colon ? len + 1 : len, rest.len);
    }
    return status;
}

enum status objects_open(struct objects *objects, const char *const *folders, size_t n,
                         const char *more, const char *target, struct outcome *outcome,
                         struct pool *pool)
{
    struct opening opening = { objects, target, outcome, pool };
    enum status status = STATUS_OK;

    *objects = (struct objects){ 0 };
    for (size_t i = 0; i < n && !status; i++)
        if (folders[i] && folders[i][0])
            status = add_folder(&opening, folders[i], 0);
    if (!status && more)
        status = add_list(&opening, more);
    if (!status)
        status = number_all(objects);
    if (!status)
        status = order_all(objects);
    if (status)
        objects_release(objects);
    return status;
}

/* --- looking up --- */

static bool find_loose(const struct objects *objects, const struct object_id *id, uint32_t *number)
{
    uint32_t at;

    if (!id_search(objects->loose, sizeof(*objects->loose), 0, (uint32_t)objects->loose_count, id,
                   &at))
        return false;
    *number = objects->loose_first + at;
    return true;
}

bool objects_find_from(const struct objects *objects, size_t pack, const struct object_id *id,
                       uint32_t *number)
{
    uint32_t index;

    for (; pack < objects->pack_count; pack++) {
        if (pack_find(&objects->packs[pack], id, &index)) {
            *number = objects->packs[pack].first + index;
            return true;
        }
    }
    return find_loose(objects, id, number);
}

bool objects_find(const struct objects *objects, const struct object_id *id, uint32_t *number)
{
    return objects_find_from(objects, 0, id, number);
}

size_t objects_pack_of(const struct objects *objects, uint32_t number)
{
    size_t low = 0, high = objects->pack_count;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (objects->packs[middle].first <= number)
            low = middle;
        else
            high = middle;
    }
    return low;
}

const struct object_id *objects_id(const struct objects *objects, uint32_t number)
{
    const struct pack *pack;

    assert(number < objects->total);
    if (number >= objects->loose_first)
        return &objects->loose[number - objects->loose_first].id;
    pack = &objects->packs[objects_pack_of(objects, number)];
    return &pack->ids[number - pack->first];
}

enum object_type objects_type(const struct objects *objects, uint32_t number)
{
    const struct pack *pack;

    assert(number < objects->total);
    if (number >= objects->loose_first)
        return OBJECT_UNKNOWN;
    pack = &objects->packs[objects_pack_of(objects, number)];
    return (enum object_type)pack->entries[number - pack->first].type;
}

void objects_release(struct objects *objects)
{
    for (size_t i = 0; i < objects->folder_count; i++)
        free(objects->folders[i]);
    for (size_t i = 0; i < objects->pack_count; i++)
        pack_release(&objects->packs[i]);
    free(objects->folders);
    free(objects->packs);
    free(objects->loose);
    free(objects->order);
    *objects = (struct objects){ 0 };
}
