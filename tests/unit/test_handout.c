/* test_handout.c - each job runs once, and who waits for a handout helps with what came of its
 * jobs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/handout.h"

enum { JOBS = 300, PARTS = 20, HANG_S = 120 };

/* A task that makes a handout and gives it jobs. */
struct maker {
    struct task task;
    struct pool *pool;
    struct handout *handout;
    atomic_uint runs;
    atomic_bool begun, helped;
    unsigned worker;
};

/* --- each job once --- */

struct part {
    struct job job;
    struct maker *maker;
    struct handout *whole;
    unsigned parts; /* that it makes itself */
};

static void run_part(struct job *job, unsigned worker);

static void give_part(struct handout *to, struct maker *maker, unsigned parts)
{
    struct part *part = malloc(sizeof(*part));

    assert_non_null(part);
    *part = (struct part){ { .run = run_part }, maker, to, parts };
    handout_give(to, &part->job);
}

static void run_part(struct job *job, unsigned worker)
{
    struct part *part = (struct part *)job;

    atomic_fetch_add(&part->maker->runs, 1);
    if (part->parts) {
        struct handout *own = handout_new(part->maker->pool, worker, part->whole);

        assert_non_null(own);
        for (unsigned i = 0; i < part->parts; i++)
            give_part(own, part->maker, 0);
        handout_end(own);
    }
    free(part);
}

static void run_maker(struct task *task, unsigned worker)
{
    struct maker *maker = (struct maker *)task;
    struct handout *handout = handout_new(maker->pool, worker, NULL);

    assert_non_null(handout);
    for (unsigned i = 0; i < JOBS; i++) {
        give_part(handout, maker, i % 5 ? 0 : PARTS);
        if (i % 100 == 0) {
            handout_settle(handout);
            assert_true(atomic_load(&maker->runs) >= i);
        }
    }
    handout_end(handout);
}

static void each_job_runs_once(void **state)
{
    static const unsigned workers[] = { 1, 2, 3, 8 };

    (void)state;
    for (size_t w = 0; w < sizeof(workers) / sizeof(workers[0]); w++) {
        struct maker makers[4];
        struct pool *pool = pool_new(workers[w]);

        assert_non_null(pool);
        for (size_t i = 0; i < 4; i++) {
            makers[i] = (struct maker){ .task = { run_maker }, .pool = pool };
            pool_submit(pool, 0, &makers[i].task);
        }
        pool_run(pool);
        for (size_t i = 0; i < 4; i++)
            assert_int_equal(makers[i].runs, JOBS + JOBS / 5 * PARTS);
        assert_int_equal(atomic_load(pool_jobs(pool)), 0);
        pool_free(pool);
    }
}

/* --- help --- */

struct helped {
    struct job job;
    struct maker *maker;
};

/* A part's job: has it come to the one who waits for the whole? */
static void run_helped(struct job *job, unsigned worker)
{
    struct helped *helped = (struct helped *)job;

    if (worker == helped->maker->worker)
        atomic_store(&helped->maker->helped, true);
    free(helped);
}

/* On another worker: makes a part, and ends when the whole's maker has run a job of it. */
static void run_other(struct job *job, unsigned worker)
{
    struct helped *own = (struct helped *)job;
    struct maker *maker = own->maker;
    struct handout *part = handout_new(maker->pool, worker, maker->handout);

    assert_int_not_equal(worker, maker->worker);
    atomic_store(&maker->begun, true);
    while (!atomic_load(&maker->helped)) {
        struct helped *helped = malloc(sizeof(*helped));

        *helped = (struct helped){ { .run = run_helped }, maker };
        handout_give(part, &helped->job);
        sched_yield();
    }
    handout_end(part);
}

static void run_waiting(struct task *task, unsigned worker)
{
    struct maker *maker = (struct maker *)task;
    struct helped other = { { .run = run_other }, maker };

    maker->worker = worker;
    maker->handout = handout_new(maker->pool, worker, NULL);
    handout_give(maker->handout, &other.job);
    while (!atomic_load(&maker->begun))
        sched_yield();
    handout_end(maker->handout);
}

static void who_waits_helps(void **state)
{
    struct maker maker = { .task = { run_waiting }, .pool = pool_new(2) };

    (void)state;
    alarm(HANG_S); /* it would wait for ever */
    pool_submit(maker.pool, 0, &maker.task);
    pool_run(maker.pool);
    alarm(0);
    assert_true(atomic_load(&maker.helped));
    pool_free(maker.pool);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_job_runs_once),
        cmocka_unit_test(who_waits_helps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
