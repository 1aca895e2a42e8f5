/* builder.c - text and runs that grow in an arena; what they grew out of dies with it. */
#include "decode/builder.h"

static bool reserve_text(struct builder *b, size_t more)
{
    size_t cap = b->cap ? b->cap : b->source.len + 64;
    uint8_t *grown;

    if (b->failed)
        return false;
    if (b->text && b->len + more <= b->cap)
        return true;
    while (cap < b->len + more)
        cap *= 2;
    grown = cap <= UINT32_MAX ? arena_alloc(b->arena, cap) : NULL;
    if (!grown) {
        b->failed = true;
        return false;
    }
    if (b->len)
        memcpy(grown, b->text, b->len);
    b->text = grown;
    b->cap = cap;
    return true;
}

/* From here on the view shows `source`. */
static void add_run(struct builder *b, size_t source)
{
    const struct view_run *last = b->run_count ? &b->runs[b->run_count - 1] : NULL;

    if (b->failed || (last && last->source + (b->len - last->at) == source))
        return; /* the last run says so already */
    if (last && last->at == b->len)
        b->run_count--; /* nothing was shown since: the run moves */
    if (b->run_count == b->run_cap) {
        size_t cap = b->run_cap ? b->run_cap * 2 : 16;
        struct view_run *grown = arena_alloc(b->arena, cap * sizeof(*grown));

        if (!grown) {
            b->failed = true;
            return;
        }
        if (b->run_count)
            memcpy(grown, b->runs, b->run_count * sizeof(*grown));
        b->runs = grown;
        b->run_cap = cap;
    }
    b->runs[b->run_count++] =
        (struct view_run){ .at = (uint32_t)b->len, .source = (uint32_t)source };
}

void builder_show(struct builder *b, struct slice bytes, size_t source)
{
    add_run(b, source);
    if (!reserve_text(b, bytes.len))
        return;
    if (bytes.len)
        memcpy(b->text + b->len, bytes.ptr, bytes.len);
    b->len += bytes.len;
}

void builder_replace(struct builder *b, size_t from, size_t to)
{
    assert(b->copied <= from && from <= to && to <= b->source.len);
    builder_show(b, slice_sub(b->source, b->copied, from), b->copied);
    b->copied = to;
}

bool builder_finish(struct builder *b, struct view *view)
{
    builder_show(b, slice_sub(b->source, b->copied, b->source.len), b->copied);
    *view =
        (struct view){ .text = { b->text, b->len }, .runs = b->runs, .run_count = b->run_count };
    return !b->failed;
}
