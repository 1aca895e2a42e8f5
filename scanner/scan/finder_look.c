/*
 * finder_look.c - one window of a text, in every way that shows something else: with escapes
 * undone, as a form, with literals joined, decoded in place.
 */
#include "base/array.h"
#include "decode/runs.h"
#include "decode/value_bytes.h"
#include "decode/view.h"
#include "scan/finder_private.h"

/* Before values near an id a view shows more than elsewhere, for their name may be that of the
 * block which they stand in. */
enum { NEAR_GUARD_BYTES = 640 };

/* Runs of so many digits and more may hold a secret access key by itself. */
static const size_t coded_secret_digits[CODEC_COUNT] = { [CODEC_BASE64] = 52, [CODEC_HEX] = 80 };

/* Bytes round a joint of two literals in which the whole value stands. */
enum { JOINED_BYTES = 128 };

/* A window of a text, seen through one view. */
struct sighting {
    struct finder *finder;
    struct piece_parts *out;
    const struct window *window;
    const struct view *view;
    struct slice text; /* that the window is of */
    size_t source;     /* where the view's source begins in the text */
    enum codec codec;  /* that the view undoes in place */
    bool near;         /* values without a label are looked for, not the forms' */
    bool fields;       /* of a binary: ids in the clear are another's */
    bool failed;       /* for want of memory */
};

/* Does the id [start, end) stand by itself, so that it is found without telling fields apart? */
static bool is_clear(struct slice text, size_t start, size_t end)
{
    return (start == 0 || !IS_BASE64(text.ptr[start - 1])) &&
           (end == text.len || !IS_BASE64(text.ptr[end]));
}

/* Keep a part that begins in the window: what begins outside is seen by another. */
static void take_part(void *ctx, const struct part *seen)
{
    struct sighting *s = ctx;
    size_t start = s->source + view_source(s->view, (size_t)seen->offset);
    size_t end = s->source + view_source(s->view, (size_t)seen->end);
    bool clear = seen->role == ROLE_ID && s->fields && is_clear(s->text, start, end);
    bool expanded = end - start > seen->value.len + seen->value.len / 8;
    struct slice value;
    struct part *part;

    /* What lies in the clear is seen in the clear, where nothing round it is decoded. */
    if (start < s->window->start || start >= s->window->end || (s->codec && !expanded) || clear)
        return;
    value = arena_copy(&s->out->arena, seen->value);
    part = value.ptr ? piece_parts_add(s->out) : NULL;
    if (!part) {
        s->failed = true;
        return;
    }
    *part = *seen;
    part->value = value;
    part->offset = start;
    part->end = end;
    if (s->codec) {
        part->decoded[0] = (uint8_t)s->codec;
        part->decoded_count = 1;
    }
}

static enum status confirm(struct sighting *s, const struct view *view, enum codec codec)
{
    s->view = view;
    s->codec = codec;
    if (s->near)
        return confirm_runs(s->finder->confirmer, view->text, take_part, s);
    return confirm_view(s->finder->confirmer, view->text, &s->window->forms, take_part, s);
}

/* `plain` is the source with its escapes undone. */
static enum status look_further(struct sighting *s, const struct view *source,
                                const struct view *plain)
{
    static const enum sight further[] = { SIGHT_ESCAPES, SIGHT_FORM, SIGHT_QUOTED_PRINTABLE,
                                          SIGHT_JOINED };
    enum status status = STATUS_OK;

    for (size_t i = 0; i < COUNT_OF(further); i++) {
        /* Escapes inside of escapes (&amp;#43;) and joined literals are seen when the outer ones
         * are undone. */
        bool inner = further[i] == SIGHT_ESCAPES || further[i] == SIGHT_JOINED;
        struct view other;
        enum status got;

        if (further[i] == SIGHT_ESCAPES && !plain->runs)
            continue;
        got = view_make(&other, &s->finder->views, inner ? plain : source, further[i]);
        if (!got && (other.runs || further[i] != SIGHT_ESCAPES))
            got = confirm(s, &other, CODEC_NONE);
        status = status_worse(status, got);
    }
    return status;
}

/* Secrets and tokens that lie encoded by themselves. */
static enum status look_encoded(struct sighting *s, const struct view *plain)
{
    enum status status = STATUS_OK;

