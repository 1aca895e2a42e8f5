/*
 * test_aws_sign.c - signatures that AWS published, and that its own SDK (botocore 1.44.5) made for
 * the same keys and second; and the encoding they rest on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "aws/sign.h"
#include "aws/uri.h"
#include "base/array.h"

/* Of AWS's "Signature Version 4 Test Suite"; the secret is put together from halves. */
static struct keys suite_keys(const char *token)
{
    struct keys keys;
    char secret[64];

    snprintf(secret, sizeof(secret), "%s+%s", "wJalrXUtnFEMI/K7MDENG", "bPxRfiCYEXAMPLEKEY");
    assert_int_equal(keys_set(&keys, SLICE("AKIDEXAMPLE"), slice_of(secret), slice_of(token)),
                     STATUS_OK);
    return keys;
}

static const struct sign_header range_headers[] = { { "if-match", "\"e\"" },
                                                    { "range", "bytes=5-9" } };

struct vector {
    const char *name, *method, *service, *host, *path, *query, *body, *token;
    size_t headers;
    const char *signed_headers, *signature;
};

static const struct vector vectors[] = {
    { "get-vanilla of the suite", "GET", "service", "example.amazonaws.com", "/", "", "", NULL, 0,
      "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
    { "get-vanilla-query-order-key-case of the suite", "GET", "service", "example.amazonaws.com",
      "/", "Param1=value1&Param2=value2", "", NULL, 0, "host;x-amz-date",
      "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500" },
    { "a listing", "GET", "s3", "b.s3.us-east-1.amazonaws.com", "/",
      "encoding-type=url&list-type=2&prefix=a%20b%2F%2Bc", "", NULL, 0,
      "host;x-amz-content-sha256;x-amz-date",
      "2e0b7ff84c4669cb12b6bc3da049a6a42fc4f3b7db6f65d24b897d01276f3476" },
    { "a parameter without a value", "GET", "s3", "b.s3.us-east-1.amazonaws.com", "/",
      "location=", "", NULL, 0, "host;x-amz-content-sha256;x-amz-date",
      "e09ead2c45766c595aafb83793f4326218f0d82b0745153f048fb626eb2a737e" },
    { "an odd key, a range, a token, a port", "GET", "s3", "127.0.0.1:9000",
      "/b/a%20b/%C3%A9%2B%25//../~x%3D%26", "versionId=null", "", "TOKEN//==", 2,
      "host;if-match;range;x-amz-content-sha256;x-amz-date;x-amz-security-token",
      "5316432d21cb72e61c89ff5ac54b5b42074b362187a31f07a6e53089182014d3" },
    { "a form for STS", "POST", "sts", "sts.amazonaws.com", "/", "",
      "Action=GetCallerIdentity&Version=2011-06-15", NULL, 0, "host;x-amz-date",
      "72764f0c7f2ab5ee21268e1a2bc18e420911c167a2098878c7adb1cc779db7b5" },
};

static void test_sign__vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        const struct vector *v = &vectors[i];
        struct keys keys = suite_keys(v->token);
        struct sign_request request = { .method = v->method,
                                        .host = v->host,
                                        .path = v->path,
                                        .query = slice_of(v->query),
                                        .body = slice_of(v->body),
                                        .service = v->service,
                                        .region = "us-east-1",
                                        .headers = range_headers,
                                        .header_count = v->headers,
                                        .time = 1440938160 };
        struct buf got = { 0 };
        char expected[1024];

        snprintf(expected, sizeof(expected),
                 "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/%s/"
                 "aws4_request, SignedHeaders=%s, Signature=%s\nX-Amz-Date: 20150830T123600Z\n",
                 v->service, v->signed_headers, v->signature);
        sign_request(&got, &request, &keys);
        if (strncmp(buf_cstr(&got), expected, strlen(expected)) != 0)
            fail_msg("%s:\n expected %s\n got %s", v->name, expected, buf_cstr(&got));
        buf_release(&got);
        keys_release(&keys);
    }
}

static void test_sign__s3_needs_the_hash_of_the_body_and_the_token(void **state)
{
    struct keys keys = suite_keys("TOKEN");
    struct sign_request request = {
        .method = "GET", .host = "h", .path = "/", .service = "s3", .region = "us-east-1"
    };
    struct buf got = { 0 };

    (void)state;
    sign_request(&got, &request, &keys);
    assert_non_null(strstr(buf_cstr(&got), "\nX-Amz-Content-Sha256: e3b0c44298fc1c149afbf4c8996fb"
                                           "92427ae41e4649b934ca495991b7852b855\n"));
    assert_non_null(strstr(buf_cstr(&got), "\nX-Amz-Security-Token: TOKEN\n"));
    buf_release(&got);
    keys_release(&keys);
}

static void test_keys__what_no_key_holds_is_refused(void **state)
{
    static const char *const bad[] = { "", "a b", "a\nHost: evil", "a\x7f", "\xc3\xa9" };
    struct keys keys;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(keys_set(&keys, slice_of(bad[i]), SLICE("s"), SLICE("")), STATUS_INVALID);
        assert_int_equal(keys_set(&keys, SLICE("i"), slice_of(bad[i]), SLICE("")), STATUS_INVALID);
        assert_null(keys.id);
    }
    assert_int_equal(keys_set(&keys, SLICE("i"), SLICE("s"), SLICE("a b")), STATUS_INVALID);
}

static void test_uri__all_but_unreserved_characters_are_encoded(void **state)
{
    struct buf out = { 0 };

    (void)state;
    uri_encode(&out, SLICE("az09-._~/ +%=&?#\x01\xc3\xa9*'()"), true);
    assert_string_equal(buf_cstr(&out), "az09-._~/%20%2B%25%3D%26%3F%23%01%C3%A9%2A%27%28%29");
    buf_reset(&out);
    uri_encode(&out, SLICE("a/b"), false);
    assert_string_equal(buf_cstr(&out), "a%2Fb");
    buf_release(&out);
}

static void test_uri__every_byte_comes_back(void **state)
{
    struct buf encoded = { 0 }, decoded = { 0 };
    uint8_t bytes[256];

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)i;
    uri_encode(&encoded, (struct slice){ bytes, sizeof(bytes) }, true);
    uri_decode(&decoded, buf_view(&encoded), true);
    assert_true(slice_eq(buf_view(&decoded), (struct slice){ bytes, sizeof(bytes) }));
    buf_release(&encoded);
    buf_release(&decoded);
}

static void test_uri__half_an_escape_stands_for_itself(void **state)
{
    static const struct {
        const char *in, *out;
        bool plus;
    } cases[] = { { "%", "%", true },
                  { "a%4", "a%4", true },
                  { "%zz%41", "%zzA", true },
                  { "a+b%2b", "a b+", true },
                  { "a+b", "a+b", false } };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf out = { 0 };

        uri_decode(&out, slice_of(cases[i].in), cases[i].plus);
        assert_string_equal(buf_cstr(&out), cases[i].out);
        buf_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sign__vectors),
        cmocka_unit_test(test_sign__s3_needs_the_hash_of_the_body_and_the_token),
        cmocka_unit_test(test_keys__what_no_key_holds_is_refused),
        cmocka_unit_test(test_uri__all_but_unreserved_characters_are_encoded),
        cmocka_unit_test(test_uri__every_byte_comes_back),
        cmocka_unit_test(test_uri__half_an_escape_stands_for_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
