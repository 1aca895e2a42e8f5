/* test_accounts.c - lists of accounts: their form, their order, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>

#include "base/array.h"
#include "verify/accounts.h"

static void expect_name(const struct accounts *accounts, const char *account, const char *expected)
{
    const char *got = accounts_name(accounts, account);

    if ((got != NULL) != (expected != NULL) || (got && strcmp(got, expected)))
        fail_msg("%s: expected %s, got %s", account, expected ? expected : "none",
                 got ? got : "none");
}

static void test_accounts__reads_lines(void **state)
{
    struct accounts accounts = { 0 };

    (void)state;
    assert_int_equal(accounts_add(&accounts,
                                  SLICE("# a list\n"
                                        "\n"
                                        "999999999999 the last\n"
                                        "000000000001,by a comma\r\n"
                                        "  123456789012\t ours # really\n"
                                        "123456789012 theirs\n"
                                        "123456789013 C# shop\n"
                                        "500000000000 no end"),
                                  "list"),
                     STATUS_OK);
    assert_int_equal(accounts.count, 5);
    expect_name(&accounts, "999999999999", "the last");
    expect_name(&accounts, "000000000001", "by a comma");
    expect_name(&accounts, "123456789012", "ours");
    expect_name(&accounts, "123456789013", "C# shop");
    expect_name(&accounts, "500000000000", "no end");
    expect_name(&accounts, "123456789014", NULL);
    expect_name(&accounts, "", NULL);
    expect_name(&accounts, "12345678901", NULL);
    assert_int_equal(accounts_add(&accounts, SLICE("123456789014 more"), "other"), STATUS_OK);
    expect_name(&accounts, "123456789014", "more");
    accounts_release(&accounts);
}

static void test_accounts__refuses_other_forms(void **state)
{
    static const struct {
        const char *text, *where;
    } rows[] = {
        { "123456789012", "list:1" },          { "123456789012 ", "list:1" },
        { "123456789012 #name", "list:1" },    { "12345678901 x", "list:1" },
        { "1234567890123 x", "list:1" },       { "\n\nx 123456789012", "list:3" },
        { "123456789012 x\n12a y", "list:2" }, { "123456789012x y", "list:1" },
        { "123456789012 ,", "list:1" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct accounts accounts = { 0 };

        if (accounts_add(&accounts, slice_of(rows[i].text), "list") != STATUS_INVALID ||
            !strstr(err_text(), rows[i].where))
            fail_msg("\"%s\": expected to be refused at %s, got %s", rows[i].text, rows[i].where,
                     err_text());
        accounts_release(&accounts);
    }
}

static void test_accounts__the_built_in_canaries_can_be_read(void **state)
{
    struct accounts accounts = { 0 };

    (void)state;
    assert_int_equal(accounts_add(&accounts, canary_accounts, "canaries"), STATUS_OK);
    assert_int_equal(accounts.count, 29);
    expect_name(&accounts, "171436882533", "canarytokens.org [trufflehog, kingfisher]");
    accounts_release(&accounts);
}

static void test_accounts__a_file_that_is_not_there_is_named(void **state)
{
    struct accounts accounts = { 0 };

    (void)state;
    assert_int_equal(accounts_read(&accounts, "/nowhere/at/all"), STATUS_IO);
    assert_non_null(strstr(err_text(), "/nowhere/at/all"));
    assert_int_equal(accounts_read(&accounts, "/"), STATUS_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accounts__reads_lines),
        cmocka_unit_test(test_accounts__refuses_other_forms),
        cmocka_unit_test(test_accounts__the_built_in_canaries_can_be_read),
        cmocka_unit_test(test_accounts__a_file_that_is_not_there_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
