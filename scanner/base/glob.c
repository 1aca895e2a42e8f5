/*
 * glob.c - bytes against elements of a pattern, with one place to go back to.
 *
 * A `*` that has matched never needs to give back what a later `*` could take, so that going back
 * to the last one alone is enough: no pattern is exponential.
 */
#include "base/glob.h"

/* Is `byte` in the set that begins behind `[` at `pattern[at]`? Its end comes back; 0: it has none.
 */
static size_t match_set(struct slice pattern, size_t at, uint8_t byte, enum glob_dialect dialect,
                        bool *in)
{
    bool git = dialect == GLOB_GIT;
    bool negated = at < pattern.len && (pattern.ptr[at] == '!' || (git && pattern.ptr[at] == '^'));
    size_t first = at + negated;
    bool has = false;

    for (size_t i = first; i < pattern.len; i++) {
        uint8_t low = pattern.ptr[i], high;

        if (low == ']' && i > first) {
            *in = has != negated;
            return i + 1;
        }
        if (git && low == '\\' && i + 1 < pattern.len)
            low = pattern.ptr[++i];
        high = low;
        if (i + 2 < pattern.len && pattern.ptr[i + 1] == '-' && pattern.ptr[i + 2] != ']') {
            high = pattern.ptr[i + 2];
            i += 2;
        }
        has |= byte >= low && byte <= high;
    }
    return 0;
}

/* One element of the pattern that is no `*`, against one byte. Its end, or 0: no match. */
static size_t match_one(struct slice pattern, size_t at, uint8_t byte, enum glob_dialect dialect)
{
    size_t end;
    bool in;

    if (pattern.ptr[at] == '?')
        return at + 1;
    if (pattern.ptr[at] == '[' && (end = match_set(pattern, at + 1, byte, dialect, &in)))
        return in ? end : 0;
    if (dialect == GLOB_GIT && pattern.ptr[at] == '\\' && at + 1 < pattern.len)
        at++;
    return pattern.ptr[at] == byte ? at + 1 : 0;
}

bool glob_match(struct slice pattern, struct slice name, enum glob_dialect dialect)
{
    size_t p = 0, n = 0;
    size_t star = SIZE_MAX, taken = 0; /* behind the last star, and how far the name goes with it */

    while (n < name.len) {
        bool is_star = p < pattern.len && pattern.ptr[p] == '*';
        size_t next = p < pattern.len && !is_star ? match_one(pattern, p, name.ptr[n], dialect) : 0;

        if (is_star) {
            star = ++p;
            taken = n;
        } else if (next) {
            p = next;
            n++;
        } else if (star != SIZE_MAX) {
            p = star;
            n = ++taken;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}
