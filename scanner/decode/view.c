/*
 * view.c - one pass from source to view; each place where the lengths part starts a run.
 */
#include "decode/view.h"

#include "base/array.h"
#include "base/hex.h"
#include "decode/block.h"
#include "decode/builder.h"
#include "decode/fields.h"
#include "decode/runs.h"

/* What an escape gave: `used` source bytes (0: it is none) become `byte`, or nothing where < 0. */
struct undone {
    size_t used;
    int byte;
};

static const struct undone not_an_escape = { 0, 0 };

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

/* The number of three octal digits at s[at], or -1. */
static long octal_number(struct slice s, size_t at)
{
    long value = 0;

    for (size_t i = at; i < at + 3; i++) {
        if (i >= s.len || s.ptr[i] < '0' || s.ptr[i] > '7')
            return -1;
        value = value * 8 + (s.ptr[i] - '0');
    }
    return value <= 0xff ? value : -1;
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
    if (c == 't' || c == 'b' || c == 'f' || c == 'v')
        return (struct undone){ i + 1 - at, ' ' };
    if (c == '\n')
        return (struct undone){ i + 1 - at, -1 };
    if (c == '\r' && i + 1 < s.len && s.ptr[i + 1] == '\n')
        return (struct undone){ i + 2 - at, -1 };
    if ((value = octal_number(s, i)) >= 0)
        return (struct undone){ i + 3 - at, ascii(value) };
    if (c == 'x' && (value = hex_number(s, i + 1, 2)) >= 0)
        return (struct undone){ i + 3 - at, ascii(value) };
    if (c == 'u' && (value = hex_number(s, i + 1, 4)) >= 0)
        return (struct undone){ i + 5 - at, ascii(value) };
    if (c == 'u' && i + 2 < s.len && s.ptr[i + 1] == '{' &&
        (value = hex_number(s, i + 2, 2)) >= 0 && i + 4 < s.len && s.ptr[i + 4] == '}')
        return (struct undone){ i + 5 - at, ascii(value) };
    if (c == '0')
        return (struct undone){ i + 1 - at, ' ' };
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
        { { (const uint8_t *)"plus;", 5 }, '+' },  { { (const uint8_t *)"sol;", 4 }, '/' },
    };
    struct slice rest = slice_sub(s, at + 1, s.len);
    bool hex;
    long value = 0;
    size_t i, first;

    for (i = 0; i < COUNT_OF(names); i++)
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

/* ESC [ parameters letter (ECMA-48's control sequences), as terminals and CI logs have it: it ends
 * a word. */
static struct undone undo_terminal(struct slice s, size_t at)
{
    size_t i = at + 2;

    if (i >= s.len || s.ptr[at + 1] != '[')
        return not_an_escape;
    while (i < s.len && i < at + 32 && s.ptr[i] >= 0x20 && s.ptr[i] <= 0x3f)
        i++;
    if (i == s.len || s.ptr[i] < 0x40 || s.ptr[i] > 0x7e)
        return not_an_escape;
    return (struct undone){ i + 1 - at, ' ' };
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

/* Bytes on either side of a `+` in which an escape makes a form of it. */
enum { FORM_REACH = 256 };

static bool ends_form(uint8_t c)
{
    return c <= ' ' || c == '"' || c == '\'' || c == '<' || c == '>';
}

/* Has the word round the `+` at `at` a percent escape? In base64 beside a URL it has none. */
static bool in_form(struct slice s, size_t at)
{
    for (size_t i = at; i > 0 && at - i < FORM_REACH && !ends_form(s.ptr[i - 1]); i--)
        if (s.ptr[i - 1] == '%')
            return true;
    for (size_t i = at + 1; i < s.len && i - at < FORM_REACH && !ends_form(s.ptr[i]); i++)
        if (s.ptr[i] == '%')
            return true;
    return false;
}

static struct undone undo(struct slice s, size_t at, enum sight sight)
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
        return sight == SIGHT_QUOTED_PRINTABLE ? undo_quoted_printable(s, at) : not_an_escape;
    case '+':
        return sight == SIGHT_FORM && in_form(s, at) ? (struct undone){ 1, ' ' } : not_an_escape;
    default:
        return not_an_escape;
    }
}

/* The sign that begins an escape in this sight alone. */
static uint8_t sign_of(enum sight sight)
{
    return sight == SIGHT_QUOTED_PRINTABLE ? '=' : sight == SIGHT_FORM ? '+' : '\\';
}

