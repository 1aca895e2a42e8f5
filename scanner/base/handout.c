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
    unsigned most;        /* jobs that may wait, in all handouts */
    pthread_mutex_t lock; /* guards the rest */
    pthread_cond_t idle;  /* there is news: `running` fell to 0, or a part has a job */
    struct job *first, **last;
    unsigned running;
    unsigned users;        /* the maker, tasks in the pool, and who helps */
    unsigned news;         /* counts what the maker may wait for */
    struct handout *parts; /* handouts of which this is the whole */

    struct handout *whole;
    struct handout *next; /* of the whole's parts; its lock guards this */
};

struct call {
    struct task task;
    struct handout *handout;
};

struct handout *handout_new(struct pool *pool, unsigned worker, struct handout *whole)
{
    struct handout *h = calloc(1, sizeof(*h));

    if (!h)
        return NULL;
    h->pool = pool;
    h->worker = worker;
    /* Enough that nobody runs dry while the maker runs one itself, or while it is slow to make one.
     */
    h->most = pool_workers(pool) > 1 ? 2 * pool_workers(pool) + 16 : 0;
    h->users = 1;
    h->last = &h->first;
    pthread_mutex_init(&h->lock, NULL);
    pthread_cond_init(&h->idle, NULL);
    h->whole = whole;
    if (whole) {
        pthread_mutex_lock(&whole->lock);
        h->next = whole->parts;
        whole->parts = h;
        pthread_mutex_unlock(&whole->lock);
    }
    return h;
}

static void leave_whole(struct handout *h)
{
    struct handout **at;

    pthread_mutex_lock(&h->whole->lock);
    for (at = &h->whole->parts; *at != h; at = &(*at)->next)
        ;
    *at = h->next;
    pthread_mutex_unlock(&h->whole->lock);
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
        h->running++;
    }
    pthread_mutex_unlock(&h->lock);
    if (!job)
        return false;
    atomic_fetch_sub(pool_jobs(h->pool), 1);
    job->run(job, worker);
    pthread_mutex_lock(&h->lock);
    if (--h->running == 0) {
        h->news++;
        pthread_cond_signal(&h->idle);
    }
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

/* Who waits for the whole may help now. */
static void tell_whole(struct handout *whole)
{
    for (; whole; whole = whole->whole) {
        pthread_mutex_lock(&whole->lock);
        whole->news++;
        pthread_cond_signal(&whole->idle);
        pthread_mutex_unlock(&whole->lock);
    }
}

void handout_give(struct handout *h, struct job *job)
{
    struct call *call = h->most ? malloc(sizeof(*call)) : NULL;
    bool full = atomic_fetch_add(pool_jobs(h->pool), 1) >= h->most || !call;

    job->next = NULL;
    pthread_mutex_lock(&h->lock);
    *h->last = job;
    h->last = &job->next;
    h->users += !full;
    pthread_mutex_unlock(&h->lock);
    if (full) {
        free(call);
        run_oldest(h, h->worker);
        return;
    }
    *call = (struct call){ { run_call }, h };
    pool_submit(h->pool, h->worker, &call->task);
    tell_whole(h->whole);
}

/* A part of `h`, or of its parts, that has a job: it is used now. NULL: there is none. */
static struct handout *busy_part(struct handout *h)
{
    struct handout *found = NULL;

    pthread_mutex_lock(&h->lock);
    for (struct handout *part = h->parts; part && !found; part = part->next) {
        pthread_mutex_lock(&part->lock);
        if (part->first) {
            part->users++;
            found = part;
        }
        pthread_mutex_unlock(&part->lock);
        if (!found)
            found = busy_part(part);
    }
    pthread_mutex_unlock(&h->lock);
    return found;
}

static bool help(struct handout *h)
{
    struct handout *part = busy_part(h);

    if (!part)
        return false;
    run_oldest(part, h->worker);
    leave(part);
    return true;
}

void handout_settle(struct handout *h)
{
    unsigned news;
    bool running;

    do {
        pthread_mutex_lock(&h->lock);
        news = h->news;
        pthread_mutex_unlock(&h->lock);
        while (run_oldest(h, h->worker) || help(h))
            ;
        pthread_mutex_lock(&h->lock);
        while (h->running && h->news == news)
            pthread_cond_wait(&h->idle, &h->lock);
        running = h->running;
        pthread_mutex_unlock(&h->lock);
    } while (running);
}

void handout_end(struct handout *h)
{
    if (!h)
        return;
    handout_settle(h);
    if (h->whole)
        leave_whole(h);
    leave(h);
}
