/* test_report_jsonl.c - JSON Lines byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/array.h"
#include "json_lines.h"
#include "report/fingerprint.h"
#include "report_scene.h"

#define GOLDEN_UNVERIFIED                                                                         \
    "\"verification\":{\"status\":\"unverified\",\"arn\":null,\"account\":null,\"user_id\":null," \
    "\"checked_at\":null,\"error\":null,\"kind\":null},\"next_steps\":null}\n"

/* The fingerprint of `finding`, put into `golden` where it says FP. */
static void with_fingerprint(struct buf *out, const char *golden, const struct finding *finding)
{
    const char *mark = strstr(golden, "FP");
    char fingerprint[FINGERPRINT_SIZE];

    fingerprint_of(finding, fingerprint);
    buf_printf(out, "%.*s%s%s", (int)(mark - golden), golden, fingerprint, mark + 2);
}

static void test_report_jsonl__has_every_field(void **state)
{
    static const char *const golden[] = {
        "{\"type\":\"finding\",\"rule\":\"aws-key-pair\",\"severity\":\"critical\","
        "\"confidence\":\"high\",\"fingerprint\":\"FP\",\"access_key_id\":\"{lone.id}\","
        "\"secret_access_key\":\"{lone.secret:4}…\",\"session_token\":null,\"value\":null,"
        "\"account\":\"{lone.account}\",\"account_label\":null,\"count\":1,"
        "\"location\":{\"target\":\"site\",\"path\":\"conf/settings.env\",\"line\":4,"
        "\"column\":21,\"offset\":160,\"decoded\":[]},"
        "\"secret_location\":{\"path\":\"conf/settings.env\",\"line\":5,\"column\":25,"
        "\"offset\":205},"
        "\"git\":{\"repository\":null,\"first_commit\":"
        "\"0123456789abcdef0123456789abcdef01234567\","
        "\"last_commit\":\"89abcdef0123456789abcdef0123456789abcdef\","
        "\"author\":\"Ann Example "
        "<ann@example.com>\",\"date\":\"2021-03-04T17:02:11+01:00\",\"last_date\":null,"
        "\"blob\":\"5f0c1d2e3f405162738495a6b7c8d9eafb0c1d2e\",\"kind\":\"blob\",\"in_work_tree\":"
        "false,"
        "\"at_head\":false,\"on_remote\":null,\"commits\":3,"
        "\"paths\":[\"conf/prod.env\",\"conf/settings.env\"]},\"s3\":null," GOLDEN_UNVERIFIED,
        NULL,
        "{\"type\":\"finding\",\"rule\":\"aws-session-credentials\",\"severity\":\"high\","
        "\"confidence\":\"high\",\"fingerprint\":\"FP\",\"access_key_id\":\"{session.id}\","
        "\"secret_access_key\":\"{session.secret:4}…\",\"session_token\":\"{session.token:4}…\","
        "\"value\":null,\"account\":\"{session.account}\",\"account_label\":null,\"count\":1,"
        "\"location\":{\"target\":\"site\",\"path\":\"site/conf/prod.env\",\"line\":118,"
        "\"column\":21,\"offset\":4720,\"decoded\":[]},"
        "\"secret_location\":{\"path\":\"site/conf/prod.env\",\"line\":118,\"column\":25,"
        "\"offset\":4765},\"git\":null,\"s3\":null," GOLDEN_UNVERIFIED,
        NULL,
        "{\"type\":\"finding\",\"rule\":\"aws-key-pair\",\"severity\":\"critical\","
        "\"confidence\":\"medium\",\"fingerprint\":\"FP\",\"access_key_id\":\"{other.id}\","
        "\"secret_access_key\":\"{other.secret:4}…\",\"session_token\":null,\"value\":null,"
        "\"account\":\"{other.account}\",\"account_label\":null,\"count\":1,"
        "\"location\":{\"target\":\"site\",\"path\":\"site/k8s/access_key\",\"line\":1,"
        "\"column\":21,\"offset\":40,\"decoded\":[]},"
        "\"secret_location\":{\"path\":\"site/k8s/secret_key\",\"line\":1,\"column\":1,"
        "\"offset\":0},\"git\":null,\"s3\":null," GOLDEN_UNVERIFIED,
        "{\"type\":\"finding\",\"rule\":\"aws-access-key-id\",\"severity\":\"low\","
        "\"confidence\":\"high\",\"fingerprint\":\"FP\",\"access_key_id\":\"{lone.id}\","
        "\"secret_access_key\":null,\"session_token\":null,\"value\":null,"
        "\"account\":\"{lone.account}\",\"account_label\":null,\"count\":1204,"
        "\"location\":{\"target\":\"site\",\"path\":\"site/logs/app.log\",\"line\":90,"
        "\"column\":21,\"offset\":3600,\"decoded\":[]},"
        "\"secret_location\":null,\"git\":null,\"s3\":null," GOLDEN_UNVERIFIED,
        "{\"type\":\"finding\",\"rule\":\"aws-secret-access-key\",\"severity\":\"high\","
        "\"confidence\":\"high\",\"fingerprint\":\"FP\",\"access_key_id\":null,"
        "\"secret_access_key\":\"{secret.secret:4}…\",\"session_token\":null,\"value\":null,"
        "\"account\":null,\"account_label\":null,\"count\":1,"
        "\"location\":{\"target\":\"site\",\"path\":\"site/logs/app.log\",\"line\":91,"
        "\"column\":21,\"offset\":3640,\"decoded\":[]},"
        "\"secret_location\":null,\"git\":null,\"s3\":null," GOLDEN_UNVERIFIED,
        "{\"type\":\"finding\",\"rule\":\"bedrock-api-key\",\"severity\":\"medium\","
        "\"confidence\":\"high\",\"fingerprint\":\"FP\",\"access_key_id\":null,"
        "\"secret_access_key\":null,\"session_token\":null,\"value\":\"{token.secret:4}…\","
        "\"account\":null,\"account_label\":null,\"count\":1,"
        "\"location\":{\"target\":\"site\",\"path\":\"site/logs/app.log\",\"line\":92,"
        "\"column\":21,\"offset\":3680,\"decoded\":[]},"
        "\"secret_location\":null,\"git\":null,\"s3\":null," GOLDEN_UNVERIFIED,
    };
    static const char last[] =
        "{\"type\":\"error\",\"target\":\"site\",\"path\":null,\"message\":\"too deep\"}\n"
        "{\"type\":\"error\",\"target\":\"site\",\"path\":\"site/private\","
        "\"message\":\"Permission denied\"}\n"
        "{\"type\":\"summary\",\"report_version\":1,\"findings\":8,\"by_rule\":{\"aws-access-key-"
        "id\":1,"
        "\"aws-key-pair\":4,\"aws-secret-access-key\":1,\"aws-session-credentials\":1,"
        "\"bedrock-api-key\":1},\"credentials\":7,\"by_verification\":{\"unverified\":7},\"files\":"
        "1204,\"bytes\":56349000,"
        "\"repositories\":1,\"blobs\":12001,\"blob_bytes\":987654321,\"commits\":320,"
        "\"merges\":20,\"tags\":3,\"refs\":5,\"archives\":0,\"objects\":0,\"temporary_ids\":41,"
        "\"allowed\":2,\"baselined\":0,\"rules_off\":0,\"errors\":2,"
        "\"skipped\":{\"unreadable\":1,\"symlink\":1,\"limit\":1},"
        "\"baseline\":null,\"settings\":[],\"complete\":false,"
        "\"tool\":{\"name\":\"leaktrawl\",\"version\":\"0.1.0\"}}\n";
    struct report_options options = { .format = REPORT_JSONL };
    struct rules_values values[VALUES];
    struct outcome outcome;
    char *got, *line;

    (void)state;
    make_values(values);
    make_outcome(&outcome, values);
    got = line = report(&outcome, &options);
    assert_int_equal(outcome.finding_count, COUNT_OF(golden));
    for (size_t i = 0; i < outcome.finding_count; i++) {
        char *end = strchr(line, '\n') + 1;
        struct buf marked = { 0 };
        char kept = *end;

        *end = '\0';
        if (golden[i]) {
            with_fingerprint(&marked, golden[i], &outcome.findings[i]);
            expect(values, buf_cstr(&marked), line);
        }
        *end = kept;
        line = end;
        buf_release(&marked);
    }
    expect(values, last, line);
    free(got);
    outcome_release(&outcome);
}

