/*
 * named.c - what two targets both name, by file and by real path.
 */
#include "source/named.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"

static int by_file(const void *a, const void *b)
{
    const struct named *left = *(struct named *const *)a, *right = *(struct named *const *)b;

    if (left->device != right->device)
        return left->device < right->device ? -1 : 1;
    if (left->inode != right->inode)
        return left->inode < right->inode ? -1 : 1;
    return left->index < right->index ? -1 : 1;
}

static int by_real(const void *a, const void *b)
{
    return strcmp((*(struct named *const *)a)->real, (*(struct named *const *)b)->real);
}

static const char *real_path(struct named *named)
{
    if (!named->real)
        named->real = realpath(named->path, NULL);
    return named->real;
}

/* Are both one file or folder? Two names of a file that is linked twice are two places. */
static bool is_same(struct named *a, struct named *b)
{
    if (a->device != b->device || a->inode != b->inode)
        return false;
    return S_ISDIR(a->mode) || (real_path(a) && real_path(b) && strcmp(a->real, b->real) == 0);
}

/* Drop what was named before. `sorted` holds all targets. */
static void drop_repeated(struct named **sorted, size_t count)
{
    qsort(sorted, count, sizeof(*sorted), by_file);
    for (size_t i = 1; i < count; i++)
        for (size_t k = i; k-- > 0 && sorted[k]->inode == sorted[i]->inode &&
                           sorted[k]->device == sorted[i]->device && !sorted[i]->dropped;)
            sorted[i]->dropped = !sorted[k]->dropped && is_same(sorted[k], sorted[i]);
}

/* Does the walk of a folder come to `below`, a path in it? Not into a repository's store. */
static bool is_walked(const char *below)
{
    static const char *const stores[] = { "objects", "logs", "index", "refs", "packed-refs" };

    while (*below) {
        size_t len = strcspn(below, "/");

        for (size_t i = 0; i < COUNT_OF(stores); i++)
            if (strlen(stores[i]) == len && memcmp(stores[i], below, len) == 0)
                return false;
        below += len + (below[len] == '/');
    }
    return true;
}

/* Is one of the `n` folders, sorted by their real paths, above `named` and on its file system? */
static bool is_inside(const struct named *named, struct named *const *folders, size_t n)
{
    size_t len = strlen(named->real);
    char *path = malloc(len + 2);
    struct named key = { .real = path }, *wanted = &key;
    bool inside = false;

    for (size_t end = 1; path && end < len && !inside; end++) {
        struct named *const *found;

        if (named->real[end] != '/' && end > 1)
            continue;
        /* "/a" of "/a/b", and first of all "/" itself. */
        memcpy(path, named->real, end);
        path[named->real[end] == '/' ? end : 1] = 0;
        found = bsearch(&wanted, folders, n, sizeof(struct named *), by_real);
        inside = found && (*found)->device == named->device &&
                 is_walked(named->real + strlen(path) + (strlen(path) > 1));
    }
    free(path);
    return inside;
}

/* Drop what lies inside of a folder that is a target too: its walk comes there. */
static void drop_inside(struct named *list, size_t count, struct named **folders)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        if (S_ISDIR(list[i].mode) && !list[i].dropped && real_path(&list[i]))
            folders[n++] = &list[i];
    if (!n)
        return;
    qsort(folders, n, sizeof(struct named *), by_real);
    for (size_t i = 0; i < count; i++) {
        struct named *named = &list[i];
        bool walked = S_ISDIR(named->mode) || S_ISREG(named->mode);

        if (walked && !named->dropped && real_path(named))
            named->dropped = is_inside(named, folders, n);
    }
}

void named_drop(struct named *list, size_t count, bool inside)
{
    struct named **some = count > 1 ? calloc(count, sizeof(struct named *)) : NULL;

    if (!some)
        return;
    for (size_t i = 0; i < count; i++)
        some[i] = &list[i];
    drop_repeated(some, count);
    if (inside)
        drop_inside(list, count, some);
    free(some);
}
