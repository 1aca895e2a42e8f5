/* test_view.c - each escape, escapes in escapes, and the way back from every byte of a view. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <unistd.h>

#include "base/array.h"
#include "decode/view.h"
#include "made_up.h"

#define ESC "\x1b"

static void print_bytes(const char *what, struct slice s)
{
    fprintf(stderr, "%s: \"", what);
    for (size_t i = 0; i < s.len; i++)
        fprintf(stderr, s.ptr[i] < 0x20 || s.ptr[i] > 0x7e ? "\\x%02x" : "%c", s.ptr[i]);
    fprintf(stderr, "\"\n");
}

static void expect_text(struct slice source, struct slice expected, struct slice got)
{
    if (slice_eq(expected, got))
        return;
    print_bytes("source  ", source);
    print_bytes("expected", expected);
    print_bytes("got     ", got);
    fail_msg("another view than expected");
}

struct row {
    struct slice source, view;
};
#define ROW(source, view)                                  \
    {                                                      \
        { (const uint8_t *)(source), sizeof(source) - 1 }, \
        {                                                  \
            (const uint8_t *)(view), sizeof(view) - 1      \
        }                                                  \
    }

static void check_rows(enum sight sight, const struct row *rows, size_t n)
{
    struct arena arena = { 0 };

    for (size_t i = 0; i < n; i++) {
        struct view source = { .text = rows[i].source }, view;

        arena_reset(&arena);
        if (view_make(&view, &arena, &source, sight)) {
            print_bytes("source", source.text);
            fail_msg("expected a view, got none");
        }
        expect_text(rows[i].source, rows[i].view, view.text);
        assert_int_equal(view_source(&view, view.text.len), source.text.len);
    }
    arena_release(&arena);
}

static void test_view__undoes_backslashes(void **state)
{
    static const struct row rows[] = {
        ROW("a\\/b", "a/b"),
        ROW("\\\"k\\\"", "\"k\""),
        ROW("\\'k\\'", "'k'"),
        ROW("a\\nb\\rc", "a\nb\nc"),
        ROW("a\\tb\\fc\\0d", "a b c d"),
        ROW("a\\\nb", "ab"),
        ROW("a\\\r\nb", "ab"),
        ROW("a\\\rb", "a\\\rb"),
        ROW("\\x2b\\x2B\\x2f", "++/"),
        ROW("\\xe9", "\x80"),
        ROW("\\x2", "\\x2"),
        ROW("\\xg1", "\\xg1"),
        ROW("\\053\\057", "+/"),
        ROW("\\08", " 8"),
        ROW("\\u002b\\u002F", "+/"),
        ROW("\\u20ac", "\x80"),
        ROW("\\u02b", "\\u02b"),
        ROW("\\u{2b}\\u{2F}", "+/"),
        ROW("\\u{2b", "\\u{2b"),
        ROW("\\u{b}", "\\u{b}"),
        /* a string inside a string */
        ROW("\\\\/", "/"),
        ROW("\\\\\\\"", "\""),
        ROW("\\\\n", "\n"),
        ROW("\\\\u002b", "+"),
        ROW("\\\\\\\\/", "/"),
        /* what is none */
        ROW("\\q", "\\q"),
        ROW("\\\\q\\", "\\\\q\\"),
        ROW("\\", "\\"),
        ROW("\\\\\\", "\\\\\\"),
    };

    (void)state;
    check_rows(SIGHT_ESCAPES, rows, COUNT_OF(rows));
}

static void test_view__undoes_percent_codes(void **state)
{
    static const struct row rows[] = {
        ROW("a%2Bb%2fc%3D", "a+b/c="),
        ROW("%252B%25252f", "+/"),
        ROW("%25", "%"),
        ROW("%2525", "%"),
        ROW("%25%32%42", "%2B"),
        ROW("%E2%82%AC", "\x80\x80\x80"),
        ROW("100%", "100%"),
        ROW("%2", "%2"),
        ROW("%G1%1G", "%G1%1G"),
        ROW("%%2B", "%+"),
        ROW("%25zz2B", "%zz2B"),
    };

    (void)state;
    check_rows(SIGHT_ESCAPES, rows, COUNT_OF(rows));
}

