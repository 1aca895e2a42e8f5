/*
 * locate.c - realpath() for what is there, and a cleaning of dots for the rest, such as members of
 * archives.
 */
#include "report/locate.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_uri(const char *path)
{
    return slice_starts(slice_of(path), SLICE("s3://"));
}

/* Append the components of `rest` to the absolute path in `out`: "." goes, ".." takes one back. */
static void append_clean(struct buf *out, const char *rest)
{
    while (*rest) {
        size_t len = strcspn(rest, "/");
        struct slice part = { (const uint8_t *)rest, len };

        if (slice_eq(part, SLICE(".."))) {
            while (out->len && out->ptr[out->len - 1] != '/')
                buf_truncate(out, out->len - 1);
            if (out->len)
                buf_truncate(out, out->len - 1);
        } else if (len && !slice_eq(part, SLICE("."))) {
            buf_byte(out, '/');
            buf_append(out, part);
        }
        rest += len;
        rest += *rest == '/';
    }
}

static void append_real(struct buf *out, const char *real)
{
    buf_text(out, strcmp(real, "/") ? real : "");
}

/* Put the absolute path of `path` into `out`: the longest part that is there, without links. */
static void make_absolute(struct buf *out, const char *path)
{
    char *part = strdup(path);
    size_t len = part ? strlen(part) : 0;
    char real[PATH_MAX];

    buf_reset(out);
    while (len && !realpath(part, real)) {
        while (len && part[len - 1] != '/')
            len--;
        while (len && part[len - 1] == '/')
            len--;
        part[len] = '\0';
    }
    if (!part)
        out->failed = STATUS_NOMEM;
    else if (len)
        append_real(out, real);
    else if (path[0] != '/' && getcwd(real, sizeof(real)))
        append_real(out, real);
    append_clean(out, path + len);
    free(part);
}

static bool holds_git(struct buf *folder)
{
    size_t len = folder->len;
    struct stat st;
    bool there;

    buf_text(folder, "/.git");
    there = !buf_status(folder) && lstat(buf_cstr(folder), &st) == 0;
    buf_truncate(folder, len);
    return there;
}

/* The folder at or above the target that is a repository's; else the working directory. */
static void find_root(struct locator *locator, const char *target)
{
    struct buf *root = &locator->root;

    locator->target = target;
    make_absolute(root, target);
    while (root->len && !holds_git(root)) {
        while (root->len && root->ptr[root->len - 1] != '/')
            buf_truncate(root, root->len - 1);
        if (root->len)
            buf_truncate(root, root->len - 1);
    }
    if (!root->len)
        make_absolute(root, ".");
}

const char *locator_path(struct locator *locator, const struct finding *finding, const char *path,
                         bool *inside)
{
    const char *target = finding->target ? finding->target : ".";
    size_t root;

    *inside = finding_in_history(finding);
    if (*inside || is_uri(path))
        return path;
    if (!locator->target || strcmp(locator->target, target))
        find_root(locator, target);
    make_absolute(&locator->path, path);
    if (buf_status(&locator->path) || buf_status(&locator->root))
        return "";
    root = locator->root.len;
    *inside = slice_starts(buf_view(&locator->path), buf_view(&locator->root)) &&
              (locator->path.len == root || locator->path.ptr[root] == '/');
    return *inside ? buf_cstr(&locator->path) + root + (locator->path.len > root)
                   : buf_cstr(&locator->path);
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("-._~/", c);
}

void locator_uri(struct buf *out, const char *path, bool inside)
{
    if (is_uri(path)) {
        buf_text(out, "s3:/");
        path += sizeof("s3:/") - 1;
    } else if (!inside) {
        buf_text(out, "file://");
    }
    for (; *path; path++) {
        if (is_plain(*path))
            buf_byte(out, (uint8_t)*path);
        else
            buf_printf(out, "%%%02X", (unsigned char)*path);
    }
}

void locator_release(struct locator *locator)
{
    buf_release(&locator->root);
    buf_release(&locator->path);
    *locator = (struct locator){ 0 };
}
