/* test_pool.c - every task runs once, whoever submits it and however many workers there are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/pool.h"

enum { MOST_WORKERS = 8 };

struct shared {
    struct pool *pool;
    atomic_size_t runs;
    atomic_bool bad_worker;
    size_t by_worker[MOST_WORKERS]; /* each written by its own worker alone */
};

/* Runs, then submits `children` tasks that have one level less to go. */
struct branch {
    struct task task; /* first */
    struct shared *shared;
    unsigned depth, children;
};

static void submit(struct shared *shared, unsigned worker, unsigned depth, unsigned children);

static void run_branch(struct task *task, unsigned worker)
{
    struct branch *branch = (struct branch *)task;
    struct shared *shared = branch->shared;

    atomic_fetch_add(&shared->runs, 1);
    if (worker >= pool_workers(shared->pool))
        atomic_store(&shared->bad_worker, true);
    else
        shared->by_worker[worker]++;
    for (unsigned i = 0; branch->depth > 0 && i < branch->children; i++)
        submit(shared, worker, branch->depth - 1, branch->children);
    free(branch);
}

static void submit(struct shared *shared, unsigned worker, unsigned depth, unsigned children)
{
    struct branch *branch = malloc(sizeof(*branch));

    assert_non_null(branch);
    *branch = (struct branch){ { run_branch }, shared, depth, children };
    pool_submit(shared->pool, worker, &branch->task);
}

struct row {
    const char *name;
    unsigned roots, depth, children;
    size_t runs;
};

static void check(const struct row *row, unsigned workers)
{
    struct shared shared = { .pool = pool_new(workers) };
    size_t sum = 0;

    assert_non_null(shared.pool);
    assert_int_equal(pool_workers(shared.pool), workers);
    for (unsigned i = 0; i < row->roots; i++)
        submit(&shared, 0, row->depth, row->children);
    pool_run(shared.pool);
    for (unsigned i = 0; i < workers; i++)
        sum += shared.by_worker[i];
    if (atomic_load(&shared.runs) != row->runs || sum != row->runs)
        fail_msg("%s, %u workers: expected %zu runs, got %zu (%zu by worker)", row->name, workers,
                 row->runs, atomic_load(&shared.runs), sum);
    assert_false(atomic_load(&shared.bad_worker));
    pool_free(shared.pool);
}

static void test_pool__runs_every_task_once(void **state)
{
    static const struct row rows[] = {
        { "nothing", 0, 0, 0, 0 },          { "one task", 1, 0, 0, 1 },
        { "many roots", 2000, 0, 0, 2000 }, { "a chain", 1, 3000, 1, 3001 },
        { "a tree", 1, 5, 6, 9331 },        { "a wide tree", 3, 1, 4000, 12003 },
    };
    static const unsigned workers[] = { 1, 2, MOST_WORKERS };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (size_t k = 0; k < COUNT_OF(workers); k++)
            check(&rows[i], workers[k]);
}

/* Short runs, so that most of the time is spent in falling asleep, waking up and ending. */
static void test_pool__ends_however_short_the_run(void **state)
{
    static const struct row row = { "a short run", 1, 2, 2, 7 };

    (void)state;
    for (int i = 0; i < 300; i++)
        check(&row, 4);
}

static void test_pool__may_be_freed_without_a_run(void **state)
{
    (void)state;
    pool_free(pool_new(3));
    pool_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pool__runs_every_task_once),
        cmocka_unit_test(test_pool__ends_however_short_the_run),
        cmocka_unit_test(test_pool__may_be_freed_without_a_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
