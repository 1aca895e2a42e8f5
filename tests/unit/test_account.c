/* test_account.c - the account that an access key id carries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/account.h"
#include "base/array.h"

struct row {
    const char *id, *account; /* "" where the id carries none */
};

static void test_account__is_read_from_ids_of_the_newer_kind(void **state)
{
    /* Cut in two, so that no line holds the whole of an id. */
    static const struct row rows[] = {
        { "AKIA" /* leaktrawl:allow: from the published vectors */
          "SP2TPHJSQH3FJRUX",
          "171436882533" },
        { "ASIA"
          "SP2TPHJSQH3FJRUX",
          "171436882533" },
        { "AKIA" /* leaktrawl:allow: from the published vectors */
          "QAAAAAAAAAAAAAAA",
          "000000000000" },
        { "AKIA" /* leaktrawl:allow: from the published vectors */
          "QAAAAAAB77777777",
          "000000000003" },
        { "alice-at-470123886651", "470123886651" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char got[ACCOUNT_SIZE];
        bool known = account_of(slice_of(rows[i].id), got);

        if (!known || strcmp(got, rows[i].account))
            fail_msg("%s: expected %s, got %s", rows[i].id, rows[i].account, known ? got : "none");
    }
}

static void test_account__is_none_where_the_id_carries_none(void **state)
{
    static const char *const ids[] = {
        "AKIA"               /* leaktrawl:allow: from the published vectors */
        "JWMRCSBBKQO4HQCQ",  /* older */
        "AKIA"               /* leaktrawl:allow: from the published vectors */
        "PP2TPHJSQH3FJRUX",  /* the last letter of the older kind */
        "AKIA"               /* leaktrawl:allow: from the published vectors */
        "SP2TPHJSQH3FJRU",   /* short */
        "AKIA"               /* leaktrawl:allow: from the published vectors */
        "SP2TPHJSQH3FJRUXX", /* long */
        "AKIA"               /* leaktrawl:allow: from the published vectors */
        "SP2TPHJ1QH3FJRUX",  /* 1 is no base32 */
        "AKIA"               /* leaktrawl:allow: from the published vectors */
        "SP2TPHJSQH3FJRU8",
        "AKIA" /* leaktrawl:allow: from the published vectors */
        "sp2tphjsqh3fjrux",
        "AKIA"              /* leaktrawl:allow: from the published vectors */
        "7777777777777777", /* more than 12 digits */
        "alice-at-47012388665",
        "alice-at-4701238866x1",
        "",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        char got[ACCOUNT_SIZE] = "unset";

        if (account_of(slice_of(ids[i]), got) || *got)
            fail_msg("%s: expected none, got %s", ids[i], got);
    }
}

static void test_account__is_none_without_an_id(void **state)
{
    char got[ACCOUNT_SIZE];

    (void)state;
    assert_false(account_of((struct slice){ 0 }, got));
    assert_string_equal(got, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_account__is_read_from_ids_of_the_newer_kind),
        cmocka_unit_test(test_account__is_none_where_the_id_carries_none),
        cmocka_unit_test(test_account__is_none_without_an_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