static void test_view__undoes_references(void **state)
{
    static const struct row rows[] = {
        ROW("a&#43;b", "a+b"),      ROW("&#x2B;&#X2f;", "+/"),
        ROW("&#0043;", "+"),        ROW("&lt;&gt;&amp;", "<>&"),
        ROW("&quot;&apos;", "\"'"), ROW("a&nbsp;b", "a b"),
        ROW("&#8364;", "\x80"),     ROW("&#x20ac;", "\x80"),
        ROW("&#;", "&#;"),          ROW("&#x;", "&#x;"),
        ROW("&#43", "&#43"),        ROW("&#4a;", "&#4a;"),
        ROW("&copy;", "&copy;"),    ROW("&", "&"),
        ROW("a&&#43;", "a&+"),      ROW("&#00000043;", "&#00000043;"),
    };

    (void)state;
    check_rows(SIGHT_ESCAPES, rows, COUNT_OF(rows));
}

static void test_view__undoes_terminal_codes(void **state)
{
    static const struct row rows[] = {
        ROW(ESC "[32mkey" ESC "[0m", " key "),
        ROW("a" ESC "[38;5;12;1mb", "a b"),
        ROW("a" ESC "[Kb" ESC "[?25lc", "a b c"),
        ROW("a" ESC "b", "a" ESC "b"),
        ROW(ESC "[", ESC "["),
        ROW(ESC "[12", ESC "[12"),
        ROW(ESC, ESC),
        ROW(ESC "[1\n", ESC "[1\n"),
        ROW(ESC "[0000000000000000000000000000000000000000m",
            ESC "[0000000000000000000000000000000000000000m"),
    };

    (void)state;
    check_rows(SIGHT_ESCAPES, rows, COUNT_OF(rows));
}

static void test_view__leaves_other_text_where_it_is(void **state)
{
    static const char *const texts[] = { "", "a", "key = value", "a=2Bb", "a=\nb", "a \"b\" c" };
    struct arena arena = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct view source = { .text = slice_of(texts[i]) }, view;

        assert_int_equal(view_make(&view, &arena, &source, SIGHT_ESCAPES), STATUS_OK);
        expect_text(source.text, source.text, view.text);
        assert_ptr_equal(view.text.ptr, source.text.ptr);
        for (size_t at = 0; at <= view.text.len; at++)
            assert_int_equal(view_source(&view, at), at);
    }
    arena_release(&arena);
}

/* A soft line break stands where the line would grow too long. */
#define LINE "a line of mail that goes on and on until it has its seventy-two characters"

static void test_view__undoes_quoted_printable(void **state)
{
    static const struct row rows[] = {
        ROW("key=3Dvalue", "key=value"),
        ROW("key=3Dva=\nlue", "key=value"),
        ROW("key=3Dva=\r\nlue=", "key=value="),
        ROW("key=3D=2B=2F", "key=+/"),
        ROW("key=3D=C3=A9", "key=\x80\x80"),
        ROW("key=3D=zz", "key==zz"),
        ROW("key=3D\\/", "key=/"),
        ROW(LINE "=\ny", LINE "y"),
        ROW(LINE "=\r\ny", LINE "y"),
    };

    (void)state;
    check_rows(SIGHT_QUOTED_PRINTABLE, rows, COUNT_OF(rows));
}

static void test_view__undoes_forms(void **state)
{
    static const struct row rows[] = {
        ROW("a=b+c&d=e%2Bf", "a=b c&d=e+f"), ROW("+%2B+", " + "), ROW("a+b%252B", "a b+"),
        ROW("k=a%2Bb+c d=e+f \"g+h\"", "k=a+b c d=e+f \"g+h\""), /* by the word */
    };

    (void)state;
    check_rows(SIGHT_FORM, rows, COUNT_OF(rows));
}

