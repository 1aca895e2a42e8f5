/*
 * globs.c - names against names, each with one place to go back to.
 *
 * A `*` that has matched never needs to give back what a later `*` could take, so that going back
 * to the last one alone is enough: no pattern is exponential. The same holds for `**` among names.
 */
#include "base/globs.h"

#include <stdlib.h>

enum status globs_add(struct globs *globs, const char *pattern)
{
    struct slice text = slice_of(pattern);
    struct glob glob = { 0 };

    if (globs->count == globs->cap) {
        size_t cap = globs->cap ? globs->cap * 2 : 8;
        struct glob *grown = realloc(globs->list, cap * sizeof(*grown));

        if (!grown)
            return err_nomem();
        globs->list = grown;
        globs->cap = cap;
    }
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

void globs_release(struct globs *globs)
{
    free(globs->list);
    *globs = (struct globs){ 0 };
}

/* --- one name --- */

/* Is `c` in the class that begins behind `[` at `pattern[at]`? Its end comes back; 0: it has none.
 */
static size_t match_class(struct slice pattern, size_t at, uint8_t c, bool *in)
{
    bool inverted = at < pattern.len && (pattern.ptr[at] == '!' || pattern.ptr[at] == '^');
    size_t first = at + inverted;
    bool found = false;

    for (size_t i = first; i < pattern.len; i++) {
        uint8_t low = pattern.ptr[i], high;

        if (low == ']' && i > first) {
            *in = found != inverted;
            return i + 1;
        }
        if (low == '\\' && i + 1 < pattern.len)
            low = pattern.ptr[++i];
        high = low;
        if (i + 2 < pattern.len && pattern.ptr[i + 1] == '-' && pattern.ptr[i + 2] != ']') {
            high = pattern.ptr[i + 2];
            i += 2;
        }
        found |= c >= low && c <= high;
    }
    return 0;
}

/* One element of the pattern that is no `*`, against one byte. Its end, or 0: no match. */
static size_t match_one(struct slice pattern, size_t at, uint8_t c)
{
    size_t end;
    bool in;

    if (pattern.ptr[at] == '?')
        return at + 1;
    if (pattern.ptr[at] == '[' && (end = match_class(pattern, at + 1, c, &in)))
        return in ? end : 0;
    if (pattern.ptr[at] == '\\' && at + 1 < pattern.len)
        at++;
    return pattern.ptr[at] == c ? at + 1 : 0;
}

static bool match_name(struct slice pattern, struct slice name)
{
    size_t p = 0, n = 0, star = SIZE_MAX, taken = 0;

    while (n < name.len) {
        size_t next =
            p < pattern.len && pattern.ptr[p] != '*' ? match_one(pattern, p, name.ptr[n]) : 0;

        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = ++p;
            taken = n;
        } else if (next) {
            p = next;
            n++;
        } else if (star != SIZE_MAX) {
            p = star;
            n = ++taken;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}

/* --- a path --- */

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
        } else if (p != SIZE_MAX && match_name(part, next_name(path, &after_n))) {
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

static bool match_glob(const struct glob *glob, struct slice path, bool folder)
{
    size_t start = path.len;

    if (glob->folder_only && !folder)
        return false;
    if (glob->anchored)
        return match_path(glob->pattern, path);
    while (start > 0 && path.ptr[start - 1] != '/')
        start--;
    return match_name(glob->pattern, slice_sub(path, start, path.len));
}

static bool match_itself(const struct globs *globs, struct slice path, bool folder)
{
    for (size_t i = globs->count; i-- > 0;)
        if (match_glob(&globs->list[i], path, folder))
            return !globs->list[i].negated;
    return false;
}

bool globs_match(const struct globs *globs, struct slice path, bool folder)
{
    if (!globs->count)
        return false;
    for (size_t i = 1; i < path.len; i++)
        if (path.ptr[i] == '/' && match_itself(globs, slice_sub(path, 0, i), true))
            return true;
    return path.len && match_itself(globs, path, folder);
}
