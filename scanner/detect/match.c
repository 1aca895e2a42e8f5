/*
 * match.c - the callback only appends; all thinking comes after the pass.
 */
#include "detect/match.h"

#include <limits.h>
#include <stdlib.h>

#include "base/array.h"

/* Bytes that a codec's windows reach before and behind an anchor: what a decoded text needs to
 * pair. */
static const struct {
    size_t before, after;
} reach[WINDOW_KINDS] = {
    [CODEC_UTF16] = { 8192, 8192 },
    [CODEC_BASE64] = { 12288, 65536 },
    [CODEC_HEX] = { 12288, 12288 },
    [CODEC_QUOTED_PRINTABLE] = { 0, 65536 },
    [WINDOWS_NEAR] = { MATCH_NEAR_BYTES, MATCH_NEAR_BYTES },
    [WINDOWS_FIELDS] = { MATCH_NEAR_BYTES, MATCH_NEAR_BYTES },
};

/* Characters of an access key id. */
enum { ID = 20 };

/* Windows of one kind: one a hit during the pass, merged after it. */
struct list {
    struct window *windows;
    size_t count, cap;
};

struct matcher {
    const struct ruleset *set;
    const struct databases *databases;
    hs_scratch_t *scratch;
    struct list lists[WINDOW_KINDS];
    struct mark *marks; /* mark_count of them */
    size_t mark_count, mark_cap;
    struct slice text; /* that is matched */
    bool block_marks;  /* one was seen */
    bool failed;       /* out of memory in the callback */
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
    for (size_t i = 0; i < WINDOW_KINDS; i++)
        free(matcher->lists[i].windows);
    free(matcher->marks);
    free(matcher);
}

/* Hits come by their ends, so most touch the last window: a million ids are one window. */
static struct window *add_window(struct matcher *m, struct list *list, size_t before, size_t after,
                                 size_t at)
{
    size_t start = at > before ? at - before : 0;
    size_t end = m->text.len - at > after ? at + after : m->text.len;
    struct window *last = list->count ? &list->windows[list->count - 1] : NULL;

    if (!last || start > last->end) {
        struct window *windows =
            array_room(list->windows, list->count, &list->cap, sizeof(*windows));

        if (!windows) {
            m->failed = true;
            return NULL;
        }
        list->windows = windows;
        last = &windows[list->count++];
        *last = (struct window){ .start = start, .end = end };
    }
    last->start = start < last->start ? start : last->start;
    last->end = end > last->end ? end : last->end;
    return last;
}

static void add_codec_window(struct matcher *m, unsigned kind, size_t at)
{
    add_window(m, &m->lists[kind], reach[kind].before, reach[kind].after, at);
}

static bool is_capital(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7');
}

/* A character of base64, or what no text has; of control characters those but tab and line ends. */
static bool touches(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '/' && c <= '9') || c == '+' ||
           c < '\t' || (c >= 14 && c < 27) || c >= 0x80;
}

/* Does the id that ends at `end` stand as in a binary? False where no whole id ends there. */
static bool in_binary(struct slice s, size_t end)
{
    if (end < ID || !is_capital(s.ptr[end - 1]))
        return false;
    return (end > ID && touches(s.ptr[end - ID - 1])) || (end < s.len && touches(s.ptr[end]));
}

static int on_anchor(unsigned number, unsigned long long from, unsigned long long to,
                     unsigned flags, void *ctx)
{
    struct matcher *m = ctx;
    const struct form *form;
    struct window *window;

    (void)from;
    (void)flags;
    if (number == RULESET_BLOCK_MARK) {
        m->block_marks = true;
        return 0;
    }
    if (number >= RULESET_FORMS_MAX) {
        add_codec_window(m, number - RULESET_FORMS_MAX, (size_t)to);
        return m->failed;
    }
    form = ruleset_form(m->set, number);
    window = add_window(m, &m->lists[CODEC_NONE], form->before, form->after, (size_t)to);
    if (window)
        form_set_add(&window->forms, number);
    if (ruleset_part(m->set, form->part)->role == ROLE_ID) {
        add_codec_window(m, WINDOWS_NEAR, (size_t)to);
        if (in_binary(m->text, (size_t)to))
            add_codec_window(m, WINDOWS_FIELDS, (size_t)to);
    }
    return m->failed;
}

