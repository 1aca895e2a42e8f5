/*
 * parallel.h - one loop over a range, shared out among the workers of a pool.
 *
 * May include: base. Threads: called by the thread that owns the pool, which must not be running.
 */
#ifndef BASE_PARALLEL_H
#define BASE_PARALLEL_H

#include <stddef.h>

#include "base/pool.h"

/* Does [from, to) of the range, on the worker numbered `worker`. */
typedef void parallel_fn(void *ctx, unsigned worker, size_t from, size_t to);

/*
 * Call `fn` for [0, n) in slices of `step` (1 and more), each taken by whoever is free, the first
 * first; returns when all is done. Without a pool (NULL) the caller does it all as worker 0.
 * STATUS_OK, or STATUS_NOMEM where nothing was done.
 */
enum status parallel_run(struct pool *pool, size_t n, size_t step, parallel_fn *fn, void *ctx);

/* Workers that may call: 1 where `pool` is NULL. */
unsigned parallel_workers(const struct pool *pool);

#endif
