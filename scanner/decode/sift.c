/*
 * sift.c - sets of bytes as bit masks. The plain sieve tries a block only every so often, for a
 * long run cannot lie between two tries; that for AVX2 looks every byte up, 64 at once.
 */
#include "decode/sift.h"

#include "decode/block.h"
#include "decode/value_bytes.h"

enum { LEAST_MIN = BLOCK_BYTES };

/* Behind the quote of a literal that another one follows; or another quote. */
#define IS_SIGN(c)                                                                            \
    ((c) == ' ' || (c) == '\t' || (c) == '\n' || (c) == '\r' || ((c) >= '$' && (c) <= '&') || \
     (c) == '+' || (c) == '.' || (c) == '\\' || (c) == '_' || (c) == '@' || (c) == ')' ||     \
     (c) == '|' || (c) == '~' || (c) == '<' || (c) == '>')

/* --- for every CPU --- */

static bool all_belong(const uint8_t *text)
{
    struct block b = block_load(text), set = block_is_letter(b);

    set = block_or(set, block_between(b, '/', '9'));
    set = block_or(set, block_between(b, '%', '&'));
    set = block_or(set, block_or(block_is(b, '+'), block_is(b, '#')));
    set = block_or(set, block_or(block_is(b, '='), block_is(b, ';')));
    set = block_or(set, block_or(block_is(b, '\n'), block_is(b, '\r')));
    return block_all(block_or(set, block_is(b, '\\')));
}

static size_t plain_run(struct slice s, size_t at, size_t least)
{
    size_t step = least - BLOCK_BYTES + 1, i = at;

    assert(least >= LEAST_MIN);
    while (i + BLOCK_BYTES <= s.len) {
        size_t start = i, end = i + BLOCK_BYTES;

        if (!all_belong(s.ptr + i)) {
            i += step;
            continue;
        }
        while (start > at && BELONGS(s.ptr[start - 1]))
            start--;
        while (end < s.len && end - start < least && BELONGS(s.ptr[end]))
            end++;
        if (end - start >= least)
            return start;
        i = at = end;
    }
    return s.len;
}

static inline bool is_joint(struct slice s, size_t at)
{
    uint8_t next = at + 1 < s.len ? s.ptr[at + 1] : 0;

    return IS_QUOTE(s.ptr[at]) && (IS_SIGN(next) || IS_QUOTE(next));
}

static struct block is_quote(struct block b)
{
    return block_or(block_or(block_is(b, '"'), block_is(b, '\'')), block_is(b, '`'));
}

/* Quotes, and behind them what may stand in a joint. */
static bool any_joins(const uint8_t *text)
{
    struct block next = block_load(text + 1), sign = is_quote(next);

    sign = block_or(sign, block_or(block_between(next, '$', '&'), block_between(next, 0, ' ')));
    sign = block_or(sign, block_or(block_is(next, '+'), block_is(next, '.')));
    sign = block_or(sign, block_or(block_is(next, '\\'), block_is(next, '_')));
    sign = block_or(sign, block_or(block_is(next, '@'), block_is(next, ')')));
    sign = block_or(sign, block_or(block_is(next, '|'), block_is(next, '~')));
    sign = block_or(sign, block_between(next, '<', '>'));
    return block_any(block_and(is_quote(block_load(text)), sign));
}

static size_t plain_joint(struct slice s, size_t at)
{
    while (at < s.len) {
        size_t stop = at + BLOCK_BYTES < s.len ? at + BLOCK_BYTES : s.len;

        if (stop < s.len && !any_joins(s.ptr + at)) {
            at = stop;
            continue;
        }
        for (; at < stop; at++)
            if (is_joint(s, at))
                return at;
    }
    return s.len;
}

const struct sift sift_plain = { plain_run, plain_joint };

/* --- with AVX2 --- */

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

/*
 * What each byte is, by its halves: the low one's entry has the bits of the rows (high halves) in
 * which there is such a byte. A byte above 127 has no row, for a shuffle makes it 0.
 */
#define IN_ROW(set, low, high) (set((high) << 4 | (low)) ? 1 << (high) : 0)
#define ROWS(set, low)                                                                       \
    (IN_ROW(set, low, 0) | IN_ROW(set, low, 1) | IN_ROW(set, low, 2) | IN_ROW(set, low, 3) | \
     IN_ROW(set, low, 4) | IN_ROW(set, low, 5) | IN_ROW(set, low, 6) | IN_ROW(set, low, 7))
#define ROWS_4(set, low) \
    ROWS(set, low), ROWS(set, (low) + 1), ROWS(set, (low) + 2), ROWS(set, (low) + 3)