static void test_report_jsonl__shows_secrets_where_asked(void **state)
{
    struct report_options options = { .format = REPORT_JSONL, .show_secrets = true };
    struct rules_values values[VALUES];
    struct outcome outcome = { 0 };
    struct finding finding;
    cJSON *line;

    (void)state;
    make_values(values);
    finding = pair_of(&values[SESSION], "a", 1);
    finding.token = slice_of(values[SESSION].token);
    outcome_add(&outcome, &finding);
    line = first_line(&outcome, &options);
    expect_text("secret", values[SESSION].secret, text_at(line, NULL, "secret_access_key"));
    expect_text("token", values[SESSION].token, text_at(line, NULL, "session_token"));
    cJSON_Delete(line);
    outcome_release(&outcome);
}

static void test_report_jsonl__says_whether_it_works(void **state)
{
    struct report_options options = { .format = REPORT_JSONL };
    struct verification known = { .verdict = VERDICT_LIVE,
                                  .arn = "arn:aws:iam::123456789012:user/ci/alice",
                                  .account = "123456789012",
                                  .user_id = "AIDAEXAMPLE",
                                  .checked_at = "2026-11-22T07:00:00Z",
                                  .error = "a doubt" };
    struct rules_values values[VALUES];
    struct outcome outcome = { 0 };
    struct finding finding;
    cJSON *line, *steps, *step;

    (void)state;
    make_values(values);
    finding = pair_of(&values[PAIR], "a", 1);
    outcome_add(&outcome, &finding);
    assert_int_equal(outcome_verify(&outcome, 0, &known), STATUS_OK);
    outcome.findings[0].account_label = "ours";
    known = (struct verification){ 0 }; /* it was copied */
    line = first_line(&outcome, &options);
    expect_text("label", "ours", text_at(line, NULL, "account_label"));
    expect_text("status", "live", text_at(line, "verification", "status"));
    expect_text("arn", "arn:aws:iam::123456789012:user/ci/alice",
                text_at(line, "verification", "arn"));
    expect_text("account", "123456789012", text_at(line, "verification", "account"));
    expect_text("user_id", "AIDAEXAMPLE", text_at(line, "verification", "user_id"));
    expect_text("checked_at", "2026-11-22T07:00:00Z", text_at(line, "verification", "checked_at"));
    expect_text("error", "a doubt", text_at(line, "verification", "error"));
    expect_text("kind", "user", text_at(line, "verification", "kind"));
    steps = cJSON_GetObjectItem(line, "next_steps");
    assert_int_equal(cJSON_GetArraySize(steps), 4);
    step = cJSON_GetArrayItem(steps, 3);
    expect_text("step", "delete", text_at(step, NULL, "step"));
    assert_non_null(strstr(text_at(step, NULL, "command"), "--user-name=alice "));
    cJSON_Delete(line);
    outcome_release(&outcome);
}

