/* test_runs.c - no run and no joint is passed over, wherever it lies among the sixteens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/array.h"
#include "decode/runs.h"
#include "made_up.h"

static const size_t lengths[] = { 44, 40 };

/* Text whose words are shorter than any run: `before` bytes, `value`, `after` bytes. */
static struct slice between(uint64_t *seed, size_t before, const char *value, size_t after,
                            char *out)
{
    size_t len = strlen(value);

    made_up_run(seed, MADE_UP_BASE64, 64, before, out);
    memcpy(out + before, value, len);
    made_up_run(seed, MADE_UP_BASE64, 64, after, out + before + len);
    for (size_t at = before; at-- > 0;)
        if ((before - 1 - at) % 23 == 0)
            out[at] = ' ';
    for (size_t i = 0; i < after; i++)
        if (i % 23 == 0)
            out[before + len + i] = ',';
    return (struct slice){ (const uint8_t *)out, before + len + after };
}

static void expect_run(struct slice text, size_t start, size_t end)
{
    struct run run;

    if (!runs_next(text, 0, lengths, COUNT_OF(lengths), &run))
        fail_msg("expected the run at %zu, got none", start);
    if (run.start != start || run.end != end)
        fail_msg("expected [%zu, %zu), got [%zu, %zu)", start, end, run.start, run.end);
    assert_false(runs_next(text, run.end, lengths, COUNT_OF(lengths), &run));
}

static void test_runs__finds_each_length_at_every_offset(void **state)
{
    uint64_t seed = 1;
    char value[MADE_UP_SIZE], text[MADE_UP_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        for (size_t before = 0; before < 100; before++) {
            size_t after = before * 7 % 50;

            /* Without `+`, which a form's text would have for a space. */
            made_up_run(&seed, MADE_UP_BASE64, 62, lengths[i], value);
            expect_run(between(&seed, before, value, after, text), before, before + lengths[i]);
        }
    }
}

static void test_runs__finds_values_with_escapes(void **state)
{
    static const char *const escapes[] = { "\\/",    "\\u002b", "%2F", "%2b",  "&#43;",
                                           "&#x2F;", "=2B",     "=\n", "=\r\n" };
    uint64_t seed = 2;
    char value[MADE_UP_SIZE], text[MADE_UP_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(escapes); i++) {
        for (size_t before = 0; before < 64; before++) {
            size_t at = before * 5 % 39, n = strlen(escapes[i]);

            made_up_run(&seed, MADE_UP_BASE64, 62, 39 + n, value);
            memcpy(value + at, escapes[i], n);
            expect_run(between(&seed, before, value, 30, text), before, before + 39 + n);
        }
    }
}

static void test_runs__passes_over_other_lengths(void **state)
{
    uint64_t seed = 3;
    struct run run;
    char value[MADE_UP_SIZE], text[MADE_UP_SIZE];

    (void)state;
    /* 41 to 43 and 45 are no value; 54 and more may be one in base64, and 80 one in hex. */
    for (size_t before = 0; before < 64; before++) {
        for (size_t length = 17; length < 53; length++) {
            struct slice s;

            if (length == 40 || length == 44)
                continue;
            made_up_run(&seed, MADE_UP_BASE64, 62, length, value);
            s = between(&seed, before, value, 40, text);
            if (runs_next(s, 0, lengths, COUNT_OF(lengths), &run))
                fail_msg("%zu behind %zu bytes: expected none, got [%zu, %zu)", length, before,
                         run.start, run.end);
        }
    }
}

static void test_runs__finds_joints_at_every_offset(void **state)
{
    static const char *const joints[] = {
        "\" + \"",    "' 'x",    "\" .\n  \"",    "\"\n    \"",       "\" & _\n\"",
        "\" \\\n  '", "`\n+ `",  "\"\n  f\"",     "' || '",           "\" <> \"",
        "\" ~ \"",    "\" + b'", "\").append(\"", "\"\n  .concat(\"",
    };
    uint64_t seed = 4;
    struct run run;
    char text[MADE_UP_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(joints); i++) {
        size_t n = strlen(joints[i]) - (joints[i][strlen(joints[i]) - 1] == 'x');

        for (size_t before = 0; before < 64; before++) {
            struct slice s = between(&seed, before, joints[i], before % 7, text);

            if (!runs_next_joint(s, 0, &run))
                fail_msg("joint %zu behind %zu bytes: expected one, got none", i, before);
            assert_int_equal(run.start, before);
            assert_int_equal(run.end, before + n);
        }
    }
}

static void test_runs__finds_no_joint_in_lists(void **state)
{
    static const char *const texts[] = { "{\"a\":\"b\",\"c\":[\"d\"]}",
                                         "('a', 'b')",
                                         "\"\"\"\"",
                                         "A=\"b\" C=\"d\"",
                                         "\" + + + \"",
                                         "x(\"a\") (\"b\")",
                                         "\"a\") + \"b\"",
                                         "k=\"\" c=\"\"" };
    struct run run;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (runs_next_joint(slice_of(texts[i]), 0, &run))
            fail_msg("%s: expected no joint, got [%zu, %zu)", texts[i], run.start, run.end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs__finds_each_length_at_every_offset),
        cmocka_unit_test(test_runs__finds_values_with_escapes),
        cmocka_unit_test(test_runs__passes_over_other_lengths),
        cmocka_unit_test(test_runs__finds_joints_at_every_offset),
        cmocka_unit_test(test_runs__finds_no_joint_in_lists),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
