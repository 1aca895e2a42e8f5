/* test_slice_buf_arena.c - the three ways that base holds bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/buf.h"

/* --- slice --- */

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

static void test_slice__order_is_by_bytes_then_length(void **state)
{
    static const struct {
        struct slice a, b;
        int order;
    } rows[] = {
        { { NULL, 0 }, { NULL, 0 }, 0 },
        { { NULL, 0 }, { (const uint8_t *)"a", 1 }, -1 },
        { { (const uint8_t *)"a", 1 }, { (const uint8_t *)"ab", 2 }, -1 },
        { { (const uint8_t *)"b", 1 }, { (const uint8_t *)"ab", 2 }, 1 },
        { { (const uint8_t *)"a\0b", 3 }, { (const uint8_t *)"a\0c", 3 }, -1 },
        { { (const uint8_t *)"\xff", 1 }, { (const uint8_t *)"a", 1 }, 1 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int got = sign(slice_cmp(rows[i].a, rows[i].b));

        if (got != rows[i].order || sign(slice_cmp(rows[i].b, rows[i].a)) != -rows[i].order)
            fail_msg("row %zu: expected %d, got %d", i, rows[i].order, got);
        if (slice_eq(rows[i].a, rows[i].b) != (rows[i].order == 0))
            fail_msg("row %zu: slice_eq disagrees with slice_cmp", i);
    }
}

static void test_slice__sub_and_starts(void **state)
{
    struct slice s = SLICE("abcdef");

    (void)state;
    assert_true(slice_eq(slice_sub(s, 2, 4), SLICE("cd")));
    assert_int_equal(slice_sub(s, 6, 6).len, 0);
    assert_int_equal(slice_sub((struct slice){ 0 }, 0, 0).len, 0);
    assert_true(slice_starts(s, SLICE("abc")));
    assert_true(slice_starts(s, (struct slice){ 0 }));
    assert_false(slice_starts(s, SLICE("abcdefg")));
    assert_false(slice_starts(s, SLICE("b")));
    assert_int_equal(slice_of(NULL).len, 0);
}

/* --- buf --- */

static void test_buf__appends_end_in_a_nul(void **state)
{
    struct buf buf = { 0 };

    (void)state;
    assert_string_equal(buf_cstr(&buf), "");
    buf_text(&buf, "one ");
    buf_append(&buf, SLICE("two"));
    buf_byte(&buf, '!');
    buf_printf(&buf, " %d%s", 3, "rd");
    assert_string_equal(buf_cstr(&buf), "one two! 3rd");
    assert_int_equal(buf_view(&buf).len, 12);
    for (int i = 0; i < 1000; i++)
        buf_printf(&buf, "%04d", i);
    assert_int_equal(buf_status(&buf), STATUS_OK);
    assert_int_equal(buf.len, 4012);
    buf_truncate(&buf, 3);
    assert_string_equal(buf_cstr(&buf), "one");
    buf_release(&buf);
    assert_null(buf.ptr);
}

static void test_buf__remembers_that_its_maximum_was_met(void **state)
{
    struct buf buf = { .max = 5 };

    (void)state;
    buf_text(&buf, "12345");
    assert_int_equal(buf_status(&buf), STATUS_OK);
    buf_byte(&buf, '6');
    buf_append(&buf, (struct slice){ 0 });
    assert_int_equal(buf_status(&buf), STATUS_LIMIT);
    assert_string_equal(buf_cstr(&buf), "12345");
    buf_reset(&buf);
    assert_int_equal(buf_status(&buf), STATUS_OK);
    buf_text(&buf, "abc");
    assert_string_equal(buf_cstr(&buf), "abc");
    buf_release(&buf);
    assert_int_equal(buf.max, 5);
}

/* --- arena --- */

static void test_arena__gives_zeroed_and_aligned_memory(void **state)
{
    static const size_t sizes[] = { 0, 1, 3, 16, 17, 1000, 20000, 3000000, 5 };
    struct arena arena = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        uint8_t *got = arena_alloc(&arena, sizes[i]);

        assert_non_null(got);
        assert_int_equal((uintptr_t)got % _Alignof(max_align_t), 0);
        for (size_t k = 0; k < sizes[i]; k++)
            if (got[k])
                fail_msg("size %zu: byte %zu is %d, expected 0", sizes[i], k, got[k]);
        memset(got, 0xff, sizes[i]);
    }
    assert_null(arena_alloc(&arena, SIZE_MAX));
    arena_reset(&arena);
    assert_int_equal(*(uint8_t *)arena_alloc(&arena, 1), 0);
    arena_release(&arena);
    assert_null(arena.head);
    assert_int_equal(arena.bytes, 0);
}

static void test_arena__copies_end_in_a_nul(void **state)
{
    struct arena arena = { 0 };
    struct slice copy = arena_copy(&arena, SLICE("a\0b"));

    (void)state;
    assert_int_equal(copy.len, 3);
    assert_memory_equal(copy.ptr, "a\0b", 4);
    copy = arena_copy(&arena, (struct slice){ 0 });
    assert_non_null(copy.ptr);
    assert_int_equal(copy.len, 0);
    arena_release(&arena);
}

/* Every pair of empty, small and many-block arenas. */
static void test_arena__join_keeps_what_both_hold(void **state)
{
    static const size_t counts[] = { 0, 1, 500 };

    (void)state;
    for (size_t i = 0; i < 9; i++) {
        struct arena arenas[2] = { { 0 }, { 0 } };
        size_t held[2] = { counts[i / 3], counts[i % 3] };
        char *texts[2][500];
        size_t bytes;

        for (size_t a = 0; a < 2; a++) {
            for (size_t k = 0; k < held[a]; k++) {
                texts[a][k] = arena_alloc(&arenas[a], 200);
                texts[a][k][0] = (char)('a' + a);
            }
        }
        bytes = arenas[0].bytes + arenas[1].bytes;
        arena_join(&arenas[0], &arenas[1]);
        assert_null(arenas[1].head);
        assert_int_equal(arenas[0].bytes, bytes);
        assert_non_null(arena_alloc(&arenas[0], 200));
        for (size_t a = 0; a < 2; a++)
            for (size_t k = 0; k < held[a]; k++)
                assert_int_equal(texts[a][k][0], 'a' + a);
        arena_release(&arenas[0]);
    }
}

/* "%s: %s" puts a name before the text that is set already. */
static void test_status__the_old_text_may_be_part_of_the_new(void **state)
{
    (void)state;
    err_set(STATUS_IO, "no such file");
    assert_int_equal(err_set(STATUS_IO, "%s: %s", "a rather long name", err_text()), STATUS_IO);
    assert_string_equal(err_text(), "a rather long name: no such file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slice__order_is_by_bytes_then_length),
        cmocka_unit_test(test_slice__sub_and_starts),
        cmocka_unit_test(test_buf__appends_end_in_a_nul),
        cmocka_unit_test(test_buf__remembers_that_its_maximum_was_met),
        cmocka_unit_test(test_arena__gives_zeroed_and_aligned_memory),
        cmocka_unit_test(test_arena__copies_end_in_a_nul),
        cmocka_unit_test(test_arena__join_keeps_what_both_hold),
        cmocka_unit_test(test_status__the_old_text_may_be_part_of_the_new),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