static void test_view__joins_literals(void **state)
{
    static const struct row rows[] = {
        ROW("k = \"ab\" + \"cd\";", "k = \"abcd\";"),
        ROW("k = 'ab' . 'cd'", "k = 'abcd'"),
        ROW("k = \"ab\"\n    \"cd\"", "k = \"abcd\""),
        ROW("k = \"ab\" +\r\n    \"cd\" +\r\n \"ef\"", "k = \"abcdef\""),
        ROW("k = \"ab\" & _\r\n \"cd\"", "k = \"abcd\""),
        ROW("k = 'ab' \\\n 'cd'", "k = 'abcd'"),
        ROW("k = \"ab\", l = \"c\" + \"d\"", "k = \"ab\", l = \"cd\""),
        ROW("k=\"ab\"'cd'\"ef\"", "k=\"abcdef\""),
        ROW("k = 'ab' || 'cd' || 'ef'", "k = 'abcdef'"),
        ROW("k = b'ab' b'cd'", "k = b'abcd'"),
        ROW("k.append(\"ab\").append(\"cd\");", "k.append(\"abcd\");"),
    };

    (void)state;
    check_rows(SIGHT_JOINED, rows, COUNT_OF(rows));
}

static void test_view__knows_what_is_plain(void **state)
{
    static const struct {
        const char *text;
        bool plain;
    } rows[] = {
        { "", true },
        { "{\"key\":\"abc\",\"n\":[1,2]}", true },
        { "a+b == c", true },
        { "a\\/b", false },
        { "%2B", false },
        { "50% off", false }, /* may be */
        { "&amp;", false },
        { "\033[1m", false },
        { "key=3Dvalue", false },
        { "\"abc\" + \"def\"", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (view_is_plain(slice_of(rows[i].text)) != rows[i].plain)
            fail_msg("\"%s\": expected %d", rows[i].text, rows[i].plain);
}

static void test_view__is_absent_where_there_is_nothing_to_undo(void **state)
{
    static const struct {
        enum sight sight;
        const char *text;
    } rows[] = {
        { SIGHT_QUOTED_PRINTABLE, "" },
        { SIGHT_QUOTED_PRINTABLE, "key = value" },
        { SIGHT_QUOTED_PRINTABLE, "key=2Bvalue" },
        { SIGHT_QUOTED_PRINTABLE, "key=\nvalue" },
        { SIGHT_FORM, "" },
        { SIGHT_FORM, "a+b" },
        { SIGHT_FORM, "a%2Bb" },
        { SIGHT_FORM, "1 + 2 is 300%" },
        { SIGHT_JOINED, "" },
        { SIGHT_JOINED, "a" },
        { SIGHT_JOINED, "\"" },
        { SIGHT_JOINED, "\"a\"" },
        { SIGHT_JOINED, "\"a\", \"b\"" },
        { SIGHT_JOINED, "\"a\": \"b\"" },
        { SIGHT_JOINED, "'a' 1 'b'" },
        { SIGHT_JOINED, "k = ''" },
    };
    struct arena arena = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct view source = { .text = slice_of(rows[i].text) }, view;
        enum status got = view_make(&view, &arena, &source, rows[i].sight);

        if (got != STATUS_ABSENT)
            fail_msg("%s: expected nothing to be undone, got status %d", rows[i].text, got);
    }
    arena_release(&arena);
}

/* A view of a view leads back to the source below both. */
static void test_view__of_a_view_leads_to_the_source(void **state)
{
    static const char text[] = "x\\/k = \\\"a%2Bb\\\" +\\n  \\\"c\\x2fd\\\" ;%3D";
    static const char shown[] = "x/k = \"a+bc/d\" ;=";
    struct view source = { .text = slice_of(text) }, plain, joined;
    struct arena arena = { 0 };

    (void)state;
    assert_int_equal(view_make(&plain, &arena, &source, SIGHT_ESCAPES), STATUS_OK);
    assert_int_equal(view_make(&joined, &arena, &plain, SIGHT_JOINED), STATUS_OK);
    expect_text(source.text, slice_of(shown), joined.text);
    for (const char *c = "xkabcd;"; *c; c++) {
        size_t at = (size_t)(strchr(shown, *c) - shown);
        size_t expected = (size_t)(strchr(text, *c) - text);

        if (view_source(&joined, at) != expected)
            fail_msg("%c: expected byte %zu of the source, got %zu", *c, expected,
                     view_source(&joined, at));
    }
    assert_int_equal(view_source(&joined, joined.text.len), source.text.len);
    arena_release(&arena);
}

/* A stretch of source and what a view shows of it; none of them runs into its neighbour. */
struct unit {
    const char *source, *shown;
};

static const struct unit units[] = {
    { "\\/", "/" },     { "\\\\\"", "\"" },  { "\\n", "\n" },      { "\\x2b", "+" },
    { "\\u002F", "/" }, { "\\u{2b}", "+" },  { "\\\n", "" },       { "\\\r\n", "" },
    { "%2B", "+" },     { "%252f", "/" },    { "&#43;", "+" },     { "&#x2f;", "/" },
    { "&amp;", "&" },   { ESC "[32m", " " }, { ESC "[0;1m", " " }, { "\\q", "\\q" },
    { "&z;", "&z;" },   { "%zz", "%zz" },    { ESC "z", ESC "z" }, { "=", "=" },
    { "%3D", "=" },     { "\\\\\\t", " " },  { "%E9", "\x80" },    { "&nbsp;", " " },
};

struct story {
    uint8_t source[4096], view[4096];
    size_t source_len, view_len;
    size_t origin[4096]; /* where each byte of the view comes from */
};

static void tell(struct story *story, uint64_t *seed)
{
    size_t n = made_up_next(seed) % 120;
    unsigned plain = made_up_next(seed) % 8; /* of 8 units so many are plain letters */

    story->source_len = story->view_len = 0;
    for (size_t i = 0; i < n; i++) {
        size_t start = story->source_len;

        if (made_up_next(seed) % 8 < plain) {
            /* Letters that no escape is made of, and any byte outside ASCII. */
            uint8_t c = (uint8_t)(made_up_next(seed) % 4 ? 'g' + made_up_next(seed) % 6
                                                         : 0x80 + made_up_next(seed) % 0x80);

            story->source[story->source_len++] = c;
            story->origin[story->view_len] = start;
            story->view[story->view_len++] = c;
        } else {
            const struct unit *u = &units[made_up_next(seed) % COUNT_OF(units)];
            size_t len = strlen(u->source), shown = strlen(u->shown);
            bool same = strcmp(u->source, u->shown) == 0;

            memcpy(story->source + start, u->source, len);
            story->source_len += len;
            for (size_t k = 0; k < shown; k++) {
                story->origin[story->view_len] = start + (same ? k : 0);
                story->view[story->view_len++] = (uint8_t)u->shown[k];
            }
        }
    }
    story->origin[story->view_len] = story->source_len;
}

static void test_view__maps_every_byte_back(void **state)
{
    struct story *story = malloc(sizeof(*story));
    struct arena arena = { 0 };
    uint64_t seed = 11;

    (void)state;
    assert_non_null(story);
    for (int round = 0; round < 3000; round++) {
        struct view source, view;

        tell(story, &seed);
        source = (struct view){ .text = { story->source, story->source_len } };
        arena_reset(&arena);
        assert_int_equal(view_make(&view, &arena, &source, SIGHT_ESCAPES), STATUS_OK);
        expect_text(source.text, (struct slice){ story->view, story->view_len }, view.text);
        for (size_t at = 0; at <= story->view_len; at++) {
            size_t got = view_source(&view, at);

            if (got != story->origin[at]) {
                print_bytes("source", source.text);
                fail_msg("round %d: byte %zu: expected source %zu, got %zu", round, at,
                         story->origin[at], got);
            }
        }
    }
    free(story);
    arena_release(&arena);
}

static bool begins_escape(uint8_t c)
{
    return c && strchr("\\%&\x1b=+\"'`", c);
}

/*
 * Any bytes at all: offsets ascend, and a byte that differs from its source, or is not followed by
 * what follows there, began an escape (or a joint of literals) or has one behind it.
 */
static void check_offsets(struct slice source, const struct view *view)
{
    for (size_t at = 0; at < view->text.len; at++) {
        size_t from = view_source(view, at), next = view_source(view, at + 1);
        bool undone;

        if (from >= source.len || next <= from || next > source.len) {
            print_bytes("source", source);
            fail_msg("byte %zu of %zu: source %zu, the next %zu of %zu", at, view->text.len, from,
                     next, source.len);
        }
        undone = view->text.ptr[at] != source.ptr[from] || next > from + 1;
        if (undone && !begins_escape(source.ptr[from]) && !begins_escape(source.ptr[from + 1])) {
            print_bytes("source", source);
            fail_msg("byte %zu: expected source byte %zu as it is (%02x), got %02x", at, from,
                     source.ptr[from], view->text.ptr[at]);
        }
    }
}

static void test_view__takes_any_bytes(void **state)
{
    static const char alphabet[] = "\\\\\\%%&&#;x;u{}0123 \r\nabnrt\"\"+/=D[;m" ESC "25";
    struct arena arena = { 0 };
    uint64_t seed = 12;

    (void)state;
    for (int round = 0; round < 5000; round++) {
        size_t len = made_up_next(&seed) % 200;
        uint8_t *bytes = malloc(len + 1);
        struct view source, view;

        assert_non_null(bytes);
        for (size_t i = 0; i < len; i++)
            bytes[i] = (uint8_t)(made_up_next(&seed) % 16
                                     ? alphabet[made_up_next(&seed) % (sizeof(alphabet) - 1)]
                                     : (char)made_up_next(&seed));
        bytes = realloc(bytes, len ? len : 1); /* exact, so that a read past the end is seen */
        assert_non_null(bytes);
        arena_reset(&arena);
        source = (struct view){ .text = { bytes, len } };
        for (int sight = SIGHT_ESCAPES; sight <= SIGHT_JOINED; sight++) {
            enum status status = view_make(&view, &arena, &source, (enum sight)sight);

            assert_true(status == STATUS_OK || (status == STATUS_ABSENT && sight));
            if (!status)
                check_offsets(source.text, &view);
        }
        free(bytes);
    }
    arena_release(&arena);
}

#define AN_ID "AKIABCDEFGHIJKLMNOPQ" /* so regular that it is nobody's */
#define A_SECRET "abcdefghijABCDEFGHIJ0123456789klmnopKLMN"

/* Spaces stand where a count, a header or the neighbour ends a field. */
static void test_view__tells_fields_apart(void **state)
{
    static const struct row rows[] = {
        ROW("t\0\x14" AN_ID "t\0(" A_SECRET "sq", "t\0\x14 " AN_ID " t\0( " A_SECRET " sq"),
        ROW("X\x14\0\0\0" AN_ID "qX(\0\0\0" A_SECRET "q",
            "X\x14\0\0\0 " AN_ID " qX(\0\0\0 " A_SECRET " q"),
        ROW("\x02(" AN_ID "P" A_SECRET "\x02", "\x02( " AN_ID " P " A_SECRET " \x02"),
        ROW("\x0b+" AN_ID "S" A_SECRET "\x02", "\x0b+ " AN_ID " S " A_SECRET " \x02"),
        ROW("\0prod" AN_ID A_SECRET "us-", "\0prod " AN_ID " " A_SECRET " us-"),
        /* a cell of SQLite: payload, row, header of 4 types, name, secret, id, a number */
        ROW("\x46\x01\x05\x15]5\x01prod" A_SECRET AN_ID "\x07",
            "\x46\x01\x05\x15]5\x01 prod " A_SECRET " " AN_ID " \x07"),
        /* and of an index, which has no row */
        ROW("\x18\x03\x35\x01" AN_ID "7", "\x18\x03\x35\x01 " AN_ID " 7"),
    };

    (void)state;
    check_rows(SIGHT_FIELDS, rows, COUNT_OF(rows));
}

/* Nothing is told apart in a text, nor in what is too long to be a field. */
static void test_view__leaves_what_is_no_field(void **state)
{
    static const struct row rows[] = {
        ROW("prod" AN_ID A_SECRET "us", ""),
        ROW("\0" AN_ID "A", ""),
        ROW("\0+" AN_ID "S", ""), /* it may be counted, but nothing else is */
        ROW("\0t" AN_ID "x", ""),
        ROW("\0" AN_ID AN_ID AN_ID "\0", ""),
        ROW("\0" AN_ID A_SECRET "ABCDEFGHIJKLMNOP", ""),
        ROW("\0ABCDEFGHIJKLMNOP" AN_ID A_SECRET, ""),
        ROW("\x46\x01\x05\x15]5\x02prod" A_SECRET AN_ID "\x07", ""), /* a byte short */
    };
    struct arena arena = { 0 };
    struct view source, view;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        source = (struct view){ .text = rows[i].source };
        assert_int_equal(view_make(&view, &arena, &source, SIGHT_FIELDS), STATUS_ABSENT);
    }
    arena_release(&arena);
}

