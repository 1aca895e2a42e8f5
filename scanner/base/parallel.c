/* parallel.c - a counter that all workers draw slices from. */
#include "base/parallel.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

struct loop {
    parallel_fn *fn;
    void *ctx;
    size_t n, step;
    atomic_size_t next;
};

struct share {
    struct task task;
    struct loop *loop;
};

static void run_share(struct task *task, unsigned worker)
{
    struct loop *loop = ((struct share *)task)->loop;
    size_t from;

    while ((from = atomic_fetch_add(&loop->next, loop->step)) < loop->n)
        loop->fn(loop->ctx, worker, from,
                 loop->n - from > loop->step ? from + loop->step : loop->n);
}

unsigned parallel_workers(const struct pool *pool)
{
    return pool ? pool_workers(pool) : 1;
}

enum status parallel_run(struct pool *pool, size_t n, size_t step, parallel_fn *fn, void *ctx)
{
    struct loop loop = { .fn = fn, .ctx = ctx, .n = n, .step = step };
    unsigned workers = parallel_workers(pool);
    struct share *shares;

    assert(step > 0);
    if (workers == 1 || n <= step) {
        for (size_t from = 0; from < n; from += step)
            fn(ctx, 0, from, n - from > step ? from + step : n);
        return STATUS_OK;
    }
    shares = malloc(workers * sizeof(*shares));
    if (!shares)
        return err_nomem();
    for (unsigned i = 0; i < workers; i++) {
        shares[i] = (struct share){ { run_share }, &loop };
        pool_submit(pool, 0, &shares[i].task);
    }
    pool_run(pool);
    free(shares);
    return STATUS_OK;
}
