/* test_aws_endpoint.c - hosts, paths and what is refused as one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws/endpoint.h"
#include "base/array.h"

static void expect(struct endpoint *endpoint, const char *origin, const char *host,
                   const char *path)
{
    assert_string_equal(buf_cstr(&endpoint->origin), origin);
    assert_string_equal(buf_cstr(&endpoint->host), host);
    assert_string_equal(buf_cstr(&endpoint->path), path);
    endpoint_release(endpoint);
}

static void test_endpoint__a_region_has_its_partition(void **state)
{
    static const struct {
        const char *region, *partition, *host;
    } cases[] = {
        { "eu-central-1", "aws", "s3.eu-central-1.amazonaws.com" },
        { "cn-northwest-1", "aws-cn", "s3.cn-northwest-1.amazonaws.com.cn" },
        { "us-gov-east-1", "aws-us-gov", "s3.us-gov-east-1.amazonaws.com" },
        { "us-iso-west-1", "aws-iso", "s3.us-iso-west-1.c2s.ic.gov" },
        { "us-isob-east-1", "aws-iso-b", "s3.us-isob-east-1.sc2s.sgov.gov" },
        { "eusc-de-east-1", "aws-eusc", "s3.eusc-de-east-1.amazonaws.eu" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct endpoint endpoint;

        assert_string_equal(endpoint_partition(cases[i].region)->name, cases[i].partition);
        assert_int_equal(endpoint_of(&endpoint, "s3", cases[i].region), STATUS_OK);
        assert_string_equal(buf_cstr(&endpoint.host), cases[i].host);
        endpoint_release(&endpoint);
    }
    assert_string_equal(endpoint_partition_named("aws-cn")->region, "cn-north-1");
    assert_null(endpoint_partition_named("nowhere"));
}

static void test_endpoint__urls_are_taken_apart(void **state)
{
    static const struct {
        const char *url, *origin, *host, *path;
    } cases[] = {
        { "http://127.0.0.1:9000", "http://127.0.0.1:9000", "127.0.0.1:9000", "" },
        { "HTTPS://h.example/", "https://h.example", "h.example", "" },
        { "https://h:443/base/", "https://h", "h", "/base" },
        { "http://h:80", "http://h", "h", "" },
        { "http://h:443", "http://h:443", "h:443", "" },
        { "http://[::1]:9000/", "http://[::1]:9000", "[::1]:9000", "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct endpoint endpoint;

        assert_int_equal(endpoint_parse(&endpoint, cases[i].url, "--endpoint-url"), STATUS_OK);
        expect(&endpoint, cases[i].origin, cases[i].host, cases[i].path);
    }
}

static void test_endpoint__what_is_no_url_is_refused(void **state)
{
    static const char *const bad[] = { "",
                                       "h.example",
                                       "ftp://h",
                                       "http://",
                                       "http:///path",
                                       "https://user@h",
                                       "https://h/?q=1",
                                       "https://h/#f",
                                       "https://h/a b",
                                       "https://h\r\nX: y" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct endpoint endpoint;

        assert_int_equal(endpoint_parse(&endpoint, bad[i], "AWS_ENDPOINT_URL"), STATUS_INVALID);
        assert_memory_equal(err_text(), "AWS_ENDPOINT_URL: ", 18);
    }
}

static void test_endpoint__a_bucket_stands_in_the_host_or_in_the_path(void **state)
{
    static const struct {
        const char *base, *bucket;
        enum addressing style;
        bool given;
        const char *origin, *path;
    } cases[] = {
        { "https://s3.r.amazonaws.com", "b", ADDRESSING_AUTO, false, "https://b.s3.r.amazonaws.com",
          "" },
        { "https://s3.r.amazonaws.com", "b.c", ADDRESSING_AUTO, false, "https://s3.r.amazonaws.com",
          "/b.c" },
        { "https://s3.r.amazonaws.com", "Old_Name", ADDRESSING_AUTO, false,
          "https://s3.r.amazonaws.com", "/Old_Name" },
        { "http://localhost:9000", "b", ADDRESSING_AUTO, true, "http://localhost:9000", "/b" },
        { "http://localhost:9000/s3", "b", ADDRESSING_AUTO, true, "http://localhost:9000",
          "/s3/b" },
        { "http://s3.example:9000", "b", ADDRESSING_VIRTUAL, true, "http://b.s3.example:9000", "" },
        { "https://s3.r.amazonaws.com", "b", ADDRESSING_PATH, false, "https://s3.r.amazonaws.com",
          "/b" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct endpoint endpoint;

        assert_int_equal(endpoint_parse(&endpoint, cases[i].base, "test"), STATUS_OK);
        assert_int_equal(endpoint_add_bucket(&endpoint, cases[i].bucket, cases[i].style,
                                             cases[i].given),
                         STATUS_OK);
        expect(&endpoint, cases[i].origin, strstr(cases[i].origin, "//") + 2, cases[i].path);
    }
}

static void test_endpoint__a_region_is_a_label(void **state)
{
    (void)state;
    assert_true(endpoint_is_region("us-east-1"));
    assert_false(endpoint_is_region(""));
    assert_false(endpoint_is_region("evil.example/"));
    assert_false(endpoint_is_region("US-EAST-1"));
    assert_false(endpoint_is_region("-a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_endpoint__a_region_has_its_partition),
        cmocka_unit_test(test_endpoint__urls_are_taken_apart),
        cmocka_unit_test(test_endpoint__what_is_no_url_is_refused),
        cmocka_unit_test(test_endpoint__a_bucket_stands_in_the_host_or_in_the_path),
        cmocka_unit_test(test_endpoint__a_region_is_a_label),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
