/*
 * scope.h - which paths and rules the user has put out of sight, and the counting of what that
 * takes out of a scan.
 *
 * Paths come as reports show them: as typed, or below the current folder. Each list of patterns
 * has a folder of its own that it counts from; a path outside of that folder is matched whole, so
 * that only patterns without a slash can mean it.
 *
 * Threads: constant after scope_new(); each caller has a buffer of its own.
 */
#ifndef SCAN_SCOPE_H
#define SCAN_SCOPE_H

#include "base/buf.h"
#include "base/outcome.h"

/* Patterns as the options gave them (base/path_globs.h). */
struct scope_list {
    const char *const *patterns; /* count of them */
    size_t count;
    const char *base; /* absolute; NULL: the current folder */
};

struct scope_options {
    struct scope_list exclude;    /* paths that are passed over */
    struct scope_list include;    /* where there are any, nothing else is looked at */
    const char *const *rules_off; /* ids; rules_off_count of them */
    size_t rules_off_count;
};

struct scope;

/*
 * What `options` (borrowed) put out of sight; NULL comes back where that is nothing. On success
 * `*out` is the caller's. STATUS_OK, STATUS_NOMEM, or STATUS_IO where the current folder is gone.
 */
enum status scope_new(struct scope **out, const struct scope_options *options);

/* NULL is allowed. */
void scope_free(struct scope *scope);

/* Are paths out of sight at all? NULL is allowed. */
bool scope_has_paths(const struct scope *scope);

/* Is the file, or folder, at `path` out of sight? `buf` is overwritten. */
bool scope_hides(const struct scope *scope, const char *path, bool folder, struct buf *buf);

/*
 * Take out of `outcome` (sorted) what the rules that are off have found, and what history holds
 * under hidden paths alone, and count it. NULL is allowed: nothing is taken out.
 */
void scope_thin(const struct scope *scope, struct outcome *outcome);

#endif
