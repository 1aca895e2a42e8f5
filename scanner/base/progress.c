/* progress.c - counters without locks, read four times a second. */
#include "base/progress.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* A log is not a terminal: it gets a line every ten seconds. */
enum { PERIOD_MS = 250, LOG_PERIOD_MS = 10000, CACHE_LINE = 64 };

/* One worker's counts, alone on their cache line. */
struct count {
    _Alignas(CACHE_LINE) _Atomic uint64_t items;
    _Atomic uint64_t bytes;
    _Atomic uint64_t steps; /* done */
};

struct progress {
    pthread_t thread;
    pthread_mutex_t lock; /* guards stopped, held, and the stage with what belongs to it */
    pthread_cond_t stop;
    bool stopped, held;
    bool terminal, shown;
    struct timespec began;
    const char *stage;
    uint64_t steps, before; /* to be done in the stage; done in earlier ones */
    double stage_began;     /* in seconds since `began` */
    unsigned workers;
    struct count *counts; /* one a worker */
};

static double seconds_since(const struct timespec *began)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - began->tv_sec) + (double)(now.tv_nsec - began->tv_nsec) / 1e9;
}

/* "0:07", "1:02:03". */
static size_t put_time(char *out, size_t size, double seconds)
{
    uint64_t s = seconds < 359999 ? (uint64_t)(seconds + 0.5) : 359999; /* 99:59:59 */
    int n = s < 3600 ? snprintf(out, size, "%" PRIu64 ":%02" PRIu64, s / 60, s % 60)
                     : snprintf(out, size, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64, s / 3600,
                                s / 60 % 60, s % 60);

    return (size_t)n;
}

void progress_format(char out[static PROGRESS_LINE_SIZE], const struct progress_state *state)
{
    double megabytes = (double)state->bytes / 1e6;
    uint64_t done = state->done < state->steps ? state->done : state->steps;
    size_t n = (size_t)snprintf(out, PROGRESS_LINE_SIZE,
                                "%" PRIu64 " files and objects, %.1f MB, %.0f MB/s", state->items,
                                megabytes, state->seconds > 0 ? megabytes / state->seconds : 0);

    if (state->stage && state->steps)
        n += (size_t)snprintf(out + n, PROGRESS_LINE_SIZE - n, ", %s %.0f%%", state->stage,
                              100 * (double)done / (double)state->steps);
    if (state->stage && done) {
        n += (size_t)snprintf(out + n, PROGRESS_LINE_SIZE - n, ", ");
        n += put_time(out + n, PROGRESS_LINE_SIZE - n,
                      state->stage_seconds * (double)(state->steps - done) / (double)done);
        n += (size_t)snprintf(out + n, PROGRESS_LINE_SIZE - n, " left");
    }
    /* In the last column some terminals go on to the next line by themselves. */
    if (state->width && n >= state->width)
        out[state->width - 1] = 0;
}

