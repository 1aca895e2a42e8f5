/* test_filter.c - what is known of genuine values, held against many random ones. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/array.h"
#include "detect/filter.h"
#include "made_up.h"

/* Random values that each figure is computed over. */
enum { VALUES = 200000 };

typedef bool dropped_fn(struct slice value);

static bool is_below_4_25(struct slice value)
{
    return filter_entropy(value) < 4.25;
}

static bool is_below_2_5(struct slice value)
{
    return filter_entropy(value) < 2.5;
}

static bool is_wordy(struct slice value)
{
    return filter_is_wordy(value, false);
}

static bool is_wordy_labelled(struct slice value)
{
    return filter_is_wordy(value, true);
}

/* Of random secrets (40 of base64), or ids where `prefix` is set, how many `dropped` drops. */
static unsigned count_dropped(dropped_fn *dropped, const char *prefix, size_t len)
{
    uint64_t seed = 40;
    unsigned n = 0;

    for (int i = 0; i < VALUES; i++) {
        char value[MADE_UP_SIZE];

        if (prefix)
            made_up_id(&seed, prefix, value);
        else
            made_up_secret(&seed, len, value);
        n += dropped(slice_of(value));
    }
    return n;
}

static void test_filter__drops_few_genuine_values(void **state)
{
    static const struct {
        const char *name;
        dropped_fn *dropped;
        const char *prefix;
        size_t len;
        double most; /* of a million */
    } rows[] = {
        { "words, secrets", is_wordy, NULL, 40, 300 },
        { "words, labelled secrets", is_wordy_labelled, NULL, 40, 12 },
        { "words, 64 characters", is_wordy, NULL, 64, 100 },
        { "words, tokens", is_wordy, NULL, 300, 0 },
        { "encoded, secrets", filter_is_encoded, NULL, 40, 0 },
        { "fillers, secrets", filter_is_filler, NULL, 40, 0 },
        { "fillers, ids", filter_is_filler, "AKIA", 0, 5 },
        { "entropy under 4.25, secrets", is_below_4_25, NULL, 40, 100 },
        { "entropy under 2.5, ids", is_below_2_5, "AKIA", 0, 5 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        unsigned n = count_dropped(rows[i].dropped, rows[i].prefix, rows[i].len);
        double got = n * 1e6 / VALUES;

        if (got > rows[i].most)
            fail_msg("%s: expected at most %.0f in a million dropped, got %.0f", rows[i].name,
                     rows[i].most, got);
    }
}

/* And the floors are worth their price: hex digits and letters of one kind are dropped. */
static void test_filter__drops_what_is_no_secret(void **state)
{
    static const struct {
        const char *name, *alphabet;
        dropped_fn *dropped;
        double least; /* of all */
    } rows[] = {
        { "digest in hex, entropy", "0123456789abcdef", is_below_4_25, 1 },
        { "decimal digits, entropy", "0123456789", is_below_4_25, 1 },
        { "small letters, words", "abcdefghijklmnopqrstuvwxyz", is_wordy, 1 },
        { "mostly small letters, words", "abcdefghijklmnopqrstuvwxyzetaoinshrdluAB", is_wordy,
          .98 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint64_t seed = 41;
        unsigned n = 0;

        for (int k = 0; k < VALUES / 10; k++) {
            char value[MADE_UP_SIZE];

            made_up_run(&seed, rows[i].alphabet, (unsigned)strlen(rows[i].alphabet), 40, value);
            n += rows[i].dropped(slice_of(value));
        }
        if (n < rows[i].least * (VALUES / 10))
            fail_msg("%s: expected %.2f of all dropped, got %.4f", rows[i].name, rows[i].least,
                     n * 10. / VALUES);
    }
}

static void test_filter__entropy_is_shannons(void **state)
{
    static const struct {
        const char *value;
        double bits;
    } rows[] = {
        { "", 0 },
        { "a", 0 },
        { "aaaaaaaa", 0 },
        { "ab", 1 },
        { "abab", 1 },
        { "abcd", 2 },
        { "aaab", 0.811278124459 },
        { "abcdefgh", 3 },
        { "0123456789abcdef", 4 },
    };
    uint8_t every[256];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        double got = filter_entropy(slice_of(rows[i].value));

        if (fabs(got - rows[i].bits) > 1e-9)
            fail_msg("\"%s\": expected %.9f, got %.9f", rows[i].value, rows[i].bits, got);
    }
    for (size_t i = 0; i < sizeof(every); i++)
        every[i] = (uint8_t)i;
    assert_true(fabs(filter_entropy((struct slice){ every, sizeof(every) }) - 8) < 1e-9);
}

static void test_filter__knows_fillers(void **state)
{
    static const struct {
        const char *value;
        bool filler;
    } rows[] = {
        { "", false },
        { "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX", true },
        { "0000000000000000000000000000000000000001", true },
        { "abcdefghijklmnopqrstuvwxyzabcdefghijklmn", true },
        { "q7xxxxxxxk2", true },                 /* more than a half */
        { "q7Lkp2Zs4xxxxxxRt6Uw9Bn3Mv", false }, /* six alike */
        { "q7Lkp2Zs4xxxxxxxRt6Uw9Bn3Mv", true }, /* seven */
        { "q7Lkp2Zs4abcdefRt6Uw9Bn3Mv", false }, /* six that rise */
        { "q7Lkp2Zs4abcdefgRt6Uw9Bn3Mv", true }, /* seven */
        { "q7Lkp2Zs41234567Rt6Uw9Bn3Mv", true },
        { "axbxcxdxexfx", false }, /* exactly a half */
        { "axbxcxdxexfxx", true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (filter_is_filler(slice_of(rows[i].value)) != rows[i].filler)
            fail_msg("\"%s\": expected %d, got %d", rows[i].value, rows[i].filler, !rows[i].filler);
}

static void test_filter__knows_words_and_paths(void **state)
{
    static const struct {
        const char *value;
        bool wordy, labelled;
    } rows[] = {
        { "usr/share/doc/python/examples/readmes/in", true, true },
        { "com/example/service/impl/AccountManager1", true, true },
        { "src/main/java/org/project/service/handle", true, true },
        { "abstractSingletonProxyFactoryBeanCreator", true, true },
        { "ThisIsAVeryLongClassNameWithFortyLetters", true, true },
        { "policyTokenParseDefaultObjectKeyReadMake", true, true },
        { "getS3ObjectVersionFromBucketsInRegionsX1", true, true },
        { "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", true, true },
        { "0123456789012345678901234567890123456789", true, true },
        { "aB3/aB3/aB3/aB3/aB3/aB3/aB3/aB3/aB3/aB3/", false, false },
        { "njbltQ7iktuY7jshrrdk1jmNowavzaQHvcoN4Tov", false, false }, /* 25 of 40 in runs */
        { "aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgHiJkLmN", false, false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool wordy = is_wordy(slice_of(rows[i].value));
        bool labelled = is_wordy_labelled(slice_of(rows[i].value));

        if (wordy != rows[i].wordy || labelled != rows[i].labelled)
            fail_msg("\"%s\": expected %d, %d with a label, got %d, %d", rows[i].value,
                     rows[i].wordy, rows[i].labelled, wordy, labelled);
    }
}

static void test_filter__knows_labels_of_digests(void **state)
{
    static const struct {
        const char *label;
        bool digest;
    } rows[] = {
        { "", false },
        { "sha1", true },
        { "SHA256", true },
        { "file_sha512", true },
        { "commitId", true },
        { "ETag", true },
        { "x-amz-signature", true },
        { "integrity", true },
        { "md5", true },
        { "fingerprint", true },
        { "secret", false },
        { "aws_secret_access_key", false },
        { "password", false },
        { "sh", false },
        { "has", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (filter_label_is_digest(slice_of(rows[i].label)) != rows[i].digest)
            fail_msg("\"%s\": expected %d, got %d", rows[i].label, rows[i].digest, !rows[i].digest);
}

static void test_filter__knows_labels_of_other_services(void **state)
{
    static const struct {
        const char *label;
        bool other;
    } rows[] = {
        { "", false },
        { "recaptcha_secret_key", true },
        { "STRIPE_SECRET_KEY", true },
        { "spring.jwt.secretKey", true },
        { "secret_key", false },
        { "stripe_export_s3_secret_key", false },
        { "github-aws-secret", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (filter_label_is_other_service(slice_of(rows[i].label)) != rows[i].other)
            fail_msg("\"%s\": expected %d, got %d", rows[i].label, rows[i].other, !rows[i].other);
}

static void test_filter__knows_what_is_encoded(void **state)
{
    static const struct {
        const char *value;
        bool encoded;
    } rows[] = {
        { "5C8d4CcfdcaE1AFbBB5fE93080f6b3eCf1862ABC", true },
        { "5C8d4CcfdcaE1AFbBB5fE93080f6b3eCf1862ABG", false },
        { "c3ZjLWJhY2t1cDpRN3hMcDJaczRSdDZVdzlCbjNN", true }, /* svc-backup:Q7xLp2… */
        { "c3ZjLWJhY2t1cDpRN3hMcDJaczRSdDZVdzlCbjP/", false },
        { "c3ZjLWJhY2t1cDpRN3hMcDJaczRSdDZVdzlCbjNNUTc=", true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (filter_is_encoded(slice_of(rows[i].value)) != rows[i].encoded)
            fail_msg("\"%s\": expected %d, got %d", rows[i].value, rows[i].encoded,
                     !rows[i].encoded);
}

/* `before` and `after` of the same kind of run on either side of an id. */
static bool is_in_base64(const char *before, const char *id, const char *after)
{
    char text[4 * MADE_UP_SIZE];
    int len = snprintf(text, sizeof(text), "%s%s%s", before, id, after);
    size_t start = strlen(before);

    return filter_in_base64((struct slice){ (uint8_t *)text, (size_t)len }, start,
                            start + strlen(id));
}

static void test_filter__knows_an_id_in_base64(void **state)
{
    enum { ROUNDS = 2000 };
    unsigned left = 0, right = 0, paired = 0;
    uint64_t seed = 42;

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        char id[MADE_UP_SIZE], run[MADE_UP_SIZE], secret[MADE_UP_SIZE];

        made_up_id(&seed, "AKIA", id);
        made_up_secret(&seed, 200, run);
        made_up_secret(&seed, 40, secret);
        run[199] = '/';
        left += is_in_base64(run, id, "\n");
        run[0] = '/';
        right += is_in_base64("\n", id, run);
        /* "id/secret" and "id+secret" are how some write a pair. */
        memmove(secret + 1, secret, 41);
        secret[0] = i % 2 ? '/' : '+';
        paired += is_in_base64("key=", id, secret);
        assert_false(is_in_base64("", id, ""));
        assert_false(is_in_base64("key: \"", id, "\" # the key"));
        assert_false(is_in_base64("/home/user/documents/backup/keys/", id, "/readme"));
    }
    if (left < ROUNDS * .97 || right < ROUNDS * .97)
        fail_msg("expected nearly all of %d in base64, got %u with it on the left, %u on the right",
                 ROUNDS, left, right);
    if (paired)
        fail_msg("expected no id before its secret taken for base64, got %u", paired);
}

/* A value on a line of its own, between texts. */
static bool is_wrapped(const char *before, const char *value, const char *after)
{
    char text[4 * MADE_UP_SIZE];
    int len = snprintf(text, sizeof(text), "%s%s%s", before, value, after);
    size_t start = strlen(before);

    return filter_is_wrapped((struct slice){ (uint8_t *)text, (size_t)len }, start,
                             start + strlen(value));
}

static void test_filter__knows_the_last_line_of_wrapped_base64(void **state)
{
    char value[MADE_UP_SIZE], line[MADE_UP_SIZE], crlf[MADE_UP_SIZE + 8], before[MADE_UP_SIZE + 8];
    uint64_t seed = 43;

    (void)state;
    made_up_secret(&seed, 40, value);
    made_up_secret(&seed, 64, line);
    snprintf(before, sizeof(before), "%s\n  ", line);
    assert_true(is_wrapped(before, value, "\n"));
    snprintf(before, sizeof(before), "%s\r\n", line);
    assert_true(is_wrapped(before, value, "\r\n"));
    snprintf(before, sizeof(before), "%s\r", line);
    assert_true(is_wrapped(before, value, "\r"));
    snprintf(before, sizeof(before), "%s\" +\r\n  \"", line);
    assert_true(is_wrapped(before, value, "\";\n"));
    snprintf(before, sizeof(before), "%s\",\n\"", line); /* a list's members */
    assert_false(is_wrapped(before, value, "\"\n"));
    snprintf(crlf, sizeof(crlf), "\r\n\t%s", line);
    assert_true(is_wrapped("key:\n", value, crlf));
    assert_false(is_wrapped("", value, ""));
    assert_false(is_wrapped("\n", value, "\n"));
    assert_false(is_wrapped("key = ", value, "\n"));
    line[40] = '\0'; /* another secret, and no line of a wrapping */
    snprintf(before, sizeof(before), "%s\n", line);
    assert_false(is_wrapped(before, value, "\n"));
    snprintf(crlf, sizeof(crlf), "\n%s", line);
    assert_false(is_wrapped("\n", value, crlf));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filter__drops_few_genuine_values),
        cmocka_unit_test(test_filter__drops_what_is_no_secret),
        cmocka_unit_test(test_filter__entropy_is_shannons),
        cmocka_unit_test(test_filter__knows_fillers),
        cmocka_unit_test(test_filter__knows_words_and_paths),
        cmocka_unit_test(test_filter__knows_labels_of_digests),
        cmocka_unit_test(test_filter__knows_labels_of_other_services),
        cmocka_unit_test(test_filter__knows_what_is_encoded),
        cmocka_unit_test(test_filter__knows_an_id_in_base64),
        cmocka_unit_test(test_filter__knows_the_last_line_of_wrapped_base64),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
