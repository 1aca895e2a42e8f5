/*
 * confirm.h - from a window of text to the parts of credentials in it.
 *
 * Runs the PCRE2 pattern of each form over one view of a window, looks for values without a label
 * round ids, and drops what filter.h or the rules rule out. It pairs nothing.
 *
 * May include: base, ruleset.h, match.h, part.h, filter.h. Library: PCRE2.
 * Threads: a confirmer belongs to one thread.
 */
#ifndef DETECT_CONFIRM_H
#define DETECT_CONFIRM_H

#include "base/arena.h"
#include "detect/match.h"
#include "detect/part.h"

struct confirmer;

/*
 * On success `*out` is the caller's; `set` must outlive it. What expires by `now` (seconds since
 * 1970; 0: never) is not reported. STATUS_OK or STATUS_NOMEM.
 */
enum status confirmer_new(struct confirmer **out, const struct ruleset *set, int64_t now);

/* NULL is allowed. */
void confirmer_free(struct confirmer *confirmer);

/*
 * Takes one value: `part` has kind, role, label, value (borrowed from the view) and stem filled in,
 * and offset and end as offsets in the view.
 */
typedef void confirm_fn(void *ctx, const struct part *part);

/*
 * Report every value of `forms` in `view`. The order is by form and then by offset; a value that
 * two forms confirm is reported by both. What stands at the view's edges is taken for the
 * document's edges: the caller cuts views wider than what it asks for. Returns STATUS_OK, or
 * STATUS_LIMIT (text set) where a pattern gave up: what was found before was reported.
 */
enum status confirm_view(struct confirmer *confirmer, struct slice view,
                         const struct form_set *forms, confirm_fn *fn, void *ctx);

/* Likewise every value of the forms that have no anchors: for views of what lies near an id. */
enum status confirm_runs(struct confirmer *confirmer, struct slice view, confirm_fn *fn, void *ctx);

/*
 * Add to `*count` how many values of the form numbered `form` begin in bytes [from, to) of `view`.
 * Otherwise as confirm_view().
 */
enum status confirm_count(struct confirmer *confirmer, struct slice view, size_t form, size_t from,
                          size_t to, uint64_t *count);

#endif
