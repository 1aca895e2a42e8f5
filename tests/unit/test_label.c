/* test_label.c - the name before a value in the ways that people assign, and what names share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/array.h"
#include "detect/label.h"

static void expect_name(const char *text, const char *expected, struct slice got)
{
    if (!slice_eq(got, slice_of(expected)))
        fail_msg("%s: expected \"%s\", got \"%.*s\"", text, expected, (int)got.len,
                 (const char *)got.ptr);
}

/* In every text the value begins at the `^`. */
static void test_label__before_finds_the_name(void **state)
{
    static const struct {
        const char *text, *name;
    } rows[] = {
        { "AWS_KEY=^", "AWS_KEY" },
        { "aws_key = ^", "aws_key" },
        { "export AWS_KEY=\"^", "AWS_KEY" },
        { "\"AwsKey\": \"^", "AwsKey" },
        { "'aws-key' => '^", "aws-key" },
        { "fs.s3a.key: ^", "fs.s3a.key" },
        { "<AwsKey>^", "AwsKey" },
        { "<entry key=\"AwsKey\">^", "AwsKey" },
        { "variable \"aws_key\" {\n  default = \"^", "aws_key" },
        { "variable \"aws_key\" {\n  a = { b = 1 }\n  default = \"^", "aws_key" },
        { "variable \"region\" {\n  default = \"^", "" },
        { "my_key := `^", "my_key" },
        { "- name: AWS_KEY\n  value: ^", "AWS_KEY" },
        { "\"name\": \"AWS_KEY\",\n \"value\": \"^", "AWS_KEY" },
        { "{\"key\": \"app/my_secret\", \"flags\": 0, \"value\": \"^", "app/my_secret" },
        { "{\"a\": \"my_key\"}, {\"b\": 0, \"value\": \"^", "" },
        { "\"my_key\": {\"S\": \"^", "my_key" },
        { "{\"sha1\": {\"value\": \"^", "sha1" },
        { "myKey: String = \"^", "myKey" },
        { "myKey(\"^", "myKey" },
        { "secrets, ^", "secrets" },
        /* nothing that assigns, and nothing that speaks of keys */
        { "hello, ^", "" },
        { "hello(\"^", "" },
        /* twenty signs of base32 are an id, which comes before its secret */
        { "AWSKEYSECRETAWSKEY22:^", "" },
        { "AWSKEYSECRETAWSKEY2:^", "AWSKEYSECRETAWSKEY2" },
        { "AWSKEYSECRETAWSKEY21:^", "AWSKEYSECRETAWSKEY21" },
        { "^", "" },
        { "= ^", "" },
        { "aws_key =\n^", "" },
        { "aws_key =                              ^", "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice text = slice_of(rows[i].text);

        assert_int_equal(text.ptr[text.len - 1], '^');
        expect_name(rows[i].text, rows[i].name, label_before(text, text.len - 1));
    }
}

/* What stands behind the value tells nothing, and a name is cut at its maximum. */
static void test_label__before_looks_left_only(void **state)
{
    char text[400];
    struct slice got;

    (void)state;
    expect_name("pass_key=value;other=x", "pass_key",
                label_before(slice_of("pass_key=value;other=x"), 9));
    memset(text, 'k', sizeof(text));
    text[300] = '=';
    got = label_before((struct slice){ (uint8_t *)text, sizeof(text) }, 301);
    assert_in_range(got.len, 1, 128);
    assert_ptr_equal(got.ptr + got.len, text + 300);
}

static void test_label__around_takes_the_whole_name(void **state)
{
    static const struct {
        const char *text;
        size_t start, end;
        const char *name;
    } rows[] = {
        { "PROD_SECRET_KEY=x", 5, 11, "PROD_SECRET_KEY" },
        { "\"prod.secret-key2\"", 6, 12, "prod.secret-key2" },
        { "a secret b", 2, 8, "secret" },
        { "secret", 0, 6, "secret" },
        { "", 0, 0, "" },
        { "= =", 1, 1, "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        expect_name(rows[i].text, rows[i].name,
                    label_around(slice_of(rows[i].text), rows[i].start, rows[i].end));
}

/* Names of one credential have one stem. */
static void test_label__stem_joins_the_names_of_a_credential(void **state)
{
    static const char *const same[][2] = {
        { "PROD_AWS_ACCESS_KEY_ID", "PROD_AWS_SECRET_ACCESS_KEY" },
        { "prodAccessKeyId", "prod-secret-access-key" },
        { "aws_key_2", "secretKey2" },
        { "AWS_ACCESS_KEY_ID_STAGING", "AWS_SECRET_ACCESS_KEY_STAGING" },
        { "fs.s3a.bucket.logs.access.key", "fs.s3a.bucket.logs.secret.key" },
        { "backup_username", "backup_password" },
        { "TF_VAR_prod_key", "TF_VAR_prod_secret" },
        { "prod_session_token", "prod_access_key" },
    };
    static const char *const different[][2] = {
        { "PROD_ACCESS_KEY_ID", "DEV_SECRET_ACCESS_KEY" },
        { "aws_key_1", "aws_secret_2" },
        { "prod_key", "secret_key" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        uint64_t a = label_stem(slice_of(same[i][0])), b = label_stem(slice_of(same[i][1]));

        if (!a || a != b)
            fail_msg("%s, %s: expected one stem, got %llx and %llx", same[i][0], same[i][1],
                     (unsigned long long)a, (unsigned long long)b);
    }
    for (size_t i = 0; i < COUNT_OF(different); i++)
        if (label_stem(slice_of(different[i][0])) == label_stem(slice_of(different[i][1])))
            fail_msg("%s, %s: expected two stems, got one", different[i][0], different[i][1]);
}

static void test_label__stem_is_nothing_where_the_name_says_nothing(void **state)
{
    static const char *const names[] = {
        "",
        "aws_access_key_id",
        "AWS_SECRET_ACCESS_KEY",
        "accessKeyId",
        "secret_key",
        "aws.session.token",
        "fs.s3a.access.key",
        "S3_KEY",
        "prod",
        "region",
        "- _ .",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (label_stem(slice_of(names[i])))
            fail_msg("%s: expected no stem, got one", names[i]);
}

static void test_label__stem_takes_names_of_any_length(void **state)
{
    char name[1000];

    (void)state;
    memset(name, 'x', sizeof(name));
    memcpy(name, "key", 3);
    assert_int_not_equal(label_stem((struct slice){ (uint8_t *)name, sizeof(name) }), 0);
}

static void test_label__has_ignores_case(void **state)
{
    static const struct {
        const char *name, *word;
        bool has;
    } rows[] = {
        { "AwsSecretKey", "secret", true }, { "SECRET", "secret", true },
        { "secre", "secret", false },       { "", "secret", false },
        { "xsecret", "secret", true },      { "se_cret", "secret", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (label_has(slice_of(rows[i].name), rows[i].word) != rows[i].has)
            fail_msg("%s has %s: expected %d, got %d", rows[i].name, rows[i].word, rows[i].has,
                     !rows[i].has);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_label__before_finds_the_name),
        cmocka_unit_test(test_label__before_looks_left_only),
        cmocka_unit_test(test_label__around_takes_the_whole_name),
        cmocka_unit_test(test_label__stem_joins_the_names_of_a_credential),
        cmocka_unit_test(test_label__stem_is_nothing_where_the_name_says_nothing),
        cmocka_unit_test(test_label__stem_takes_names_of_any_length),
        cmocka_unit_test(test_label__has_ignores_case),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
