/* test_inquiries.c - each credential once, by id: what is asked next, and what follows from what.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/limits.h"
#include "made_up.h"
#include "verify/inquiries.h"

static const struct rule pair_rule = { "aws-key-pair", "a pair", SEVERITY_CRITICAL };

enum { IDS = 3, SECRETS = 30 };

struct scene {
    char ids[IDS][MADE_UP_SIZE]; /* the last is of a session */
    char secrets[SECRETS][MADE_UP_SIZE];
    struct outcome outcome;
    struct inquiries inquiries;
};

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    uint64_t seed = 11;

    assert_non_null(scene);
    for (size_t i = 0; i < IDS; i++)
        made_up_id(&seed, i == IDS - 1 ? "ASIA" : "AKIA", scene->ids[i]);
    for (size_t i = 0; i < SECRETS; i++)
        made_up_secret(&seed, 40, scene->secrets[i]);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;

    inquiries_release(&scene->inquiries);
    outcome_release(&scene->outcome);
    free(scene);
    return 0;
}

/* A finding at its own line; `candidates` is a list of secrets, ended by -1, or NULL. */
static void add(struct scene *scene, size_t id, size_t secret, const char *token,
                const int *candidates)
{
    struct candidate list[8];
    struct finding finding = { .rule = &pair_rule,
                               .id = slice_of(scene->ids[id]),
                               .secret = slice_of(scene->secrets[secret]),
                               .token = slice_of(token),
                               .target = "t",
                               .path = "p",
                               .place = { .offset = scene->outcome.finding_count },
                               .candidates = list };

    for (; candidates && candidates[finding.candidate_count] >= 0; finding.candidate_count++)
        list[finding.candidate_count] =
            (struct candidate){ slice_of(scene->secrets[candidates[finding.candidate_count]]),
                                { .line = 7 } };
    outcome_add(&scene->outcome, &finding);
}

static void gather(struct scene *scene)
{
    outcome_sort(&scene->outcome, NULL, 0);
    assert_int_equal(inquiries_init(&scene->inquiries, &scene->outcome), STATUS_OK);
}

/* Which of the scene's secrets try `n` is of; -1: there is no such try. */
static int secret_of(const struct scene *scene, const struct inquiry *inquiry, int n)
{
    for (int i = 0; n >= 0 && i < SECRETS; i++)
        if (slice_eq(inquiry->tries[n].secret, slice_of(scene->secrets[i])))
            return i;
    return -1;
}

static void decide_next(struct inquiry *inquiry, enum verdict verdict)
{
    struct verification known = { .verdict = verdict, .checked_at = "now" };

    inquiry_decide(inquiry, (size_t)inquiry_next(inquiry), &known);
}

static void expect_next(const struct scene *scene, const struct inquiry *inquiry, int expected)
{
    int got = secret_of(scene, inquiry, inquiry_next(inquiry));

    if (got != expected)
        fail_msg("expected secret %d to be next, got %d", expected, got);
}

static void test_inquiries__hold_each_credential_once(void **state)
{
    struct scene *scene = *state;

    add(scene, 1, 0, NULL, NULL);
    add(scene, 0, 1, NULL, NULL);
    add(scene, 1, 0, NULL, NULL);
    add(scene, 1, 2, NULL, NULL);
    gather(scene);
    assert_int_equal(scene->inquiries.count, 2);
    assert_true(slice_eq(scene->inquiries.list[0].id, slice_of(scene->ids[1])));
    assert_int_equal(scene->inquiries.list[0].try_count, 2);
    assert_int_equal(scene->inquiries.list[1].try_count, 1);
    assert_int_equal(scene->inquiries.owners[2].inquiry, 0);
    assert_int_equal(scene->inquiries.owners[2].try, 0);
    assert_int_equal(scene->inquiries.owners[3].try, 1);
}

static void test_inquiries__leave_out_what_cannot_be_asked_about(void **state)
{
    struct scene *scene = *state;
    struct finding odd[4];

    add(scene, 0, 0, NULL, NULL);
    for (size_t i = 0; i < COUNT_OF(odd); i++)
        odd[i] = scene->outcome.findings[0];
    odd[0].redacted = true;
    odd[1].secret.len = 39;
    odd[2].secret = (struct slice){ 0 };
    odd[3].id = SLICE("ABIA"
                      "QQQQQQQQQQQQQQQQ");
    assert_true(inquiry_is_askable(&scene->outcome.findings[0]));
    for (size_t i = 0; i < COUNT_OF(odd); i++)
        if (inquiry_is_askable(&odd[i]))
            fail_msg("finding %zu can be asked about", i);
}

