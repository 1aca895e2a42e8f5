/* test_aws_config_file.c - sections, keys and what is no file of the AWS CLI. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws/config_file.h"
#include "base/array.h"

static struct config parsed(const char *settings, const char *credentials)
{
    struct config config = { .first = NULL };

    assert_int_equal(config_parse(&config, slice_of(settings), "config", CONFIG_SETTINGS),
                     STATUS_OK);
    assert_int_equal(config_parse(&config, slice_of(credentials), "credentials",
                                  CONFIG_CREDENTIALS),
                     STATUS_OK);
    return config;
}

static void expect(const struct config *config, const char *name, const char *key,
                   const char *value)
{
    const char *got = config_get(config, "profile", name, key);

    if (!value)
        assert_null(got);
    else if (!got || strcmp(got, value) != 0)
        fail_msg("%s of %s: expected \"%s\", got \"%s\"", key, name, value, got ? got : "(none)");
}

static void test_config__sections_of_both_files(void **state)
{
    struct config config = parsed("\xef\xbb\xbf[default]\nregion = r1\n"
                                  "[profile a b]\nregion=r2\n"
                                  "[profile \"quoted\"]\nregion: r3\n"
                                  "[other]\nregion = r4\n"
                                  "[ profile spaced ]\nregion = r5\n"
                                  "[sso-session x]\nsso_region = r6\n",
                                  "[default]\naws_access_key_id = id\n[profile]\nregion = r7\n");

    (void)state;
    expect(&config, "default", "region", "r1");
    expect(&config, "default", "aws_access_key_id", "id");
    expect(&config, "a b", "region", "r2");
    expect(&config, "quoted", "region", "r3");
    expect(&config, "other", "region", NULL);
    expect(&config, "spaced", "region", "r5");
    expect(&config, "profile", "region", "r7");
    assert_string_equal(config_get(&config, "sso-session", "x", "sso_region"), "r6");
    assert_true(config_has(&config, "profile", "a b"));
    assert_false(config_has(&config, "profile", "x"));
    config_release(&config);
}

static void test_config__keys_and_values(void **state)
{
    struct config config = parsed("[default]\r\n# comment = 1\r\n ; comment\r\n"
                                  "Region =  r 1 \r\n"
                                  "url = https://h/?a=b # c\n"
                                  "empty =\n"
                                  "s3 =\n  addressing_style = path\n\tMax = 3\n"
                                  "after = 1\n  a continued value\n"
                                  "twice = 1\ntwice = 2",
                                  "");

    (void)state;
    expect(&config, "default", "region", "r 1");
    expect(&config, "default", "comment", NULL);
    expect(&config, "default", "url", "https://h/?a=b # c");
    expect(&config, "default", "empty", "");
    expect(&config, "default", "s3.addressing_style", "path");
    expect(&config, "default", "s3.max", "3");
    expect(&config, "default", "addressing_style", NULL);
    expect(&config, "default", "after", "1");
    expect(&config, "default", "twice", "2");
    config_release(&config);
}

static void test_config__the_credentials_file_wins(void **state)
{
    struct config config = parsed("[profile a]\naws_access_key_id = one\nregion = r\n",
                                  "[a]\naws_access_key_id = two\n");

    (void)state;
    expect(&config, "a", "aws_access_key_id", "two");
    expect(&config, "a", "region", "r");
    config_release(&config);
}

static void test_config__mistakes_name_the_line_and_no_value(void **state)
{
    static const struct {
        const char *text, *told;
    } cases[] = {
        { "[default\n", "f: line 1: a section's name without its ]" },
        { "[default]\nsecret\n", "f: line 2: neither a section nor KEY = VALUE" },
        { "[default]\n\n= secret\n", "f: line 3: neither a section nor KEY = VALUE" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct config config = { .first = NULL };

        assert_int_equal(config_parse(&config, slice_of(cases[i].text), "f", CONFIG_CREDENTIALS),
                         STATUS_INVALID);
        assert_string_equal(err_text(), cases[i].told);
        config_release(&config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_config__sections_of_both_files),
        cmocka_unit_test(test_config__keys_and_values),
        cmocka_unit_test(test_config__the_credentials_file_wins),
        cmocka_unit_test(test_config__mistakes_name_the_line_and_no_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
