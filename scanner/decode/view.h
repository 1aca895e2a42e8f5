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
#include "base/codec.h"
#include "base/status.h"

/* From view offset `at` on, source offsets are `source` + the distance; until the next run. */
struct view_run {
    uint32_t at, source;
};

struct view {
    struct slice text; /* borrows from the source where nothing was undone */
    const struct view_run
        *runs; /* run_count of them, ascending, the first at 0; NULL: the same text */
    size_t run_count;
    const struct view *below; /* whose text this is a view of; NULL: the source's */
};

/* The ways to see a text. */
enum sight {
    SIGHT_ESCAPES,          /* backslash, percent, XML and terminal escapes undone */
    SIGHT_FORM,             /* and `+` for a space, where percent codes say that it is a form's */
    SIGHT_QUOTED_PRINTABLE, /* and quoted-printable, where the text shows signs of it */
    SIGHT_JOINED,           /* literals that the text joins ("abc" + "def") made one */
    SIGHT_FIELDS,           /* fields of binary records apart: see fields.h */
};

/*
 * See the text of `below` (under 4 GiB, asserted; a view of the source itself is { .text = source
 * }) as `sight` says. The view's text and runs live in `arena`, or borrow from below, which must
 * live as long. Returns STATUS_OK; STATUS_ABSENT where there is nothing of the kind to undo and
 * `view` would show what `below` shows (never for SIGHT_ESCAPES); STATUS_NOMEM.
 */
enum status view_make(struct view *view, struct arena *arena, const struct view *below,
                      enum sight sight);

/*
 * See the text of `below` with what is encoded in `codec` decoded in place, as far as it makes
 * text: runs of base64 or hex of `digits_min` digits and more (0: as few as an access key id has),
 * UTF-16, quoted-printable, and gzip inside of base64. As view_make().
 */
enum status view_decode(struct view *view, struct arena *arena, const struct view *below,
                        enum codec codec, size_t digits_min);

/*
 * True where every sight of `text` shows the text itself, so that no view of it need be made. False
 * says nothing: what begins like an escape may be none.
 */
bool view_is_plain(struct slice text);

/* The offset in the source, below all views, of the byte that the view shows at `at` (at most
 * text.len, asserted). */
size_t view_source(const struct view *view, size_t at);

#endif
