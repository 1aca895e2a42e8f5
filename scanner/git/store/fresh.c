/*
 * fresh.c - trees compared entry by entry, other objects by the seams between copies.
 *
 * Trees. The note on a link lists where the entries of its tree begin, and where the last one ends.
 * Where an entry of the new tree begins in a copied stretch, at the copy of a byte at which an
 * entry of the base begins, both read the same from there on, as far as the copy goes: whole runs
 * of entries are passed over. Everything else is parsed.
 */
#include "git/store/fresh.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/limits.h"

enum { ENTRY_BYTES_MIN = sizeof("0 ") + ID_BYTES }; /* mode, blank, NUL and id */

/* Stretches so near to each other are one: a pass over few bytes costs more than the bytes. */
enum { NEAR_BYTES = 64 };

/* --- trees --- */

/* Where the entries of a tree begin, and its length; count of them. */
struct starts {
    uint32_t *at;
    size_t count;
};

/* The starts noted on a link that is done. */
static struct starts starts_of(const struct link *link)
{
    return (struct starts){ (uint32_t *)(void *)link->note.ptr, link->note.len / sizeof(uint32_t) };
}

/* The index of the last start that is at most `at`. The first is 0. */
static size_t last_start(const struct starts *starts, uint32_t at)
{
    size_t low = 0, high = starts->count;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (starts->at[middle] <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/*
 * The entry that begins at `at`, in `copy`: note it, and all that follow it in the copy, and give
 * their bytes; 0 where the base has no entry that begins there.
 */
static size_t pass_over(struct starts *own, const struct starts *base, const struct copy *copy,
                        size_t at)
{
    uint32_t from = copy->from + (uint32_t)(at - copy->at);
    size_t first = last_start(base, from), last;

    if (base->at[first] != from)
        return 0;
    last = last_start(base, copy->from + copy->len);
    for (size_t i = first; i < last; i++)
        own->at[own->count++] = base->at[i] - from + (uint32_t)at;
    return base->at[last] - from;
}

static enum status walk(const struct object *object, struct starts *own, fresh_entry_fn *fn,
                        void *ctx)
{
    const struct copy *copy = object->copies, *end = copy ? copy + object->copy_count : NULL;
    struct slice rest = object->content;
    struct starts base = { 0 };
    struct tree_entry entry;
    enum status status;

    if (object->base && object->base->mark == FRESH_DONE)
        base = starts_of(object->base);
    while (rest.len > 0) {
        size_t at = object->content.len - rest.len, passed = 0;

        while (base.count && copy < end && copy->at + copy->len <= at)
            copy++;
        if (base.count && copy < end && copy->at <= at)
            passed = pass_over(own, &base, copy, at);
        if (passed) {
            rest = slice_sub(rest, passed, rest.len);
            continue;
        }
        own->at[own->count++] = (uint32_t)at;
        status = tree_next(&rest, &entry);
        if (!status)
            status = fn(ctx, &entry);
        if (status)
            return status;
    }
    own->at[own->count++] = (uint32_t)object->content.len;
    return STATUS_OK;
}

enum status fresh_entries(const struct object *object, fresh_entry_fn *fn, void *ctx)
{
    size_t most = object->content.len / ENTRY_BYTES_MIN + 2;
    struct room loose = { 0 }, *note = object->link ? &object->link->note : &loose;
    enum status status = room_reserve(note, most * sizeof(uint32_t));
    struct starts own = { 0 };

    if (!status) {
        own.at = (uint32_t *)(void *)note->ptr;
        status = walk(object, &own, fn, ctx);
    }
    note->len = own.count * sizeof(*own.at);
    if (!status && object->link)
        object->link->mark = FRESH_DONE;
    free(loose.ptr);
    return status;
}

/* --- other objects --- */

static enum status add_span(struct fresh_spans *out, size_t from, size_t to)
{
    struct history_span *grown;
    struct history_span *last = out->count ? &out->spans[out->count - 1] : NULL;

    if (last && from <= last->to + NEAR_BYTES) {
        last->to = to > last->to ? to : last->to;
        return STATUS_OK;
    }
    grown = array_room(out->spans, out->count, &out->cap, sizeof(*grown));
    if (!grown)
        return err_nomem();
    out->spans = grown;
    out->spans[out->count++] = (struct history_span){ from, to };
    return STATUS_OK;
}

/* What lies round [from, to), which no copy covers: empty where two copies meet. */
static enum status add_round(struct fresh_spans *out, const struct object *object, size_t from,
                             size_t to, size_t reach)
{
    size_t len = object->content.len;

    return add_span(out, from > reach ? from - reach : 0, len - to > reach ? to + reach + 1 : len);
}

enum status fresh_list(struct fresh_spans *out, const struct object *object, size_t reach)
{
    enum status status = STATUS_OK;
    size_t at = 0;

    out->count = 0;
    if (!object->base || object->base->mark != FRESH_DONE)
        return add_span(out, 0, object->content.len);
    for (size_t i = 0; i < object->copy_count && !status; i++) {
        const struct copy *copy = &object->copies[i];

        /* What begins the base and the object alike has the same neighbour: none. */
        if (copy->at > 0 || copy->from > 0)
            status = add_round(out, object, at, copy->at, reach);
        at = copy->at + copy->len;
    }
    if (!status) /* also where the end was copied: whether it is the base's end is not asked */
        status = add_round(out, object, at, object->content.len, reach);
    return status;
}

void fresh_release(struct fresh_spans *spans)
{
    free(spans->spans);
    *spans = (struct fresh_spans){ 0 };
}
