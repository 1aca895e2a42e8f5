/* test_position.c - where members of JSON stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/array.h"
#include "detect/position.h"

static const char json[] = "{\"a\": 1,\n"                                      /* 1 */
                           " \"b\" : [ {\"c\\\"[\": \"x]}\\\\\", \"d\": [2,\n" /* 2 */
                           "  3, [ ], {}] },\n"                                /* 3 */
                           "   true,\t\"e\"],\n"                               /* 4 */
                           " \"f\": {\"b\": {\"g\": null}},\"b\": 7}";         /* 5 */

static void test_position__of_members_and_elements(void **state)
{
    static const struct {
        const char *path;
        size_t line, column;
    } rows[] = {
        { "", 1, 1 },
        { "a", 1, 2 },
        { "b", 2, 2 },
        { "b[0]", 2, 10 },
        { "b[0].d", 2, 28 },
        { "b[0].d[0]", 2, 34 },
        { "b[0].d[1]", 3, 3 },
        { "b[0].d[2]", 3, 6 },
        { "b[0].d[3]", 3, 11 },
        { "b[1]", 4, 4 },
        { "b[2]", 4, 10 },
        { "f", 5, 2 },
        { "f.b", 5, 8 },
        { "f.b.g", 5, 14 },
        /* The last thing on the way that is there. */
        { "z", 1, 1 },
        { "b[3]", 2, 2 },
        { "b[0].z", 2, 10 },
        { "a.b", 1, 2 },
        { "a[0]", 1, 2 },
        { "b[0].d[2][0]", 3, 6 },
        { "f.b.z.y", 5, 8 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct position got = position_of(slice_of(json), rows[i].path);

        if (got.line != rows[i].line || got.column != rows[i].column)
            fail_msg("%s: expected %zu:%zu, got %zu:%zu", rows[i].path, rows[i].line,
                     rows[i].column, got.line, got.column);
    }
}

/* Whatever the text is: an answer, and no byte behind the end is looked at. */
static void test_position__of_a_text_that_is_cut(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof(json); len++) {
        uint8_t *cut = malloc(len + 1);

        assert_non_null(cut);
        memcpy(cut, json, len);
        assert_in_range(position_of((struct slice){ cut, len }, "b[0].d[3].x").line, 1, 5);
        assert_in_range(position_of((struct slice){ cut, len }, "f.b.g").line, 1, 5);
        free(cut);
    }
}

static void test_position__at_an_offset(void **state)
{
    struct position end = position_at(SLICE("ab\ncd"), 99), second = position_at(SLICE("\n\n"), 1);

    (void)state;
    assert_int_equal(end.line, 2);
    assert_int_equal(end.column, 3);
    assert_int_equal(second.line, 2);
    assert_int_equal(second.column, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_position__of_members_and_elements),
        cmocka_unit_test(test_position__of_a_text_that_is_cut),
        cmocka_unit_test(test_position__at_an_offset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
