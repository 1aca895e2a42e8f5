/* test_report_text.c - the report for people byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/array.h"
#include "report_scene.h"

#define GOLDEN_KEYS                                                                           \
    "Next: deactivate each key (aws iam update-access-key --status Inactive --access-key-id " \
    "ID),\nissue a new one, and see what it did: leaktrawl trail REPORT LOGS.\n"
#define GOLDEN_FILES "No leak? Put leaktrawl:allow in a comment at the end of its line.\n\n"

static void test_report_text__groups_by_credential(void **state)
{
    static const char golden[] =
        "conf/settings.env:4:21 (history)  critical  aws-key-pair  high confidence\n"
        "  id       {lone.id} (account {lone.account})\n"
        "  secret   {lone.secret:4}… (36 hidden) at 5:25\n"
        "  since    0123456789ab, 2021-03-04, Ann Example <ann@example.com>; gone from HEAD\n"
        "  also at  conf/prod.env (history)\n"
        "\n"
        "site/conf/prod.env:2:21  critical  aws-key-pair  high confidence\n"
        "  id       {pair.id} (account {pair.account})\n"
        "  secret   {pair.secret:4}… (36 hidden) at 3:25\n"
        "  also at  site/deploy/old.env:7:21\n"
        "\n"
        "site/conf/prod.env:118:21  high  aws-session-credentials  high confidence\n"
        "  id       {session.id} (account {session.account})\n"
        "  secret   {session.secret:4}… (36 hidden)\n"
        "  token    {session.token:4}… (396 hidden)\n"
        "\n"
        "site/k8s/access_key:1:21  critical  aws-key-pair  medium confidence\n"
        "  id       {other.id} (account {other.account})\n"
        "  secret   {other.secret:4}… (36 hidden) in site/k8s/secret_key:1:1\n"
        "\n"
        "site/logs/app.log:90:21  low  aws-access-key-id  high confidence\n"
        "  id       {lone.id} (account {lone.account}, 1,204 places)\n"
        "\n"
        "site/logs/app.log:91:21  high  aws-secret-access-key  high confidence\n"
        "  secret   {secret.secret:4}… (36 hidden)\n"
        "\n"
        "site/logs/app.log:92:21  medium  bedrock-api-key  high confidence\n"
        "  secret   {token.secret:4}… (128 hidden)\n"
        "\n" GOLDEN_KEYS GOLDEN_FILES
        "3 key pairs, 1 set of session credentials, 1 lone secret key, 1 lone key id, "
        "1 bedrock-api-key in 1,204 files (56.3 MB), 1 repository (12,001 blobs); "
        "2 allowed by marks; 41 temporary ids without a secret; skipped 1 symbolic link; "
        "NOT COMPLETE: 1 unreadable, 1 limit reached\n";
    struct report_options options = { .targets = targets, .target_count = 1 };
    struct rules_values values[VALUES];
    struct outcome outcome;
    char *got;

    (void)state;
    make_values(values);
    make_outcome(&outcome, values);
    got = report(&outcome, &options);
    expect(values, golden, got);
    free(got);
    outcome_release(&outcome);
}

static void test_report_text__shows_secrets_where_asked(void **state)
{
    struct report_options options = { .show_secrets = true };
    struct rules_values values[VALUES];
    struct outcome outcome = { 0 };
    struct finding finding;
    char *got;

    (void)state;
    make_values(values);
    finding = pair_of(&values[SESSION], "a", 1);
    finding.token = slice_of(values[SESSION].token);
    outcome_add(&outcome, &finding);
    got = report(&outcome, &options);
    expect(values,
           "a:1:21  critical  aws-key-pair  high confidence\n"
           "  id       {session.id} (account {session.account})\n"
           "  secret   {session.secret} at 2:25\n"
           "  token    {session.token}\n"
           "\n" GOLDEN_KEYS GOLDEN_FILES "1 key pair in 0 files (0 bytes); nothing skipped\n",
           got);
    free(got);
    outcome_release(&outcome);
}

static void test_report_text__says_whether_it_works_and_what_to_do(void **state)
{
    static const struct verification known[] = {
        { .verdict = VERDICT_LIVE,
          .arn = "arn:aws:iam::123456789012:user/ci/alice",
          .checked_at = "2026-11-22T07:00:00Z",
          .error = "a\033 doubt" },
        { .verdict = VERDICT_UNKNOWN, .error = "could not connect" },
    };
    struct report_options options = { 0 };
    struct rules_values values[VALUES];
    struct outcome outcome = { 0 };
    struct finding findings[2];
    char *got;

    (void)state;
    make_values(values);
    findings[0] = pair_of(&values[PAIR], "a", 1);
    findings[1] = pair_of(&values[OTHER], "a", 9);
    for (size_t i = 0; i < 2; i++) {
        outcome_add(&outcome, &findings[i]);
        assert_int_equal(outcome_verify(&outcome, i, &known[i]), STATUS_OK);
    }
    outcome.findings[0].account_label = "ours";
    got = report(&outcome, &options);
    expect(values,
           "a:1:21  critical  aws-key-pair  high confidence\n"
           "  id       {pair.id} (account {pair.account}, ours)\n"
           "  secret   {pair.secret:4}… (36 hidden) at 2:25\n"
           "  status   live at 2026-11-22T07:00:00Z: a\\x1b doubt\n"
           "  owner    user alice, arn:aws:iam::123456789012:user/ci/alice\n"
           "  look     aws iam get-access-key-last-used --access-key-id={pair.id}\n"
           "  look     aws cloudtrail lookup-events --lookup-attributes="
           "AttributeKey=AccessKeyId,AttributeValue={pair.id}\n"
           "  stop     aws iam update-access-key --user-name=alice "
           "--access-key-id={pair.id} --status=Inactive\n"
           "  delete   aws iam delete-access-key --user-name=alice "
           "--access-key-id={pair.id}\n"
           "\n"
           "a:9:21  critical  aws-key-pair  high confidence\n"
           "  id       {other.id} (account {other.account})\n"
           "  secret   {other.secret:4}… (36 hidden) at 10:25\n"
           "  status   unknown: could not connect\n"
           "\n" GOLDEN_KEYS GOLDEN_FILES
           "2 key pairs (1 live, 1 unknown) in 0 files (0 bytes); nothing skipped\n",
           got);
    free(got);
    outcome_release(&outcome);
}

static void test_report_text__lists_five_other_places(void **state)
{
    static const struct {
        unsigned places;
        const char *last; /* of the listing; "" for none */
    } rows[] = {
        { 1, "" },
        { 6, "  also at  p1:1:21\n           p2:1:21\n           p3:1:21\n"
             "           p4:1:21\n           p5:1:21\n" },
        { 7, "  also at  p1:1:21\n           p2:1:21\n           p3:1:21\n"
             "           p4:1:21\n           p5:1:21\n"
             "           and 1 more place\n" },
        { 9, "  also at  p1:1:21\n           p2:1:21\n           p3:1:21\n"
             "           p4:1:21\n           p5:1:21\n"
             "           and 3 more places\n" },
    };
    struct report_options options = { 0 };
    struct rules_values values[VALUES];

    (void)state;
    make_values(values);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct outcome outcome = { 0 };
        struct buf golden = { 0 };
        char *got;

        for (unsigned k = 0; k < rows[i].places; k++) {
            char path[16];
            struct finding finding;

            snprintf(path, sizeof(path), "p%u", k);
            finding = pair_of(&values[PAIR], path, 1);
            outcome_add(&outcome, &finding);
        }
        buf_printf(&golden,
                   "p0:1:21  critical  aws-key-pair  high confidence\n"
                   "  id       {pair.id} (account {pair.account})\n"
                   "  secret   {pair.secret:4}… (36 hidden) at 2:25\n%s"
                   "\n" GOLDEN_KEYS GOLDEN_FILES
                   "1 key pair in 0 files (0 bytes); nothing skipped\n",
                   rows[i].last);
        outcome_sort(&outcome, targets, 1);
        got = report(&outcome, &options);
        expect(values, buf_cstr(&golden), got);
        free(got);
        buf_release(&golden);
        outcome_release(&outcome);
    }
}

