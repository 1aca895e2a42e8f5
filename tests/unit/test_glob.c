/* test_glob.c - what patterns match, in which order they count, and that they end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/glob.h"
#include "base/key_filter.h"

static const struct {
    const char *pattern, *name;
    bool matches;
} cases[] = {
    { "", "", true },
    { "", "a", false },
    { "*", "", true },
    { "*", "a/b/c", true },
    { "a*c", "a/b/c", true },
    { "a*c", "a/b/cd", false },
    { "*.gz", "a.gz", true },
    { "*.gz", "a.gzip", false },
    { "?", "/", true },
    { "??", "a", false },
    { "[abc]", "b", true },
    { "[!abc]", "b", false },
    { "[a-c]x", "bx", true },
    { "[]]", "]", true },
    { "[!]]", "]", false },
    { "[a-]", "-", true },
    { "[", "[", true },
    { "[a", "[a", true },
    { "a\\*", "a\\b", true }, /* git's dialect: test_path_globs.c */
    { "[^a]", "^", true },
    { "**a**", "bab", true },
    { "*a*b*c", "xaxbxcxbxc", true },
    { "*a*b*c", "xaxbxcxb", false },
    { "\xff*", "\xff\x01", true },
};

static void test_glob__patterns(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (glob_match(slice_of(cases[i].pattern), slice_of(cases[i].name), GLOB_AWS) !=
            cases[i].matches)
            fail_msg("\"%s\" and \"%s\": expected %d", cases[i].pattern, cases[i].name,
                     cases[i].matches);
}

static void test_key_filter__the_last_that_matches_decides(void **state)
{
    const struct key_filter filters[] = { { "*", false }, { "*.env", true }, { "test/*", false } };

    (void)state;
    assert_true(key_filter_wants(NULL, 0, SLICE("any")));
    assert_true(key_filter_wants(filters, 3, SLICE("a.env")));
    assert_false(key_filter_wants(filters, 3, SLICE("a.txt")));
    assert_false(key_filter_wants(filters, 3, SLICE("test/a.env")));
}

/* A name that makes fnmatch(3) try for longer than anybody lives. */
static void test_glob__hostile_names_take_no_time(void **state)
{
    static const char pattern[] = "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b";
    char name[1024];

    (void)state;
    memset(name, 'a', sizeof(name));
    assert_false(
        glob_match(slice_of(pattern), (struct slice){ (uint8_t *)name, sizeof(name) }, GLOB_AWS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_glob__patterns),
        cmocka_unit_test(test_key_filter__the_last_that_matches_decides),
        cmocka_unit_test(test_glob__hostile_names_take_no_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
