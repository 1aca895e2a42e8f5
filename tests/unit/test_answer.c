/* test_answer.c - what each answer of STS says, in XML and in JSON, and what says nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/buf.h"
#include "verify/answer.h"

#define XML                                                                                  \
    "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender" \
    "</Type><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>"
#define JSON \
    "{\"Error\":{\"Code\":\"%s\",\"Message\":\"%s\",\"Type\":\"Sender\"},\"RequestId\":\"1\"}"
#define TYPED "{\"__type\":\"com.amazonaws.sts#%s:http://x/\",\"message\":\"%s\"}"
#define LIVE(arn, id, account)                                                              \
    "<GetCallerIdentityResponse xmlns=\"x\"><GetCallerIdentityResult><Arn>" arn             \
    "</Arn><UserId>" id "</UserId><Account>" account "</Account></GetCallerIdentityResult>" \
    "</GetCallerIdentityResponse>"
#define USER "arn:aws:iam::123456789012:user/alice"

static struct answer answer_to(struct arena *arena, int code, const char *body)
{
    struct reply reply = { .http_code = code, .body = slice_of(body), .skew_s = -600 };
    struct answer answer;

    assert_int_equal(answer_read(&answer, arena, &reply), STATUS_OK);
    return answer;
}

static void expect(const char *what, const struct answer *answer, enum verdict verdict, bool again,
                   const char *error)
{
    if (answer->verdict != verdict || answer->again != again ||
        (error ? !answer->error || !strstr(answer->error, error) : answer->error != NULL))
        fail_msg("%s: expected %s%s (%s), got %s%s (%s)", what, verdict_names[verdict],
                 again ? ", again" : "", error ? error : "no error", verdict_names[answer->verdict],
                 answer->again ? ", again" : "", answer->error ? answer->error : "no error");
}

static void test_answer__goes_by_the_code_in_either_form(void **state)
{
    static const struct {
        int http;
        const char *code, *message;
        enum verdict verdict;
        bool again;
        const char *error;
    } rows[] = {
        { 403, "InvalidClientTokenId", "x", VERDICT_DEAD, false, NULL },
        { 403, "InvalidAccessKeyId", "x", VERDICT_DEAD, false, NULL },
        { 400, "UnrecognizedClientException", "x", VERDICT_DEAD, false, NULL },
        { 403, "SignatureDoesNotMatch", "does not match", VERDICT_MISMATCH, false, NULL },
        { 400, "InvalidSignatureException", "does not match", VERDICT_MISMATCH, false, NULL },
        { 403, "SignatureDoesNotMatch", "Signature expired: a", VERDICT_UNKNOWN, false,
          "600 s beh" },
        { 403, "SignatureDoesNotMatch", "Signature not yet current: a", VERDICT_UNKNOWN, false,
          "clock" },
        { 400, "RequestExpired", "x", VERDICT_UNKNOWN, false, "clock" },
        { 403, "RequestTimeTooSkewed", "x", VERDICT_UNKNOWN, false, "clock" },
        { 403, "ExpiredToken", "x", VERDICT_EXPIRED, false, NULL },
        { 400, "ExpiredTokenException", "x", VERDICT_EXPIRED, false, NULL },
        { 403, "AccessDenied", "no", VERDICT_UNKNOWN, false, "named nobody" },
        { 403, "AccessDenied", "User: nobody is not", VERDICT_UNKNOWN, false, "named nobody" },
        { 403, "AccessDeniedException", "User: " USER " is not authorized", VERDICT_LIVE, false,
          "denied" },
        { 403, "OptInRequired", "x", VERDICT_UNKNOWN, false, "OptInRequired" },
        { 403, "RegionDisabledException", "x", VERDICT_UNKNOWN, false, "RegionDisabled" },
        { 403, "MissingAuthenticationToken", "x", VERDICT_UNKNOWN, false, "MissingAuth" },
        { 400, "IncompleteSignature", "x", VERDICT_UNKNOWN, false, "IncompleteSignature" },
        { 400, "Throttling", "x", VERDICT_UNKNOWN, true, "Throttling" },
        { 400, "ThrottlingException", "x", VERDICT_UNKNOWN, true, "ThrottlingException" },
        { 429, "InvalidClientTokenId", "x", VERDICT_UNKNOWN, true, "429" },
        { 500, "InvalidClientTokenId", "x", VERDICT_UNKNOWN, true, "500" },
        { 503, "SignatureDoesNotMatch", "x", VERDICT_UNKNOWN, true, "503" },
        { 302, "InvalidClientTokenId", "x", VERDICT_UNKNOWN, false, "302" },
        { 200, "InvalidClientTokenId", "x", VERDICT_UNKNOWN, false, "none that STS gives" },
        { 403, "No word", "x", VERDICT_UNKNOWN, false, "403" },
        { 403, "", "InvalidClientTokenId", VERDICT_UNKNOWN, false, "403" },
    };
    static const char *const forms[] = { XML, JSON, TYPED };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (size_t form = 0; form < COUNT_OF(forms); form++) {
            struct arena arena = { 0 };
            struct answer answer;
            char body[1024];

            snprintf(body, sizeof(body), forms[form], rows[i].code, rows[i].message);
            answer = answer_to(&arena, rows[i].http, body);
            expect(body, &answer, rows[i].verdict, rows[i].again, rows[i].error);
            if (strstr(body, "Throttl") && !answer.throttled)
                fail_msg("%s: it was throttled", body);
            if (answer.verdict == VERDICT_LIVE && strcmp(answer.arn, USER))
                fail_msg("%s: got %s", body, answer.arn);
            arena_release(&arena);
        }
}

static void test_answer__names_who_asked(void **state)
{
    static const char *const rows[] = {
        LIVE(USER, "AIDAX", "123456789012"),
        "\n <?xml version=\"1.0\"?>" LIVE(USER, "AIDAX", "123456789012"),
        "{\"GetCallerIdentityResponse\":{\"GetCallerIdentityResult\":{\"Account\":\"123456789012\","
        "\"Arn\":\"" USER "\",\"UserId\":\"AIDAX\"},\"ResponseMetadata\":{\"RequestId\":\"1\"}}}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct arena arena = { 0 };
        struct answer answer = answer_to(&arena, 200, rows[i]);

        expect(rows[i], &answer, VERDICT_LIVE, false, NULL);
        assert_string_equal(answer.arn, USER);
        assert_string_equal(answer.account, "123456789012");
        assert_string_equal(answer.user_id, "AIDAX");
        arena_release(&arena);
    }
}

static void test_answer__believes_no_other_success(void **state)
{
    static const char *const rows[] = {
        "",
        " ",
        "<",
        "{",
        "{}",
        "[]",
        "hello",
        "<html><Arn>" USER "</Arn><UserId>A</UserId><Account>123456789012</Account></html>",
        LIVE(USER, "AIDAX", "210987654321"),
        LIVE(USER, "AIDAX", ""),
        LIVE(USER, "", "123456789012"),
        LIVE(USER, "AI DA", "123456789012"),
        LIVE("", "AIDAX", "123456789012"),
        LIVE("arn:aws:iam::123456789012:user/al ice", "AIDAX", "123456789012"),
        LIVE(USER, "AIDAX", "123456789012") "x",
        "<!DOCTYPE a>" LIVE(USER, "AIDAX", "123456789012"),
        "{\"GetCallerIdentityResponse\":\"\",\"Arn\":\"" USER "\",\"UserId\":\"A\",\"Account\":1}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct arena arena = { 0 };
        struct answer answer = answer_to(&arena, 200, rows[i]);

        expect(rows[i], &answer, VERDICT_UNKNOWN, false, "none that STS gives");
        assert_null(answer.arn);
        arena_release(&arena);
    }
}

static void test_answer__none_is_asked_for_again(void **state)
{
    struct reply reply = { .error = "could not connect" };
    struct arena arena = { 0 };
    struct answer answer;

    (void)state;
    assert_int_equal(answer_read(&answer, &arena, &reply), STATUS_OK);
    expect("no answer", &answer, VERDICT_UNKNOWN, true, "could not connect");
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer__goes_by_the_code_in_either_form),
        cmocka_unit_test(test_answer__names_who_asked),
        cmocka_unit_test(test_answer__believes_no_other_success),
        cmocka_unit_test(test_answer__none_is_asked_for_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
