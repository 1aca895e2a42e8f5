/*
 * split.c - 64 bytes at a time: masks of quotes, backslashes and brackets, then only the brackets
 * that stand outside of strings are looked at one by one.
 */
#include "trail/split.h"

#if defined(__SSE2__)
#include <emmintrin.h>

#include "base/array.h"
#endif

enum { BLOCK = 64 };

struct run {
    struct splitter *s;
    struct slice bytes;
    split_fn *fn;
    void *ctx;
};

void split_init(struct splitter *splitter)
{
    *splitter = (struct splitter){ .unit_from = SPLIT_NONE };
}

void split_shift(struct splitter *splitter, size_t n)
{
    if (splitter->unit_from >= SPLIT_LOST)
        return;
    assert(n <= splitter->unit_from);
    splitter->unit_from -= n;
}

/* --- brackets --- */

/* The offset behind the last byte before `at` that is no white space. */
static size_t back_over_space(struct slice bytes, size_t at)
{
    while (at > 0 && split_is_space(bytes.ptr[at - 1]))
        at--;
    return at;
}

/* Is the array that begins at `at` the value of one of the names that lists of records have? */
static bool is_list(struct slice bytes, size_t at)
{
    static const char *const names[] = { "\"Records\"",  "\"records\"",        "\"Events\"",
                                         "\"events\"",   "\"logEvents\"",      "\"results\"",
                                         "\"Messages\"", "\"QueryResultRows\"" };

    at = back_over_space(bytes, at);
    if (at == 0 || bytes.ptr[at - 1] != ':')
        return false;
    at = back_over_space(bytes, at - 1);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        size_t len = strlen(names[i]);

        if (at >= len && memcmp(bytes.ptr + at - len, names[i], len) == 0)
            return true;
    }
    return false;
}

/* Does the `{` at `at` begin a line without anything before it that leads up to an object? */
static bool begins_anew(const struct splitter *s, struct slice bytes, size_t at)
{
    uint8_t before;

    if (at == 0 || bytes.ptr[at - 1] != '\n')
        return false;
    at = back_over_space(bytes, at);
    before = at ? bytes.ptr[at - 1] : 0;
    return before != '[' && before != ':' && (before != ',' || !(s->arrays & 1));
}

static void on_open(struct run *run, size_t at)
{
    struct splitter *s = run->s;
    bool open = s->unit_from != SPLIT_NONE;

    if (run->bytes.ptr[at] == '{') {
        if (s->depth && open && begins_anew(s, run->bytes, at)) {
            s->broken++;
            s->unit_from = SPLIT_NONE;
            s->depth = s->unit_depth = s->arrays = 0;
        }
        if (s->unit_from == SPLIT_NONE && s->depth == s->unit_depth)
            s->unit_from = at;
    } else if (s->depth == 0) {
        s->unit_depth = 1;
    } else if (!open && s->depth == s->unit_depth) { /* a row of a table is one of its columns */
        s->unit_from = at;
    } else if (open && s->unit_from != SPLIT_LOST && s->depth == s->unit_depth + 1 &&
               is_list(run->bytes, at)) {
        s->unit_from = SPLIT_NONE;
        s->unit_depth = s->depth + 1;
    }
    s->arrays = s->arrays << 1 | (run->bytes.ptr[at] == '[');
    s->depth++;
}

static void on_close(struct run *run, size_t at)
{
    struct splitter *s = run->s;

    s->depth -= s->depth > 0;
    s->arrays = s->depth ? s->arrays >> 1 : 0;
    if (s->unit_from != SPLIT_NONE && s->depth <= s->unit_depth) {
        if (s->unit_from != SPLIT_LOST)
            run->fn(run->ctx, s->unit_from, at + 1);
        s->unit_from = SPLIT_NONE;
    }
    if (s->depth == 0)
        s->unit_depth = 0;
}

static void on_bracket(struct run *run, size_t at)
{
    uint8_t c = run->bytes.ptr[at];

    if (c == '{' || c == '[')
        on_open(run, at);
    else
        on_close(run, at);
}

