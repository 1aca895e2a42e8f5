/* test_line_hash.c - GitHub's hash of lines, and the UTF-16 units that it and columns count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "report/line_hash.h"
#include "report/source.h"

enum { LINES_MAX = 8 };

struct told {
    uint64_t hashes[LINES_MAX];
    size_t count;
};

static void on_line(void *ctx, uint64_t line, uint64_t hash)
{
    struct told *told = ctx;

    assert_int_equal(line, told->count + 1);
    assert_in_range(told->count, 0, LINES_MAX - 1);
    told->hashes[told->count++] = hash;
}

/* The lines' hashes, the text fed in pieces of `step` bytes. */
static struct told hash_lines(struct slice text, size_t step)
{
    struct told told = { 0 };
    struct line_hash hash;

    line_hash_init(&hash, on_line, &told);
    for (size_t at = 0; at < text.len; at += step)
        line_hash_take(&hash, slice_sub(text, at, at + step < text.len ? at + step : text.len));
    line_hash_end(&hash);
    return told;
}

/* Vectors of the tests of github/codeql-action, as this project's conventions hold them. */
static void test_line_hash__known_vectors(void **state)
{
    static const struct {
        const char *text;
        struct told told;
    } rows[] = {
        { "", { { 0xc129715d7a2bc9a3 }, 1 } },
        { " a\nb\n  \t\tc\n d",
          { { 0x271789c17abda88f, 0x54703d4cd895b18, 0x180aee12dab6264, 0xa23a3dc5e078b07b }, 4 } },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (size_t step = 1; step < 8; step++) {
            struct told got = hash_lines(slice_of(rows[i].text), step);

            assert_int_equal(got.count, rows[i].told.count);
            for (size_t k = 0; k < got.count; k++)
                assert_int_equal(got.hashes[k], rows[i].told.hashes[k]);
        }
    }
}

static void test_line_hash__blanks_and_line_ends_are_alike(void **state)
{
    static const char *const alike[] = {
        "a b\nc\n",
        "ab\r\nc\r\n",
        "a\tb\rc\r",
        "  ab \n\tc\n",
    };
    struct told first = hash_lines(slice_of(alike[0]), 3);

    (void)state;
    assert_int_equal(first.count, 3);
    for (size_t i = 1; i < COUNT_OF(alike); i++) {
        struct told got = hash_lines(slice_of(alike[i]), 2);

        assert_int_equal(got.count, first.count);
        assert_memory_equal(got.hashes, first.hashes, first.count * sizeof(first.hashes[0]));
    }
    assert_true(hash_lines(SLICE("a\n\nb"), 9).hashes[0] != hash_lines(SLICE("a\nb"), 9).hashes[0]);
}

static void test_utf16__units_of_bytes(void **state)
{
    static const struct {
        const char *bytes;
        size_t count;
        uint16_t units[6];
    } rows[] = {
        { "", 0, { 0 } },
        { "az", 2, { 'a', 'z' } },
        { "\xc3\xbc", 1, { 0xfc } },
        { "\xe2\x82\xac", 1, { 0x20ac } },
        { "\xf0\x9f\x94\x91", 2, { 0xd83d, 0xdd11 } },
        { "\xff", 1, { 0xfffd } },
        { "\xc3", 1, { 0xfffd } },
        { "\xe2\x82z", 2, { 0xfffd, 'z' } },
        { "\xe2\x82\xc3\xbc", 2, { 0xfffd, 0xfc } },
        { "\xc0\xaf", 2, { 0xfffd, 0xfffd } },
        { "\xed\xa0\x80", 3, { 0xfffd, 0xfffd, 0xfffd } },
        { "\xf4\x90\x80\x80", 4, { 0xfffd, 0xfffd, 0xfffd, 0xfffd } },
        { "\xf0\x9f\xff", 2, { 0xfffd, 0xfffd } },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct utf16 decoder = { 0 };
        uint16_t units[16], *end = units;

        for (const char *c = rows[i].bytes; *c; c++)
            end += utf16_take(&decoder, (uint8_t)*c, end);
        end += utf16_end(&decoder, end);
        assert_int_equal(end - units, rows[i].count);
        assert_memory_equal(units, rows[i].units, rows[i].count * sizeof(units[0]));
        assert_int_equal(utf16_length(slice_of(rows[i].bytes)), rows[i].count);
    }
}

static void test_source__columns_and_numbered_hashes(void **state)
{
    static const char text[] = "same\n\xf0\x9f\x94\x91\xc3\xbc=here\nsame\r\nsame\n";
    char path[] = "/tmp/leaktrawl-source-XXXXXX";
    struct source_place places[] = {
        { .offset = 0, .line = 1 },  { .offset = 12, .line = 2 },   { .offset = 17, .line = 3 },
        { .offset = 19, .line = 3 }, { .offset = 500, .line = 60 },
    };
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
    close(fd);
    source_fill(path, places, 5);
    unlink(path);
    assert_int_equal(places[0].column, 1);
    assert_int_equal(places[1].column, 5);
    assert_int_equal(places[3].column, 3);
    assert_int_equal(places[4].column, 0);
    assert_string_equal(places[2].hash, places[3].hash);
    assert_string_equal(strchr(places[0].hash, ':'), ":1");
    assert_string_equal(places[4].hash, "");
    source_fill(path, places + 4, 1);
    source_fill("/dev/zero", places + 4, 1);
    assert_string_equal(places[4].hash, "");
}

/* Lines whose next 100 units are alike are told apart by a number. */
static void test_source__equal_lines_are_numbered(void **state)
{
    char path[] = "/tmp/leaktrawl-source-XXXXXX";
    struct source_place places[] = { { .offset = 0, .line = 1 }, { .offset = 18, .line = 10 } };
    int fd = mkstemp(path);
    char first[SOURCE_HASH_SIZE + 1];

    (void)state;
    assert_true(fd >= 0);
    for (size_t i = 0; i < 200; i++)
        assert_int_equal(write(fd, "x\n", 2), 2);
    close(fd);
    source_fill(path, places, 2);
    unlink(path);
    snprintf(first, sizeof(first), "%s0", places[0].hash);
    assert_string_equal(strchr(places[0].hash, ':'), ":1");
    assert_string_equal(places[1].hash, first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_hash__known_vectors),
        cmocka_unit_test(test_line_hash__blanks_and_line_ends_are_alike),
        cmocka_unit_test(test_utf16__units_of_bytes),
        cmocka_unit_test(test_source__columns_and_numbered_hashes),
        cmocka_unit_test(test_source__equal_lines_are_numbered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
