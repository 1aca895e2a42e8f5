/*
 * runs.c - what the sieve lets through, byte by byte.
 */
#include "decode/runs.h"

#include "base/array.h"
#include "decode/sift.h"
#include "decode/value_bytes.h"

enum { BASE64 = 1, ESCAPE = 2, HEX = 4, QUOTE = 8 };

/* What each byte may be part of; looked up for every byte near an id. */
#define KINDS(c)                                                                         \
    ((IS_BASE64(c) ? BASE64 : 0) | (IS_ESCAPE(c) ? ESCAPE : 0) | (IS_HEX(c) ? HEX : 0) | \
     (IS_QUOTE(c) ? QUOTE : 0))
static const uint8_t kinds[256] = BYTE_TABLE(KINDS);

/* Bytes between two literals that are joined: a line's end and the next one's indentation. */
enum { JOINT_BYTES = 96 };

/* Signs of a patch that may stand round a value; characters of an id in front of a slash. */
enum { SIGNS_MAX = 2, ID = 20 };

/*
 * May the escape's byte at `at` belong to a value? Those do that stand for `+` or `/`: \/ \u002b
 * %2B &#43; =2F and, of quoted-printable, an equals sign at a line's end with that end.
 */
static bool escape_belongs(struct slice s, size_t at)
{
    uint8_t next = at + 1 < s.len ? s.ptr[at + 1] : 0;
    uint8_t last = at > 0 ? s.ptr[at - 1] : 0;

    switch (s.ptr[at]) {
    case '\\':
        return next == '/' || next == 'u' || next == 'x' || next == '+' || next == '\\' ||
               next == '0' || next == '\n' || next == '\r';
    case '%':
        return next == '2';
    case '&':
        return next == '#' || next == 'a' || next == 'p' || next == 's';
    case '#':
        return last == '&' || last == ';';
    case ';':
        return (kinds[last] & HEX) || last == 'p' || last == 's' || last == 'l';
    case '=':
        return next == '2' || next == '\n' || next == '\r';
    case '\n':
        return last == '=' || last == '\\' || last == '\r';
    case '\r':
        return last == '=' || last == '\\';
    default:
        return false;
    }
}

static inline bool belongs(struct slice s, size_t at)
{
    uint8_t kind = kinds[s.ptr[at]];

    return (kind & BASE64) || ((kind & ESCAPE) && escape_belongs(s, at));
}

/* Characters at the run's beginning that belong to an escape before it: the n of \n, the 0A of %0A.
 */
static size_t escape_tail(struct slice s, const struct run *run)
{
    uint8_t last = run->start > 0 ? s.ptr[run->start - 1] : 0;

    return last == '\\' ? 1 : last == '%' ? 2 : 0;
}

/* May `n` characters, of which `all` kinds and `common` ones were seen, be a value of `length`? */
static bool may_be(size_t n, size_t length, unsigned all, unsigned common)
{
    size_t coded = (length * 8 + 5) / 6;

    if (n < length)
        return false;
    if (all & ESCAPE)
        return true;
    /* A line's end may be encoded with the value, and padding is no digit. */
    return n == length || (n >= coded && n <= coded + 4) ||
           ((common & HEX) && n >= 2 * length && n <= 2 * length + 4);
}

/* Is there a value of `length` in the run? */
static bool holds(struct slice s, const struct run *run, size_t length)
{
    unsigned all = 0, common = BASE64 | HEX | ESCAPE;
    size_t n = run->end - run->start, tail = escape_tail(s, run), word = 0;
    bool spaced = false;

    if (n < length)
        return false;
    for (size_t i = run->start; i < run->end; i++) {
        all |= kinds[s.ptr[i]];
        common &= kinds[s.ptr[i]];
        /* Of a form's text, in which a plus is a space. */
        spaced |= s.ptr[i] == '+' && word == length;
        word = s.ptr[i] == '+' ? 0 : word + 1;
    }
    if ((n == length + ID + 1 && s.ptr[run->start + ID] == '/') ||
        (n <= length + SIGNS_MAX && s.ptr[run->start] == '+'))
        return true;
    return spaced || word == length || may_be(n, length, all, common) ||
           (tail && may_be(n - tail, length, all, common));
}

