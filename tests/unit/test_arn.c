/* test_arn.c - the forms of ARN that STS answers with, and what is none of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/arn.h"
#include "base/array.h"

static void expect_slice(const char *what, const char *expected, struct slice got)
{
    if (!slice_eq(slice_of(expected), got))
        fail_msg("%s: expected \"%s\", got \"%.*s\"", what, expected, (int)got.len,
                 got.ptr ? (const char *)got.ptr : "");
}

static void test_arn__takes_principals_apart(void **state)
{
    static const struct {
        const char *text, *partition, *principal, *name, *session;
    } rows[] = {
        { "arn:aws:iam::123456789012:user/alice", "aws", "user", "alice", "" },
        { "arn:aws-cn:iam::123456789012:user/a/path/alice", "aws-cn", "user", "alice", "" },
        { "arn:aws-us-gov:iam::123456789012:root", "aws-us-gov", "root", "", "" },
        { "arn:aws:sts::123456789012:assumed-role/role/i-0123", "aws", "role session", "role",
          "i-0123" },
        { "arn:aws:sts::123456789012:assumed-role/role/a:b/c", "aws", "role session", "role",
          "a:b/c" },
        { "arn:aws:sts::123456789012:federated-user/bob", "aws", "federated user", "bob", "" },
        { "arn:aws:sts::123456789012:assumed-role/role", "aws", "other", "", "" },
        { "arn:aws:iam::123456789012:user/", "aws", "other", "", "" },
        { "arn:aws:iam::123456789012:user/path/", "aws", "other", "", "" },
        { "arn:aws:iam::123456789012:role/role", "aws", "other", "", "" },
        { "arn:aws:sts::123456789012:user/alice", "aws", "other", "", "" },
        { "arn:aws:iam::123456789012:", "aws", "other", "", "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct arn arn;

        if (!arn_parse(slice_of(rows[i].text), &arn))
            fail_msg("%s was refused", rows[i].text);
        expect_slice(rows[i].text, "123456789012", arn.account);
        expect_slice(rows[i].text, rows[i].partition, arn.partition);
        expect_slice(rows[i].text, rows[i].principal, slice_of(principal_name(arn.principal)));
        expect_slice(rows[i].text, rows[i].name, arn.name);
        expect_slice(rows[i].text, rows[i].session, arn.session);
    }
}

static void test_arn__refuses_what_is_none(void **state)
{
    static const char *const rows[] = {
        "",
        "arn",
        "arn:aws:iam::123456789012",
        "arn:aws:iam::12345678901:user/alice",
        "arn:aws:iam::1234567890123:user/alice",
        "arn:aws:iam::12345678901a:user/alice",
        "urn:aws:iam::123456789012:user/alice",
        "arn:aws:iam::123456789012:user/al ice",
        "arn:aws:iam::123456789012:user/al\nice",
        "arn:aws:iam::123456789012:user/al\x7fice",
        "arn:aws:iam::123456789012:user/al\xc3\xa9",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct arn arn = { .principal = PRINCIPAL_USER };

        if (arn_parse(slice_of(rows[i]), &arn) || arn.principal != PRINCIPAL_OTHER ||
            arn.account.ptr)
            fail_msg("\"%s\" was taken", rows[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arn__takes_principals_apart),
        cmocka_unit_test(test_arn__refuses_what_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
