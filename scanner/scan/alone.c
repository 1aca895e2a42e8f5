/*
 * alone.c - a few comparisons an id, and one match of its pattern.
 */
#include "scan/alone.h"

#include "decode/view.h"
#include "detect/pair.h"

/*
 * Twice the reach of a pair, and an id's length. Ids further away than one reach pair with nothing,
 * but the nearest of them keeps a column of ids from pairing row by row: it must be among the
 * parts.
 */
enum { ALONE_BYTES = 2 * PAIR_REACH_BYTES + 256 };

struct form_set alone_forms(const struct ruleset *set)
{
    struct form_set forms = { { 0 } };

    for (size_t i = 0; i < ruleset_forms(set); i++) {
        size_t kind = ruleset_form(set, i)->part;

        if (ruleset_is_temporary(set, kind) && !ruleset_compose(set, kind, SIZE_MAX, SIZE_MAX))
            form_set_add(&forms, i);
    }
    return forms;
}

size_t alone_form(const struct form_set *counted, const struct window *window)
{
    size_t form = form_set_only(&window->forms);

    return form != SIZE_MAX && form_set_has(counted, form) ? form : SIZE_MAX;
}

bool alone_is(struct slice text, const struct range *range, const struct part *parts, size_t n,
              const struct window *window, size_t *other)
{
    while (*other < n &&
           (parts[*other].role == ROLE_ID || parts[*other].end + ALONE_BYTES < window->start))
        ++*other;
    if (*other < n && parts[*other].offset < window->end + ALONE_BYTES)
        return false;
    return (!range->from || window->start > range->from + ALONE_BYTES) &&
           (range->to == text.len || window->end + ALONE_BYTES < range->to);
}

enum status alone_count(struct confirmer *confirmer, struct slice text, const struct range *range,
                        const struct window *window, size_t form, size_t guard, uint64_t *count)
{
    size_t start = window->start > guard ? window->start - guard : 0;
    size_t end = text.len - window->end > guard ? window->end + guard : text.len;
    size_t from = window->start > range->from ? window->start : range->from;
    size_t to = window->end < range->to ? window->end : range->to;
    struct slice seen = slice_sub(text, start, end);

    if (!view_is_plain(seen))
        return STATUS_ABSENT;
    return confirm_count(confirmer, seen, form, from - start, to - start, count);
}
