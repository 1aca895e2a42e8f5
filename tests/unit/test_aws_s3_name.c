/* test_aws_s3_name.c - what a target names, and what of it is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "aws/s3_name.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define POINT "arn:aws:s3:eu-west-1:123456789012:accesspoint"

static void test_s3_name__where_a_name_ends(void **state)
{
    static const struct {
        const char *uri, *name;
    } cases[] = {
        { "b", "b" },
        { "b/", "b" },
        { "b/k/k", "b" },
        { "", "" },
        { "/k", "" },
        { POINT "/my-ap", POINT "/my-ap" },
        { POINT "/my-ap/", POINT "/my-ap" },
        { POINT "/my-ap/a/b", POINT "/my-ap" },
        { POINT ":my-ap/a/b", POINT ":my-ap" },
        { POINT, POINT },
        { POINT "/", POINT "/" },
        { "arn:aws:s3:::b/k", "arn:aws:s3:::b" },
        { "accesspoint/k", "accesspoint" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (s3_name_length(cases[i].uri) != strlen(cases[i].name))
            fail_msg("%s: %zu", cases[i].uri, s3_name_length(cases[i].uri));
}

static void test_s3_name__an_access_point_names_region_and_host(void **state)
{
    static const struct {
        const char *arn, *region, *host;
    } cases[] = {
        { POINT "/my-ap", "eu-west-1", "my-ap-123456789012" },
        { POINT ":my-ap", "eu-west-1", "my-ap-123456789012" },
        { "arn:aws-cn:s3:cn-north-1:123456789012:accesspoint/x", "cn-north-1", "x-123456789012" },
    };
    struct s3_access_point point;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(s3_name_check(slice_of(cases[i].arn), &point), STATUS_OK);
        assert_string_equal(point.region, cases[i].region);
        assert_string_equal(point.host, cases[i].host);
    }
    assert_int_equal(s3_name_check(SLICE("my.Old_bucket-1"), &point), STATUS_OK);
    assert_string_equal(point.host, "");
}

static void test_s3_name__what_is_none(void **state)
{
    static const struct {
        const char *name;
        enum status status;
        const char *told;
    } cases[] = {
        { "", STATUS_INVALID, "is no name of a bucket" },
        { ".b", STATUS_INVALID, "is no name of a bucket" },
        { "b b", STATUS_INVALID, "is no name of a bucket" },
        { "arn:aws:s3:::b", STATUS_INVALID, "without its ARN" },
        { "arn:", STATUS_INVALID, "no ARN of an access point" },
        { POINT, STATUS_INVALID, "no ARN of an access point" },
        { POINT "/", STATUS_INVALID, "no ARN of an access point" },
        { POINT "/a.evil.example", STATUS_INVALID, "no ARN of an access point" },
        { POINT "/a/b", STATUS_INVALID, "no ARN of an access point" },
        { "arn:aws:s3:evil.example#:123456789012:accesspoint/x", STATUS_INVALID, "no ARN" },
        { "arn:aws:s3:eu-west-1:12345678901:accesspoint/x", STATUS_INVALID, "no ARN" },
        { "arn:aws:sqs:eu-west-1:123456789012:accesspoint/x", STATUS_INVALID, "no ARN" },
        { "arn:aws:s3::123456789012:accesspoint:m.mrap", STATUS_UNSUPPORTED, "several regions" },
        { "arn:aws:s3-outposts:us-west-2:123456789012:outpost", STATUS_UNSUPPORTED, "Outposts" },
        { "arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/x", STATUS_UNSUPPORTED,
          "Object Lambda" },
    };
    struct s3_access_point point;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        enum status status = s3_name_check(slice_of(cases[i].name), &point);

        if (status != cases[i].status || !strstr(err_text(), cases[i].told))
            fail_msg("%s: %d, %s", cases[i].name, status, err_text());
    }
}

static void test_s3_name__directory_buckets(void **state)
{
    (void)state;
    assert_true(s3_name_is_directory(SLICE("logs--use1-az4--x-s3")));
    assert_false(s3_name_is_directory(SLICE("logs-x-s3")));
    assert_false(s3_name_is_directory(SLICE("--x-s3")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_s3_name__where_a_name_ends),
        cmocka_unit_test(test_s3_name__an_access_point_names_region_and_host),
        cmocka_unit_test(test_s3_name__what_is_none),
        cmocka_unit_test(test_s3_name__directory_buckets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
