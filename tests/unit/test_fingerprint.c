/* test_fingerprint.c - what enters a credential's name and what does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/array.h"
#include "report/fingerprint.h"

static const struct rule pair = { "test-pair", "a pair", SEVERITY_CRITICAL };
static const struct rule lone = { "test-lone", "a lone id", SEVERITY_LOW };

/* The first half of SHA-256 as sha256sum prints it for the same bytes. */
static void test_fingerprint__is_half_of_sha256(void **state)
{
    static const struct {
        const struct rule *rule;
        const char *id, *secret, *expected;
    } rows[] = {
        { &pair, "first", "second", "lt1:a15b91a282daf8909791c1b0397c9d9b" },
        { &pair, NULL, "second", "lt1:c0be13f7bfafc4ce156f4f568d7844cf" },
        { &lone, "first", NULL, "lt1:cd64eba687bed2834c01db0692748431" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct finding finding = { .rule = rows[i].rule,
                                   .id = slice_of(rows[i].id),
                                   .secret = slice_of(rows[i].secret),
                                   .path = "" };
        char got[FINGERPRINT_SIZE];

        fingerprint_of(&finding, got);
        if (strcmp(got, rows[i].expected))
            fail_msg("row %zu: expected %s, got %s", i, rows[i].expected, got);
    }
}

static void test_fingerprint__survives_moves(void **state)
{
    static const struct git_origin git = { .blob = "0123456789" };
    struct finding a = { .rule = &pair,
                         .id = SLICE("first"),
                         .secret = SLICE("second"),
                         .path = "a.ini",
                         .place = { 1, 2, 3 } };
    struct finding b = a;
    char left[FINGERPRINT_SIZE], right[FINGERPRINT_SIZE];

    (void)state;
    b.token = SLICE("token");
    b.target = "elsewhere";
    b.path = "b.ini";
    b.secret_path = "c.ini";
    b.place.offset = b.secret_place.line = 9;
    b.confidence = CONFIDENCE_HIGH;
    b.count = 7;
    b.git = &git;
    fingerprint_of(&a, left);
    fingerprint_of(&b, right);
    assert_string_equal(left, right);
}

static void test_fingerprint__keeps_the_parts_apart(void **state)
{
    struct finding a = { .rule = &pair, .id = SLICE("ab"), .secret = SLICE("c"), .path = "" };
    struct finding b = { .rule = &pair, .id = SLICE("a"), .secret = SLICE("bc"), .path = "" };
    char left[FINGERPRINT_SIZE], right[FINGERPRINT_SIZE];

    (void)state;
    fingerprint_of(&a, left);
    fingerprint_of(&b, right);
    assert_string_not_equal(left, right);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fingerprint__is_half_of_sha256),
        cmocka_unit_test(test_fingerprint__survives_moves),
        cmocka_unit_test(test_fingerprint__keeps_the_parts_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