static void test_report_jsonl__numbers_are_exact(void **state)
{
    struct report_options options = { .format = REPORT_JSONL };
    struct outcome outcome = { .coverage.bytes = UINT64_MAX, .coverage.files = 9007199254740993u };
    char *got = report(&outcome, &options);

    (void)state;
    assert_non_null(strstr(got, "\"bytes\":18446744073709551615,"));
    assert_non_null(strstr(got, "\"files\":9007199254740993,"));
    free(got);
}

static void test_report_jsonl__names_the_object(void **state)
{
    const struct {
        struct s3_origin s3;
        const char *expected;
    } rows[] = {
        { { "b", SLICE("a b/%+ü.txt"), "v1", "2021-03-04T17:02:11Z", "9e107d9d" },
          "\"s3\":{\"bucket\":\"b\",\"key\":\"a b/%+ü.txt\",\"version_id\":\"v1\","
          "\"uri\":\"s3://b/a b/%+ü.txt\",\"last_modified\":\"2021-03-04T17:02:11Z\","
          "\"etag\":\"9e107d9d\"}," },
        { { "b", SLICE("%\xff"), NULL, NULL, NULL },
          "\"s3\":{\"bucket\":\"b\",\"key\":\"%25%FF\",\"key_encoding\":\"percent\","
          "\"version_id\":null,\"uri\":\"s3://b/%25%FF\",\"last_modified\":null,"
          "\"etag\":null}," },
        { { "b", SLICE("a\nb\0c"), NULL, NULL, NULL },
          "\"key\":\"a\\nb\xef\xbf\xbd"
          "c\"," },
    };
    struct report_options options = { .format = REPORT_JSONL };
    struct rules_values values[VALUES];

    (void)state;
    make_values(values);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct finding finding = pair_of(&values[PAIR], "a", 1);
        struct outcome outcome = { 0 };
        char *got;

        finding.s3 = &rows[i].s3;
        outcome_add(&outcome, &finding);
        got = report(&outcome, &options);
        if (!strstr(got, rows[i].expected))
            fail_msg("expected %s in %s", rows[i].expected, got);
        free(got);
        outcome_release(&outcome);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_report_jsonl__has_every_field),
        cmocka_unit_test(test_report_jsonl__shows_secrets_where_asked),
        cmocka_unit_test(test_report_jsonl__names_the_object),
        cmocka_unit_test(test_report_jsonl__says_whether_it_works),
        cmocka_unit_test(test_report_jsonl__numbers_are_exact),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
