/*
 * pick.c - texts as expressions, and a callback that only appends.
 */
#include "trail/pick.h"

#include <hs.h>
#include <stdlib.h>

#include "base/array.h"

/* Numbers of what is only counted; texts follow. */
enum { SEEN_RECORD, SEEN_VERSION_1, SEEN_INSIGHT, SEEN_DIGEST, SEEN_COUNT };

static const char *const counted[SEEN_COUNT] = {
    [SEEN_RECORD] = "eventVersion\\\\{0,3}\"",
    [SEEN_VERSION_1] = "eventVersion\\\\{0,3}\"\\s{0,4}:\\s{0,4}\\\\{0,3}\"1\\.",
    [SEEN_INSIGHT] = "AwsCloudTrailInsight\\\\{0,3}\"",
    [SEEN_DIGEST] = "\"digestStartTime\"",
};

/* A letter, digit or sign of ASCII that somebody chose to write as an escape; but those that
 * encoders write by habit for HTML's sake (& < > ' =) are part of the texts' own expressions. */
static const char odd_escape[] = "\\\\u00(?:2[0-589a-fA-F]|3[0-9abfABF]|[4-7][0-9a-fA-F])";

struct picker {
    hs_database_t *database;
};

struct picker_scratch {
    hs_scratch_t *scratch;
};

/* --- texts --- */

static bool is_plain(uint8_t c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c >= 0x80;
}

static void append_text(struct buf *out, const char *text)
{
    for (; *text; text++) {
        uint8_t c = (uint8_t)*text;

        if (is_plain(c))
            buf_byte(out, c);
        else if (strchr("/\"\\", c))
            buf_printf(out, "\\\\{0,3}\\x%02x", c);
        else if (strchr("&<>'=", c))
            buf_printf(out, "(?:\\x%02x|\\\\{1,3}u00%x[%x%c])", c, c >> 4, c & 15,
                       (c & 15) > 9 ? (c & 15) - 10 + 'A' : '0' + (c & 15));
        else
            buf_printf(out, "\\x%02x", c);
    }
}

void pick_list_add(struct pick_list *list, enum pick_kind kind, const char *text)
{
    struct buf expression = { 0 };

    if (!text[0])
        return;
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 64;
        char **grown = realloc(list->expressions, cap * sizeof(*grown));
        bool *caseless = grown ? realloc(list->caseless, cap * sizeof(*caseless)) : NULL;

        list->expressions = grown ? grown : list->expressions;
        list->caseless = caseless ? caseless : list->caseless;
        list->failed |= !caseless;
        if (!caseless)
            return;
        list->cap = cap;
    }
    if (kind == PICK_VALUE)
        buf_text(&expression, "\"");
    append_text(&expression, text);
    /* The quote behind it may be escaped. To ask for all of that, or for the "userName" before it,
     * makes the compiling of ten thousand take seconds. */
    if (kind == PICK_VALUE)
        buf_text(&expression, "[\"\\\\]");
    list->failed |= buf_status(&expression) != STATUS_OK;
    if (list->failed) {
        buf_release(&expression);
        return;
    }
    list->caseless[list->count] = kind == PICK_CASELESS;
    list->expressions[list->count++] = (char *)expression.ptr; /* malloc's, with its NUL */
}

void pick_list_release(struct pick_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->expressions[i]);
    free(list->expressions);
    free(list->caseless);
    *list = (struct pick_list){ 0 };
}

/* --- compiling --- */

static enum status compile(struct picker *picker, const char *const *expressions,
                           const unsigned *flags, const unsigned *ids, size_t n)
{
    hs_compile_error_t *error = NULL;
    enum status status = STATUS_OK;

    if (hs_compile_multi(expressions, flags, ids, (unsigned)n, HS_MODE_BLOCK, NULL,
                         &picker->database, &error) != HS_SUCCESS) {
        status =
            err_set(STATUS_INVALID, "Hyperscan refuses what is looked for: %s", error->message);
        hs_free_compile_error(error);
    }
    return status;
}

