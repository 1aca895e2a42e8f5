/* progress.c - counters without locks, read four times a second. */
#include "scan/progress.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PERIOD_MS = 250, CACHE_LINE = 64 };

/* One worker's counts, alone on their cache line. */
struct count {
    _Alignas(CACHE_LINE) _Atomic uint64_t items;
    _Atomic uint64_t bytes;
};

struct progress {
    pthread_t thread;
    pthread_mutex_t lock; /* guards stopped */
    pthread_cond_t stop;
    bool stopped;
    struct timespec began;
    unsigned workers;
    struct count *counts; /* one a worker */
};

static double seconds_since(const struct timespec *began)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - began->tv_sec) + (double)(now.tv_nsec - began->tv_nsec) / 1e9;
}

static void show(const struct progress *p)
{
    uint64_t items = 0, bytes = 0;
    double seconds = seconds_since(&p->began);

    for (unsigned i = 0; i < p->workers; i++) {
        items += atomic_load_explicit(&p->counts[i].items, memory_order_relaxed);
        bytes += atomic_load_explicit(&p->counts[i].bytes, memory_order_relaxed);
    }
    fprintf(stderr, "\r\033[K%llu files and objects, %.1f MB, %.0f MB/s", (unsigned long long)items,
            (double)bytes / 1e6, seconds > 0 ? (double)bytes / 1e6 / seconds : 0);
    fflush(stderr);
}

static void *run(void *arg)
{
    struct progress *p = arg;
    struct timespec next;

    clock_gettime(CLOCK_MONOTONIC, &next);
    pthread_mutex_lock(&p->lock);
    while (!p->stopped) {
        next.tv_nsec += PERIOD_MS * 1000000L;
        next.tv_sec += next.tv_nsec / 1000000000L;
        next.tv_nsec %= 1000000000L;
        while (!p->stopped && pthread_cond_timedwait(&p->stop, &p->lock, &next) == 0)
            ;
        if (!p->stopped)
            show(p);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

enum status progress_start(struct progress **out, unsigned workers)
{
    struct progress *p = calloc(1, sizeof(*p));
    pthread_condattr_t monotonic;

    if (p)
        p->counts = aligned_alloc(CACHE_LINE, workers * sizeof(*p->counts));
    if (!p || !p->counts) {
        free(p);
        return err_nomem();
    }
    p->workers = workers;
    for (unsigned i = 0; i < workers; i++) {
        atomic_init(&p->counts[i].items, 0);
        atomic_init(&p->counts[i].bytes, 0);
    }
    clock_gettime(CLOCK_MONOTONIC, &p->began);
    pthread_mutex_init(&p->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&p->stop, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&p->thread, NULL, run, p)) {
        free(p->counts);
        free(p);
        return err_nomem();
    }
    *out = p;
    return STATUS_OK;
}

void progress_add(struct progress *p, unsigned worker, uint64_t bytes)
{
    if (!p)
        return;
    atomic_fetch_add_explicit(&p->counts[worker].items, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&p->counts[worker].bytes, bytes, memory_order_relaxed);
}

void progress_stop(struct progress *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->stopped = true;
    pthread_cond_signal(&p->stop);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
    fputs("\r\033[K", stderr);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->stop);
    free(p->counts);
    free(p);
}
