/*
 * path_globs.c - names of a path against names of a pattern.
 *
 * Going back to the last `**` alone is enough, for the reason that glob.c gives for `*`.
 */
#include "base/path_globs.h"

#include "base/array.h"
#include "base/glob.h"

enum status path_globs_add(struct path_globs *globs, const char *pattern)
{
    struct slice text = slice_of(pattern);
    struct path_glob glob = { 0 };
    struct path_glob *list = array_room(globs->list, globs->count, &globs->cap, sizeof(*list));

    if (!list)
        return err_nomem();
    globs->list = list;
    glob.negated = slice_starts(text, SLICE("!"));
    text = slice_sub(text, glob.negated, text.len);
    if (text.len > 1 && text.ptr[text.len - 1] == '/') {
        glob.folder_only = true;
        text.len--;
    }
    glob.anchored = text.len && memchr(text.ptr, '/', text.len);
    if (text.len && text.ptr[0] == '/')
        text = slice_sub(text, 1, text.len);
    glob.pattern = text;
    globs->list[globs->count++] = glob;
    return STATUS_OK;
}

void path_globs_release(struct path_globs *globs)
{
    free(globs->list);
    *globs = (struct path_globs){ 0 };
}

/* --- matching --- */

/* The name that begins at `at`, which moves behind it and its slash. */
static struct slice next_name(struct slice path, size_t *at)
{
    const uint8_t *slash = memchr(path.ptr + *at, '/', path.len - *at);
    size_t end = slash ? (size_t)(slash - path.ptr) : path.len;
    struct slice name = slice_sub(path, *at, end);

    *at = slash ? end + 1 : SIZE_MAX;
    return name;
}

static bool match_path(struct slice pattern, struct slice path)
{
    size_t p = 0, n = 0, stars = SIZE_MAX, taken = 0;

    while (n != SIZE_MAX) {
        size_t after_p = p, after_n = n;
        struct slice part = { 0 };

        if (p != SIZE_MAX)
            part = next_name(pattern, &after_p);
        if (p != SIZE_MAX && slice_eq(part, SLICE("**"))) {
            if (after_p == SIZE_MAX)
                return true; /* at the end: whatever is inside */
            stars = p = after_p;
            taken = n;
        } else if (p != SIZE_MAX && glob_match(part, next_name(path, &after_n), GLOB_GIT)) {
            p = after_p;
            n = after_n;
        } else if (stars != SIZE_MAX) {
            next_name(path, &taken);
            p = stars;
            n = taken;
        } else {
            return false;
        }
    }
    return p == SIZE_MAX;
}

static bool match_glob(const struct path_glob *glob, struct slice path, bool folder)
{
    size_t start = path.len;

    if (glob->folder_only && !folder)
        return false;
    if (glob->anchored)
        return match_path(glob->pattern, path);
    while (start > 0 && path.ptr[start - 1] != '/')
        start--;
    return glob_match(glob->pattern, slice_sub(path, start, path.len), GLOB_GIT);
}

static bool match_itself(const struct path_globs *globs, struct slice path, bool folder)
{
    for (size_t i = globs->count; i-- > 0;)
        if (match_glob(&globs->list[i], path, folder))
            return !globs->list[i].negated;
    return false;
}

bool path_globs_match(const struct path_globs *globs, struct slice path, bool folder)
{
    if (!globs->count)
        return false;
    for (size_t i = 1; i < path.len; i++)
        if (path.ptr[i] == '/' && match_itself(globs, slice_sub(path, 0, i), true))
            return true;
    return path.len && match_itself(globs, path, folder);
}
