/*
 * gather.c - the folders of objects, their packs and loose files, and those that alternates name.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/limits.h"
#include "git/store/alternates.h"
#include "git/store/objects.h"

/* What every step of objects_open() needs. */
struct opening {
    struct objects *objects;
    const char *target;
    struct outcome *outcome;
    struct pool *pool; /* or NULL */
    bool strays;       /* see objects_places */
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

/* Say what of an open pack cannot be read. */
static void tell_damage(const struct opening *opening, const struct pack *pack)
{
    uint32_t all = pack->count + pack->lost + pack->apart;

    if (pack->unfinished || pack->lent)
        return;
    if (pack->damage)
        outcome_trouble(opening->outcome, SKIP_UNREADABLE, opening->target, pack->path,
                        "the pack is damaged: %s", pack->damage);
    if (pack->broken)
        outcome_trouble(opening->outcome, SKIP_UNREADABLE, opening->target, pack->path,
                        "the pack is damaged: %u of its %u objects cannot be decoded", pack->broken,
                        all);
    if (pack->apart) {
        outcome_trouble(opening->outcome, SKIP_MISSING, opening->target, pack->path,
                        "%u of its %u objects are deltas of objects that are not in the pack",
                        pack->apart, all);
        opening->outcome->coverage.skipped[SKIP_MISSING] += pack->apart - 1;
    }
}

/* Take over what pack_open() made. */
static enum status keep_pack(struct objects *objects, struct pack *pack)
{
    struct pack *grown = realloc(objects->packs, (objects->pack_count + 1) * sizeof(*grown));

    if (!grown) {
        pack_release(pack);
        return err_nomem();
    }
    objects->packs = grown;
    objects->packs[objects->pack_count++] = *pack;
    return STATUS_OK;
}

static enum status add_pack(const struct opening *opening, const char *path)
{
    struct pack pack;
    enum status status = pack_open(&pack, path, opening->pool);

    if (status)
        return trouble(opening, path, "the pack cannot be used", status);
    return keep_pack(opening->objects, &pack);
}

/* What came of a pack before it was whole, which is no damage: the rest was never there. */
static enum status add_unfinished(const struct opening *opening, const char *path)
{
    struct objects nothing = { 0 };
    struct pack pack;
    enum status status = pack_open_at(&pack, path, 0, &nothing, opening->pool);

    if (status)
        return status == STATUS_NOMEM ? status : STATUS_OK;
    pack.unfinished = true;
    return keep_pack(opening->objects, &pack);
}

/* The first of the packs, and, where it has deltas of what is not in it, those that may have that.
 */
static enum status add_packs_at(const struct opening *opening, const struct objects_pack *packs,
                                size_t n)
{
    struct objects nothing = { 0 };
    enum status status = STATUS_OK;
    bool apart = true;

    for (size_t i = 0; i < n && apart && !status; i++) {
        struct pack pack;

        status = pack_open_at(&pack, packs[i].path, packs[i].start, &nothing, opening->pool);
        if (status && i == 0)
            return trouble(opening, packs[i].path, "the pack cannot be used", status);
        if (status) {
            status = status == STATUS_NOMEM ? status : STATUS_OK;
            continue;
        }
        pack.lent = i > 0;
        if (i == 0)
            apart = pack.apart > 0;
        status = keep_pack(opening->objects, &pack);
    }
    return status;
}

/* Read a pack again, now that other packs are known, which have what its deltas stand on. */
static enum status read_again(const struct opening *opening, struct pack *pack, bool *better)
{
    struct pack again;
    enum status status =
        pack_open_at(&again, pack->path, pack->start, opening->objects, opening->pool);

    if (status)
        return status == STATUS_NOMEM ? status : STATUS_OK;
    *better |= again.apart < pack->apart;
    again.lent = pack->lent;
    again.unfinished = pack->unfinished;
    pack_release(pack);
    *pack = again;
    return STATUS_OK;
}

/*
 * Give numbers, and find what packs without an index have as deltas of each other's objects: what
 * becomes known of one may be the base of the next.
 */
static enum status complete(const struct opening *opening)
{
    struct objects *objects = opening->objects;
    enum status status = objects_number(objects);
    unsigned tries = 0;

    for (size_t i = 0; i < objects->pack_count && tries < LIMIT_GIT_LENDERS && !status; i++) {
        bool better = false;

        if (!objects->packs[i].apart)
            continue;
        tries++;
        status = read_again(opening, &objects->packs[i], &better);
        if (status || !better)
            continue;
        status = objects_number(objects); /* which sorts them anew: from the first on */
        i = SIZE_MAX;
    }
    for (size_t i = 0; i < objects->pack_count; i++)
        tell_damage(opening, &objects->packs[i]);
    return status;
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

