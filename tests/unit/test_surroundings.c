/* test_surroundings.c - why there are no lines round a finding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "command/surroundings.h"

static void test_surroundings__why_they_are_missing(void **state)
{
    static const struct git_origin gone = { .blob = "00" }, kept = { .in_work_tree = true };
    const struct s3_origin object = { .bucket = "b", .key = SLICE("k") };
    const struct {
        struct finding finding;
        const char *text;
    } rows[] = {
        { { .target = "-", .path = "<stdin>" }, "it can be read only once" },
        { { .target = "-", .path = "<stdin>!f" }, "it can be read only once" },
        { { .target = "pipe", .path = "pipe" }, "it can be read only once" },
        { { .target = "pipe", .path = "pipe!f" }, "it can be read only once" },
        { { .target = "gone", .path = "gone" }, "the file could not be read again" },
        { { .target = ".", .path = "./gone" }, "the file could not be read again" },
        { { .target = ".", .path = "./gone", .git = &kept }, "the file could not be read again" },
        { { .target = ".", .path = "a.zip!f" }, "the archive could not be read again" },
        { { .target = ".", .path = "f", .git = &gone }, "the object could not be read again" },
        { { .target = ".", .path = "a.zip!f", .git = &gone },
          "it lies in an archive in the history" },
        { { .target = "s3://b", .path = "s3://b/k", .s3 = &object },
          "the object could not be read again" },
        { { .target = "m", .path = "m/k", .s3 = &object }, "the file could not be read again" },
    };
    char folder[] = "/tmp/test_surroundings.XXXXXX";

    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(mkfifo("pipe", 0600), 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *got = surroundings_missing(&rows[i].finding);

        if (strcmp(got, rows[i].text))
            fail_msg("%s of %s: expected \"%s\", got \"%s\"", rows[i].finding.path,
                     rows[i].finding.target, rows[i].text, got);
    }
    assert_int_equal(unlink("pipe"), 0);
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_surroundings__why_they_are_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
