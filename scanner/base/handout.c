/*
 * handout.c - a list of jobs, and a task in the pool for each, which runs the oldest there is.
 *
 * A task that comes too late finds none and ends: the maker has run it. Tasks hold the handout, so
 * it lives until the last has come.
 */
#include "base/handout.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct handout {
    struct pool *pool;
    unsigned worker;      /* the maker */
    unsigned most;        /* jobs that may wait */
    pthread_mutex_t lock; /* guards the rest */
    pthread_cond_t idle;  /* `running` fell to 0 */
    struct job *first, **last;
    unsigned waiting, running;
    unsigned users; /* the maker, and tasks in the pool */
};

struct call {
    struct task task;
    struct handout *handout;
};

struct handout *handout_new(struct pool *pool, unsigned worker)
{
    struct handout *h = calloc(1, sizeof(*h));

    if (!h)
        return NULL;
    h->pool = pool;
    h->worker = worker;
    /* Enough that nobody runs dry while the maker runs one itself. */
    h->most = pool_workers(pool) > 1 ? pool_workers(pool) + 2 : 0;
    h->users = 1;
    h->last = &h->first;
    pthread_mutex_init(&h->lock, NULL);
    pthread_cond_init(&h->idle, NULL);
    return h;
}

/* Run the oldest job. False: there is none. */
static bool run_oldest(struct handout *h, unsigned worker)
{
    struct job *job;

    pthread_mutex_lock(&h->lock);
    job = h->first;
    if (job) {
        h->first = job->next;
        if (!h->first)
            h->last = &h->first;
        h->waiting--;
        h->running++;
    }
    pthread_mutex_unlock(&h->lock);
    if (!job)
        return false;
    job->run(job, worker);
    pthread_mutex_lock(&h->lock);
    if (--h->running == 0)
        pthread_cond_signal(&h->idle);
    pthread_mutex_unlock(&h->lock);
    return true;
}

static void leave(struct handout *h)
{
    unsigned left;

    pthread_mutex_lock(&h->lock);
    left = --h->users;
    pthread_mutex_unlock(&h->lock);
    if (left)
        return;
    pthread_mutex_destroy(&h->lock);
    pthread_cond_destroy(&h->idle);
    free(h);
}

static void run_call(struct task *task, unsigned worker)
{
    struct call *call = (struct call *)task;
    struct handout *h = call->handout;

    free(call);
    run_oldest(h, worker);
    leave(h);
}

void handout_give(struct handout *h, struct job *job)
{
    struct call *call = h->most ? malloc(sizeof(*call)) : NULL;
    bool full;

    job->next = NULL;
    pthread_mutex_lock(&h->lock);
    *h->last = job;
    h->last = &job->next;
    h->waiting++;
    full = !call || h->waiting > h->most;
    h->users += !full;
    pthread_mutex_unlock(&h->lock);
    if (full) {
        free(call);
        run_oldest(h, h->worker);
        return;
    }
    *call = (struct call){ { run_call }, h };
    pool_submit(h->pool, h->worker, &call->task);
}

void handout_settle(struct handout *h)
{
    while (run_oldest(h, h->worker))
        ;
    pthread_mutex_lock(&h->lock);
    while (h->running)
        pthread_cond_wait(&h->idle, &h->lock);
    pthread_mutex_unlock(&h->lock);
}

void handout_end(struct handout *h)
{
    if (!h)
        return;
    handout_settle(h);
    leave(h);
}