static void test_report_text__names_the_kind_of_history(void **state)
{
    static const struct {
        const char *path;
        struct git_origin git;
        const char *place, *since;
    } rows[] = {
        { "a/b",
          { .kind = "blob",
            .blob = "00112233445566",
            .repository = "src/app",
            .on_remote = KNOWN_NOT },
          "a/b:1:21 (history of src/app)",
          "no commit holds object 001122334455; gone from HEAD" },
        { "",
          { .kind = "commit", .blob = "00112233445566", .first_commit = "00112233445566" },
          "1:21 (message of commit 001122334455)",
          "001122334455; gone from HEAD; on no remote" },
        { "src/app",
          { .kind = "tag",
            .blob = "00112233445566",
            .first_commit = "aabbccddeeff00",
            .repository = "r",
            .at_head = KNOWN_NOT,
            .on_remote = KNOWN_YES },
          "src/app:1:21 (message of tag 001122334455 in r)",
          "aabbccddeeff; on a remote" },
        { "src/app/a",
          { .kind = "blob",
            .first_commit = "aabbccddeeff00",
            .date = "2021-03-04T17:02:11Z",
            .at_head = KNOWN_YES,
            .on_remote = KNOWN_NOT,
            .in_work_tree = true },
          "src/app/a:1:21",
          "aabbccddeeff, 2021-03-04; still at HEAD" },
    };
    struct report_options options = { 0 };
    struct rules_values values[VALUES];

    (void)state;
    make_values(values);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct finding finding = pair_of(&values[PAIR], rows[i].path, 1);
        struct outcome outcome = { 0 };
        struct buf golden = { 0 };
        char *got;

        finding.git = &rows[i].git;
        outcome_add(&outcome, &finding);
        buf_printf(&golden,
                   "%s  critical  aws-key-pair  high confidence\n"
                   "  id       {pair.id} (account {pair.account})\n"
                   "  secret   {pair.secret:4}… (36 hidden) at 2:25\n"
                   "  since    %s\n"
                   "\n" GOLDEN_KEYS "%s1 key pair in 0 files (0 bytes); nothing skipped\n",
                   rows[i].place, rows[i].since,
                   finding_in_history(&finding) ? "\n" : GOLDEN_FILES);
        got = report(&outcome, &options);
        expect(values, buf_cstr(&golden), got);
        free(got);
        buf_release(&golden);
        outcome_release(&outcome);
    }
}