enum status picker_new(struct picker **out, const struct pick_list *list)
{
    size_t n = SEEN_COUNT + 1 + list->count;
    const char **expressions = calloc(n, sizeof(*expressions));
    unsigned *flags = calloc(n, sizeof(*flags));
    unsigned *ids = calloc(n, sizeof(*ids));
    struct picker *picker = calloc(1, sizeof(*picker));
    enum status status = err_nomem();

    if (!expressions || !flags || !ids || !picker || list->failed)
        goto out;
    for (size_t i = 0; i < n; i++) {
        size_t text = i - SEEN_COUNT - 1;
        bool first = i <= SEEN_COUNT;

        expressions[i] = i < SEEN_COUNT ? counted[i] : first ? odd_escape : list->expressions[text];
        flags[i] = HS_FLAG_DOTALL | (!first && list->caseless[text] ? HS_FLAG_CASELESS : 0);
        /* Each its own: with one for all, ten thousand take 22 s to compile, and not 0.1. */
        ids[i] = (unsigned)i;
    }
    status = compile(picker, expressions, flags, ids, n);
out:
    free(expressions);
    free(flags);
    free(ids);
    if (status)
        picker_free(picker);
    else
        *out = picker;
    return status;
}

void picker_free(struct picker *picker)
{
    if (!picker)
        return;
    hs_free_database(picker->database);
    free(picker);
}

/* --- running --- */

enum status picker_scratch_new(struct picker_scratch **out, const struct picker *picker)
{
    struct picker_scratch *scratch = calloc(1, sizeof(*scratch));

    if (!scratch || hs_alloc_scratch(picker->database, &scratch->scratch) != HS_SUCCESS) {
        free(scratch);
        return err_nomem();
    }
    *out = scratch;
    return STATUS_OK;
}

void picker_scratch_free(struct picker_scratch *scratch)
{
    if (!scratch)
        return;
    hs_free_scratch(scratch->scratch);
    free(scratch);
}

static bool append_end(struct picks *picks, size_t end)
{
    size_t *grown = array_room(picks->ends, picks->count, &picks->cap, sizeof(*grown));

    if (!grown)
        return false;
    picks->ends = grown;
    picks->ends[picks->count++] = end;
    return true;
}

static const size_t counters[SEEN_COUNT] = {
    [SEEN_RECORD] = offsetof(struct pick_counts, records),
    [SEEN_VERSION_1] = offsetof(struct pick_counts, version1),
    [SEEN_INSIGHT] = offsetof(struct pick_counts, insights),
    [SEEN_DIGEST] = offsetof(struct pick_counts, digests),
};

static int on_seen(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                   void *ctx)
{
    struct picks *picks = ctx;

    (void)from;
    (void)flags;
    if (id >= SEEN_COUNT)
        return !append_end(picks, (size_t)to);
    if (to > picks->counted_from)
        *(uint64_t *)(void *)((char *)&picks->counts + counters[id]) += 1;
    return 0;
}

static int by_offset(const void *a, const void *b)
{
    const size_t *left = a, *right = b;

    return (*left > *right) - (*left < *right);
}

enum status picker_run(const struct picker *picker, struct picker_scratch *scratch,
                       struct slice text, size_t counted_from, struct picks *out)
{
    hs_error_t error;

    assert(text.len <= UINT32_MAX);
    out->count = 0;
    out->counted_from = counted_from;
    if (!text.len)
        return STATUS_OK;
    error = hs_scan(picker->database, (const char *)text.ptr, (unsigned)text.len, 0,
                    scratch->scratch, on_seen, out);
    if (error == HS_SCAN_TERMINATED)
        return err_nomem();
    assert(error == HS_SUCCESS);
    for (size_t i = 1; i < out->count; i++)
        if (out->ends[i] < out->ends[i - 1]) {
            qsort(out->ends, out->count, sizeof(*out->ends), by_offset);
            break;
        }
    return STATUS_OK;
}

void picks_release(struct picks *picks)
{
    free(picks->ends);
    *picks = (struct picks){ 0 };
}
