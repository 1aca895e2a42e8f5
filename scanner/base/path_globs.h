/*
 * path_globs.h - paths that a list of patterns means, as the lines of a .gitignore mean them.
 *
 * A pattern with a slash at its start or inside is about the path from the top; any other is about
 * a name at any depth. `*` and `?` stop at a slash, `[a-z]` and `[!a-z]` are one byte, `**` as a
 * whole name is any number of names. A slash at the end means folders only. `!` at the start takes
 * back what an earlier pattern means; the last pattern that matches decides. `\` takes the next
 * byte as it is.
 *
 * May include: base. Threads: constant after the last path_globs_add().
 */
#ifndef BASE_PATH_GLOBS_H
#define BASE_PATH_GLOBS_H

#include "base/slice.h"
#include "base/status.h"

struct path_glob {
    struct slice pattern; /* without `!` and the slashes at its ends */
    bool negated, anchored, folder_only;
};

/* {0} is a valid list that means nothing. */
struct path_globs {
    struct path_glob *list; /* count of them */
    size_t count, cap;
};

/* Append `pattern`, which is borrowed. STATUS_OK or STATUS_NOMEM. */
enum status path_globs_add(struct path_globs *globs, const char *pattern);

/*
 * Is `path` (from the top, no slash at its ends, no "." or ".." in it) meant, or a folder above it?
 * `folder`: it is a folder itself. Time is bounded by the product of the lengths, whatever the
 * patterns.
 */
bool path_globs_match(const struct path_globs *globs, struct slice path, bool folder);

/* {0} is allowed. */
void path_globs_release(struct path_globs *globs);

#endif