/*
 * Hostile text must not cost more than a small multiple of its length. No clock is read: so long a
 * text is a matter of seconds where the cost is linear, and of hours where it is a square.
 */
static void test_view__is_linear(void **state)
{
    static const char *const units_of[] = { "\\",
                                            "%25",
                                            "%",
                                            "&#",
                                            "&",
                                            ESC "[",
                                            "=3D",
                                            "\"",
                                            "\" ",
                                            "\"+",
                                            "\x18\x03\x35\x01" AN_ID,
                                            "\x14" AN_ID "(" };
    enum { BYTES = 4 * 1024 * 1024, HANG_S = 600 };
    struct arena arena = { 0 };
    uint8_t *bytes = malloc(BYTES);

    (void)state;
    assert_non_null(bytes);
    for (size_t i = 0; i < COUNT_OF(units_of); i++) {
        struct view source = { .text = { bytes, BYTES } }, view;
        size_t len = strlen(units_of[i]);

        for (size_t at = 0; at < BYTES; at++)
            bytes[at] = (uint8_t)units_of[i][at % len];
        bytes[0] = '%';
        bytes[BYTES - 1] = 'q';
        print_message("%d bytes of \"%s\"\n", BYTES, units_of[i]);
        alarm(HANG_S);
        for (int sight = SIGHT_ESCAPES; sight <= SIGHT_FIELDS; sight++) {
            arena_reset(&arena);
            assert_true(view_make(&view, &arena, &source, (enum sight)sight) >= 0);
        }
        alarm(0);
    }
    free(bytes);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_view__undoes_backslashes),
        cmocka_unit_test(test_view__undoes_percent_codes),
        cmocka_unit_test(test_view__undoes_references),
        cmocka_unit_test(test_view__undoes_terminal_codes),
        cmocka_unit_test(test_view__leaves_other_text_where_it_is),
        cmocka_unit_test(test_view__undoes_quoted_printable),
        cmocka_unit_test(test_view__undoes_forms),
        cmocka_unit_test(test_view__joins_literals),
        cmocka_unit_test(test_view__tells_fields_apart),
        cmocka_unit_test(test_view__leaves_what_is_no_field),
        cmocka_unit_test(test_view__knows_what_is_plain),
        cmocka_unit_test(test_view__is_absent_where_there_is_nothing_to_undo),
        cmocka_unit_test(test_view__of_a_view_leads_to_the_source),
        cmocka_unit_test(test_view__maps_every_byte_back),
        cmocka_unit_test(test_view__takes_any_bytes),
        cmocka_unit_test(test_view__is_linear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
