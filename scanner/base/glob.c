/* glob.c - one star is undone at a time: a later one never needs an earlier one's other choices. */
#include "base/glob.h"

/*
 * Does the set that begins at `at` (its `[`) hold `byte`? `*end` is behind its `]`. A `[` without a
 * `]` is itself: then `*end` is `at` + 1.
 */
static bool set_has(struct slice pattern, size_t at, uint8_t byte, size_t *end)
{
    size_t i = at + 1;
    bool negated = i < pattern.len && pattern.ptr[i] == '!', has = false;
    size_t first = negated ? ++i : i;

    for (; i < pattern.len && (pattern.ptr[i] != ']' || i == first); i++) {
        uint8_t low = pattern.ptr[i], high = low;

        if (i + 2 < pattern.len && pattern.ptr[i + 1] == '-' && pattern.ptr[i + 2] != ']') {
            high = pattern.ptr[i + 2];
            i += 2;
        }
        has |= byte >= low && byte <= high;
    }
    if (i >= pattern.len) {
        *end = at + 1;
        return byte == '[';
    }
    *end = i + 1;
    return has != negated;
}

/* Does the pattern's element at `at`, which is no star, match `byte`? `*end` is behind it. */
static bool element_matches(struct slice pattern, size_t at, uint8_t byte, size_t *end)
{
    *end = at + 1;
    if (pattern.ptr[at] == '[')
        return set_has(pattern, at, byte, end);
    return pattern.ptr[at] == '?' || pattern.ptr[at] == byte;
}

bool glob_match(struct slice pattern, struct slice name)
{
    size_t p = 0, n = 0, end;
    size_t star = SIZE_MAX, from = 0; /* the last star, and how far the name goes with it */

    while (n < name.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = p++;
            from = n;
        } else if (p < pattern.len && element_matches(pattern, p, name.ptr[n], &end)) {
            p = end;
            n++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            n = ++from;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}

bool glob_wants(const struct glob_filter *filters, size_t count, struct slice name)
{
    for (size_t i = count; i-- > 0;)
        if (glob_match(slice_of(filters[i].pattern), name))
            return filters[i].include;
    return true;
}
