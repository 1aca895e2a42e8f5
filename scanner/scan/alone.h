/*
 * alone.h - temporary ids that nothing can pair with: counted, and not looked at further.
 *
 * Every record of a CloudTrail log holds a temporary id, which opens nothing without its secret.
 * Where no secret or token is near, such an id makes no finding: it needs no view, no structure
 * round it, no line and no pairing. What is alone is decided so that every pairing comes out as if
 * all ids took part in it.
 *
 * Threads: pure, but for the confirmer, which belongs to one thread.
 */
#ifndef SCAN_ALONE_H
#define SCAN_ALONE_H

#include "detect/confirm.h"

/* Bytes [from, to) of a text, and the offset in the document at which the text begins. */
struct range {
    size_t from, to;
    uint64_t origin;
};

/* The forms of `set` whose ids are only counted where they are alone. */
struct form_set alone_forms(const struct ruleset *set);

/* The one form of a window, if it is one of `counted`; SIZE_MAX: a window of another kind. */
size_t alone_form(const struct form_set *counted, const struct window *window);

/*
 * Is what begins in the window of `text` alone? `parts` are the `n` that are known, ascending, all
 * secrets and tokens of the range among them; what lies beyond the range, but for the document's
 * edges (where the text ends), is not known. `*other` goes along with ascending windows, from 0 on.
 */
bool alone_is(struct slice text, const struct range *range, const struct part *parts, size_t n,
              const struct window *window, size_t *other);

/*
 * Add to `*count` the ids of `form` that begin in the window and in the range, seen with the
 * `guard` bytes round the window. STATUS_ABSENT, and nothing is counted, where the text may be
 * another than it looks; else as confirm_view().
 */
enum status alone_count(struct confirmer *confirmer, struct slice text, const struct range *range,
                        const struct window *window, size_t form, size_t guard, uint64_t *count);

#endif
