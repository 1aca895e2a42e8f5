/*
 * alternates.h - the lists of further folders of objects: a folder's own, and a variable's.
 *
 * Says what the lists name, not whether it is there.
 *
 * May include: base. Threads: none shared.
 */
#ifndef GIT_ALTERNATES_H
#define GIT_ALTERNATES_H

#include "base/status.h"

/*
 * Called with the path of a folder and with what it is called in the list, both borrowed for the
 * call. What it returns but STATUS_OK ends the list and is handed on.
 */
typedef enum status alternates_fn(void *ctx, const char *path, const char *name);

/* The folders that "info/alternates" of `folder` names, one a line. STATUS_OK, also where there is
 * no such list; STATUS_IO, STATUS_LIMIT or STATUS_NOMEM with a text. */
enum status alternates_of(const char *folder, alternates_fn *fn, void *ctx);

/* The folders of `list` with colons between. STATUS_OK or STATUS_NOMEM. */
enum status alternates_listed(const char *list, alternates_fn *fn, void *ctx);

#endif
