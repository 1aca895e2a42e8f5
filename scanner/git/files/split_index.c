/*
 * split_index.c - a split index and the one that it shares with others.
 *
 * The link is the base's id and two bitmaps over its entries: those that are gone, and those that
 * the next nameless entry of the split index stands for. A bitmap is compressed (EWAH): the number
 * of bits and of words, the words, and the place of the last marker. A marker word has a bit, how
 * many words are full of it, and how many words as they are come after it.
 */
#include <stdlib.h>

#include "base/bytes.h"
#include "git/files/index.h"

enum { WORD = 8, WORD_BITS = 64 };

/* Set those of the `n` bits that [from, from + len) covers; false where it leads beyond them. */
static bool set_run(bool *bits, uint32_t n, uint64_t from, uint64_t len)
{
    for (uint64_t i = from; i < from + len; i++) {
        if (i >= n)
            return false;
        bits[i] = true;
    }
    return true;
}

static bool set_word(bool *bits, uint32_t n, uint64_t from, uint64_t word)
{
    for (unsigned i = 0; i < WORD_BITS; i++)
        if (word >> i & 1 && !set_run(bits, n, from + i, 1))
            return false;
    return true;
}

/* Take a bitmap over `n` entries off `rest`. */
static bool take_bitmap(struct slice *rest, bool *bits, uint32_t n)
{
    uint64_t words, at = 0;
    const uint8_t *word;

    if (rest->len < WORD)
        return false;
    words = read_be32(rest->ptr + 4);
    word = rest->ptr + WORD;
    if (rest->len - WORD < words * WORD + 4)
        return false;
    *rest = slice_sub(*rest, (size_t)(WORD + words * WORD + 4), rest->len);
    for (; words > 0; words--, word += WORD) {
        uint64_t marker = read_be64(word);
        uint64_t run = (marker >> 1 & UINT32_MAX) * WORD_BITS, literals = marker >> 33;

        if ((marker & 1 && !set_run(bits, n, at, run)) || literals >= words)
            return false;
        at += run;
        for (; literals > 0; literals--, at += WORD_BITS) {
            word += WORD;
            words--;
            if (!set_word(bits, n, at, read_be64(word)))
                return false;
        }
    }
    return true;
}

static int cmp_entry(const struct index_entry *a, const struct index_entry *b)
{
    int order = slice_cmp(a->path, b->path);

    return order ? order : (int)a->stage - (int)b->stage;
}

/* The base's entries that are left, in `out`; `*used` nameless entries of `index` stand for some.
 */
static bool take_base(const struct index *index, const struct index *base, const bool *gone,
                      const bool *replaced, struct index_entry *out, uint32_t *count,
                      uint32_t *used)
{
    *count = *used = 0;
    for (uint32_t i = 0; i < base->count; i++) {
        struct index_entry entry = base->entries[i];

        if (replaced[i]) {
            if (*used == index->count || index->entries[*used].path.len)
                return false;
            entry = index->entries[(*used)++];
            entry.path = base->entries[i].path;
        }
        if (!gone[i])
            out[(*count)++] = entry;
    }
    return *used == index->count || index->entries[*used].path.len;
}

/* Both lists are sorted; of two entries for the same the split index has the newer one. */
static uint32_t merge(struct index_entry *out, const struct index_entry *old, uint32_t old_count,
                      const struct index_entry *new, uint32_t new_count)
{
    uint32_t n = 0, i = 0, k = 0;

    while (i < old_count || k < new_count) {
        int order = i == old_count ? 1 : k == new_count ? -1 : cmp_entry(&old[i], &new[k]);

        out[n++] = order < 0 ? old[i] : new[k];
        i += order <= 0;
        k += order >= 0;
    }
    return n;
}

enum status index_join(struct index *index, const struct index *base)
{
    struct slice link = slice_sub(index->link, ID_BYTES, index->link.len);
    size_t most = (size_t)base->count + index->count + 1;
    bool *gone = calloc(base->count + (size_t)1, 1);
    bool *replaced = calloc(base->count + (size_t)1, 1);
    struct index_entry *left = malloc(most * sizeof(*left));
    struct index_entry *all = malloc(most * sizeof(*all));
    enum status status = STATUS_OK;
    uint32_t count = 0, used = 0;

    if (!gone || !replaced || !left || !all)
        status = err_nomem();
    else if ((link.len && (!take_bitmap(&link, gone, base->count) ||
                           !take_bitmap(&link, replaced, base->count))) ||
             !take_base(index, base, gone, replaced, left, &count, &used))
        status = STATUS_CORRUPT;
    if (!status) {
        index->count = merge(all, left, count, index->entries + used, index->count - used);
        free(index->entries);
        index->entries = all;
        all = NULL;
    }
    free(gone);
    free(replaced);
    free(left);
    free(all);
    return status;
}
