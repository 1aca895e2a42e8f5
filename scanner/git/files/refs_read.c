/*
 * refs_read.c - the files and folders in which refs are read, as they lie and without a library.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "git/files/refs_private.h"

enum { FOLDERS_DEEP = 64 };

enum status refs_trouble(struct reading *reading, const char *path, const char *what)
{
    outcome_trouble(reading->outcome, SKIP_UNREADABLE, reading->target, path, "%s", what);
    return STATUS_OK;
}

enum status refs_text(struct reading *reading, const char *path, struct slice *text)
{
    enum status status = file_read(&reading->text, path, LIMIT_GIT_FILE_BYTES);

    *text = (struct slice){ 0 };
    if (status == STATUS_OK) /* what is empty is there all the same */
        *text = (struct slice){ (const uint8_t *)buf_cstr(&reading->text), reading->text.len };
    if (status == STATUS_NOMEM || status == STATUS_OK)
        return status;
    return status == STATUS_ABSENT ? STATUS_OK : refs_trouble(reading, path, err_text());
}

enum status refs_text_in(struct reading *reading, const char *folder, const char *name,
                         struct slice *text)
{
    char *path = path_join(folder, name);
    enum status status = path ? refs_text(reading, path, text) : err_nomem();

    free(path);
    return status;
}

static enum status walk(struct reading *reading, const char *folder, const char *name,
                        unsigned depth, refs_file_fn *fn);

/* Call `fn` for the entry at `path`, or for the files below it where there is depth left. */
static enum status take_entry(struct reading *reading, const char *path, const char *name,
                              unsigned depth, refs_file_fn *fn)
{
    struct stat st;

    if (depth > 0 && lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return walk(reading, path, name, depth - 1, fn);
    return fn(reading, path, name);
}

/* `folder` is called `name`, or nothing: then its entries are called by their names. */
static enum status walk(struct reading *reading, const char *folder, const char *name,
                        unsigned depth, refs_file_fn *fn)
{
    DIR *dir = opendir(folder);
    enum status status = STATUS_OK;
    struct dirent *entry;

    if (!dir && (errno == ENOENT || errno == ENOTDIR))
        return STATUS_OK;
    if (!dir)
        return refs_trouble(reading, folder, strerror(errno));
    while (!status && (entry = readdir(dir))) {
        char *path, *inner;

        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        path = path_join(folder, entry->d_name);
        inner = *name ? path_join(name, entry->d_name) : strdup(entry->d_name);
        status = path && inner ? take_entry(reading, path, inner, depth, fn) : err_nomem();
        free(path);
        free(inner);
    }
    closedir(dir);
    return status;
}

enum status refs_each(struct reading *reading, const char *folder, refs_file_fn *fn)
{
    return walk(reading, folder, "", 0, fn);
}

enum status refs_walk(struct reading *reading, const char *folder, const char *name,
                      refs_file_fn *fn)
{
    char *path = path_join(folder, name);
    enum status status = path ? walk(reading, path, name, FOLDERS_DEEP, fn) : err_nomem();

    free(path);
    return status;
}