static void test_report_text__names_the_object(void **state)
{
    const struct {
        const char *path;
        struct s3_origin s3;
        const char *line;
    } rows[] = {
        { "m/a\n", { "b", SLICE("p/a\n"), NULL, NULL, NULL }, "  object   s3://b/p/a\\x0a\n" },
        { "m/a",
          { "b", SLICE("p/a"), "v1", "2021-03-04T17:02:11Z", "00" },
          "  object   s3://b/p/a, version v1, 2021-03-04T17:02:11Z\n" },
        { "s3://b/p/a.gz!a", { "b", SLICE("p/a.gz"), NULL, NULL, "00" }, "" },
        { "s3://b/p/a",
          { "b", SLICE("p/a"), NULL, "2021-03-04T17:02:11Z", NULL },
          "  object   2021-03-04T17:02:11Z\n" },
        { "s3://bb/a", { "b", SLICE("a"), NULL, NULL, NULL }, "  object   s3://b/a\n" },
    };
    struct report_options options = { 0 };
    struct rules_values values[VALUES];

    (void)state;
    make_values(values);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct finding finding = pair_of(&values[PAIR], rows[i].path, 1);
        struct outcome outcome = { 0 };
        struct buf golden = { 0 };
        char *got;

        finding.s3 = &rows[i].s3;
        outcome_add(&outcome, &finding);
        got = report(&outcome, &options);
        buf_printf(&golden, "at 2:25\n%s\n" GOLDEN_KEYS, rows[i].line);
        if (!strstr(got, buf_cstr(&golden)))
            fail_msg("expected %s in %s", buf_cstr(&golden), got);
        free(got);
        buf_release(&golden);
        outcome_release(&outcome);
    }
}

static void test_report_text__tells_versions_apart(void **state)
{
    struct s3_origin versions[] = { { .bucket = "b", .key = SLICE("k"), .version_id = "v1" },
                                    { .bucket = "b", .key = SLICE("k"), .version_id = "v2" } };
    struct report_options options = { 0 };
    struct outcome outcome = { 0 };
    struct rules_values values[VALUES];
    char *got;

    (void)state;
    make_values(values);
    for (size_t i = 0; i < 2; i++) {
        struct finding finding = pair_of(&values[PAIR], "s3://b/k", 1);

        finding.s3 = &versions[1 - i];
        outcome_add(&outcome, &finding);
    }
    outcome_sort(&outcome, targets, 1);
    got = report(&outcome, &options);
    assert_non_null(strstr(got, "  object   version v1\n"
                                "  also at  s3://b/k:1:21 (version v2)\n"));
    free(got);
    outcome_release(&outcome);
}

