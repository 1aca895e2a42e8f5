/*
 * match.h - one Hyperscan pass over a piece of text, and the windows round what it hit.
 *
 * The pass finds anchors only: where it hits nothing, and that is nearly everywhere, nothing
 * costlier runs. Each hit asks for some bytes round it (the form's `before` and `after`, or the
 * reach of a secret without a label round an id); windows that touch are one.
 *
 * May include: base, database.h. Library: Hyperscan. Threads: a matcher belongs to one thread.
 */
#ifndef DETECT_MATCH_H
#define DETECT_MATCH_H

#include "base/arena.h"
#include "detect/database.h"

/* A secret without a label counts up to so many bytes from an id (peers stop at 40 bytes to 1 KiB).
 */
#define MATCH_NEAR_BYTES 2048u

/* A set of forms, one bit each. */
struct form_set {
    uint64_t bits[RULESET_FORMS_MAX / 64];
};

static inline bool form_set_has(const struct form_set *set, size_t form)
{
    return set->bits[form / 64] >> (form % 64) & 1;
}

/* Bytes [start, end) of the text that was matched, and the forms whose anchors lie in it. */
struct window {
    size_t start, end;
    struct form_set forms; /* empty for a codec's window */
};

static inline void form_set_add(struct form_set *set, size_t form)
{
    set->bits[form / 64] |= UINT64_C(1) << (form % 64);
}

/* Have the two sets a form in common? */
static inline bool form_set_meets(const struct form_set *a, const struct form_set *b)
{
    uint64_t common = 0;

    for (size_t i = 0; i < RULESET_FORMS_MAX / 64; i++)
        common |= a->bits[i] & b->bits[i];
    return common;
}

/* The one form of the set; SIZE_MAX where it has none or several. */
static inline size_t form_set_only(const struct form_set *set)
{
    size_t form = SIZE_MAX;

    for (size_t i = 0; i < RULESET_FORMS_MAX / 64; i++) {
        uint64_t bits = set->bits[i];

        if (!bits)
            continue;
        if (form != SIZE_MAX || (bits & (bits - 1)))
            return SIZE_MAX;
        form = i * 64 + (size_t)__builtin_ctzll(bits);
    }
    return form;
}

/* Kinds of windows: the forms' (CODEC_NONE), each codec's, what lies near ids, and near those that
 * stand as in a binary. */
enum { WINDOWS_NEAR = CODEC_COUNT, WINDOWS_FIELDS, WINDOW_KINDS };

/*
 * What anchors were hit: for each codec the windows in which text seems to lie in that encoding,
 * for CODEC_NONE those of the forms, and for WINDOWS_NEAR the surroundings of ids in which secrets
 * without a label count; for WINDOWS_FIELDS of those ids alone which touch other characters of
 * base64, or bytes that no text has. Each list ascends, and its windows do not touch.
 */
struct windows {
    const struct window *list[WINDOW_KINDS];
    size_t count[WINDOW_KINDS];
    bool block_marks; /* a mark that opens or closes a block stands in the text */
};

/* A mark ("gitleaks:allow") that ends at `end`. */
struct mark {
    size_t end;
    enum covers covers;
};

struct matcher;

/*
 * A matcher on the databases of `set`; both must outlive it. On success `*out` is the caller's.
 * Returns STATUS_OK or STATUS_NOMEM.
 */
enum status matcher_new(struct matcher **out, const struct ruleset *set,
                        const struct databases *databases);

/*
 * Look for anchors in `text` (under 4 GiB, asserted). The windows are put in `arena`. STATUS_OK or
 * STATUS_NOMEM; then `*out` has none.
 */
enum status matcher_windows(struct matcher *matcher, struct arena *arena, struct slice text,
                            struct windows *out);

/* Does any anchor of a value stand in `text` (under 4 GiB, asserted)? Ends at the first. */
bool matcher_hits(struct matcher *matcher, struct slice text);

/* The most bytes that an anchor of `set` can be long; SIZE_MAX where one has no such maximum. */
size_t matcher_reach(const struct ruleset *set);

/*
 * Look for marks in bytes [from, to) of `text`; `*marks` are `*n` of them, ascending, the matcher's
 * and valid until its next such pass.
 */
enum status matcher_marks(struct matcher *matcher, struct slice text, size_t from, size_t to,
                          const struct mark **marks, size_t *n);

/* NULL is allowed. */
void matcher_free(struct matcher *matcher);

#endif
