/* test_schedule.c - who begins when, by a clock that the test turns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "verify/schedule.h"

#define SECOND 1000000u

static void expect_begin(struct schedule *schedule, uint64_t now, size_t expected)
{
    size_t question = SIZE_MAX;
    uint64_t until = 0;
    enum turn turn = schedule_next(schedule, now, &question, &until);

    if (turn != TURN_BEGIN || question != expected)
        fail_msg("at %zu: expected question %zu, got turn %d, question %zu, until %zu", (size_t)now,
                 expected, (int)turn, question, (size_t)until);
}

static void expect_wait(struct schedule *schedule, uint64_t now, uint64_t expected)
{
    size_t question = SIZE_MAX;
    uint64_t until = 0;
    enum turn turn = schedule_next(schedule, now, &question, &until);

    if (turn != TURN_WAIT || until != expected)
        fail_msg("at %zu: expected to wait until %zu, got turn %d, question %zu, until %zu",
                 (size_t)now, (size_t)expected, (int)turn, question, (size_t)until);
}

static void expect_over(struct schedule *schedule, uint64_t now)
{
    size_t question;
    uint64_t until;

    assert_int_equal(schedule_next(schedule, now, &question, &until), TURN_OVER);
}

static struct schedule made(unsigned per_second, size_t running, size_t questions)
{
    struct schedule schedule;

    assert_int_equal(schedule_init(&schedule, questions, per_second, running), STATUS_OK);
    for (size_t i = 0; i < questions; i++)
        schedule_add(&schedule, i, 0);
    return schedule;
}

static void test_schedule__keeps_to_the_rate(void **state)
{
    struct schedule schedule = made(10, 8, 3);

    (void)state;
    expect_begin(&schedule, 5 * SECOND, 0);
    expect_wait(&schedule, 5 * SECOND, 5 * SECOND + 100000);
    expect_wait(&schedule, 5 * SECOND + 99999, 5 * SECOND + 100000);
    expect_begin(&schedule, 5 * SECOND + 100000, 1);
    /* Time that nobody used is not saved up. */
    expect_begin(&schedule, 9 * SECOND, 2);
    expect_wait(&schedule, 9 * SECOND, UINT64_MAX);
    for (int i = 0; i < 3; i++)
        schedule_end(&schedule);
    expect_over(&schedule, 9 * SECOND);
    schedule_release(&schedule);
}

static void test_schedule__begins_no_more_than_may_run(void **state)
{
    struct schedule schedule = made(1000000, 2, 4);

    (void)state;
    expect_begin(&schedule, 10, 0);
    expect_begin(&schedule, 20, 1);
    expect_wait(&schedule, 30, UINT64_MAX);
    schedule_end(&schedule);
    expect_begin(&schedule, 40, 2);
    expect_wait(&schedule, 50, UINT64_MAX);
    schedule_end(&schedule);
    schedule_end(&schedule);
    expect_begin(&schedule, 60, 3);
    schedule_end(&schedule);
    expect_over(&schedule, 70);
    schedule_release(&schedule);
}

static void test_schedule__one_may_come_back_later(void **state)
{
    struct schedule schedule = made(1000000, 1, 2);

    (void)state;
    expect_begin(&schedule, 0, 0);
    schedule_end(&schedule);
    schedule_add(&schedule, 0, 5 * SECOND);
    expect_begin(&schedule, 1, 1);
    schedule_end(&schedule);
    expect_wait(&schedule, 2, 5 * SECOND);
    expect_begin(&schedule, 5 * SECOND, 0);
    schedule_end(&schedule);
    expect_over(&schedule, 5 * SECOND);
    schedule_release(&schedule);
}

static void test_schedule__a_hold_is_for_all(void **state)
{
    struct schedule schedule = made(1000000, 8, 2);

    (void)state;
    schedule_hold(&schedule, 3 * SECOND);
    schedule_hold(&schedule, 2 * SECOND);
    expect_wait(&schedule, SECOND, 3 * SECOND);
    expect_begin(&schedule, 3 * SECOND, 0);
    schedule_release(&schedule);
}

/* Whatever comes back when, what begins is due, in the order of time and then of arrival. */
static void test_schedule__goes_by_time_then_arrival(void **state)
{
    enum { QUESTIONS = 500 };
    struct schedule schedule = made(1000000, QUESTIONS, 0);
    uint64_t due[QUESTIONS], last = 0, seed = 7, until;
    size_t question, last_question = 0;

    (void)state;
    schedule_release(&schedule);
    assert_int_equal(schedule_init(&schedule, QUESTIONS, 1000000, QUESTIONS), STATUS_OK);
    for (size_t i = 0; i < QUESTIONS; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        due[i] = seed >> 58;
        schedule_add(&schedule, i, due[i]);
    }
    for (size_t i = 0; i < QUESTIONS; i++) {
        assert_int_equal(schedule_next(&schedule, SECOND + i, &question, &until), TURN_BEGIN);
        assert_true(due[question] > last || i == 0 ||
                    (due[question] == last && question > last_question));
        last = due[question];
        last_question = question;
    }
    schedule_release(&schedule);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schedule__keeps_to_the_rate),
        cmocka_unit_test(test_schedule__begins_no_more_than_may_run),
        cmocka_unit_test(test_schedule__one_may_come_back_later),
        cmocka_unit_test(test_schedule__a_hold_is_for_all),
        cmocka_unit_test(test_schedule__goes_by_time_then_arrival),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