static void test_inquiries__candidates_follow_a_mismatch(void **state)
{
    static const int near[] = { 5, 0, 6, -1 }, nearer[] = { 7, 5, -1 };
    struct scene *scene = *state;
    struct inquiry *inquiry;

    add(scene, 0, 0, NULL, near);
    add(scene, 0, 1, NULL, nearer);
    gather(scene);
    inquiry = &scene->inquiries.list[0];
    expect_next(scene, inquiry, 0);
    decide_next(inquiry, VERDICT_UNKNOWN);
    expect_next(scene, inquiry, 1);
    decide_next(inquiry, VERDICT_MISMATCH);
    /* The likeliest of each finding first; what is a finding of its own is none. */
    expect_next(scene, inquiry, 5);
    decide_next(inquiry, VERDICT_MISMATCH);
    expect_next(scene, inquiry, 7);
    decide_next(inquiry, VERDICT_MISMATCH);
    expect_next(scene, inquiry, 6);
    decide_next(inquiry, VERDICT_MISMATCH);
    expect_next(scene, inquiry, -1);
}

static void test_inquiries__the_secret_of_another_id_is_no_candidate(void **state)
{
    static const int near[] = { 1, 5, -1 };
    struct scene *scene = *state;
    struct inquiry *inquiry;

    add(scene, 0, 0, NULL, near);
    add(scene, 1, 1, NULL, NULL);
    gather(scene);
    inquiry = &scene->inquiries.list[0];
    decide_next(inquiry, VERDICT_MISMATCH);
    inquiry_skip_taken(&scene->inquiries, inquiry);
    expect_next(scene, inquiry, 1);
    decide_next(&scene->inquiries.list[1], VERDICT_LIVE);
    inquiry_skip_taken(&scene->inquiries, inquiry);
    expect_next(scene, inquiry, 5);
}

static void test_inquiries__what_was_known_stays(void **state)
{
    struct verification known = { .verdict = VERDICT_LIVE, .arn = "arn" };
    struct scene *scene = *state;

    add(scene, 0, 0, NULL, NULL);
    assert_int_equal(outcome_verify(&scene->outcome, 0, &known), STATUS_OK);
    gather(scene);
    decide_next(&scene->inquiries.list[0], VERDICT_UNVERIFIED);
    assert_int_equal(inquiries_tell(&scene->inquiries, &scene->outcome), STATUS_OK);
    assert_int_equal(finding_verdict(&scene->outcome.findings[0]), VERDICT_LIVE);
}

static void test_inquiries__candidates_wait_for_a_mismatch(void **state)
{
    static const int near[] = { 5, -1 };
    static const enum verdict rows[] = { VERDICT_LIVE, VERDICT_DEAD, VERDICT_EXPIRED,
                                         VERDICT_UNKNOWN };
    struct scene *scene = *state;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        add(scene, 0, 0, NULL, near);
        gather(scene);
        decide_next(&scene->inquiries.list[0], rows[i]);
        expect_next(scene, &scene->inquiries.list[0], -1);
        inquiries_release(&scene->inquiries);
        outcome_release(&scene->outcome);
    }
}

static void test_inquiries__one_answer_decides_others(void **state)
{
    static const struct {
        size_t id;
        enum verdict told, other;
    } rows[] = {
        { 0, VERDICT_LIVE, VERDICT_MISMATCH },       { 0, VERDICT_DEAD, VERDICT_DEAD },
        { 0, VERDICT_MISMATCH, VERDICT_COUNT },      { 0, VERDICT_UNKNOWN, VERDICT_COUNT },
        { IDS - 1, VERDICT_LIVE, VERDICT_MISMATCH }, { IDS - 1, VERDICT_DEAD, VERDICT_COUNT },
        { IDS - 1, VERDICT_EXPIRED, VERDICT_COUNT },
    };
    struct scene *scene = *state;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct attempt *other;

        add(scene, rows[i].id, 0, "token a", NULL);
        add(scene, rows[i].id, 1, "token b", NULL);
        gather(scene);
        decide_next(&scene->inquiries.list[0], rows[i].told);
        other = &scene->inquiries.list[0].tries[1];
        if (other->decided != (rows[i].other != VERDICT_COUNT) ||
            (other->decided && other->known.verdict != rows[i].other))
            fail_msg("row %zu: the other is %s", i,
                     other->decided ? verdict_names[other->known.verdict] : "not decided");
        inquiries_release(&scene->inquiries);
        outcome_release(&scene->outcome);
    }
}