    if (!s->near && !form_set_meets(&s->window->forms, &s->finder->values))
        return STATUS_OK;
    for (size_t codec = 0; codec < CODEC_COUNT; codec++) {
        struct view other;
        enum status got;

        if (!coded_secret_digits[codec])
            continue;
        got = view_decode(&other, &s->finder->views, plain, (enum codec)codec,
                          coded_secret_digits[codec]);
        if (!got)
            got = confirm(s, &other, (enum codec)codec);
        status = status_worse(status, got);
    }
    return status;
}

/* Look at the window with the `before` bytes before it. */
static enum status look(struct sighting *s, struct slice text, size_t before)
{
    const struct window *window = s->window;
    size_t start = window->start > before ? window->start - before : 0;
    size_t end =
        text.len - window->end > FINDER_GUARD_BYTES ? window->end + FINDER_GUARD_BYTES : text.len;
    struct view source = { .text = slice_sub(text, start, end) }, plain;
    enum status status;

    s->source = start;
    arena_reset(&s->finder->views);
    if ((status = view_make(&plain, &s->finder->views, &source, SIGHT_ESCAPES)))
        return status;
    status = confirm(s, &plain, CODEC_NONE);
    status = status_worse(status, look_further(s, &source, &plain));
    status = status_worse(status, look_encoded(s, &plain));
    return s->failed ? err_nomem() : status;
}

enum status finder_look(struct finder *finder, struct piece_parts *out, struct slice text,
                        const struct window *window)
{
    struct sighting s = { .finder = finder, .out = out, .window = window };

    return look(&s, text, FINDER_GUARD_BYTES);
}

/* --- near ids --- */

/* Windows near ids that touch are looked at as one. */
struct near {
    struct finder *finder;
    struct piece_parts *out;
    struct slice text;
    struct window window; /* not looked at yet; empty before the first */
    enum status status;
};

static void near_flush(struct near *near)
{
    struct sighting s = {
        .finder = near->finder, .out = near->out, .window = &near->window, .near = true
    };

    if (near->window.end)
        near->status = status_worse(near->status, look(&s, near->text, NEAR_GUARD_BYTES));
    near->window.end = 0;
}

/* Bytes [start, end) are to be looked at; they begin no earlier than the last ones. */
static void near_add(struct near *near, size_t start, size_t end)
{
    if (near->window.end && start <= near->window.end + NEAR_GUARD_BYTES) {
        near->window.end = end > near->window.end ? end : near->window.end;
        return;
    }
    near_flush(near);
    near->window = (struct window){ .start = start, .end = end };
}

enum status finder_look_near(struct finder *finder, struct piece_parts *out, struct slice text,
                             const struct window *window)
{
    struct near near = { .finder = finder, .out = out, .text = text };
    struct slice seen = slice_sub(text, window->start, window->end);
    struct run run;
    size_t n;
    const size_t *lengths = ruleset_run_lengths(finder->set, &n);

    for (size_t at = 0; n && runs_next(seen, at, lengths, n, &run); at = run.end)
        near_add(&near, window->start + run.start, window->start + run.end);
    near_flush(&near);
    for (size_t at = 0; runs_next_joint(seen, at, &run); at = run.end) {
        size_t start = run.start > JOINED_BYTES ? run.start - JOINED_BYTES : 0;
        size_t end = seen.len - run.end > JOINED_BYTES ? run.end + JOINED_BYTES : seen.len;

        near_add(&near, window->start + start, window->start + end);
    }
    near_flush(&near);
    return near.status;
}

/* --- in binaries --- */

enum status finder_look_fields(struct finder *finder, struct piece_parts *out, struct slice text,
                               const struct window *window)
{
    struct window every = { window->start, window->end, finder->anchored };
    struct sighting s = { .finder = finder,
                          .out = out,
                          .window = &every,
                          .text = text,
                          .source = window->start,
                          .fields = true };
    struct view source = { .text = slice_sub(text, window->start, window->end) }, fields;
    enum status status;

    arena_reset(&finder->views);
    status = view_make(&fields, &finder->views, &source, SIGHT_FIELDS);
    if (status)
        return status == STATUS_ABSENT ? STATUS_OK : status;
    status = confirm(&s, &fields, CODEC_NONE);
    s.near = true;
    status = status_worse(status, confirm(&s, &fields, CODEC_NONE));
    return s.failed ? err_nomem() : status;
}
