/* test_context.c - lines and columns against a naive counter; objects, sections, paragraphs, marks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/array.h"
#include "detect/context.h"
#include "made_up.h"

/* --- lines --- */

/* Does a line end at `at`? Said in another way than the code says it. */
static bool naive_end(struct slice text, size_t at)
{
    if (text.ptr[at] == '\n')
        return true;
    return text.ptr[at] == '\r' && !(at + 1 < text.len && text.ptr[at + 1] == '\n');
}

static uint64_t naive_lines(struct slice text, size_t from, size_t to, uint64_t *tail)
{
    uint64_t lines = 0;

    *tail = 0;
    for (size_t i = from; i < to; i++) {
        ++*tail;
        if (naive_end(text, i)) {
            lines++;
            *tail = 0;
        }
    }
    return lines;
}

/* Bytes of an alphabet of line ends and others, in a block of their exact size. */
static struct slice random_text(uint64_t *seed, const char *alphabet, size_t len)
{
    uint8_t *bytes = malloc(len ? len : 1);

    assert_non_null(bytes);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)alphabet[made_up_next(seed) % strlen(alphabet)];
    return (struct slice){ bytes, len };
}

static const char *const alphabets[] = {
    "\n", "\r", "\r\n", "a\n", "ab\r", "ab\r\n", "abcd\r\n", "abcdefghijklmnopqrstuvwxyz\n"
};

static void test_context__count_lines_is_right(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (int round = 0; round < 4000; round++) {
        size_t len = made_up_next(&seed) % (round % 8 ? 600 : 3000);
        struct slice text =
            random_text(&seed, alphabets[made_up_next(&seed) % COUNT_OF(alphabets)], len);
        size_t from = made_up_next(&seed) % (len + 1);
        size_t to = from + made_up_next(&seed) % (len - from + 1);
        uint64_t tail, naive_tail;
        uint64_t got = context_count_lines(text, from, to, &tail);
        uint64_t expected = naive_lines(text, from, to, &naive_tail);

        if (got != expected || tail != naive_tail)
            fail_msg("round %d, [%zu, %zu) of %zu: expected %lu lines and %lu, got %lu and %lu",
                     round, from, to, len, (unsigned long)expected, (unsigned long)naive_tail,
                     (unsigned long)got, (unsigned long)tail);
        free((void *)(uintptr_t)text.ptr);
    }
}

/* Cut anywhere, the lines of the pieces add up. */
static void test_context__count_lines_adds_up(void **state)
{
    uint64_t seed = 2;

    (void)state;
    for (int round = 0; round < 300; round++) {
        struct slice text = random_text(&seed, "ab\r\n", 100);
        uint64_t tail, rest, whole = context_count_lines(text, 0, text.len, &tail);

        for (size_t cut = 0; cut <= text.len; cut++) {
            uint64_t left = context_count_lines(text, 0, cut, &rest);
            uint64_t right = context_count_lines(text, cut, text.len, &rest);

            if (left + right != whole)
                fail_msg("cut at %zu: expected %lu, got %lu + %lu", cut, (unsigned long)whole,
                         (unsigned long)left, (unsigned long)right);
        }
        free((void *)(uintptr_t)text.ptr);
    }
}

static void test_context__lines_and_columns_are_right(void **state)
{
    enum { PARTS = 20 };
    uint64_t seed = 3;

    (void)state;
    for (int round = 0; round < 500; round++) {
        size_t len = 100 + made_up_next(&seed) % (round % 5 ? 500 : 60000);
        struct slice text =
            random_text(&seed, alphabets[made_up_next(&seed) % COUNT_OF(alphabets)], len);
        size_t from = made_up_next(&seed) % 50, at = from;
        struct part parts[PARTS] = { { 0 } };

        for (size_t i = 0; i < PARTS; i++) {
            at += made_up_next(&seed) % (len / PARTS - 2);
            parts[i].offset = at;
            parts[i].end = at + 1;
        }
        context_lines(text, from, parts, PARTS);
        for (size_t i = 0; i < PARTS; i++) {
            uint64_t tail, line;

            line = 1 + naive_lines(text, from, (size_t)parts[i].offset, &tail);
            if (parts[i].line != line || parts[i].column != tail + 1)
                fail_msg("round %d, offset %lu: expected %lu:%lu, got %lu:%lu", round,
                         (unsigned long)parts[i].offset, (unsigned long)line,
                         (unsigned long)tail + 1, (unsigned long)parts[i].line,
                         (unsigned long)parts[i].column);
        }
        free((void *)(uintptr_t)text.ptr);
    }
}

