/* test_path_globs.c - patterns as a .gitignore means them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/path_globs.h"

static const struct {
    const char *patterns; /* by blanks */
    const char *path;     /* a folder where it ends in a slash */
    bool expected;
} rows[] = {
    { "a", "a", true },
    { "a", "x/a", true },
    { "a", "a/x/y", true },
    { "a", "ab", false },
    { "/a", "a", true },
    { "/a", "x/a", false },
    { "x/a", "x/a/b", true },
    { "x/a", "y/x/a", false },
    { "a/", "a", false },
    { "a/", "a/", true },
    { "a/", "x/a/b", true },
    { "*.env", "deep/er/.env", true },
    { "*.env", "a.env.txt", false },
    { "*", "anything/at/all", true },
    { "a*b*c", "axxbyybzc", true },
    { "a*b*c", "axxbyybz", false },
    { "x/*.c", "x/y/a.c", false },
    { "x/*/a.c", "x/y/a.c", true },
    { "**/a", "a", true },
    { "**/a", "x/y/a", true },
    { "x/**", "x", false },
    { "x/**", "x/", false },
    { "x/**", "x/y/z", true },
    { "x/**/z", "x/z", true },
    { "x/**/z", "x/a/b/z", true },
    { "x/**/z", "x/a/b/zz", false },
    { "x/**/y/**/z", "x/1/y/2/y/3/z", true },
    { "x/**/y/*/z", "x/y/y/1/z", true },
    { "**", "x/y", true },
    { "a**b", "axxb", true },
    { "/a**b", "a/b", false },
    { "?.c", "a.c", true },
    { "?.c", ".c", false },
    { "[a-c]x", "bx", true },
    { "[a-c]x", "dx", false },
    { "[!a-c]x", "dx", true },
    { "[^a-c]x", "bx", false },
    { "[]]x", "]x", true },
    { "[a-]x", "-x", true },
    { "[ax", "[ax", true },
    { "[a\\]]x", "]x", true },
    { "\\*", "*", true },
    { "\\*", "a", false },
    { "\\!a", "!a", true },
    { "*.c !keep.c", "a.c", true },
    { "*.c !keep.c", "keep.c", false },
    { "*.c !keep.c *.c", "keep.c", true },
    { "x !x/keep.c", "x/keep.c", true }, /* as in git: what is in a folder that is out is out */
    { "x/* !x/keep.c", "x/keep.c", false },
    { "", "a", false },
    { "/", "a", false },
    { "!", "a", false },
};

static void test_path_globs__mean_what_gitignore_means(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *patterns = strdup(rows[i].patterns);
        struct slice path = slice_of(rows[i].path);
        bool folder = path.ptr[path.len - 1] == '/';
        struct path_globs globs = { 0 };

        for (char *word = strtok(patterns, " "); word; word = strtok(NULL, " "))
            assert_int_equal(path_globs_add(&globs, word), STATUS_OK);
        path.len -= folder;
        if (path_globs_match(&globs, path, folder) != rows[i].expected)
            fail_msg("\"%s\" on \"%s\": expected %d", rows[i].patterns, rows[i].path,
                     rows[i].expected);
        path_globs_release(&globs);
        free(patterns);
    }
}

/* Exponential ways through a pattern would not end. */
static void test_path_globs__hostile_patterns_end(void **state)
{
    char pattern[4001], path[8001];
    struct path_globs globs = { 0 };

    (void)state;
    for (size_t i = 0; i < 2000; i++)
        memcpy(pattern + 2 * i, i % 8 ? "*a" : "/*", 2);
    pattern[4000] = 0;
    memset(path, 'a', 8000);
    for (size_t i = 7; i < 8000; i += 8)
        path[i] = '/';
    path[7999] = 'b';
    path[8000] = 0;
    assert_int_equal(path_globs_add(&globs, pattern), STATUS_OK);
    for (size_t i = 0; i < 4000; i += 4)
        memcpy(pattern + i, i % 8 ? "a*/x" : "**/a", 4);
    assert_int_equal(path_globs_add(&globs, pattern), STATUS_OK);
    assert_false(path_globs_match(&globs, slice_of(path), false));
    path_globs_release(&globs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_path_globs__mean_what_gitignore_means),
        cmocka_unit_test(test_path_globs__hostile_patterns_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
