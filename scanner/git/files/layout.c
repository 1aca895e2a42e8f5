/* layout.c - git folders, files in their place, linked work trees, and the extensions in `config`.
 */
#include "git/files/layout.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/limits.h"

/* --- folders --- */

/* The path that the one-line file `path` holds after `prefix`, relative to `folder`. */
static enum status read_link(char **out, const char *path, struct slice prefix, const char *folder)
{
    struct buf text = { 0 };
    enum status status = file_read(&text, path, LIMIT_GIT_FILE_BYTES);
    struct slice rest = buf_view(&text), line = { 0 };
    char *name = NULL;

    *out = NULL;
    if (!status && (!line_next(&rest, &line) || !slice_starts(line, prefix)))
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

static bool holds(const char *folder, const char *name, bool (*test)(const char *path))
{
    char *path = path_join(folder, name);
    bool result = path && test(path);

    free(path);
    return result;
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
    bool found = is_git_folder(path);

    if (!found && path_is_file(path))
        found = follow(&folder, path) == STATUS_OK;
    free(folder);
    return found;
}

/* --- settings --- */

struct settings {
    bool partial;
    const char *refused; /* why the repository cannot be read; static */
};

static bool is_word(struct slice s, const char *word)
{
    return s.len == strlen(word) && strncasecmp((const char *)s.ptr, word, s.len) == 0;
}

static struct slice trimmed(struct slice s)
{
    while (s.len && isspace(s.ptr[0]))
        s = slice_sub(s, 1, s.len);
    while (s.len && isspace(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

static bool is_true(struct slice value)
{
    return is_word(value, "true") || is_word(value, "yes") || is_word(value, "on") ||
           is_word(value, "1");
}

static void take_extension(struct settings *settings, struct slice key, struct slice value)
{
    static const char *const harmless[] = {
        "noop", "noop-v1", "preciousobjects", "worktreeconfig", "relativeworktrees", "partialclone"
    };

    if (is_word(key, "objectformat") && !is_word(value, "sha1"))
        settings->refused =
            "its objects are named by another hash than SHA-1, which is not supported";
    else if (is_word(key, "refstorage") && !is_word(value, "files"))
        settings->refused = "its refs are stored in a format that is not supported";
    else if (is_word(key, "partialclone"))
        settings->partial = true;
    else if (!is_word(key, "objectformat") && !is_word(key, "refstorage")) {
        for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
            if (is_word(key, harmless[i]))
                return;
        settings->refused = "it uses an extension of git that is not known";
    }
}

static void take_setting(struct settings *settings, struct slice section, struct slice line)
{
    const uint8_t *equals = memchr(line.ptr, '=', line.len);
    size_t at = equals ? (size_t)(equals - line.ptr) : line.len;
    struct slice key = trimmed(slice_sub(line, 0, at));
    struct slice value = equals ? trimmed(slice_sub(line, at + 1, line.len)) : SLICE("true");

    if (value.len > 1 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
        value = slice_sub(value, 1, value.len - 1);
    if (is_word(section, "extensions"))
        take_extension(settings, key, value);
    else if (is_word(section, "core") && is_word(key, "repositoryformatversion")) {
        if (!is_word(value, "0") && !is_word(value, "1"))
            settings->refused = "its format version is not supported";
    } else if (is_word(section, "remote") && is_word(key, "promisor") && is_true(value)) {
        settings->partial = true;
    }
}

/* The first word of "[section "name"]", and what stands behind the bracket in *line. */
static struct slice take_section(struct slice *line)
{
    const uint8_t *end = memchr(line->ptr, ']', line->len);
    struct slice section = slice_sub(*line, 1, end ? (size_t)(end - line->ptr) : line->len);

    *line = end ? trimmed(slice_sub(*line, section.len + 2, line->len)) : (struct slice){ 0 };
    section = trimmed(section);
    for (size_t i = 0; i < section.len; i++)
        if (isspace(section.ptr[i]) || section.ptr[i] == '"')
            return slice_sub(section, 0, i);
    return section;
}

static enum status read_settings(const char *common, struct settings *settings)
{
    char *path = path_join(common, "config");
    struct buf text = { 0 };
    enum status status = path ? file_read(&text, path, LIMIT_GIT_FILE_BYTES) : err_nomem();
    struct slice rest = buf_view(&text), line, section = { 0 };

    while (!status && line_next(&rest, &line)) {
        line = trimmed(line);
        if (line.len && line.ptr[0] == '[')
            section = take_section(&line);
        if (line.len && line.ptr[0] != '#' && line.ptr[0] != ';')
            take_setting(settings, section, line);
    }
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

void layout_release(struct layout *layout)
{
    free(layout->git);
    free(layout->common);
    *layout = (struct layout){ 0 };
}