/* Two tokens of one session's secret are two questions. */
static void test_inquiries__tokens_are_asked_about_apart(void **state)
{
    struct scene *scene = *state;

    add(scene, IDS - 1, 0, "token a", NULL);
    add(scene, IDS - 1, 0, "token b", NULL);
    gather(scene);
    assert_int_equal(scene->inquiries.list[0].try_count, 2);
    decide_next(&scene->inquiries.list[0], VERDICT_LIVE);
    assert_int_equal(inquiry_next(&scene->inquiries.list[0]), 1);
}

static void test_inquiries__so_many_secrets_of_an_id_and_no_more(void **state)
{
    struct scene *scene = *state;

    for (size_t i = 0; i < SECRETS; i++)
        add(scene, 0, i, NULL, NULL);
    gather(scene);
    assert_int_equal(scene->inquiries.list[0].try_count, LIMIT_TRIES);
    inquiry_decide_all(&scene->inquiries.list[0],
                       &(struct verification){ .verdict = VERDICT_MISMATCH });
    assert_int_equal(inquiries_tell(&scene->inquiries, &scene->outcome), STATUS_OK);
    for (size_t i = 0; i < SECRETS; i++) {
        const struct finding *finding = &scene->outcome.findings[i];
        enum verdict expected = i < LIMIT_TRIES ? VERDICT_MISMATCH : VERDICT_UNVERIFIED;

        if (finding_verdict(finding) != expected || (i >= LIMIT_TRIES && !finding->verification))
            fail_msg("finding %zu: got %s", i, verdict_names[finding_verdict(finding)]);
    }
}

static void test_inquiries__a_candidate_that_works_is_a_finding(void **state)
{
    static const int near[] = { 5, 6, -1 };
    struct scene *scene = *state;

    add(scene, 0, 0, NULL, near);
    add(scene, 1, 1, NULL, NULL);
    gather(scene);
    decide_next(&scene->inquiries.list[0], VERDICT_MISMATCH);
    decide_next(&scene->inquiries.list[0], VERDICT_MISMATCH);
    decide_next(&scene->inquiries.list[0], VERDICT_LIVE);
    assert_int_equal(inquiries_tell(&scene->inquiries, &scene->outcome), STATUS_OK);
    outcome_sort(&scene->outcome, NULL, 0);
    assert_int_equal(scene->outcome.finding_count, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct finding *finding = &scene->outcome.findings[i];

        if (finding_verdict(finding) != VERDICT_LIVE)
            continue;
        assert_true(slice_eq(finding->id, slice_of(scene->ids[0])));
        assert_true(slice_eq(finding->secret, slice_of(scene->secrets[6])));
        assert_int_equal(finding->secret_place.line, 7);
        return;
    }
    fail_msg("no finding is live");
}

static void test_inquiries__know_the_first_commit(void **state)
{
    static const struct {
        const char *date;
        int64_t seconds;
    } rows[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "2021-03-04T17:02:11+01:00", 1614873731 },
        { "2021-03-04T10:32:11-05:30", 1614873731 },
        { "yesterday", INT64_MAX },
        { "2021-03-04", INT64_MAX },
        { "", INT64_MAX },
        { NULL, INT64_MAX },
    };
    struct scene *scene = *state;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct git_origin git = { .date = rows[i].date };

        add(scene, 0, 0, NULL, NULL);
        scene->outcome.findings[0].git = &git;
        gather(scene);
        if (scene->inquiries.list[0].first_seen != rows[i].seconds)
            fail_msg("%s: expected %lld, got %lld", rows[i].date ? rows[i].date : "no date",
                     (long long)rows[i].seconds, (long long)scene->inquiries.list[0].first_seen);
        inquiries_release(&scene->inquiries);
        outcome_release(&scene->outcome);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_inquiries__##name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(hold_each_credential_once),
        TEST(leave_out_what_cannot_be_asked_about),
        TEST(candidates_follow_a_mismatch),
        TEST(candidates_wait_for_a_mismatch),
        TEST(the_secret_of_another_id_is_no_candidate),
        TEST(what_was_known_stays),
        TEST(one_answer_decides_others),
        TEST(tokens_are_asked_about_apart),
        TEST(so_many_secrets_of_an_id_and_no_more),
        TEST(a_candidate_that_works_is_a_finding),
        TEST(know_the_first_commit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
