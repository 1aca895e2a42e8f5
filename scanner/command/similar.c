/*
 * similar.c - the distance between words.
 */
#include "command/similar.h"

#include <string.h>

enum { WORD_MAX = 32, DISTANCE_MAX = 2 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Changes, insertions, deletions and swaps of neighbours that make `a` into `b`. */
static unsigned distance(const char *a, const char *b)
{
    unsigned rows[WORD_MAX + 1][WORD_MAX + 1];
    size_t a_len = strlen(a), b_len = strlen(b);

    if (a_len > WORD_MAX || b_len > WORD_MAX)
        return DISTANCE_MAX + 1;
    for (size_t i = 0; i <= a_len; i++)
        rows[i][0] = (unsigned)i;
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_len; i++) {
        for (size_t j = 1; j <= b_len; j++) {
            unsigned change = rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

            rows[i][j] = least(change, least(rows[i - 1][j], rows[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                rows[i][j] = least(rows[i][j], rows[i - 2][j - 2] + 1);
        }
    }
    return rows[a_len][b_len];
}

const char *similar_word(const char *typed, const char *const words[], size_t count)
{
    const char *best = NULL, *beginning = NULL;
    unsigned best_distance = DISTANCE_MAX + 1;
    size_t len = strlen(typed), beginnings = 0;

    for (size_t i = 0; i < count; i++) {
        unsigned d = distance(typed, words[i]);

        if (len && strncmp(words[i], typed, len) == 0 && beginnings++ == 0)
            beginning = words[i];
        if (d == best_distance)
            best = NULL;
        if (d >= best_distance || d * 2 >= strlen(words[i]))
            continue;
        best_distance = d;
        best = words[i];
    }
    return best ? best : beginnings == 1 ? beginning : NULL;
}
