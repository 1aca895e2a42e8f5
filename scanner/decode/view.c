/*
 * view.c - one pass from source to view; each place where the lengths part starts a run.
 */
#include "decode/view.h"

#include "decode/builder.h"

/* What an escape gave: `used` source bytes (0: it is none) become `byte`, or nothing where < 0. */
struct undone {
    size_t used;
    int byte;
};

/* Bytes between two literals that are joined: a line's end and the next one's indentation. */
enum { JOINT_BYTES = 96 };

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

/* Nothing is allocated before the first escape is met. */
static enum status build_escapes(struct view *view, struct arena *arena, struct slice s,
                                 bool quoted_printable)
{
    struct builder b = { .arena = arena, .source = s };
    bool undone = false;

    *view = (struct view){ .text = s };
    for (size_t i = 0; i < s.len;) {
        struct undone got = may_escape(s.ptr[i]) ? undo(s, i, quoted_printable) : not_an_escape;

        if (!got.used) {
            /* A run of backslashes escapes nothing as a whole: one look, however long it is. */
            do
                i++;
            while (i < s.len && s.ptr[i] == '\\' && s.ptr[i - 1] == '\\');
            continue;
        }
        undone = true;
        builder_replace(&b, i, i + got.used);
        if (got.byte >= 0) /* it stands where the escape began */
            builder_show(&b, (struct slice){ &(uint8_t){ (uint8_t)got.byte }, 1 }, i);
        i += got.used;
    }
    if (!undone)
        return STATUS_OK;
    return builder_finish(&b, view) ? STATUS_OK : err_nomem();
}

/* "=3D" is how every quoted-printable text writes its equals signs; "=" at a line's end joins
 * lines. */
static bool looks_quoted_printable(struct slice s)
{
    return memmem(s.ptr, s.len, "=3D", 3) || memmem(s.ptr, s.len, "=\n", 2) ||
           memmem(s.ptr, s.len, "=\r\n", 3);
}

/* --- joined literals --- */

static bool is_quote(uint8_t c)
{
    return c == '"' || c == '\'' || c == '`';
}

/*
 * The end of what stands between two literals that are one: a quote at `at`, white space, line
 * ends, joining signs of the languages (+ . & \ _ and nothing at all), and the next quote. 0 where
 * it is not so.
 */
static size_t joint_end(struct slice s, size_t at)
{
    size_t i = at + 1;
    unsigned signs = 0;

    for (; i < s.len && i - at < JOINT_BYTES && !is_quote(s.ptr[i]); i++) {
        if (s.ptr[i] && strchr("+.&\\_", s.ptr[i]))
            signs++;
        else if (!s.ptr[i] || !strchr(" \t\r\n@$f", s.ptr[i]))
            return 0;
    }
    return i < s.len && i > at + 1 && signs <= 2 && is_quote(s.ptr[i]) ? i + 1 : 0;
}

static enum status build_joined(struct view *view, struct arena *arena, struct slice s)
{
    struct builder b = { .arena = arena, .source = s };
    bool joined = false;

    for (size_t i = 0; i < s.len;) {
        size_t end = is_quote(s.ptr[i]) ? joint_end(s, i) : 0;

        if (!end) {
            i++;
            continue;
        }
        joined = true;
        builder_replace(&b, i, end);
        i = end;
    }
    if (!joined)
        return STATUS_ABSENT;
    return builder_finish(&b, view) ? STATUS_OK : err_nomem();
}

enum status view_make(struct view *view, struct arena *arena, const struct view *below,
                      enum sight sight)
{
    struct slice s = below->text;
    enum status status = STATUS_ABSENT;

    assert(s.len <= UINT32_MAX);
    if (sight == SIGHT_ESCAPES)
        status = build_escapes(view, arena, s, false);
    else if (sight == SIGHT_QUOTED_PRINTABLE && looks_quoted_printable(s))
        status = build_escapes(view, arena, s, true);
    else if (sight == SIGHT_JOINED)
        status = build_joined(view, arena, s);
    view->below = below;
    return status;
}

/* The offset in what lies right below. */
static size_t offset_below(const struct view *view, size_t at)
{
    size_t low = 0, high = view->run_count;

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

size_t view_source(const struct view *view, size_t at)
{
    for (; view; view = view->below) {
        assert(at <= view->text.len);
        at = offset_below(view, at);
    }
    return at;
}