#define TABLE(set)                                                      \
    {                                                                   \
        ROWS_4(set, 0), ROWS_4(set, 4), ROWS_4(set, 8), ROWS_4(set, 12) \
    }
static const uint8_t belongs_table[16] = TABLE(BELONGS);
static const uint8_t quote_table[16] = TABLE(IS_QUOTE);
static const uint8_t sign_table[16] = TABLE(IS_SIGN);
static const uint8_t row_table[16] = { 1, 2, 4, 8, 16, 32, 64, 128 };

enum { CHUNK = 64 };

AVX2 static inline __m256i table_load(const uint8_t *table)
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)table));
}

/* Which of 32 bytes, whose rows are `rows`, are in a set. */
AVX2 static inline uint32_t in_set(__m256i bytes, __m256i rows, __m256i table)
{
    __m256i hit = _mm256_and_si256(_mm256_shuffle_epi8(table, bytes), rows);

    return ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(hit, _mm256_setzero_si256()));
}

AVX2 static inline __m256i rows_of(__m256i bytes)
{
    __m256i high = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(0x0f));

    return _mm256_shuffle_epi8(table_load(row_table), high);
}

/* The chunk at `at`, with zeros behind the text's end, which are in no set. */
AVX2 static inline const uint8_t *chunk_at(struct slice s, size_t at, uint8_t *copy)
{
    if (s.len - at >= CHUNK)
        return s.ptr + at;
    memset(copy, 0, CHUNK);
    memcpy(copy, s.ptr + at, s.len - at);
    return copy;
}

AVX2 static inline __m256i bytes_at(const uint8_t *text)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)text);
}

AVX2 static inline uint64_t mask_of(const uint8_t *text, __m256i table)
{
    __m256i low = bytes_at(text), high = bytes_at(text + CHUNK / 2);

    return in_set(low, rows_of(low), table) | (uint64_t)in_set(high, rows_of(high), table)
                                                  << (CHUNK / 2);
}

/* Where so many bits in a row begin in `mask`; CHUNK: nowhere. */
static inline unsigned bits_in_a_row(uint64_t mask, size_t many)
{
    if (many > CHUNK)
        return CHUNK;
    for (size_t have = 1, more; have < many && mask; have += more) {
        more = have < many - have ? have : many - have;
        mask &= mask >> more;
    }
    return mask ? (unsigned)__builtin_ctzll(mask) : CHUNK;
}

AVX2 static size_t avx2_run(struct slice s, size_t at, size_t least)
{
    __m256i table = table_load(belongs_table);
    uint8_t copy[CHUNK];
    size_t before = 0; /* bytes of the set right before the chunk */

    assert(least >= LEAST_MIN);
    for (size_t i = at; i < s.len; i += CHUNK) {
        uint64_t mask = mask_of(chunk_at(s, i, copy), table);
        unsigned first = ~mask ? (unsigned)__builtin_ctzll(~mask) : CHUNK, start;

        if (before + first >= least)
            return i - before;
        start = bits_in_a_row(mask, least);
        if (start < CHUNK)
            return i + start;
        before = ~mask ? (size_t)__builtin_clzll(~mask) : before + CHUNK;
    }
    return s.len;
}

AVX2 static size_t avx2_joint(struct slice s, size_t at)
{
    __m256i quotes = table_load(quote_table), signs = table_load(sign_table);
    uint8_t copy[CHUNK];

    /* A joint is known by two bytes: the last one of a chunk begins the next one. */
    for (size_t i = at; i < s.len; i += CHUNK - 1) {
        const uint8_t *text = chunk_at(s, i, copy);
        __m256i low = bytes_at(text), high = bytes_at(text + CHUNK / 2);
        __m256i low_rows = rows_of(low), high_rows = rows_of(high);
        uint64_t quote = in_set(low, low_rows, quotes) | (uint64_t)in_set(high, high_rows, quotes)
                                                             << (CHUNK / 2);
        uint64_t sign = in_set(low, low_rows, signs) | (uint64_t)in_set(high, high_rows, signs)
                                                           << (CHUNK / 2);

        quote &= (sign | quote) >> 1;
        if (quote)
            return i + (unsigned)__builtin_ctzll(quote);
    }
    return s.len;
}

static const struct sift sift_avx2 = { avx2_run, avx2_joint };

const struct sift *sift_best(void)
{
    return __builtin_cpu_supports("avx2") ? &sift_avx2 : &sift_plain;
}

#else

const struct sift *sift_best(void)
{
    return &sift_plain;
}

#endif
