/*
 * pool.h - threads that share work by stealing it from each other.
 *
 * A task is a struct that begins with a `struct task`; its run function owns it and frees it. A
 * worker runs its own newest task first, so a walk goes deep and its queue stays short; a worker
 * without work takes the oldest task of another, which is the largest piece left.
 *
 * Threads: pool_submit() may be called before pool_run() by its caller, and during it by any
 * task. Each queue is guarded by a lock of its own.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stdatomic.h>

#include "base/status.h"

struct pool;
struct task;

/* Runs once on the worker numbered `worker` (from 0). Owns `task`. */
typedef void task_fn(struct task *task, unsigned worker);

struct task {
    task_fn *run;
};

/* A pool of `workers` (1 and more; asserted) threads, of which none runs yet. NULL: out of memory.
 */
struct pool *pool_new(unsigned workers);

/*
 * Queue `task` on the worker that calls (0 before pool_run()). The pool's ownership ends when the
 * task runs. Where memory is out the task is run at once on this worker: nothing is lost.
 */
void pool_submit(struct pool *pool, unsigned worker, struct task *task);

/*
 * The same for a task that must not run before pool_run(): where memory is out it is not queued,
 * stays the caller's, and STATUS_NOMEM is returned.
 */
enum status pool_queue(struct pool *pool, unsigned worker, struct task *task);

/* Run until every task, and every task that those submitted, is done. The caller is worker 0. */
void pool_run(struct pool *pool);

unsigned pool_workers(const struct pool *pool);

/* How many jobs wait in all handouts of the pool: handout.c's to count. */
atomic_uint *pool_jobs(struct pool *pool);

/* Frees the pool, which must not be running; tasks that never ran are forgotten. NULL is allowed.
 */
void pool_free(struct pool *pool);

#endif
