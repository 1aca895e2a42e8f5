/*
 * view.h - a stretch of text with its escapes undone, and the way back to where each byte lay.
 *
 * A credential in a JSON string, a URL, XML, a shell script, terminal output or a mail is written
 * with escapes: `\/` for a slash, `%2B` for a plus, a colour code in front. Patterns see such text
 * through a view. Undone are: backslash escapes (also doubled ones), percent codes (also doubled),
 * XML character references, terminal control sequences and, in a view of its own where the text
 * shows signs of it, quoted-printable. What a byte outside ASCII stands for is not kept apart: it
 * is no part of a credential. It knows nothing of credentials.
 *
 * May include: base. Threads: pure.
 */
#ifndef DECODE_VIEW_H
#define DECODE_VIEW_H

#include "base/arena.h"
#include "base/slice.h"

/* From view offset `at` on, source offsets are `source` + the distance; until the next run. */
struct view_run {
    uint32_t at, source;
};

struct view {
    struct slice text; /* borrows from the source where nothing was undone */
    const struct view_run
        *runs; /* run_count of them, ascending, the first at 0; NULL: the same text */
    size_t run_count;
};

/* The most views of one text. */
#define VIEWS_MAX 2

/*
 * Make the views of `source` (under 4 GiB, asserted) into `views`; text and runs live in `arena`,
 * or borrow from the source. Returns how many were made, 1 or 2; 0 when memory is out.
 */
size_t view_make(struct view views[static VIEWS_MAX], struct arena *arena, struct slice source);

/* The offset in the source of the byte that the view shows at `at` (at most text.len, asserted). */
size_t view_source(const struct view *view, size_t at);

#endif
