/* layout.c - git folders, files in their place, linked work trees, and the extensions in `config`.
 */
#include "git/files/layout.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/limits.h"
#include "git/files/config.h"

/* --- folders --- */

/* The path that the one-line file `path` holds after `prefix`, relative to `folder`. */
static enum status read_link(char **out, const char *path, struct slice prefix, const char *folder)
{
    struct buf text = { 0 };
    enum status status = file_read(&text, path, LIMIT_GIT_FILE_BYTES);
    struct slice rest = buf_view(&text), line = { 0 };
    char *name = NULL;

    *out = NULL;
    if (!status && (!slice_line(&rest, &line) || !slice_starts(line, prefix)))
        status = STATUS_ABSENT;
    if (!status) {
        line = slice_sub(line, prefix.len, line.len);
        while (line.len && isspace(line.ptr[line.len - 1]))
            line.len--;
        while (line.len && line.ptr[0] == ' ')
            line = slice_sub(line, 1, line.len);
        if (line.len == 0 || memchr(line.ptr, 0, line.len))
            status = STATUS_ABSENT;
    }
    if (!status) {
        name = strndup((const char *)line.ptr, line.len);
        *out = name ? path_join(folder, name) : NULL;
        if (!*out)
            status = err_nomem();
    }
    free(name);
    buf_release(&text);
    return status;
}

/* Without the heap: where memory is out a repository must not pass for a plain folder. */
static bool holds(const char *folder, const char *name, bool (*test)(const char *path))
{
    char path[PATH_MAX];
    int len = snprintf(path, sizeof(path), "%s/%s", folder, name);

    return len > 0 && (size_t)len < sizeof(path) && test(path);
}

/* Is it a folder with a HEAD, and objects and refs or a note of where they are? */
static bool is_git_folder(const char *path)
{
    if (!path_is_folder(path) || !holds(path, "HEAD", path_is_file))
        return false;
    return holds(path, "commondir", path_is_file) ||
           (holds(path, "objects", path_is_folder) && holds(path, "refs", path_is_folder));
}

/* The folder that `path` lies in; a copy. */
static char *parent_of(const char *path)
{
    size_t len = strlen(path);

    while (len > 1 && path[len - 1] == '/')
        len--;
    while (len > 0 && path[len - 1] != '/')
        len--;
    return len ? strndup(path, len) : strdup("./");
}

/* Follow a `.git` file. STATUS_ABSENT where it names no git folder. */
static enum status follow(char **out, const char *file)
{
    char *folder = parent_of(file);
    enum status status = folder ? read_link(out, file, SLICE("gitdir:"), folder) : err_nomem();

    free(folder);
    if (!status && !is_git_folder(*out)) {
        free(*out);
        *out = NULL;
        status = STATUS_ABSENT;
    }
    return status;
}

bool layout_is_repository(const char *path)
{
    char *folder = NULL;
    enum status status = is_git_folder(path) ? STATUS_OK : STATUS_ABSENT;

    if (status && path_is_file(path))
        status = follow(&folder, path);
    free(folder);
    return status == STATUS_OK || status == STATUS_NOMEM; /* who opens it tells of the latter */
}

/* --- settings --- */

struct settings {
    bool partial;
    const char *refused; /* why the repository cannot be read; static */
};

static bool is_true(struct slice value)
{
    return config_is(value, "true") || config_is(value, "yes") || config_is(value, "on") ||
           config_is(value, "1");
}

static void take_extension(struct settings *settings, struct slice key, struct slice value)
{
    static const char *const harmless[] = {
        "noop", "noop-v1", "preciousobjects", "worktreeconfig", "relativeworktrees", "partialclone"
    };

    if (config_is(key, "objectformat") && !config_is(value, "sha1"))
        settings->refused =
            "its objects are named by another hash than SHA-1, which is not supported";
    else if (config_is(key, "refstorage") && !config_is(value, "files"))
        settings->refused = "its refs are stored in a format that is not supported";
    else if (config_is(key, "partialclone"))
        settings->partial = true;
    else if (!config_is(key, "objectformat") && !config_is(key, "refstorage")) {
        for (size_t i = 0; i < COUNT_OF(harmless); i++)
            if (config_is(key, harmless[i]))
                return;
        settings->refused = "it uses an extension of git that is not known";
    }
}

static void take_setting(struct settings *settings, const struct config_line *line)
{
    if (config_is(line->section, "extensions"))
        take_extension(settings, line->key, line->value);
    else if (config_is(line->section, "core") && config_is(line->key, "repositoryformatversion")) {
        if (!config_is(line->value, "0") && !config_is(line->value, "1"))
            settings->refused = "its format version is not supported";
    } else if (config_is(line->section, "remote") && config_is(line->key, "promisor") &&
               is_true(line->value)) {
        settings->partial = true;
    }
}

static enum status read_settings(const char *common, struct settings *settings)
{
    char *path = path_join(common, "config");
    struct buf text = { 0 };
    enum status status = path ? file_read(&text, path, LIMIT_GIT_FILE_BYTES) : err_nomem();
    struct slice rest = buf_view(&text);
    struct config_line line = { 0 };

    while (!status && config_next(&rest, &line))
        take_setting(settings, &line);
    buf_release(&text);
    free(path);
    return status == STATUS_ABSENT ? STATUS_OK : status;
}

/* --- the whole --- */

/* Set layout->git. */
static enum status find_git(struct layout *layout, const char *path)
{
    char *inner = path_join(path, ".git");
    enum status status = inner ? STATUS_OK : err_nomem();

    if (!status && is_git_folder(path)) {
        layout->git = strdup(path);
    } else if (!status && path_is_file(path)) {
        status = follow(&layout->git, path);
    } else if (!status && is_git_folder(inner)) {
        layout->git = strdup(inner);
    } else if (!status) {
        status = path_is_file(inner) ? follow(&layout->git, inner) : STATUS_ABSENT;
    }
    free(inner);
    return status ? status : layout->git ? STATUS_OK : err_nomem();
}

static enum status find_common(struct layout *layout)
{
    char *path = path_join(layout->git, "commondir");
    enum status status =
        path ? read_link(&layout->common, path, SLICE(""), layout->git) : err_nomem();

    free(path);
    if (status == STATUS_ABSENT) {
        layout->common = strdup(layout->git);
        status = layout->common ? STATUS_OK : err_nomem();
    }
    return status;
}

enum status layout_find(struct layout *layout, const char *path)
{
    struct settings settings = { 0 };
    enum status status;

    *layout = (struct layout){ 0 };
    status = find_git(layout, path);
    if (!status)
        status = find_common(layout);
    if (!status && !holds(layout->common, "objects", path_is_folder))
        status = STATUS_ABSENT;
    if (!status)
        status = read_settings(layout->common, &settings);
    if (!status && settings.refused)
        status = err_set(STATUS_UNSUPPORTED, "%s: %s", path, settings.refused);
    else if (status == STATUS_IO || status == STATUS_LIMIT)
        status = err_set(STATUS_IO, "%s: the repository's settings cannot be read", path);
    layout->partial = settings.partial;
    if (status)
        layout_release(layout);
    return status;
}

enum status layout_find_above(struct layout *layout, const char *path)
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

void layout_release(struct layout *layout)
{
    free(layout->git);
    free(layout->common);
    *layout = (struct layout){ 0 };
}
