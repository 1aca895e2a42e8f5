/*
 * progress.h - one line on stderr that says how far the reading has come.
 *
 * On a terminal the line is written over itself, no longer than the terminal is wide; elsewhere
 * each is a line of its own. A scan goes through stages. Where it is known how much there is to do
 * in one, the line has the share that is done and the time left: of files that were all named, of
 * buckets once their listings are at an end, of repositories once their objects are listed. Of a
 * folder that is scanned it is not; one of logs is read more than once, and counted before.
 *
 * May include: base. Threads: progress_add() and progress_step() from each worker for its own
 * number, which costs least, or from any thread; the line is written by a thread of its own.
 */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include "base/status.h"
#include "base/stream.h"

#include <stdint.h>

struct progress;

/* Start writing the line for `workers` workers. On success `*out` is the caller's. STATUS_OK or
 * STATUS_NOMEM. */
enum status progress_start(struct progress **out, unsigned workers);

/* So many files or objects were looked at to their end, and so many bytes of some. NULL is allowed:
 * nothing is shown. */
void progress_add(struct progress *progress, unsigned worker, uint64_t items, uint64_t bytes);

/*
 * A stage begins, of which nobody knows yet how much there is to do: `name` is borrowed, NULL for
 * none. Called while no worker runs. NULL for `progress` is allowed here and below.
 */
void progress_begin(struct progress *progress, const char *name);

/* The terminal is needed for something else: no line is written while it is `held`. Any thread. */
void progress_hold(struct progress *progress, bool held);

/* `steps` steps, each about the same work, are to be done in this stage. Any thread. */
void progress_expect(struct progress *progress, uint64_t steps);

/* `steps` of them are done, also before they were expected. */
void progress_step(struct progress *progress, unsigned worker, uint64_t steps);

/*
 * Steps are bytes where files and objects of buckets are read. To open one costs about as much as
 * reading this many: a system call or two locally, a turn of one request among many in a bucket.
 */
enum { PROGRESS_OPEN_STEPS = 64 * 1024 };

/* A stream whose bytes are steps. */
struct progress_stream {
    const struct stream *rest;
    struct progress *progress; /* NULL is allowed */
    unsigned worker;
    uint64_t left; /* bytes that it should still have; more are no steps */
};

/* The same bytes, counted as they are read; `counted` must outlive it. */
struct stream progress_stream(struct progress_stream *counted);

/*
 * A file that somebody reads by its descriptor, of whom only that can be asked how far he is: a
 * format with a list at its end has been read there first. One thread tells it at a time.
 */
struct progress_place {
    struct progress *progress; /* NULL is allowed */
    unsigned worker;
    int fd;                /* -1: there is none, and nothing is told */
    uint64_t size;         /* of the file */
    _Atomic uint64_t told; /* how much of it is known to be done */
};

/* `bytes` more of it are done: where it is read in any order. Any thread, on `worker`. */
void progress_tell_more(struct progress_place *place, unsigned worker, uint64_t bytes);

/* How far it is, and that it has ended. NULL is allowed: nothing is told. */
void progress_tell(struct progress_place *place);
void progress_tell_end(struct progress_place *place);

/* A stream of what the file holds: each reading of it tells. */
struct progress_placed {
    const struct stream *rest;
    struct progress_place *place; /* NULL is allowed */
};

/* The same bytes; `placed` must outlive it. */
struct stream progress_placed(struct progress_placed *placed);

/* Take the line away, or where there is no terminal write the last one, and free. NULL is allowed.
 */
void progress_stop(struct progress *progress);

/* What a line says. */
struct progress_state {
    uint64_t items, bytes;
    double seconds;       /* since the start */
    const char *stage;    /* its name; NULL: none */
    uint64_t done, steps; /* steps: 0 where it is not known how many */
    double stage_seconds; /* since the steps began */
    unsigned width;       /* columns of the terminal; 0: of none */
};

enum { PROGRESS_LINE_SIZE = 160 };

/* Write the line without its end, cut to the width, into `out`. */
void progress_format(char out[static PROGRESS_LINE_SIZE], const struct progress_state *state);

#endif