static void step(struct run *run, size_t at)
{
    struct splitter *s = run->s;
    uint8_t c = run->bytes.ptr[at];

    if (s->escaped) {
        s->escaped = false;
        s->in_string &= c != '\n';
    } else if (c == '\\') {
        s->escaped = true;
    } else if (c == '"') {
        s->in_string = !s->in_string;
    } else if (c == '\n') {
        s->in_string = false;
    } else if (!s->in_string && ((c | 0x20) == '{' || (c | 0x20) == '}')) {
        on_bracket(run, at);
    }
}

void split_run_plainly(struct splitter *splitter, struct slice bytes, size_t from, split_fn *fn,
                       void *ctx)
{
    struct run run = { splitter, bytes, fn, ctx };

    for (size_t at = from; at < bytes.len; at++)
        step(&run, at);
}

/* --- blocks --- */

/* A bit for each byte of the block that is `value`, once `ored` is or-ed to it. */
static inline uint64_t mask_of(const uint8_t *block, uint8_t ored, uint8_t value)
{
    uint64_t mask = 0;

#if defined(__SSE2__)
    for (int i = 0; i < BLOCK / 16; i++) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(block + 16 * i));
        __m128i same = _mm_cmpeq_epi8(_mm_or_si128(bytes, _mm_set1_epi8((char)ored)),
                                      _mm_set1_epi8((char)value));

        mask |= (uint64_t)(unsigned)_mm_movemask_epi8(same) << (16 * i);
    }
#else
    for (int i = 0; i < BLOCK; i++)
        mask |= (uint64_t)((block[i] | ored) == value) << i;
#endif
    return mask;
}

/* The bytes that a backslash before them escapes; `*carry`: so is the first, and so the next
 * block's. */
static uint64_t escaped_bytes(uint64_t backslashes, bool *carry)
{
    uint64_t escaped = *carry;

    backslashes &= ~escaped;
    *carry = false;
    while (backslashes) {
        uint64_t first = backslashes & -backslashes;

        *carry = first >> 63;
        escaped |= first << 1;
        backslashes &= ~(first | first << 1);
    }
    return escaped;
}

/* Each bit becomes whether the bits up to it are odd in number: inside of quotes or not. */
static uint64_t inside(uint64_t quotes)
{
    for (unsigned shift = 1; shift < BLOCK; shift *= 2)
        quotes ^= quotes << shift;
    return quotes;
}

/* False where a line ends inside of a string; then nothing was done. */
static bool run_block(struct run *run, size_t at)
{
    struct splitter *s = run->s;
    const uint8_t *block = run->bytes.ptr + at;
    uint64_t backslashes = mask_of(block, 0, '\\');
    uint64_t quotes = mask_of(block, 0, '"');
    bool carry = s->escaped;
    uint64_t escaped = backslashes || carry ? escaped_bytes(backslashes, &carry) : 0;
    uint64_t strings = inside(quotes & ~escaped) ^ (s->in_string ? UINT64_MAX : 0);
    uint64_t brackets;

    if (mask_of(block, 0, '\n') & (strings | escaped))
        return false;
    brackets = (mask_of(block, 0x20, '{') | mask_of(block, 0x20, '}')) & ~strings & ~escaped;
    s->escaped = carry;
    s->in_string = strings >> 63;
    for (; brackets; brackets &= brackets - 1)
        on_bracket(run, at + (size_t)__builtin_ctzll(brackets));
    return true;
}

void split_run(struct splitter *splitter, struct slice bytes, size_t from, split_fn *fn, void *ctx)
{
    struct run run = { splitter, bytes, fn, ctx };

    for (; bytes.len - from >= BLOCK; from += BLOCK)
        if (!run_block(&run, from))
            split_run_plainly(splitter, slice_sub(bytes, 0, from + BLOCK), from, fn, ctx);
    split_run_plainly(splitter, bytes, from, fn, ctx);
}