static int on_mark(unsigned number, unsigned long long from, unsigned long long to, unsigned flags,
                   void *ctx)
{
    struct matcher *m = ctx;
    struct mark *marks = array_room(m->marks, m->mark_count, &m->mark_cap, sizeof(*marks));

    (void)from;
    (void)flags;
    m->failed = !marks;
    if (m->failed)
        return 1;
    m->marks = marks;
    marks[m->mark_count++] =
        (struct mark){ .end = (size_t)to, .covers = ruleset_mark(m->set, number) };
    return 0;
}

static int by_start(const void *a, const void *b)
{
    const struct window *left = a, *right = b;

    return (left->start > right->start) - (left->start < right->start);
}

static void merge(struct list *list)
{
    size_t kept = 0;

    qsort(list->windows, list->count, sizeof(*list->windows), by_start);
    for (size_t i = 1; i < list->count; i++) {
        struct window *last = &list->windows[kept], *next = &list->windows[i];

        if (next->start > last->end) {
            list->windows[++kept] = *next;
            continue;
        }
        last->end = next->end > last->end ? next->end : last->end;
        for (size_t w = 0; w < RULESET_FORMS_MAX / 64; w++)
            last->forms.bits[w] |= next->forms.bits[w];
    }
    list->count = kept + 1;
}

static enum status run(struct matcher *m, enum engine engine, struct slice text,
                       match_event_handler on_hit)
{
    hs_error_t error = HS_SUCCESS;

    assert(text.len <= UINT32_MAX);
    m->text = text;
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

enum status matcher_windows(struct matcher *m, struct arena *arena, struct slice text,
                            struct windows *out)
{
    enum status status;

    *out = (struct windows){ 0 };
    for (size_t i = 0; i < WINDOW_KINDS; i++)
        m->lists[i].count = 0;
    m->block_marks = false;
    status = run(m, ENGINE_ANCHORS, text, on_anchor);
    out->block_marks = m->block_marks;
    for (size_t i = 0; i < WINDOW_KINDS && !status; i++) {
        struct list *list = &m->lists[i];
        struct slice copy;

        if (!list->count)
            continue;
        merge(list);
        copy = arena_copy(arena, (struct slice){ (const uint8_t *)list->windows,
                                                 list->count * sizeof(*list->windows) });
        out->list[i] = (const struct window *)(const void *)copy.ptr;
        out->count[i] = copy.ptr ? list->count : 0;
        status = copy.ptr ? STATUS_OK : err_nomem();
    }
    if (status)
        *out = (struct windows){ 0 };
    return status;
}

static int on_any(unsigned number, unsigned long long from, unsigned long long to, unsigned flags,
                  void *ctx)
{
    (void)from;
    (void)to;
    (void)flags;
    (void)ctx;
    return number != RULESET_BLOCK_MARK;
}

bool matcher_hits(struct matcher *m, struct slice text)
{
    hs_error_t error = HS_SUCCESS;

    assert(text.len <= UINT32_MAX);
    if (text.len && m->databases->engine[ENGINE_ANCHORS])
        error = hs_scan(m->databases->engine[ENGINE_ANCHORS], (const char *)text.ptr,
                        (unsigned)text.len, 0, m->scratch, on_any, NULL);
    assert(error == HS_SUCCESS || error == HS_SCAN_TERMINATED);
    return error != HS_SUCCESS;
}

size_t matcher_reach(const struct ruleset *set)
{
    size_t widest = 0;

    for (size_t i = 0; i < ruleset_expressions(set, ENGINE_ANCHORS); i++) {
        hs_expr_info_t *info = NULL;
        hs_compile_error_t *error = NULL;
        size_t number, width = UINT_MAX;

        if (hs_expression_info(ruleset_expression(set, ENGINE_ANCHORS, i, &number), HS_FLAG_DOTALL,
                               &info, &error) == HS_SUCCESS)
            width = info->max_width;
        free(info);
        hs_free_compile_error(error);
        if (width == UINT_MAX)
            return SIZE_MAX;
        widest = width > widest ? width : widest;
    }
    return widest;
}

enum status matcher_marks(struct matcher *m, struct slice text, size_t from, size_t to,
                          const struct mark **marks, size_t *n)
{
    enum status status;

    m->mark_count = 0;
    status = run(m, ENGINE_MARKS, slice_sub(text, from, to), on_mark);
    for (size_t i = 0; i < m->mark_count; i++)
        m->marks[i].end += from;
    *marks = m->marks;
    *n = m->mark_count;
    return status;
}
