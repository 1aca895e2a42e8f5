/* alternates.c - taking lists of folders apart. */
#include "git/store/alternates.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/limits.h"

/* A path of `folder` (NULL: of where the program runs). */
static enum status call(const char *folder, struct slice text, alternates_fn *fn, void *ctx)
{
    char *name = strndup((const char *)text.ptr, text.len);
    char *path = name && folder ? path_join(folder, name) : name;
    enum status status = path ? fn(ctx, path, name) : err_nomem();

    if (path != name)
        free(path);
    free(name);
    return status;
}

enum status alternates_of(const char *folder, alternates_fn *fn, void *ctx)
{
    char *path = path_join(folder, "info/alternates");
    struct buf text = { 0 };
    enum status status = path ? file_read(&text, path, LIMIT_GIT_FILE_BYTES) : err_nomem();
    struct slice rest = buf_view(&text), line;

    while (!status && slice_line(&rest, &line))
        if (line.len && line.ptr[0] != '#' && !memchr(line.ptr, 0, line.len))
            status = call(folder, line, fn, ctx);
    buf_release(&text);
    free(path);
    return status == STATUS_ABSENT ? STATUS_OK : status;
}

enum status alternates_listed(const char *list, alternates_fn *fn, void *ctx)
{
    struct slice rest = slice_of(list);
    enum status status = STATUS_OK;

    while (!status && rest.len) {
        const uint8_t *colon = memchr(rest.ptr, ':', rest.len);
        size_t len = colon ? (size_t)(colon - rest.ptr) : rest.len;

        if (len)
            status = call(NULL, slice_sub(rest, 0, len), fn, ctx);
        rest = slice_sub(rest, colon ? len + 1 : len, rest.len);
    }
    return status;
}