/* --- structure --- */

/* A text in which parts stand as capital letters, A first. */
struct row {
    const char *text;
    const char *expected; /* one sign for each part */
};

/* The text begins so far into the document. */
enum { PARTS_MAX = 8, ORIGIN = 500 };

typedef uint64_t member_fn(const struct part *part);

static uint64_t object_of(const struct part *part)
{
    return part->object;
}

static uint64_t outer_of(const struct part *part)
{
    return part->outer;
}

static uint64_t section_of(const struct part *part)
{
    return part->section;
}

static uint64_t block_of(const struct part *part)
{
    return part->block;
}

static uint64_t paragraph_of(const struct part *part)
{
    return part->paragraph;
}

/*
 * A digit in the text names the byte behind it and is taken out; it is what a part is expected to
 * see. '-': nothing.
 */
static void check_structure(const struct row *row, member_fn *member)
{
    char text[512];
    size_t len = 0, n = 0, named[10] = { 0 };
    struct part parts[PARTS_MAX] = { { 0 } };

    for (const char *c = row->text; *c; c++) {
        if (*c >= '0' && *c <= '9') {
            named[*c - '0'] = len + 1;
            continue;
        }
        if (*c >= 'A' && *c <= 'H') {
            parts[n].offset = len;
            parts[n++].end = len + 1;
        }
        text[len++] = *c;
    }
    assert_int_equal(n, strlen(row->expected));
    context_structure((struct slice){ (uint8_t *)text, len }, ORIGIN, parts, n);
    for (size_t i = 0; i < n; i++) {
        char c = row->expected[i];
        uint64_t expected = c == '-' ? 0 : ORIGIN + named[c - '0'];

        if (member(&parts[i]) != expected)
            fail_msg("%s: part %c: expected %lu, got %lu", row->text, (char)('A' + i),
                     (unsigned long)expected, (unsigned long)member(&parts[i]));
    }
}

