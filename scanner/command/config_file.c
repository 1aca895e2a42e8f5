/*
 * config_file.c - members against the table of options.
 *
 * Each value is first given to options that nobody uses: so it is checked also where it would not
 * count, and a file is good or bad whatever the command line says.
 */
#include "command/config_file.h"

#include <cJSON.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/limits.h"
#include "command/option_value.h"
#include "command/similar.h"
#include "detect/position.h"

struct reading {
    const struct config_file *file;
    struct slice text;
    struct options *options;
    struct options unused;
    config_fault_fn *on_fault;
    void *ctx;
    size_t faults;
    char first[1024];
};

/* --- mistakes --- */

static void count_fault(struct reading *r)
{
    if (!r->faults++)
        snprintf(r->first, sizeof(r->first), "%s", err_text());
    if (r->on_fault)
        r->on_fault(r->ctx, err_text());
}

static enum status fault(struct reading *r, const char *member, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A mistake in `member`, by its path ("": the whole). Returns STATUS_INVALID. */
static enum status fault(struct reading *r, const char *member, const char *format, ...)
{
    struct position place = position_of(r->text, member);
    char what[512];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    err_set(STATUS_INVALID, "%s:%zu:%zu: %.100s%s%s", r->file->path, place.line, place.column,
            member, member[0] ? ": " : "", what);
    count_fault(r);
    return STATUS_INVALID;
}

/* --- values --- */

/* The path of what stands in `outer`: "exclude[2]", "severity.aws-key-pair". */
static void inner_path(char out[static 160], const char *outer, const cJSON *item, int index)
{
    if (item->string)
        snprintf(out, 160, "%.60s.%.90s", outer, item->string);
    else
        snprintf(out, 160, "%.60s[%d]", outer, index);
}

/* No path that came with a tree leads out of it, by its text or by a link. */
static bool stays_inside(const char *folder, const char *path, const char *joined)
{
    char *top = realpath(folder[0] ? folder : ".", NULL), *end = realpath(joined, NULL);
    size_t len = top ? strlen(top) : 0;
    bool inside = path[0] != '/' && top &&
                  (!end || (strncmp(end, top, len) == 0 && (end[len] == '/' || len == 1)));

    for (const char *name = path; inside && *name; name += strcspn(name, "/")) {
        name += *name == '/';
        inside = strncmp(name, "..", 2) != 0 || (name[2] && name[2] != '/');
    }
    free(top);
    free(end);
    return inside;
}

/*
 * `text`, a path of the file, from where the program runs. NULL: its mistake was told, or memory is
 * out, as `*status` says.
 */
static const char *resolve(struct reading *r, const char *member, const char *text,
                           enum status *status)
{
    const char *folder = r->file->folder;
    size_t len = strlen(folder);
    char *joined = arena_alloc(&r->options->memory, len + strlen(text) + 1);

    if (!joined) {
        *status = err_nomem();
        return NULL;
    }
    stpcpy(stpcpy(joined, text[0] == '/' ? "" : folder), text);
    if (!r->file->confined || stays_inside(folder, text, joined))
        return joined;
    *status = fault(r, member, "\"%s\" leads out of the folder of this file", text);
    return NULL;
}

/* One text for `row`, checked, and given to the options where it counts. */
static enum status take_text(struct reading *r, const struct option_row *row, const char *member,
                             const char *text, bool counts)
{
    enum status status = option_set(&r->unused, row, text);
    const char *kept;

    if (status)
        return status == STATUS_INVALID ? fault(r, member, "%s", err_text()) : status;
    kept = row->path ? resolve(r, member, text, &status)
                     : (const char *)arena_copy(&r->options->memory, slice_of(text)).ptr;
    if (!kept)
        return status ? status : err_nomem();
    return counts ? option_set(r->options, row, kept) : STATUS_OK;
}

static enum status take_number(struct reading *r, const struct option_row *row, const char *member,
                               const cJSON *item, bool counts)
{
    char digits[32];

    if (!(item->valuedouble >= 0) || item->valuedouble > 9e15 ||
        item->valuedouble != (double)(uint64_t)item->valuedouble)
        return fault(r, member, "must be a whole number");
    snprintf(digits, sizeof(digits), "%.0f", item->valuedouble);
    return take_text(r, row, member, digits, counts);
}

/* The elements of a list, or the members of an object, as texts. */
static enum status take_several(struct reading *r, const struct option_row *row,
                                const cJSON *several, bool counts)
{
    enum status status = STATUS_OK, got;
    const cJSON *item;
    int index = 0;

    cJSON_ArrayForEach(item, several) {
        char member[160], text[256];

        inner_path(member, several->string, item, index++);
        if (!cJSON_IsString(item)) {
            got = fault(r, member, "must be a text");
        } else {
            if (item->string)
                snprintf(text, sizeof(text), "%.120s=%.120s", item->string, item->valuestring);
            got = take_text(r, row, member, item->string ? text : item->valuestring, counts);
        }
        status = status == STATUS_NOMEM ? status : got ? got : status;
    }
    return status;
}

static enum status take_value(struct reading *r, const struct option_row *row, const cJSON *item,
                              bool counts)
{
    const char *name = item->string;

    switch (row->kind) {
    case KIND_ON:
        if (!cJSON_IsBool(item))
            return fault(r, name, "must be true or false");
        return take_text(r, row, name, cJSON_IsTrue(item) ? "true" : "false", counts);
    case KIND_LIST:
        return cJSON_IsArray(item) ? take_several(r, row, item, counts)
                                   : fault(r, name, "must be a list of texts");
    case KIND_LEVELS:
        return cJSON_IsObject(item) ? take_several(r, row, item, counts)
                                    : fault(r, name, "must be an object of texts");
    case KIND_NUMBER:
        return cJSON_IsNumber(item) ? take_number(r, row, name, item, counts)
                                    : fault(r, name, "must be a number");
    default:
        if (row->kind == KIND_SIZE && cJSON_IsNumber(item)) /* or a text, as "10M" */
            return take_number(r, row, name, item, counts);
        return cJSON_IsString(item) ? take_text(r, row, name, item->valuestring, counts)
                                    : fault(r, name, "must be a text");
    }
}

/* --- members --- */

static const struct option_row *find_row(const char *name)
{
    for (size_t i = 0; i < option_row_count; i++)
        if (option_rows[i].source == SOURCE_FILE && strcmp(option_rows[i].name, name) == 0)
            return &option_rows[i];
    return NULL;
}

static enum status unknown_member(struct reading *r, const char *name)
{
    const char *names[OPTION_ROWS_MAX];
    const char *near;
    size_t n = 0;

    for (size_t i = 0; i < option_row_count; i++) {
        if (option_rows[i].source == SOURCE_FILE)
            names[n++] = option_rows[i].name;
        else if (strcmp(option_rows[i].name, name) == 0)
            return fault(r, name, "this can only be typed");
    }
    near = similar_word(name, names, n);
    return fault(r, name, "there is no such setting%s%s%s", near ? "; did you mean " : "",
                 near ? near : "", near ? "?" : "");
}

static bool stood_before(const cJSON *root, const cJSON *member)
{
    const cJSON *other;

    cJSON_ArrayForEach(other, root) {
        if (other == member)
            return false;
        if (strcmp(other->string, member->string) == 0)
            return true;
    }
    return false;
}

static enum status take_member(struct reading *r, const cJSON *root, const cJSON *member)
{
    const struct option_row *row = find_row(member->string);
    struct options *options = r->options;
    enum status status;
    bool counts;

    if (!row)
        return unknown_member(r, member->string);
    if (stood_before(root, member))
        return fault(r, member->string, "stands twice");
    counts = !options->given[row - option_rows] && row->commands >> options->command & 1;
    status = take_value(r, row, member, counts);
    if (counts) {
        options->given[row - option_rows] = true;
        if (row->kind == KIND_LIST)
            ((struct text_list *)(void *)((char *)options + row->offset))->base = r->file->base;
    }
    return status;
}

static enum status take_root(struct reading *r, const cJSON *root)
{
    const cJSON *member;

    if (!cJSON_IsObject(root))
        return fault(r, "", "must be an object");
    cJSON_ArrayForEach(member, root)
        if (take_member(r, root, member) == STATUS_NOMEM)
            return STATUS_NOMEM;
    return STATUS_OK;
}

/* --- files --- */

/* NULL with its mistake told. */
static cJSON *parse(struct reading *r)
{
    const char *start = (const char *)r->text.ptr, *end = start;
    cJSON *root = NULL;
    struct position place;
    size_t at;

    if (r->text.len)
        root = cJSON_ParseWithLengthOpts(start, r->text.len, &end, 0);
    at = (size_t)(end - start);
    while (root && at < r->text.len && strchr(" \t\r\n", start[at]) && start[at])
        at++;
    if (root && at == r->text.len)
        return root;
    cJSON_Delete(root);
    place = position_at(r->text, at);
    err_set(STATUS_INVALID, "%s:%zu:%zu: not valid JSON", r->file->path, place.line, place.column);
    count_fault(r);
    return NULL;
}

enum status config_file_parse(struct options *options, const struct config_file *file,
                              struct slice text, config_fault_fn *on_fault, void *ctx)
{
    struct reading r = {
        .file = file, .text = text, .options = options, .on_fault = on_fault, .ctx = ctx
    };
    cJSON *root = parse(&r);
    enum status status = STATUS_OK;

    option_defaults(&r.unused);
    if (root)
        status = take_root(&r, root);
    cJSON_Delete(root);
    arena_release(&r.unused.memory);
    if (status == STATUS_NOMEM)
        return err_nomem();
    return r.faults ? err_set(STATUS_INVALID, "%s", r.first) : STATUS_OK;
}

enum status config_file_load(struct buf *text, const struct config_file *file)
{
    enum status status;
    struct stat st;

    if (file->confined && lstat(file->path, &st) == 0 && S_ISLNK(st.st_mode))
        return err_set(STATUS_IO, "%s: a symbolic link is not followed", file->path);
    status = file_read(text, file->path, LIMIT_CONFIG_BYTES);
    if (status && status != STATUS_ABSENT && status != STATUS_NOMEM)
        err_set(status, "%s: %s", file->path, err_text());
    return status;
}

enum status config_file_read(struct options *options, const struct config_file *file,
                             config_fault_fn *on_fault, void *ctx)
{
    struct buf text = { 0 };
    enum status status = config_file_load(&text, file);

    if (!status)
        status = config_file_parse(options, file, buf_view(&text), on_fault, ctx);
    buf_release(&text);
    return status;
}
