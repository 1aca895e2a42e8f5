/*
 * finder.h - from one piece of a document to the parts of credentials in it.
 *
 * Anchors are matched; round each hit the text is seen through views, in which patterns confirm
 * values; what is encoded is decoded and gone through in the same way, to a depth. Each part takes
 * down the structure round it, so that the text may die before the parts are paired. It pairs
 * nothing.
 *
 * Threads: a finder belongs to one thread.
 */
#ifndef SCAN_FINDER_H
#define SCAN_FINDER_H

#include "base/piece.h"
#include "detect/match.h"
#include "scan/piece_parts.h"

struct finder;

/*
 * A finder for one worker; `set` and `databases` must outlive it. With `ignore_marks` no part is
 * `allowed`; what expires by `now` (seconds since 1970; 0: never) is no part. On success `*out` is
 * the caller's. STATUS_OK or STATUS_NOMEM.
 */
enum status finder_new(struct finder **out, const struct ruleset *set,
                       const struct databases *databases, bool ignore_marks, int64_t now);

/* NULL is allowed. */
void finder_free(struct finder *finder);

/*
 * Find the parts in one piece. On success `*out` is the caller's, to be released; where
 * STATUS_LIMIT comes back (text set: a pattern gave up) it holds what was found. Else STATUS_OK or
 * STATUS_NOMEM.
 */
enum status finder_piece(struct finder *finder, const struct piece *piece, struct piece_parts *out);

/* True where `text` holds any anchor, so that there may be a part in it. */
bool finder_has_anchor(struct finder *finder, struct slice text);

#endif