static void test_context__structure_knows_objects(void **state)
{
    static const struct row objects[] = {
        { "A", "-" },
        { "1{A,B}", "11" },
        { "1{k=A},2{k=B}", "12" },
        { "1{A,2{k=B},C}D", "121-" },
        { "{}A", "-" },
        { "}}1{A", "1" },
        { "[1{k=A},2{k=B},3{k=C}]", "123" },
        { "1{x {A} y {\"B\"} z {{C}}}", "111" }, /* braces for quotes */
        { "1{\"k\": A,\r\n  \"s\": B\r\n}", "11" },
    };
    static const struct row outers[] = {
        { "1{A}", "-" },
        { "1{A,2{k=B},C}", "-1-" },
        { "1{2{k=A},3{k=B}}", "11" },
        { "1{2{3{k=A}}}", "2" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(objects); i++)
        check_structure(&objects[i], object_of);
    for (size_t i = 0; i < COUNT_OF(outers); i++)
        check_structure(&outers[i], outer_of);
}

static void test_context__structure_survives_any_depth(void **state)
{
    enum { DEEP = 1000 };
    uint8_t text[2 * DEEP + 3];
    struct part parts[3] = { { 0 } };

    (void)state;
    text[0] = '{';
    memset(text + 1, '{', DEEP);
    text[DEEP + 1] = 'A';
    memset(text + DEEP + 2, '}', DEEP);
    text[2 * DEEP + 2] = 'B';
    parts[0].offset = 1;
    parts[1].offset = DEEP + 1;
    parts[2].offset = 2 * DEEP + 2;
    for (size_t i = 0; i < 3; i++)
        parts[i].end = parts[i].offset + 1;
    context_structure((struct slice){ text, sizeof(text) }, 0, parts, 3);
    assert_int_equal(parts[0].object, 1);
    assert_int_equal(parts[1].object, 0); /* too deep to be remembered */
    assert_int_equal(parts[2].object, 1); /* and back again */
}

static void test_context__structure_knows_sections(void **state)
{
    static const struct row rows[] = {
        { "A\n1[one]\nB\n2[two]\nC", "-12" },
        { "1  [profile one] \nA", "1" },
        { "1[one]\r\nA\r\n2[two]\r\nB", "12" },
        { "1[one]\rA\r2[two]\rB", "12" },
        { "[\"a\"]\nA", "-" },
        { "[a, b]\nA", "-" },
        { "[]\nA", "-" },
        { "x = [one]\nA", "-" },
        { "[one] x\nA", "-" },
        { "[A", "-" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_structure(&rows[i], section_of);
}

static void test_context__structure_knows_blocks(void **state)
{
    static const struct row rows[] = {
        { "A\nB\n", "--" },
        { "1x:\n  A\n  y: z\n  B\n2x:\n\tC\n", "112" },
        { "3x:\n1  - A\n    B\n2  - C\n    D\n", "3132" },
        { "1x:\r\n  A\r\n\r\n  B\r\nC", "11-" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_structure(&rows[i], block_of);
}

static void test_context__structure_knows_paragraphs(void **state)
{
    /* A paragraph is named by where the line behind the blank one begins. */
    static const struct row rows[] = {
        { "A\nB\n\n1C\nD\n\n\n2E", "--112" },
        { "A\n \t\n1B", "-1" },
        { "A\r\n\r\n1B", "-1" },
        { "A\r\r1B", "-1" },
        { "1[one]\nA\n2[two]\nB\n\n3C", "123" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_structure(&rows[i], paragraph_of);
}

static uint64_t row_of(const struct part *part)
{
    return part->row;
}

static void test_context__structure_knows_rows(void **state)
{
    static const struct row rows[] = {
        { "1A B\n2C\n3", "112" },
        { "\n\n1A\r\n2B", "12" },
        { "1A\r2B", "12" },
        { "1[one]\n2A\n[two] x\n", "2" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_structure(&rows[i], row_of);
}

/* What stands too far before the first part is not seen; what stands near is. */
static void test_context__structure_looks_back_so_far(void **state)
{
    static const struct {
        size_t gap;
        bool seen;
    } rows[] = { { 10, true }, { 4000, true }, { 5000, false }, { 50000, false } };
    enum { SIZE = 60000 };
    uint8_t *text = malloc(SIZE);

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct part part = { .offset = rows[i].gap, .end = rows[i].gap + 1 };

        memset(text, 'x', SIZE);
        memcpy(text, "{\n[s]\n", 6);
        context_structure((struct slice){ text, SIZE }, 0, &part, 1);
        if ((part.object == 1) != rows[i].seen || (part.section == 3) != rows[i].seen)
            fail_msg("%zu bytes behind: expected %s, got object %lu, section %lu", rows[i].gap,
                     rows[i].seen ? "1 and 3" : "nothing", (unsigned long)part.object,
                     (unsigned long)part.section);
    }
    free(text);
}

/* --- marks --- */

/*
 * In `text` each of these signs is a mark that ends behind it: ! its line, > the next line, ~ the
 * lines round it, ( begins and ) ends a stretch. `expected`: for each part + (allowed) or -.
 */
static void check_marks(const struct row *row)
{
    static const char signs[] = "!>~()";
    struct slice text = slice_of(row->text);
    struct part parts[PARTS_MAX] = { { 0 } };
    struct mark marks[16];
    size_t n = 0, count = 0;

    for (size_t i = 0; i < text.len; i++) {
        const char *sign = strchr(signs, text.ptr[i]);

        if (sign)
            marks[count++] = (struct mark){ i + 1, (enum covers)(COVERS_LINE + (sign - signs)) };
        if (text.ptr[i] >= 'A' && text.ptr[i] <= 'H')
            parts[n++] = (struct part){ .offset = i, .end = i + 1 };
    }
    assert_int_equal(n, strlen(row->expected));
    context_apply_marks(text, 0, text.len, marks, count, parts, n);
    for (size_t i = 0; i < n; i++)
        if (parts[i].allowed != (row->expected[i] == '+'))
            fail_msg("%s: part %c: expected %c, got %c", row->text, (char)('A' + i),
                     row->expected[i], parts[i].allowed ? '+' : '-');
}

static void test_context__marks_speak_for_their_lines(void **state)
{
    static const struct row rows[] = {
        { "A\nB\nC", "---" },          { "A\nB !\nC", "-+-" },       { "A\n! B\nC", "-+-" },
        { "A\r\nB !\r\nC", "-+-" },    { "A\rB !\rC", "-+-" },       { "A B ! C\nD", "+++-" },
        { "A\n>\nB\nC", "-+-" },       { "> A\nB\nC", "-+-" },       { ">\r\nA\r\nB", "+-" },
        { "A\nB\n~\nC\nD", "-++-" },   { "A\nB ~\nC\n\nD", "+++-" }, { "A\n(\nB\nC\n)\nD", "-++-" },
        { "(\nA\n)\nB\n(\nC", "+-+" }, { "A )\nB", "--" },           { "!\n!\nA\n!", "-" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_marks(&rows[i]);
}

/* Marks of blocks count in the piece that they end in, and are handed on. */
static void test_context__blocks_go_over_seams(void **state)
{
    static const struct {
        struct mark marks[2];
        size_t count;
        bool allowed, inherits;
        enum block last;
    } rows[] = {
        { { { 0, COVERS_LINE } }, 0, false, true, BLOCK_AS_BEFORE },
        { { { 10, COVERS_BEGIN } }, 1, false, true, BLOCK_AS_BEFORE }, /* the piece before has it */
        { { { 11, COVERS_BEGIN } }, 1, true, false, BLOCK_OPENED },
        { { { 20, COVERS_END } }, 1, false, false, BLOCK_CLOSED },
        { { { 60, COVERS_BEGIN } }, 1, false, true, BLOCK_OPENED },
        { { { 61, COVERS_BEGIN } }, 1, false, true, BLOCK_AS_BEFORE }, /* the next piece's */
        { { { 20, COVERS_BEGIN }, { 50, COVERS_END } }, 2, true, false, BLOCK_CLOSED },
        { { { 20, COVERS_END }, { 50, COVERS_BEGIN } }, 2, false, false, BLOCK_OPENED },
    };
    uint8_t text[100];

    (void)state;
    memset(text, '.', sizeof(text));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct part part = { .offset = 40, .end = 41 };
        enum block last = context_apply_marks((struct slice){ text, sizeof(text) }, 10, 60,
                                              rows[i].marks, rows[i].count, &part, 1);

        if (part.allowed != rows[i].allowed || part.inherits != rows[i].inherits ||
            last != rows[i].last)
            fail_msg("row %zu: expected %d %d %d, got %d %d %d", i, rows[i].allowed,
                     rows[i].inherits, rows[i].last, part.allowed, part.inherits, last);
    }
}

static void test_context__marks_reach_so_far(void **state)
{
    enum { FAR = 1024 };
    static const size_t gaps[] = { 10, FAR - 1, FAR, FAR + 1, 3 * FAR };
    uint8_t text[4 * FAR];

    (void)state;
    memset(text, '.', sizeof(text));
    for (size_t i = 0; i < COUNT_OF(gaps); i++) {
        struct mark mark = { 5, COVERS_LINE }, begin = { 5, COVERS_BEGIN };
        struct part part = { .offset = 5 + gaps[i], .end = 6 + gaps[i] };
        struct slice s = { text, sizeof(text) };
        bool expected = gaps[i] <= FAR;

        context_apply_marks(s, 0, s.len, &mark, 1, &part, 1);
        if (part.allowed != expected)
            fail_msg("mark %zu bytes before: expected %d, got %d", gaps[i], expected, !expected);
        context_apply_marks(s, 0, s.len, &begin, 1, &part, 1);
        assert_true(part.allowed); /* a stretch has no such end */
        part = (struct part){ .offset = 2, .end = 3 };
        mark.end = 3 + gaps[i];
        context_apply_marks(s, 0, s.len, &mark, 1, &part, 1);
        if (part.allowed != expected)
            fail_msg("mark %zu bytes behind: expected %d, got %d", gaps[i], expected, !expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_context__count_lines_is_right),
        cmocka_unit_test(test_context__count_lines_adds_up),
        cmocka_unit_test(test_context__lines_and_columns_are_right),
        cmocka_unit_test(test_context__structure_knows_objects),
        cmocka_unit_test(test_context__structure_survives_any_depth),
        cmocka_unit_test(test_context__structure_knows_sections),
        cmocka_unit_test(test_context__structure_knows_blocks),
        cmocka_unit_test(test_context__structure_knows_paragraphs),
        cmocka_unit_test(test_context__structure_knows_rows),
        cmocka_unit_test(test_context__structure_looks_back_so_far),
        cmocka_unit_test(test_context__marks_speak_for_their_lines),
        cmocka_unit_test(test_context__blocks_go_over_seams),
        cmocka_unit_test(test_context__marks_reach_so_far),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
