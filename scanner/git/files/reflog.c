/* reflog.c - lines "BEFORE AFTER Name <mail> seconds zone TAB message". */
#include "git/files/reflog.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "git/files/config.h"
#include "git/store/content.h"

#define HEADS "refs/heads/"

/* A name that stays inside of the folder it is joined to. */
static bool is_ref_name(const char *ref)
{
    return ref[0] && ref[0] != '/' && !strstr(ref, "..");
}

static bool parse_line(struct reflog_line *out, struct slice line)
{
    const uint8_t *tab = line.len ? memchr(line.ptr, '\t', line.len) : NULL;
    size_t end = tab ? (size_t)(tab - line.ptr) : line.len;
    struct slice who;
    int zone;

    *out = (struct reflog_line){ .message = slice_sub(line, tab ? end + 1 : end, line.len) };
    if (line.len < 2 * ID_DIGITS + 2 || !id_parse(&out->before, line) ||
        !id_parse(&out->after, slice_sub(line, ID_DIGITS + 1, line.len)))
        return false;
    person_parse(slice_sub(line, 2 * ID_DIGITS + 2, end), &who, &out->date, &zone);
    return true;
}

/* The file of HEAD's log is the work tree's own, those of refs are mostly shared. */
static enum status read_log(struct buf *text, const struct layout *layout, const char *name)
{
    const char *const folders[] = { layout->git, layout->common };
    enum status status = STATUS_ABSENT;

    for (size_t i = 0; i < 2 && status == STATUS_ABSENT; i++) {
        char *path = path_join(folders[i], name);

        status = path ? file_read(text, path, LIMIT_GIT_FILE_BYTES) : err_nomem();
        free(path);
    }
    return status;
}

enum status reflog_read(struct reflog *log, const struct layout *layout, const char *ref)
{
    struct buf name = { 0 };
    struct slice rest, line;
    enum status status;
    size_t cap;

    *log = (struct reflog){ 0 };
    if (!layout->git || !is_ref_name(ref))
        return STATUS_ABSENT;
    buf_printf(&name, "logs/%s", ref);
    status = buf_status(&name);
    if (!status)
        status = read_log(&log->text, layout, buf_cstr(&name));
    buf_release(&name);
    cap = log->text.len / (2 * ID_DIGITS + 2) + 1;
    if (!status && !(log->lines = malloc(cap * sizeof(*log->lines))))
        status = err_nomem();
    rest = buf_view(&log->text);
    while (!status && slice_line(&rest, &line))
        if (parse_line(&log->lines[log->count], line))
            log->count++;
    if (status)
        reflog_release(log);
    return status;
}

void reflog_release(struct reflog *log)
{
    buf_release(&log->text);
    free(log->lines);
    *log = (struct reflog){ 0 };
}

enum status reflog_branch(struct buf *name, const struct layout *layout)
{
    char *path = layout->git ? path_join(layout->git, "HEAD") : NULL;
    struct buf text = { 0 };
    enum status status = path ? file_read(&text, path, LIMIT_GIT_FILE_BYTES) : STATUS_ABSENT;
    struct slice rest = buf_view(&text), line = { 0 };

    if (!status && slice_line(&rest, &line) && slice_starts(line, SLICE("ref: "))) {
        buf_append(name, slice_sub(line, strlen("ref: "), line.len));
        status = buf_status(name);
    } else if (!status) {
        status = STATUS_ABSENT;
    }
    buf_release(&text);
    free(path);
    return status;
}

enum status reflog_upstream(struct buf *name, const struct layout *layout, const char *branch)
{
    char *path = layout->common ? path_join(layout->common, "config") : NULL;
    struct slice remote = { 0 }, merge = { 0 }, rest;
    struct config_line line = { 0 };
    struct buf text = { 0 };
    enum status status = path ? file_read(&text, path, LIMIT_GIT_FILE_BYTES) : STATUS_ABSENT;

    rest = buf_view(&text);
    if (strncmp(branch, HEADS, strlen(HEADS)) != 0)
        status = STATUS_ABSENT;
    while (!status && config_next(&rest, &line)) {
        if (!config_is(line.section, "branch") ||
            !slice_eq(line.name, slice_of(branch + strlen(HEADS))))
            continue;
        if (config_is(line.key, "remote"))
            remote = line.value;
        else if (config_is(line.key, "merge"))
            merge = line.value;
    }
    if (!status && (!remote.len || !slice_starts(merge, SLICE(HEADS))))
        status = STATUS_ABSENT;
    if (!status && slice_eq(remote, SLICE("."))) {
        buf_append(name, merge);
    } else if (!status) {
        buf_printf(name, "refs/remotes/%.*s/", (int)remote.len, (const char *)remote.ptr);
        buf_append(name, slice_sub(merge, strlen(HEADS), merge.len));
    }
    if (!status)
        status = buf_status(name);
    buf_release(&text);
    free(path);
    return status;
}