/* Where the next escape may begin, from `at` on; s.len where none does. */
static size_t next_escape(struct slice s, size_t at, uint8_t sign)
{
    for (; at + BLOCK_BYTES <= s.len; at += BLOCK_BYTES) {
        struct block b = block_load(s.ptr + at);
        struct block set = block_or(block_is(b, '\\'), block_is(b, '%'));

        set = block_or(set, block_or(block_is(b, '&'), block_is(b, 0x1b)));
        if (block_any(block_or(set, block_is(b, sign))))
            break;
    }
    for (; at < s.len; at++) {
        uint8_t c = s.ptr[at];

        if (c == '\\' || c == '%' || c == '&' || c == 0x1b || c == sign)
            break;
    }
    return at;
}

/* Nothing is allocated before the first escape is met. */
static enum status build_escapes(struct view *view, struct arena *arena, struct slice s,
                                 enum sight sight)
{
    struct builder b = { .arena = arena, .source = s };
    uint8_t sign = sign_of(sight);
    bool undone = false;

    *view = (struct view){ .text = s };
    for (size_t i = next_escape(s, 0, sign); i < s.len; i = next_escape(s, i, sign)) {
        struct undone got = undo(s, i, sight);

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

/* A line that ends in a soft break is as long as a line of mail may be, or a few bytes shorter. */
static bool is_soft_break(struct slice s, size_t at)
{
    size_t start = at;

    if (at + 1 >= s.len || (s.ptr[at + 1] != '\n' && s.ptr[at + 1] != '\r'))
        return false;
    while (start > 0 && at - start < 80 && s.ptr[start - 1] != '\n')
        start--;
    return at - start >= 70 && at - start <= 76;
}

/* "=3D" is how every quoted-printable text writes its equals signs; "=" at a line's end joins
 * lines. */
static bool looks_quoted_printable(struct slice s)
{
    for (size_t i = 0; i + 1 < s.len; i++) {
        const uint8_t *sign = memchr(s.ptr + i, '=', s.len - 1 - i);

        if (!sign)
            return false;
        i = (size_t)(sign - s.ptr);
        if (is_soft_break(s, i) || (sign[1] == '3' && i + 2 < s.len && sign[2] == 'D'))
            return true;
    }
    return false;
}

/* In a form a `+` is a space, for a real one is %2B; elsewhere it is what it is: see in_form. */
static bool looks_like_form(struct slice s)
{
    const uint8_t *end = s.ptr + s.len, *at = s.ptr;

    if (!memchr(s.ptr, '+', s.len))
        return false;
    while ((at = memchr(at, '%', (size_t)(end - at)))) {
        if (undo_percent(s, (size_t)(at - s.ptr)).used)
            return true;
        at++;
    }
    return false;
}

/* --- joined literals --- */

static enum status build_joined(struct view *view, struct arena *arena, struct slice s)
{
    struct builder b = { .arena = arena, .source = s };
    struct run joint;

    if (!runs_next_joint(s, 0, &joint))
        return STATUS_ABSENT;
    do
        builder_replace(&b, joint.start, joint.end);
    while (runs_next_joint(s, joint.end, &joint));
    return builder_finish(&b, view) ? STATUS_OK : err_nomem();
}

/* A space stands before each field's first byte and behind its last. */
static enum status build_fields(struct view *view, struct arena *arena, struct slice s)
{
    struct builder b = { .arena = arena, .source = s };
    const uint8_t *marks;

    if (!fields_mark(s, arena, &marks))
        return err_nomem();
    if (!marks)
        return STATUS_ABSENT;
    for (size_t i = 0; i <= s.len; i++) {
        if (!marks[i])
            continue;
        builder_replace(&b, i, i);
        builder_show(&b, SLICE(" "), i);
    }
    return builder_finish(&b, view) ? STATUS_OK : err_nomem();
}

enum status view_make(struct view *view, struct arena *arena, const struct view *below,
                      enum sight sight)
{
    struct slice s = below->text;
    enum status status = STATUS_ABSENT;

    assert(s.len <= UINT32_MAX);
    *view = (struct view){ 0 };
    if (sight == SIGHT_JOINED)
        status = build_joined(view, arena, s);
    else if (sight == SIGHT_FIELDS)
        status = build_fields(view, arena, s);
    else if (sight == SIGHT_ESCAPES || (sight == SIGHT_FORM && looks_like_form(s)) ||
             (sight == SIGHT_QUOTED_PRINTABLE && looks_quoted_printable(s)))
        status = build_escapes(view, arena, s, sight);
    view->below = below;
    return status;
}

bool view_is_plain(struct slice s)
{
    struct run joint;

    /* A form says that it is one by percent codes, which are escapes. */
    return next_escape(s, 0, '\\') == s.len && !looks_quoted_printable(s) &&
           !runs_next_joint(s, 0, &joint);
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
