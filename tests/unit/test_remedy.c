/* test_remedy.c - which commands are printed for which credential, and that they are quoted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>

#include "base/array.h"
#include "report/remedy.h"

#define KEY "AKIA0000000000000000"
#define SESSION "ASIA0000000000000000"
#define USED "look: aws iam get-access-key-last-used --access-key-id=" KEY
#define EVENTS                                                                         \
    "look: aws cloudtrail lookup-events --lookup-attributes=AttributeKey=AccessKeyId," \
    "AttributeValue="
#define STOP "stop: aws iam update-access-key"
#define DELETE "delete: aws iam delete-access-key"
#define WHICH " --access-key-id=" KEY
#define OFF " --status=Inactive"
#define POLICY                                                                                    \
    " --policy-name=AWSRevokeOlderSessions --policy-document='{\"Version\":\"2012-10-17\","       \
    "\"Statement\":[{\"Effect\":\"Deny\",\"Action\":[\"*\"],\"Resource\":[\"*\"],\"Condition\":{" \
    "\"DateLessThan\":{\"aws:TokenIssueTime\":\"2026-11-22T07:00:00Z\"}}}]}'"
#define GOV " --region=us-gov-west-1"
#define CHINA " --region=cn-north-1"
#define MEAN " --user-name='-x;'\\''$(id)'\\'''"

static void steps_of(const struct finding *finding, struct buf *out)
{
    struct buf command = { 0 };
    const char *name;

    for (size_t i = 0; (name = remedy_step(finding, i, &command)); i++) {
        buf_printf(out, "%s: %s\n", name, buf_cstr(&command));
        buf_reset(&command);
    }
    buf_release(&command);
}

static void test_remedy__suits_the_principal(void **state)
{
    static const struct {
        const char *id, *arn, *expected;
    } rows[] = {
        { KEY, "arn:aws:iam::123456789012:user/ci/alice",
          USED "\n" EVENTS KEY "\n" STOP " --user-name=alice" WHICH OFF "\n" DELETE
               " --user-name=alice" WHICH "\n" },
        { KEY, "arn:aws-us-gov:iam::123456789012:root",
          USED GOV "\n" EVENTS KEY GOV "\n" STOP WHICH OFF GOV "\n" DELETE WHICH GOV "\n" },
        { KEY, "arn:aws:iam::123456789012:user/-x;'$(id)'",
          USED "\n" EVENTS KEY "\n" STOP MEAN WHICH OFF "\n" DELETE MEAN WHICH "\n" },
        { KEY, "nonsense", EVENTS KEY "\n" },
        { SESSION, "arn:aws:sts::123456789012:assumed-role/deploy/i-0123",
          EVENTS SESSION "\nrevoke: aws iam put-role-policy --role-name=deploy" POLICY "\n" },
        { SESSION, "arn:aws-cn:iam::123456789012:user/bob",
          EVENTS SESSION CHINA "\nrevoke: aws iam put-user-policy --user-name=bob" POLICY CHINA
                               "\n" },
        { SESSION, "arn:aws:sts::123456789012:federated-user/eve", EVENTS SESSION "\n" },
        { SESSION, "arn:aws:iam::123456789012:root", EVENTS SESSION "\n" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct verification known = { .verdict = VERDICT_LIVE,
                                      .arn = rows[i].arn,
                                      .checked_at = "2026-11-22T07:00:00Z" };
        struct finding finding = { .id = slice_of(rows[i].id), .verification = &known };
        struct buf got = { 0 };

        steps_of(&finding, &got);
        if (strcmp(buf_cstr(&got), rows[i].expected))
            fail_msg("%s: expected\n%sgot\n%s", rows[i].arn, rows[i].expected, buf_cstr(&got));
        buf_release(&got);
    }
}

static void test_remedy__is_for_live_credentials_only(void **state)
{
    (void)state;
    for (unsigned verdict = 0; verdict < VERDICT_COUNT; verdict++) {
        struct verification known = { .verdict = (enum verdict)verdict,
                                      .arn = "arn:aws:iam::123456789012:user/alice",
                                      .checked_at = "2026-11-22T07:00:00Z" };
        struct finding finding = { .id = slice_of(KEY), .verification = &known };
        struct buf got = { 0 };

        if ((remedy_step(&finding, 0, &got) != NULL) != (verdict == VERDICT_LIVE))
            fail_msg("%s: got \"%s\"", verdict_names[known.verdict], buf_cstr(&got));
        buf_release(&got);
    }
}

static void test_remedy__is_given_for_a_time_only(void **state)
{
    static const char *const rows[] = { "",
                                        "2026-11-22",
                                        "2026-11-22T07:00:00",
                                        "2026-11-22T07:00:00Zx",
                                        "2026-11-22T07:00:0xZ",
                                        "\"'; rm x #07:00:00Z" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct verification known = { .verdict = VERDICT_LIVE,
                                      .arn = "arn:aws:iam::123456789012:user/alice",
                                      .checked_at = rows[i] };
        struct finding finding = { .id = slice_of(SESSION), .verification = &known };
        struct buf got = { 0 };

        if (remedy_step(&finding, 0, &got))
            fail_msg("\"%s\": got \"%s\"", rows[i], buf_cstr(&got));
        buf_release(&got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_remedy__suits_the_principal),
        cmocka_unit_test(test_remedy__is_for_live_credentials_only),
        cmocka_unit_test(test_remedy__is_given_for_a_time_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
