/*
 * finder_private.h - what the files of a finder share: finder.c (texts), finder_look.c (windows of
 * a text) and finder_marks.c (what people allow).
 *
 * Threads: as finder.h.
 */
#ifndef SCAN_FINDER_PRIVATE_H
#define SCAN_FINDER_PRIVATE_H

#include "detect/confirm.h"
#include "scan/finder.h"

/* Bytes beyond a window that its view shows, so that values and labels at its edge are seen whole.
 */
enum { FINDER_GUARD_BYTES = 144 };

struct finder {
    const struct ruleset *set;
    bool ignore_marks;
    struct matcher *matcher;
    struct confirmer *confirmer;
    struct form_set values;   /* of secrets and tokens, which may lie encoded by themselves */
    struct form_set anchored; /* all that have anchors */
    struct form_set counted;  /* of ids that are only counted where they are alone */
    struct arena views;       /* reset per window */
    struct arena layers;      /* windows and decoded texts; reset per piece */
};

/* What is found in a piece; offsets count in the text that is being looked at. */
struct found {
    struct piece_parts *out;
    bool block_marks; /* stand in the document itself */
};

/*
 * finder_look.c: append to `out` the parts that begin in one window of `text`, seen in every way
 * that shows something else. STATUS_OK; STATUS_LIMIT, with what was found, where a pattern gave up;
 * STATUS_NOMEM.
 */
enum status finder_look(struct finder *finder, struct piece_parts *out, struct slice text,
                        const struct window *window);

/* Likewise the values without a label in a window near ids. */
enum status finder_look_near(struct finder *finder, struct piece_parts *out, struct slice text,
                             const struct window *window);

/* Likewise whatever stands among the fields of a binary record, in a window near ids. */
enum status finder_look_fields(struct finder *finder, struct piece_parts *out, struct slice text,
                               const struct window *window);

/*
 * finder_marks.c: say which parts of the piece a mark in its text allows, and what its last mark of
 * a block did. STATUS_OK or STATUS_NOMEM.
 */
enum status finder_apply_marks(struct finder *finder, const struct piece *piece,
                               const struct found *found);

#endif
