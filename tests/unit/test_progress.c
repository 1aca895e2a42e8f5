/* test_progress.c - the line of progress, by what is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/progress.h"

static void test_progress_format__says_what_is_known(void **state)
{
    static const struct {
        struct progress_state state;
        const char *line;
    } rows[] = {
        { { 0 }, "0 files and objects, 0.0 MB, 0 MB/s" },
        { { .items = 12, .bytes = 3500000, .seconds = 0.5 },
          "12 files and objects, 3.5 MB, 7 MB/s" },
        { { .stage = "history", .steps = 4, .stage_seconds = 9 },
          "0 files and objects, 0.0 MB, 0 MB/s, history 0%" },
        { { .stage = "history", .done = 1, .steps = 4, .stage_seconds = 9 },
          "0 files and objects, 0.0 MB, 0 MB/s, history 25%, 0:27 left" },
        { { .stage = "files", .done = 1, .steps = 2, .stage_seconds = 3723 },
          "0 files and objects, 0.0 MB, 0 MB/s, files 50%, 1:02:03 left" },
        { { .stage = "history", .done = 4, .steps = 4, .stage_seconds = 9 },
          "0 files and objects, 0.0 MB, 0 MB/s, history 100%, 0:00 left" },
        { { .stage = "history", .done = 9, .steps = 4, .stage_seconds = 9 },
          "0 files and objects, 0.0 MB, 0 MB/s, history 100%, 0:00 left" },
        { { .stage = "files", .done = 9 }, "0 files and objects, 0.0 MB, 0 MB/s" },
        { { .width = 36 }, "0 files and objects, 0.0 MB, 0 MB/s" },
        { { .width = 35 }, "0 files and objects, 0.0 MB, 0 MB/" },
        { { .width = 1 }, "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char line[PROGRESS_LINE_SIZE];

        progress_format(line, &rows[i].state);
        assert_string_equal(line, rows[i].line);
    }
}

static void test_progress_format__holds_the_largest(void **state)
{
    const struct progress_state largest = { .items = UINT64_MAX,
                                            .bytes = UINT64_MAX,
                                            .seconds = 1e-9,
                                            .stage = "history",
                                            .done = 1,
                                            .steps = UINT64_MAX,
                                            .stage_seconds = 1e9 };
    char line[PROGRESS_LINE_SIZE];

    (void)state;
    progress_format(line, &largest);
    assert_non_null(strstr(line, ", history 0%, 99:59:59 left"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_progress_format__says_what_is_known),
        cmocka_unit_test(test_progress_format__holds_the_largest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
