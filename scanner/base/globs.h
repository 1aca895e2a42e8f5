/*
 * globs.h - paths that a list of patterns means, as the lines of a .gitignore mean them.
 *
 * A pattern with a slash at its start or inside is about the path from the top; any other is about
 * a name at any depth. `*` and `?` stop at a slash, `[a-z]` and `[!a-z]` are one byte, `**` as a
 * whole name is any number of names. A slash at the end means folders only. `!` at the start takes
 * back what an earlier pattern means; the last pattern that matches decides. `\` takes the next
 * byte as it is.
 *
 * May include: base. Threads: constant after the last globs_add().
 */
#ifndef BASE_GLOBS_H
#define BASE_GLOBS_H

#include "base/slice.h"
#include "base/status.h"

struct glob {
    struct slice pattern; /* without `!` and the slashes at its ends */
    bool negated, anchored, folder_only;
};

/* {0} is a valid list that means nothing. */
struct globs {
    struct glob *list; /* count of them */
    size_t count, cap;
};

/* Append `pattern`, which is borrowed. STATUS_OK or STATUS_NOMEM. */
enum status globs_add(struct globs *globs, const char *pattern);

/*
 * Is `path` (from the top, no slash at its ends, no "." or ".." in it) meant, or a folder above it?
 * `folder`: it is a folder itself. Time is bounded by the product of the lengths, whatever the
 * patterns.
 */
bool globs_match(const struct globs *globs, struct slice path, bool folder);

/* {0} is allowed. */
void globs_release(struct globs *globs);

#endif
