/*
 * fetch_queue.h - downloads on their way from one lister to many workers.
 *
 * The lister waits for room, and begins a download; when its first bytes are there it is put in,
 * taken out by a worker in the order in which it came, and landed when it has been read. Knows
 * neither what is downloaded nor how.
 *
 * May include: base. Threads: any, but that one lists: fetch_queue_room() and fetch_queue_end().
 */
#ifndef AWS_FETCH_QUEUE_H
#define AWS_FETCH_QUEUE_H

#include <pthread.h>

#include "aws/download.h"

/* What is queued begins with this; the owner's. */
struct fetch_flight {
    struct fetch_flight *next;
};

struct fetch_queue {
    struct download_budget budget; /* of all that is under way */
    pthread_mutex_t lock;          /* guards all below */
    pthread_cond_t wake;           /* something is ready, or all is over */
    pthread_cond_t room;           /* fewer are flying */
    struct fetch_flight *first, *last;
    unsigned flying; /* let in and not yet landed */
    bool all_begun;
    bool stopped;
};

void fetch_queue_init(struct fetch_queue *queue);

/* Nothing is under way any more. */
void fetch_queue_release(struct fetch_queue *queue);

/* Wait until one download more may be begun, whose first `bytes` are taken from the budget. False:
 * none may any more, for it was stopped. */
bool fetch_queue_room(struct fetch_queue *queue, uint64_t bytes);

/* No further download will be begun. */
void fetch_queue_end(struct fetch_queue *queue);

/* The flight's first bytes are there. Does not wait. */
void fetch_queue_put(struct fetch_queue *queue, struct fetch_flight *flight);

/* Wait for the next that is ready; NULL: there will be none. `*stopped`: it is not to be read any
 * more, only landed. */
struct fetch_flight *fetch_queue_take(struct fetch_queue *queue, bool *stopped);

/* One that was taken has been read and freed. `stop`: no further one may be begun, or read. */
void fetch_queue_land(struct fetch_queue *queue, bool stop);

/* Was it stopped? */
bool fetch_queue_stopped(struct fetch_queue *queue);

#endif
