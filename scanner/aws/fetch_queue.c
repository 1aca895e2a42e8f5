/* fetch_queue.c - a list of what is ready, and a count of what is under way. */
#include "aws/fetch_queue.h"

#include "base/limits.h"

void fetch_queue_init(struct fetch_queue *q)
{
    *q = (struct fetch_queue){ .first = NULL };
    download_budget_init(&q->budget, LIMIT_S3_FLIGHT_BYTES);
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->wake, NULL);
    pthread_cond_init(&q->room, NULL);
}

void fetch_queue_release(struct fetch_queue *q)
{
    assert(q->flying == 0);
    download_budget_release(&q->budget);
    pthread_cond_destroy(&q->room);
    pthread_cond_destroy(&q->wake);
    pthread_mutex_destroy(&q->lock);
}

bool fetch_queue_room(struct fetch_queue *q, uint64_t bytes)
{
    bool stopped;

    pthread_mutex_lock(&q->lock);
    while (!q->stopped && (q->flying >= LIMIT_S3_FLIGHT_OBJECTS ||
                           !download_budget_take(&q->budget, bytes, q->flying == 0)))
        pthread_cond_wait(&q->room, &q->lock);
    stopped = q->stopped;
    q->flying += !stopped;
    pthread_mutex_unlock(&q->lock);
    return !stopped;
}

void fetch_queue_end(struct fetch_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->all_begun = true;
    pthread_cond_broadcast(&q->wake);
    pthread_mutex_unlock(&q->lock);
}

void fetch_queue_put(struct fetch_queue *q, struct fetch_flight *flight)
{
    flight->next = NULL;
    pthread_mutex_lock(&q->lock);
    if (q->last)
        q->last->next = flight;
    else
        q->first = flight;
    q->last = flight;
    pthread_cond_signal(&q->wake);
    pthread_mutex_unlock(&q->lock);
}

struct fetch_flight *fetch_queue_take(struct fetch_queue *q, bool *stopped)
{
    struct fetch_flight *flight;

    pthread_mutex_lock(&q->lock);
    while (!q->first && !(q->all_begun && !q->flying))
        pthread_cond_wait(&q->wake, &q->lock);
    flight = q->first;
    if (flight)
        q->first = flight->next;
    if (!q->first)
        q->last = NULL;
    *stopped = q->stopped;
    pthread_mutex_unlock(&q->lock);
    return flight;
}

void fetch_queue_land(struct fetch_queue *q, bool stop)
{
    pthread_mutex_lock(&q->lock);
    q->flying--;
    q->stopped |= stop;
    pthread_cond_signal(&q->room);
    if (q->all_begun && !q->flying)
        pthread_cond_broadcast(&q->wake);
    pthread_mutex_unlock(&q->lock);
}

bool fetch_queue_stopped(struct fetch_queue *q)
{
    bool stopped;

    pthread_mutex_lock(&q->lock);
    stopped = q->stopped;
    pthread_mutex_unlock(&q->lock);
    return stopped;
}