static void test_report_text__says_what_is_next_only_of_keys_that_may_work(void **state)
{
    static const struct {
        enum verdict first, second;
        bool told;
    } rows[] = {
        { VERDICT_DEAD, VERDICT_EXPIRED, false },      { VERDICT_CANARY, VERDICT_DEAD, false },
        { VERDICT_DEAD, VERDICT_UNKNOWN, true },       { VERDICT_MISMATCH, VERDICT_DEAD, true },
        { VERDICT_EXPIRED, VERDICT_UNVERIFIED, true }, { VERDICT_LIVE, VERDICT_DEAD, true },
    };
    struct report_options options = { 0 };
    struct rules_values values[VALUES];

    (void)state;
    make_values(values);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct verification known[] = { { .verdict = rows[i].first },
                                              { .verdict = rows[i].second } };
        struct outcome outcome = { 0 };
        char *got;

        for (size_t k = 0; k < 2; k++) {
            struct finding finding = pair_of(&values[k ? OTHER : PAIR], "a", 1 + 8 * k);

            outcome_add(&outcome, &finding);
            assert_int_equal(outcome_verify(&outcome, k, &known[k]), STATUS_OK);
        }
        got = report(&outcome, &options);
        assert_int_equal(strstr(got, "Next: deactivate") != NULL, rows[i].told);
        assert_non_null(strstr(got, GOLDEN_FILES));
        free(got);
        outcome_release(&outcome);
    }
}

static void test_report_text__summary(void **state)
{
    static const struct {
        struct coverage coverage;
        bool quiet;
        const char *expected;
    } rows[] = {
        { { 0 }, false, "no credentials found in 0 files (0 bytes); nothing skipped\n" },
        { { 0 }, true, "" },
        { { .files = 1, .bytes = 1 },
          false,
          "no credentials found in 1 file (1 byte); nothing skipped\n" },
        { { .files = 999, .bytes = 999 },
          false,
          "no credentials found in 999 files (999 bytes); nothing skipped\n" },
        { { .files = 1000, .bytes = 1000 },
          false,
          "no credentials found in 1,000 files (1.0 kB); nothing skipped\n" },
        { { .files = 1234567, .bytes = 999999999 },
          false,
          "no credentials found in 1,234,567 files (999.9 MB); nothing skipped\n" },
        { { .files = 2, .bytes = UINT64_MAX },
          false,
          "no credentials found in 2 files (18.4 EB); nothing skipped\n" },
        { { .repositories = 2, .blobs = 1 },
          false,
          "no credentials found in 2 repositories (1 blob); nothing skipped\n" },
        { { .blobs = 12 }, false, "no credentials found in 12 blobs; nothing skipped\n" },
        { { .files = 3, .bytes = 5, .skipped = { [SKIP_SYMLINK] = 2, [SKIP_TOO_LARGE] = 1 } },
          false,
          "no credentials found in 3 files (5 bytes); skipped 1 too large, 2 symbolic links\n" },
        { { .files = 3, .bytes = 5, .skipped = { [SKIP_MISSING] = 2 } },
          true,
          "no credentials found in 3 files (5 bytes); NOT COMPLETE: 2 missing objects\n" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct report_options options = { .quiet = rows[i].quiet };
        struct outcome outcome = { .coverage = rows[i].coverage };
        char *got = report(&outcome, &options);

        expect(NULL, rows[i].expected, got);
        free(got);
    }
}

static void test_report_text__colours_only_where_asked(void **state)
{
    struct report_options options = { .colour = true };
    struct outcome outcome = { .coverage.skipped = { [SKIP_LIMIT] = 1 } };
    struct rules_values values[VALUES];
    struct finding finding;
    char *got;

    (void)state;
    make_values(values);
    finding = pair_of(&values[PAIR], "a\x1b[31m", 1);
    outcome_add(&outcome, &finding);
    got = report(&outcome, &options);
    expect(values,
           "\x1b[1;35ma\\x1b[31m\x1b[0m:\x1b[32m1:21\x1b[0m  \x1b[1;31mcritical\x1b[0m  "
           "aws-key-pair  high confidence\n"
           "  id       {pair.id} (account {pair.account})\n"
           "  secret   {pair.secret:4}… (36 hidden) at 2:25\n"
           "\n" GOLDEN_KEYS GOLDEN_FILES
           "1 key pair in 0 files (0 bytes); \x1b[1;31mNOT COMPLETE: 1 limit reached\x1b[0m\n",
           got);
    free(got);
    outcome_release(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_report_text__groups_by_credential),
        cmocka_unit_test(test_report_text__shows_secrets_where_asked),
        cmocka_unit_test(test_report_text__says_whether_it_works_and_what_to_do),
        cmocka_unit_test(test_report_text__lists_five_other_places),
        cmocka_unit_test(test_report_text__names_the_kind_of_history),
        cmocka_unit_test(test_report_text__names_the_object),
        cmocka_unit_test(test_report_text__tells_versions_apart),
        cmocka_unit_test(test_report_text__says_what_is_next_only_of_keys_that_may_work),
        cmocka_unit_test(test_report_text__summary),
        cmocka_unit_test(test_report_text__colours_only_where_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
