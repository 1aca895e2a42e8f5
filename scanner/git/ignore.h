/*
 * ignore.h - does a repository's .gitignore leave this path out?
 *
 * Only for --respect-gitignore. The rules are .gitignore files and .git/info/exclude, as libgit2
 * reads them; the user's own excludes file is not read.
 *
 * May include: base. Library: libgit2. Threads: an ignore belongs to one thread.
 */
#ifndef GIT_IGNORE_H
#define GIT_IGNORE_H

#include <stdbool.h>

#include "base/status.h"

struct ignore;

/* On success `*out` is the caller's. STATUS_OK or STATUS_NOMEM. */
enum status ignore_new(struct ignore **out);

/*
 * True where the innermost repository whose work tree holds `path` (a folder where `folder`)
 * ignores it. False outside of repositories, and for what git itself keeps (`.git`).
 */
bool ignore_has(struct ignore *ignore, const char *path, bool folder);

/* NULL is allowed. */
void ignore_free(struct ignore *ignore);

#endif
