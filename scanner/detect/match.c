/*
 * match.c - the callback only appends; all thinking comes after the pass.
 */
#include "detect/match.h"

#include <stdlib.h>

struct matcher {
    const struct ruleset *set;
    const struct databases *databases;
    hs_scratch_t *scratch;
    struct window *windows; /* count of them: one a hit during the pass, merged after it */
    size_t count, cap;
    struct mark *marks; /* mark_count of them */
    size_t mark_count, mark_cap;
    size_t text_len;
    bool failed; /* out of memory in the callback */
};

enum status matcher_new(struct matcher **out, const struct ruleset *set,
                        const struct databases *databases)
{
    struct matcher *m = calloc(1, sizeof(*m));

    if (!m)
        return err_nomem();
    m->set = set;
    m->databases = databases;
    for (size_t i = 0; i < ENGINE_COUNT; i++) {
        if (databases->engine[i] &&
            hs_alloc_scratch(databases->engine[i], &m->scratch) != HS_SUCCESS) {
            matcher_free(m);
            return err_nomem();
        }
    }
    *out = m;
    return STATUS_OK;
}

void matcher_free(struct matcher *matcher)
{
    if (!matcher)
        return;
    hs_free_scratch(matcher->scratch);
    free(matcher->windows);
    free(matcher->marks);
    free(matcher);
}

/* Room for one more entry of `size` bytes; the array may move. */
static bool reserve(void **array, size_t count, size_t *cap, size_t size)
{
    size_t more = *cap ? *cap * 2 : 64;
    void *grown;

    if (count < *cap)
        return true;
    grown = realloc(*array, more * size);
    if (!grown)
        return false;
    *array = grown;
    *cap = more;
    return true;
}

/* Hits come by their ends, so most touch the last window: a million ids are one window. */
static int add_window(struct matcher *m, size_t form, size_t start, size_t end)
{
    struct window *last = m->count ? &m->windows[m->count - 1] : NULL;
    void *windows = m->windows;

    if (!last || start > last->end) {
        m->failed = !reserve(&windows, m->count, &m->cap, sizeof(*m->windows));
        m->windows = windows;
        if (m->failed)
            return 1;
        last = &m->windows[m->count++];
        *last = (struct window){ .start = start, .end = end };
    }
    last->start = start < last->start ? start : last->start;
    last->end = end > last->end ? end : last->end;
    last->forms.bits[form / 64] |= UINT64_C(1) << (form % 64);
    return 0;
}

/* Bytes that `form` wants on either side of its anchor. */
static void widths(const struct ruleset *set, const struct form *form, size_t *before,
                   size_t *after)
{
    bool id = ruleset_part(set, form->part)->role == ROLE_ID;

    *before = form->before + (id ? MATCH_NEAR_BYTES : 0);
    *after = form->after + (id ? MATCH_NEAR_BYTES : 0);
}

static int on_anchor(unsigned form, unsigned long long from, unsigned long long to, unsigned flags,
                     void *ctx)
{
    struct matcher *m = ctx;
    size_t before, after;

    (void)from;
    (void)flags;
    widths(m->set, ruleset_form(m->set, form), &before, &after);
    return add_window(m, form, to > before ? (size_t)to - before : 0,
                      m->text_len - to > after ? (size_t)to + after : m->text_len);
}

static int on_mark(unsigned number, unsigned long long from, unsigned long long to, unsigned flags,
                   void *ctx)
{
    struct matcher *m = ctx;
    void *marks = m->marks;

    (void)from;
    (void)flags;
    m->failed = !reserve(&marks, m->mark_count, &m->mark_cap, sizeof(*m->marks));
    m->marks = marks;
    if (!m->failed)
        m->marks[m->mark_count++] =
            (struct mark){ .end = (size_t)to, .covers = ruleset_mark(m->set, number) };
    return m->failed;
}

static int by_start(const void *a, const void *b)
{
    const struct window *left = a, *right = b;

    return (left->start > right->start) - (left->start < right->start);
}

static void merge(struct matcher *m)
{
    size_t kept = 0;

    qsort(m->windows, m->count, sizeof(*m->windows), by_start);
    for (size_t i = 1; i < m->count; i++) {
        struct window *last = &m->windows[kept], *next = &m->windows[i];

        if (next->start > last->end) {
            m->windows[++kept] = *next;
            continue;
        }
        last->end = next->end > last->end ? next->end : last->end;
        for (size_t w = 0; w < RULESET_FORMS_MAX / 64; w++)
            last->forms.bits[w] |= next->forms.bits[w];
    }
    m->count = kept + 1;
}

static enum status run(struct matcher *m, enum engine engine, struct slice text,
                       match_event_handler on_hit)
{
    hs_error_t error = HS_SUCCESS;

    assert(text.len <= UINT32_MAX);
    m->text_len = text.len;
    m->failed = false;
    if (text.len && m->databases->engine[engine])
        error = hs_scan(m->databases->engine[engine], (const char *)text.ptr, (unsigned)text.len, 0,
                        m->scratch, on_hit, m);
    if (m->failed)
        return err_nomem();
    assert(error == HS_SUCCESS);
    (void)error;
    return STATUS_OK;
}

enum status matcher_windows(struct matcher *m, struct slice text, const struct window **windows,
                            size_t *n)
{
    enum status status;

    m->count = 0;
    status = run(m, ENGINE_ANCHORS, text, on_anchor);
    if (m->count > 1)
        merge(m);
    *windows = m->windows;
    *n = m->count;
    return status;
}

enum status matcher_marks(struct matcher *m, struct slice text, const struct mark **marks,
                          size_t *n)
{
    enum status status;

    m->mark_count = 0;
    status = run(m, ENGINE_MARKS, text, on_mark);
    *marks = m->marks;
    *n = m->mark_count;
    return status;
}
