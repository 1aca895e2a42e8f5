/*
 * view.c - one pass from source to view; each place where the lengths part starts a run.
 */
#include "decode/view.h"

#include <stdlib.h>

/* What an escape gave: `used` source bytes (0: it is none) become `byte`, or nothing where < 0. */
struct undone {
    size_t used;
    int byte;
};

static const struct undone not_an_escape = { 0, 0 };

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The number of `n` hex digits at s[at], or -1 where they are not there. */
static long hex_number(struct slice s, size_t at, size_t n)
{
    long value = 0;

    if (at + n > s.len)
        return -1;
    for (size_t i = at; i < at + n; i++) {
        int digit = hex_digit(s.ptr[i]);

        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* Any character outside ASCII ends a token: one byte stands for them all. */
static int ascii(long character)
{
    return character < 0x80 ? (int)character : 0x80;
}

/* A backslash, or a run of them (a string inside a string), and what it escapes. */
static struct undone undo_backslash(struct slice s, size_t at)
{
    static const char plain[] = "/\"'\\`=+&%$@:,;.(){}[]<>|#!?*~^- ";
    size_t i = at;
    long value;
    uint8_t c;

    while (i < s.len && s.ptr[i] == '\\')
        i++;
    if (i == s.len)
        return not_an_escape;
    c = s.ptr[i];
    if (c == 'n' || c == 'r')
        return (struct undone){ i + 1 - at, '\n' };
    if (c == 't' || c == 'b' || c == 'f' || c == 'v' || c == '0')
        return (struct undone){ i + 1 - at, ' ' };
    if (c == '\n')
        return (struct undone){ i + 1 - at, -1 };
    if (c == '\r' && i + 1 < s.len && s.ptr[i + 1] == '\n')
        return (struct undone){ i + 2 - at, -1 };
    if (c == 'x' && (value = hex_number(s, i + 1, 2)) >= 0)
        return (struct undone){ i + 3 - at, ascii(value) };
    if (c == 'u' && (value = hex_number(s, i + 1, 4)) >= 0)
        return (struct undone){ i + 5 - at, ascii(value) };
    if (c == 'u' && i + 2 < s.len && s.ptr[i + 1] == '{' &&
        (value = hex_number(s, i + 2, 2)) >= 0 && i + 4 < s.len && s.ptr[i + 4] == '}')
        return (struct undone){ i + 5 - at, ascii(value) };
    if (c && strchr(plain, c))
        return (struct undone){ i + 1 - at, c };
    return not_an_escape;
}

/* %HH, and %25HH as text that was encoded twice has it. */
static struct undone undo_percent(struct slice s, size_t at)
{
    size_t i = at + 1;
    long value = hex_number(s, i, 2);

    while (value == '%' && hex_number(s, i + 2, 2) >= 0) {
        i += 2;
        value = hex_number(s, i, 2);
    }
    return value < 0 ? not_an_escape : (struct undone){ i + 2 - at, ascii(value) };
}

/* &#43; &#x2B; and the names that every XML reader knows. */
static struct undone undo_reference(struct slice s, size_t at)
{
    static const struct {
        struct slice name;
        int byte;
    } names[] = {
        { { (const uint8_t *)"amp;", 4 }, '&' },   { { (const uint8_t *)"quot;", 5 }, '"' },
        { { (const uint8_t *)"lt;", 3 }, '<' },    { { (const uint8_t *)"gt;", 3 }, '>' },
        { { (const uint8_t *)"apos;", 5 }, '\'' }, { { (const uint8_t *)"nbsp;", 5 }, ' ' },
    };
    struct slice rest = slice_sub(s, at + 1, s.len);
    bool hex;
    long value = 0;
    size_t i, first;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (slice_starts(rest, names[i].name))
            return (struct undone){ 1 + names[i].name.len, names[i].byte };
    if (rest.len < 3 || rest.ptr[0] != '#')
        return not_an_escape;
    hex = (rest.ptr[1] | 0x20) == 'x';
    first = hex ? 2 : 1;
    for (i = first; i < rest.len && i < first + 7; i++) {
        int digit = hex_digit(rest.ptr[i]);

        if (digit < 0 || (!hex && digit > 9))
            break;
        value = value * (hex ? 16 : 10) + digit;
    }
    if (i == first || i == rest.len || rest.ptr[i] != ';')
        return not_an_escape;
    return (struct undone){ i + 2, ascii(value) };
}

/* ESC [ parameters letter (ECMA-48's control sequences), as terminals and CI logs have it. */
static struct undone undo_terminal(struct slice s, size_t at)
{
    size_t i = at + 2;

    if (i >= s.len || s.ptr[at + 1] != '[')
        return not_an_escape;
    while (i < s.len && i < at + 32 && s.ptr[i] >= 0x20 && s.ptr[i] <= 0x3f)
        i++;
    if (i == s.len || s.ptr[i] < 0x40 || s.ptr[i] > 0x7e)
        return not_an_escape;
    return (struct undone){ i + 1 - at, -1 };
}

/* =HH in capitals, and the soft line break (RFC 2045, 6.7). */
static struct undone undo_quoted_printable(struct slice s, size_t at)
{
    long value = hex_number(s, at + 1, 2);

    if (at + 1 < s.len && s.ptr[at + 1] == '\n')
        return (struct undone){ 2, -1 };
    if (at + 2 < s.len && s.ptr[at + 1] == '\r' && s.ptr[at + 2] == '\n')
        return (struct undone){ 3, -1 };
    return value < 0 ? not_an_escape : (struct undone){ 3, ascii(value) };
}

static struct undone undo(struct slice s, size_t at, bool quoted_printable)
{
    switch (s.ptr[at]) {
    case '\\':
        return undo_backslash(s, at);
    case '%':
        return undo_percent(s, at);
    case '&':
        return undo_reference(s, at);
    case 0x1b:
        return undo_terminal(s, at);
    case '=':
        return quoted_printable ? undo_quoted_printable(s, at) : not_an_escape;
    default:
        return not_an_escape;
    }
}

static bool may_escape(uint8_t c)
{
    return c == '\\' || c == '%' || c == '&' || c == 0x1b || c == '=';
}

struct builder {
    uint8_t *text;
    struct view_run *runs;
    size_t len, run_count, run_cap;
};

/* From here on the view shows `source`. Runs are grown in the arena: old ones die with it. */
static bool add_run(struct builder *b, struct arena *arena, size_t source)
{
    if (b->run_count && b->runs[b->run_count - 1].at == b->len)
        b->run_count--; /* nothing was shown since: the run moves */
    if (b->run_count == b->run_cap) {
        size_t cap = b->run_cap ? b->run_cap * 2 : 16;
        struct view_run *grown = arena_alloc(arena, cap * sizeof(*grown));

        if (!grown)
            return false;
        if (b->run_count)
            memcpy(grown, b->runs, b->run_count * sizeof(*grown));
        b->runs = grown;
        b->run_cap = cap;
    }
    b->runs[b->run_count++] =
        (struct view_run){ .at = (uint32_t)b->len, .source = (uint32_t)source };
    return true;
}

/* One view. Nothing is allocated before the first escape is met. */
static bool build(struct view *view, struct arena *arena, struct slice s, bool quoted_printable)
{
    struct builder b = { 0 };
    size_t copied = 0;

    *view = (struct view){ .text = s };
    for (size_t i = 0; i < s.len;) {
        struct undone got = may_escape(s.ptr[i]) ? undo(s, i, quoted_printable) : not_an_escape;

        if (!got.used) {
            i++;
            continue;
        }
        if (!b.text && (!(b.text = arena_alloc(arena, s.len)) || !add_run(&b, arena, 0)))
            return false;
        memcpy(b.text + b.len, s.ptr + copied, i - copied);
        b.len += i - copied;
        /* The byte that an escape gave stands where the escape began. */
        if (got.byte >= 0) {
            if (!add_run(&b, arena, i))
                return false;
            b.text[b.len++] = (uint8_t)got.byte;
        }
        i += got.used;
        copied = i;
        if (!add_run(&b, arena, i))
            return false;
    }
    if (!b.text)
        return true;
    memcpy(b.text + b.len, s.ptr + copied, s.len - copied);
    b.len += s.len - copied;
    *view = (struct view){ { b.text, b.len }, b.runs, b.run_count };
    return true;
}

/* "=3D" is how every quoted-printable text writes its equals signs. */
static bool looks_quoted_printable(struct slice s)
{
    return s.len >= 3 && memmem(s.ptr, s.len, "=3D", 3);
}

size_t view_make(struct view views[static VIEWS_MAX], struct arena *arena, struct slice source)
{
    assert(source.len <= UINT32_MAX);
    if (!build(&views[0], arena, source, false))
        return 0;
    if (!looks_quoted_printable(source))
        return 1;
    return build(&views[1], arena, source, true) ? 2 : 0;
}

size_t view_source(const struct view *view, size_t at)
{
    size_t low = 0, high = view->run_count;

    assert(at <= view->text.len);
    if (!view->runs)
        return at;
    while (high - low > 1) { /* the last run that begins at or before `at` */
        size_t middle = low + (high - low) / 2;

        if (view->runs[middle].at <= at)
            low = middle;
        else
            high = middle;
    }
    return view->runs[low].source + (at - view->runs[low].at);
}
