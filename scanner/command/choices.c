/* choices.c - the environment, and where configuration files are looked for. */
#include "command/choices.h"

#include <ctype.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "command/option_value.h"

#define FILE_NAME ".leaktrawl.json"

/* --- the environment --- */

static void variable_of(struct buf *out, const struct option_row *row)
{
    buf_reset(out);
    buf_text(out, "LEAKTRAWL_");
    for (const char *c = row->name; *c; c++)
        buf_byte(out, *c == '-' ? '_' : (uint8_t)toupper((unsigned char)*c));
}

/* A list has an element a line. */
static enum status take_lines(struct options *options, const struct option_row *row,
                              const char *value)
{
    enum status status = STATUS_OK;

    while (*value && !status) {
        size_t len = strcspn(value, "\n");
        struct slice line = { (const uint8_t *)value, len };
        const char *text = (const char *)arena_copy(&options->memory, line).ptr;

        if (!text)
            return err_nomem();
        if (len)
            status = option_set(options, row, text);
        value += len + (value[len] == '\n');
    }
    return status;
}

static enum status take_variables(struct options *options)
{
    struct buf name = { 0 };
    enum status status = STATUS_OK;

    for (size_t i = 0; i < option_row_count && !status; i++) {
        const struct option_row *row = &option_rows[i];
        bool several = row->kind == KIND_LIST || row->kind == KIND_LEVELS;
        const char *value;

        if (row->source == SOURCE_TYPED || options->given[i] ||
            !(row->commands >> options->command & 1))
            continue;
        variable_of(&name, row);
        value = buf_status(&name) ? NULL : getenv(buf_cstr(&name));
        if (!value || !value[0])
            continue;
        status = several ? take_lines(options, row, value) : option_set(options, row, value);
        if (status == STATUS_INVALID)
            err_set(status, "%s: %s", buf_cstr(&name), err_text());
        options->given[i] = true;
    }
    buf_release(&name);
    return status;
}

/* --- files --- */

static bool has(struct buf *folder, const char *name)
{
    size_t len = folder->len;
    struct stat st;
    bool found;

    buf_text(folder, name);
    found = !buf_status(folder) && lstat(buf_cstr(folder), &st) == 0;
    buf_truncate(folder, len);
    return found;
}

/* Go up to the top of the work tree. False: inside of a repository's own folder. */
static bool find_top(struct buf *folder)
{
    char *here = getcwd(NULL, 0);
    bool own = false, top = false;

    for (const char *c = here; c && *c && !own && !top; c++) {
        if (*c != '/')
            continue;
        own = has(folder, "HEAD") && has(folder, "objects") && has(folder, "refs");
        top = !own && has(folder, ".git");
        if (!own && !top)
            buf_text(folder, "../");
    }
    if (!top)
        buf_reset(folder); /* in no repository: this very folder */
    free(here);
    return !own;
}

static const char *keep(struct arena *arena, struct slice text)
{
    return (const char *)arena_copy(arena, text).ptr;
}

struct config_file choices_tree_file(struct arena *arena)
{
    struct config_file file = { .confined = true };
    struct buf path = { 0 };

    if (find_top(&path)) {
        file.folder = file.base = keep(arena, buf_view(&path));
        buf_text(&path, FILE_NAME);
        file.path = buf_status(&path) || !file.folder ? NULL : keep(arena, buf_view(&path));
    }
    buf_release(&path);
    return file;
}

/* $XDG_CONFIG_HOME/leaktrawl/config.json, or where XDG says it is. NULL: nowhere. */
static const char *user_file(struct arena *arena)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    struct buf path = { 0 };
    const char *file;

    if (config && config[0] == '/')
        buf_printf(&path, "%s/leaktrawl/config.json", config);
    else if (home && home[0] == '/')
        buf_printf(&path, "%s/.config/leaktrawl/config.json", home);
    file = path.len && !buf_status(&path) ? keep(arena, buf_view(&path)) : NULL;
    buf_release(&path);
    return file;
}

struct config_file choices_named_file(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *folder = keep(arena, (struct slice){ (const uint8_t *)path,
                                                     slash ? (size_t)(slash - path) + 1 : 0 });

    return (struct config_file){ .path = folder ? path : NULL, .folder = folder, .base = folder };
}

static enum status take_file(struct choices *choices, const struct config_file *file, bool must)
{
    enum status status;

    if (!file->path)
        return STATUS_OK;
    status = config_file_read(&choices->options, file, NULL, NULL);
    if (status == STATUS_ABSENT)
        return must ? err_set(STATUS_IO, "%s: there is no such file", file->path) : STATUS_OK;
    if (!status)
        choices->files[choices->file_count++] = file->path;
    return status;
}

static enum status take_files(struct choices *choices, bool tree)
{
    struct arena *arena = &choices->options.memory;
    struct config_file own = { 0 }, users;
    enum status status = STATUS_OK;
    const char *path;

    if (choices->options.config) {
        own = choices_named_file(arena, choices->options.config);
        return take_file(choices, &own, true);
    }
    if (tree) {
        own = choices_tree_file(arena);
        status = take_file(choices, &own, false);
    }
    path = user_file(arena);
    if (status || !path)
        return status;
    users = choices_named_file(arena, path);
    users.base = own.base; /* its patterns are for every tree */
    return take_file(choices, &users, false);
}

enum status choices_init(struct choices *choices, const struct options *typed, bool tree)
{
    enum status status;

    *choices = (struct choices){ .options = *typed };
    choices->options.memory = (struct arena){ 0 };
    status = take_variables(&choices->options);
    if (!status && !choices->options.no_config)
        status = take_files(choices, tree);
    if (status)
        choices_release(choices);
    return status;
}

void choices_release(struct choices *choices)
{
    arena_release(&choices->options.memory);
    *choices = (struct choices){ 0 };
}
