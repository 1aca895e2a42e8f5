/*
 * test_replace.c - a file is replaced whole, or left as it was.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/replace.h"

static char folder[] = "/tmp/leaktrawl-replace.XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return chdir("/") || rmdir(folder);
}

static void put(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void expect(const char *name, const char *text)
{
    char got[64] = "";
    FILE *file = fopen(name, "r");

    assert_non_null(file);
    assert_true(fread(got, 1, sizeof(got) - 1, file) == strlen(text));
    fclose(file);
    assert_string_equal(got, text);
}

static void test_replace__writes_whole_or_not_at_all(void **state)
{
    struct replace replace;

    (void)state;
    put("kept", "old");
    assert_int_equal(replace_open(&replace, "kept", 0666), STATUS_OK);
    fputs("new", replace.file);
    expect("kept", "old");
    replace_abandon(&replace);
    expect("kept", "old");
    assert_int_equal(replace_open(&replace, "kept", 0666), STATUS_OK);
    fputs("new", replace.file);
    assert_int_equal(replace_commit(&replace), STATUS_OK);
    expect("kept", "new");
    assert_int_equal(unlink("kept"), 0);
}

static void test_replace__keeps_mode_and_link(void **state)
{
    struct replace replace;
    struct stat st;
    mode_t old = umask(027);

    (void)state;
    assert_int_equal(replace_open(&replace, "fresh", 0666), STATUS_OK);
    umask(old);
    assert_int_equal(replace_commit(&replace), STATUS_OK);
    assert_int_equal(stat("fresh", &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);

    assert_int_equal(chmod("fresh", 0604), 0);
    assert_int_equal(symlink("fresh", "link"), 0);
    assert_int_equal(replace_open(&replace, "link", 0666), STATUS_OK);
    fputs("through", replace.file);
    assert_int_equal(replace_commit(&replace), STATUS_OK);
    expect("fresh", "through");
    assert_int_equal(lstat("link", &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(stat("fresh", &st), 0);
    assert_int_equal(st.st_mode & 07777, 0604);
    assert_int_equal(unlink("link") | unlink("fresh"), 0);
}

static void test_replace__writes_devices_as_they_are(void **state)
{
    struct replace replace;
    struct stat st;

    (void)state;
    assert_int_equal(replace_open(&replace, "/dev/null", 0666), STATUS_OK);
    assert_null(replace.temporary);
    fputs("gone", replace.file);
    assert_int_equal(replace_commit(&replace), STATUS_OK);
    assert_int_equal(stat("/dev/null", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
}

static void test_replace__failures_name_the_file(void **state)
{
    struct replace replace;

    (void)state;
    assert_int_equal(replace_open(&replace, "no/such/folder", 0666), STATUS_IO);
    assert_non_null(strstr(err_text(), "no/such/folder: "));
    assert_int_equal(replace_open(&replace, ".", 0666), STATUS_IO);
    assert_int_equal(replace_open(&replace, "/dev/full", 0666), STATUS_OK);
    fputs("too much", replace.file);
    assert_int_equal(replace_commit(&replace), STATUS_IO);
    assert_non_null(strstr(err_text(), "/dev/full: "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replace__writes_whole_or_not_at_all),
        cmocka_unit_test(test_replace__keeps_mode_and_link),
        cmocka_unit_test(test_replace__writes_devices_as_they_are),
        cmocka_unit_test(test_replace__failures_name_the_file),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