static unsigned terminal_width(void)
{
    struct winsize size;

    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/* The lock is held, or nobody else runs any more. */
static void show(struct progress *p)
{
    struct progress_state state = { .seconds = seconds_since(&p->began),
                                    .stage = p->stage,
                                    .steps = p->steps,
                                    .width = p->terminal ? terminal_width() : 0 };
    char line[PROGRESS_LINE_SIZE];

    for (unsigned i = 0; i < p->workers; i++) {
        state.items += atomic_load_explicit(&p->counts[i].items, memory_order_relaxed);
        state.bytes += atomic_load_explicit(&p->counts[i].bytes, memory_order_relaxed);
        state.done += atomic_load_explicit(&p->counts[i].steps, memory_order_relaxed);
    }
    state.done -= p->before;
    state.stage_seconds = state.seconds - p->stage_began;
    progress_format(line, &state);
    fprintf(stderr, p->terminal ? "\r\033[K%s" : "%s\n", line);
    fflush(stderr);
    p->shown = true;
}

/* Likewise. */
static void take_away(struct progress *p)
{
    if (p->shown && p->terminal)
        fputs("\r\033[K", stderr);
    fflush(stderr);
    p->shown = false;
}

static void *run(void *arg)
{
    struct progress *p = arg;
    long period_ms = p->terminal ? PERIOD_MS : LOG_PERIOD_MS;
    struct timespec next;

    clock_gettime(CLOCK_MONOTONIC, &next);
    pthread_mutex_lock(&p->lock);
    while (!p->stopped) {
        next.tv_nsec += period_ms % 1000 * 1000000L;
        next.tv_sec += period_ms / 1000 + next.tv_nsec / 1000000000L;
        next.tv_nsec %= 1000000000L;
        while (!p->stopped && pthread_cond_timedwait(&p->stop, &p->lock, &next) == 0)
            ;
        if (!p->stopped && !p->held)
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
        atomic_init(&p->counts[i].steps, 0);
    }
    p->terminal = isatty(STDERR_FILENO) != 0;
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

void progress_add(struct progress *p, unsigned worker, uint64_t items, uint64_t bytes)
{
    if (!p)
        return;
    atomic_fetch_add_explicit(&p->counts[worker].items, items, memory_order_relaxed);
    atomic_fetch_add_explicit(&p->counts[worker].bytes, bytes, memory_order_relaxed);
}

void progress_begin(struct progress *p, const char *name)
{
    uint64_t before = 0;

    if (!p)
        return;
    for (unsigned i = 0; i < p->workers; i++)
        before += atomic_load_explicit(&p->counts[i].steps, memory_order_relaxed);
    pthread_mutex_lock(&p->lock);
    p->stage_began = seconds_since(&p->began);
    p->before = before;
    p->steps = 0;
    p->stage = name;
    pthread_mutex_unlock(&p->lock);
}

void progress_hold(struct progress *p, bool held)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->held = held;
    if (held)
        take_away(p);
    pthread_mutex_unlock(&p->lock);
}

void progress_expect(struct progress *p, uint64_t steps)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->steps = steps;
    pthread_mutex_unlock(&p->lock);
}

void progress_step(struct progress *p, unsigned worker, uint64_t steps)
{
    if (p)
        atomic_fetch_add_explicit(&p->counts[worker].steps, steps, memory_order_relaxed);
}

static ssize_t read_counted(void *ctx, uint8_t *out, size_t n)
{
    struct progress_stream *counted = ctx;
    ssize_t got = counted->rest->read(counted->rest->ctx, out, n);
    uint64_t steps = got > 0 ? (uint64_t)got : 0;

    if (steps > counted->left)
        steps = counted->left;
    counted->left -= steps;
    progress_step(counted->progress, counted->worker, steps);
    return got;
}

struct stream progress_stream(struct progress_stream *counted)
{
    return (struct stream){ read_counted, counted };
}

void progress_tell(struct progress_place *place)
{
    off_t at;

    if (!place || !place->progress || place->fd < 0)
        return;
    at = lseek(place->fd, 0, SEEK_CUR);
    if (at < 0 || (uint64_t)at <= place->told || (uint64_t)at > place->size)
        return;
    progress_step(place->progress, place->worker, (uint64_t)at - place->told);
    place->told = (uint64_t)at;
}

void progress_tell_more(struct progress_place *place, unsigned worker, uint64_t bytes)
{
    if (!place->progress || place->fd < 0 ||
        atomic_fetch_add(&place->told, bytes) + bytes > place->size)
        return;
    progress_step(place->progress, worker, bytes);
}

void progress_tell_end(struct progress_place *place)
{
    uint64_t told;

    if (!place || !place->progress || place->fd < 0)
        return;
    told = atomic_exchange(&place->told, place->size);
    if (told < place->size)
        progress_step(place->progress, place->worker, place->size - told);
}

static ssize_t read_placed(void *ctx, uint8_t *out, size_t n)
{
    const struct progress_placed *placed = ctx;

    progress_tell(placed->place);
    return placed->rest->read(placed->rest->ctx, out, n);
}

struct stream progress_placed(struct progress_placed *placed)
{
    return (struct stream){ read_placed, placed };
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
    if (!p->terminal)
        show(p);
    else
        take_away(p);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->stop);
    free(p->counts);
    free(p);
}