/* The next run, from `at` on, of `least` and more bytes that belong to a value. */
static bool next_run(struct slice s, size_t at, size_t least, struct run *run)
{
    const struct sift *sift = sift_best();

    for (at = sift->run(s, at, least); at < s.len; at = sift->run(s, at, least)) {
        while (at < s.len && kinds[s.ptr[at]] & (BASE64 | ESCAPE)) {
            size_t start = at;

            while (at < s.len && belongs(s, at))
                at++;
            *run = (struct run){ start, at };
            if (at - start >= least)
                return true;
            at += at == start; /* an escape's sign that is none here */
        }
    }
    return false;
}

bool runs_next(struct slice s, size_t at, const size_t *lengths, size_t count, struct run *run)
{
    size_t least = lengths[0];

    for (size_t i = 1; i < count; i++)
        least = lengths[i] < least ? lengths[i] : least;
    assert(least >= RUN_MIN);
    for (; next_run(s, at, least, run); at = run->end)
        for (size_t i = 0; i < count; i++)
            if (holds(s, run, lengths[i]))
                return true;
    return false;
}

static inline bool is_quote(uint8_t c)
{
    return kinds[c] & QUOTE;
}

static inline bool is_digit(struct slice s, size_t at)
{
    return at < s.len && kinds[s.ptr[at]] & BASE64;
}

/* Does `NAME=` stand at `at`? Then it begins a word of its own, in a shell or a unit file. */
static bool is_assignment(struct slice s, size_t at)
{
    size_t i = at;

    while (i < s.len && i - at < JOINT_BYTES && (kinds[s.ptr[i]] & BASE64 || s.ptr[i] == '_'))
        i++;
    return i < s.len && i > at && s.ptr[i] == '=';
}

/* Behind `.append(` and its like at `at`; `at` where there is no such call. */
static size_t skip_call(struct slice s, size_t at)
{
    static const char *const calls[] = { ".append(", ".concat(", ".Append(" };
    struct slice rest = slice_sub(s, at, s.len);

    for (size_t i = 0; i < COUNT_OF(calls); i++)
        if (slice_starts(rest, slice_of(calls[i])))
            return at + strlen(calls[i]);
    return at;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Signs of a joint: "a" + "b", "a" .. "b", "a" || "b", "a" <> "b", "a" \ at a line's end. */
static bool is_sign(uint8_t c)
{
    return c && strchr("+.&\\_|~<>", c);
}

/* Signs right before a literal: b"", f"", r'', @"", $"" and the like. */
static bool is_prefix(uint8_t c)
{
    return c && strchr("bfruL@$", c | (c == 'B' || c == 'F' || c == 'R' || c == 'U' ? 0x20 : 0));
}

/* The end of a joint that begins with the quote at `at`: see runs.h. 0 where none does. */
static size_t joint_end(struct slice s, size_t at)
{
    size_t i = at + 1, call;
    unsigned signs = 0;

    if (i < s.len && is_quote(s.ptr[i])) /* "" is a joint within a word alone */
        return at > 0 && is_digit(s, at - 1) && is_digit(s, i + 1) ? i + 1 : 0;
    i += i < s.len && s.ptr[i] == ')';
    while (i < s.len && is_blank(s.ptr[i]) && i - at < JOINT_BYTES)
        i++;
    call = skip_call(s, i);
    if (call == i && i > at + 1 && s.ptr[at + 1] == ')')
        return 0;
    for (i = call; i < s.len && i - at < JOINT_BYTES && (is_blank(s.ptr[i]) || is_sign(s.ptr[i]));
         i++)
        signs += is_sign(s.ptr[i]);
    for (size_t last = i + 2; i > at + 1 && i < last && i < s.len && is_prefix(s.ptr[i]);)
        i++;
    if (i >= s.len || signs > 2 || !is_quote(s.ptr[i]) || is_assignment(s, i + 1))
        return 0;
    return i + 1;
}

bool runs_next_joint(struct slice s, size_t at, struct run *run)
{
    const struct sift *sift = sift_best();

    for (at = sift->joint(s, at); at < s.len; at = sift->joint(s, at + 1)) {
        size_t end = joint_end(s, at);

        if (!end)
            continue;
        *run = (struct run){ at, end };
        return true;
    }
    return false;
}