        bool unfinished = opening->strays && !strncmp(entry->d_name, "tmp_pack_", 9);

        opening->objects->promised |= ends_with(entry->d_name, ".promisor");
        if (!unfinished && !ends_with(entry->d_name, ".pack"))
            continue;
        file = path_join(path, entry->d_name);
        status = !file        ? err_nomem()
                 : unfinished ? add_unfinished(opening, file)
                              : add_pack(opening, file);
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
    struct loose *grown;
    char hex[ID_DIGITS + 1];
    struct loose loose = { .folder = (uint32_t)(objects->folder_count - 1) };

    if (strlen(low) != ID_DIGITS - 2)
        return STATUS_OK;
    memcpy(hex, high, 2);
    memcpy(hex + 2, low, ID_DIGITS - 1);
    if (!id_parse(&loose.id, slice_of(hex)) || id_is_zero(&loose.id))
        return STATUS_OK;
    grown = array_room(objects->loose, objects->loose_count, &objects->loose_cap, sizeof(*grown));
    if (!grown)
        return err_nomem();
    objects->loose = grown;
    objects->loose[objects->loose_count++] = loose;
    return STATUS_OK;
}

/* All files of the 256 folders "00" to "ff". */
static enum status add_loose_files(const struct opening *opening, const char *folder)
{
    enum status status = STATUS_OK;

    for (unsigned i = 0; !status && i < 256; i++) {
        uint8_t byte = (uint8_t)i;
        struct dirent *entry;
        DIR *dir = NULL;
        char high[3], *path;

        hex_put(high, &byte, 1);
        path = path_join(folder, high);
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

/* --- folders --- */

static enum status add_folder(const struct opening *opening, const char *folder, unsigned depth);

/* Where an alternate is named. */
struct naming {
    const struct opening *opening;
    const char *folder; /* NULL: by a variable, where one that is not there is no trouble */
    unsigned depth;
};

static enum status take_alternate(void *ctx, const char *path, const char *name)
{
    const struct naming *naming = ctx;

    if (!naming->folder)
        return add_folder(naming->opening, path, 0);
    if (naming->depth < LIMIT_GIT_ALTERNATES && path_is_folder(path))
        return add_folder(naming->opening, path, naming->depth + 1);
    outcome_trouble(naming->opening->outcome, SKIP_UNREADABLE, naming->opening->target,
                    naming->folder, "the alternate %s is not there, or too deep", name);
    return STATUS_OK;
}

static enum status add_alternates(const struct opening *opening, const char *folder, unsigned depth)
{
    struct naming naming = { opening, folder, depth };
    enum status status = alternates_of(folder, take_alternate, &naming);

    return status ? trouble(opening, folder, "the list of alternates cannot be read", status)
                  : STATUS_OK;
}

/* Folders in which a server keeps what is pushed until its hooks have agreed; a killed one leaves
 * them. */
static enum status add_quarantines(const struct opening *opening, const char *folder,
                                   unsigned depth)
{
    enum status status = STATUS_OK;
    struct dirent *entry;
    DIR *dir = opening->strays && depth < LIMIT_GIT_ALTERNATES ? opendir(folder) : NULL;

    while (!status && dir && (entry = readdir(dir))) {
        char *inner;

        if (strncmp(entry->d_name, "incoming-", 9) != 0 &&
            strncmp(entry->d_name, "tmp_objdir-", 11) != 0)
            continue;
        inner = path_join(folder, entry->d_name);
        status = !inner                  ? err_nomem()
                 : path_is_folder(inner) ? add_folder(opening, inner, depth + 1)
                                         : STATUS_OK;
        free(inner);
    }
    if (dir)
        closedir(dir);
    return status;
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
    if (!status)
        status = add_quarantines(opening, folder, depth);
    return status ? status : add_alternates(opening, folder, depth);
}

enum status objects_open(struct objects *objects, const struct objects_places *places,
                         const char *target, struct outcome *outcome, struct pool *pool)
{
    struct opening opening = { objects, target, outcome, pool, places->strays };
    enum status status = STATUS_OK;

    *objects = (struct objects){ 0 };
    for (size_t i = 0; i < sizeof(places->folders) / sizeof(places->folders[0]) && !status; i++)
        if (places->folders[i] && places->folders[i][0])
            status = add_folder(&opening, places->folders[i], 0);
    if (!status && places->more)
        status =
            alternates_listed(places->more, take_alternate, &(struct naming){ &opening, NULL, 0 });
    if (!status)
        status = add_packs_at(&opening, places->packs, places->pack_count);
    if (!status)
        status = complete(&opening);
    if (status)
        objects_release(objects);
    return status;
}
