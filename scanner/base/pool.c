/*
 * pool.c - one double-ended queue a worker, and one place to sleep.
 *
 * `pending` counts tasks queued or running; the run is over when it falls to 0. A worker that finds
 * nothing to steal sleeps; whoever queues a task while somebody sleeps wakes one. The sleeper
 * looks through the queues again with `lock` held, after it has counted itself in, so no wake-up is
 * lost.
 */
#include "base/pool.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

struct deque {
    pthread_mutex_t lock; /* guards the three below */
    struct task **ring;   /* cap entries, a power of two */
    size_t head, count;   /* the oldest task, and how many there are */
    size_t cap;
};

struct pool {
    unsigned workers;
    atomic_size_t pending; /* queued or running */
    atomic_uint sleepers;  /* workers in wait() */
    atomic_uint jobs;      /* see pool_jobs() */
    pthread_mutex_t lock;  /* guards nothing but the sleep */
    pthread_cond_t wake;
    struct thread *threads; /* one a worker; the first is not used */
    struct deque deque[];
};

struct thread {
    struct pool *pool;
    unsigned worker;
    pthread_t id;
};

struct pool *pool_new(unsigned workers)
{
    struct pool *pool;

    assert(workers >= 1);
    pool = calloc(1, sizeof(*pool) + workers * sizeof(pool->deque[0]));
    if (!pool)
        return NULL;
    pool->threads = calloc(workers, sizeof(*pool->threads));
    if (!pool->threads) {
        free(pool);
        return NULL;
    }
    pool->workers = workers;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    for (unsigned i = 0; i < workers; i++)
        pthread_mutex_init(&pool->deque[i].lock, NULL);
    return pool;
}

unsigned pool_workers(const struct pool *pool)
{
    return pool->workers;
}

atomic_uint *pool_jobs(struct pool *pool)
{
    return &pool->jobs;
}

/* Twice the room; the ring is laid out anew from index 0. Called with the lock held. */
static bool grow(struct deque *q)
{
    size_t cap = q->cap ? q->cap * 2 : 64;
    struct task **ring = malloc(cap * sizeof(*ring));

    if (!ring)
        return false;
    for (size_t i = 0; i < q->count; i++)
        ring[i] = q->ring[(q->head + i) & (q->cap - 1)];
    free(q->ring);
    q->ring = ring;
    q->cap = cap;
    q->head = 0;
    return true;
}

static bool push(struct deque *q, struct task *task)
{
    bool done;

    pthread_mutex_lock(&q->lock);
    done = q->count < q->cap || grow(q);
    if (done) {
        q->ring[(q->head + q->count) & (q->cap - 1)] = task;
        q->count++;
    }
    pthread_mutex_unlock(&q->lock);
    return done;
}

/* The newest task of the owner's own queue, or the oldest of another's. NULL if it is empty. */
static struct task *take(struct deque *q, bool own)
{
    struct task *task = NULL;

    pthread_mutex_lock(&q->lock);
    if (q->count > 0) {
        q->count--;
        if (own) {
            task = q->ring[(q->head + q->count) & (q->cap - 1)];
        } else {
            task = q->ring[q->head];
            q->head = (q->head + 1) & (q->cap - 1);
        }
    }
    pthread_mutex_unlock(&q->lock);
    return task;
}

static struct task *find_task(struct pool *pool, unsigned worker)
{
    struct task *task = take(&pool->deque[worker], true);

    for (unsigned i = 1; !task && i < pool->workers; i++)
        task = take(&pool->deque[(worker + i) % pool->workers], false);
    return task;
}

enum status pool_queue(struct pool *pool, unsigned worker, struct task *task)
{
    assert(worker < pool->workers);
    atomic_fetch_add(&pool->pending, 1);
    if (!push(&pool->deque[worker], task)) {
        atomic_fetch_sub(&pool->pending, 1); /* never the last: the caller's own task still runs */
        return err_nomem();
    }
    if (atomic_load(&pool->sleepers) > 0) {
        pthread_mutex_lock(&pool->lock);
        pthread_cond_signal(&pool->wake);
        pthread_mutex_unlock(&pool->lock);
    }
    return STATUS_OK;
}

void pool_submit(struct pool *pool, unsigned worker, struct task *task)
{
    if (pool_queue(pool, worker, task))
        task->run(task, worker);
}

/* Sleep until there is a task to take (returned) or everything is done (NULL). */
static struct task *wait_for_task(struct pool *pool, unsigned worker)
{
    struct task *task = NULL;

    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add(&pool->sleepers, 1);
    while (atomic_load(&pool->pending) > 0 && !(task = find_task(pool, worker)))
        pthread_cond_wait(&pool->wake, &pool->lock);
    atomic_fetch_sub(&pool->sleepers, 1);
    pthread_mutex_unlock(&pool->lock);
    return task;
}

static void work(struct pool *pool, unsigned worker)
{
    for (;;) {
        struct task *task = find_task(pool, worker);

        if (!task)
            task = wait_for_task(pool, worker);
        if (!task)
            return;
        task->run(task, worker);
        if (atomic_fetch_sub(&pool->pending, 1) == 1) {
            pthread_mutex_lock(&pool->lock);
            pthread_cond_broadcast(&pool->wake);
            pthread_mutex_unlock(&pool->lock);
        }
    }
}

static void *thread_main(void *arg)
{
    struct thread *thread = arg;

    work(thread->pool, thread->worker);
    return NULL;
}

void pool_run(struct pool *pool)
{
    struct thread *threads = pool->threads;
    unsigned started = 1;

    /* A thread that cannot be had is no failure: the others, at least the caller, do its work. */
    for (; started < pool->workers; started++) {
        threads[started] = (struct thread){ .pool = pool, .worker = started };
        if (pthread_create(&threads[started].id, NULL, thread_main, &threads[started]))
            break;
    }
    work(pool, 0);
    while (started-- > 1)
        pthread_join(threads[started].id, NULL);
}

void pool_free(struct pool *pool)
{
    if (!pool)
        return;
    for (unsigned i = 0; i < pool->workers; i++) {
        free(pool->deque[i].ring);
        pthread_mutex_destroy(&pool->deque[i].lock);
    }
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
    free(pool->threads);
    free(pool);
}
