/*
 * progress.h - one line on stderr that says how far the reading has come.
 *
 * On a terminal the line is written over itself, no longer than the terminal is wide; elsewhere
 * each is a line of its own. How much there is to do is known of git repositories only, once their
 * objects are listed: then the line has the share that is done and the time left.
 *
 * May include: base. Threads: progress_add() and progress_step() from each worker for its own
 * number; the line is written by a thread of its own.
 */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include "base/status.h"

#include <stdint.h>

struct progress;

/* Start writing the line for `workers` workers. On success `*out` is the caller's. STATUS_OK or
 * STATUS_NOMEM. */
enum status progress_start(struct progress **out, unsigned workers);

/* One file or object more, of `bytes` bytes. NULL is allowed: nothing is shown. */
void progress_add(struct progress *progress, unsigned worker, uint64_t bytes);

/*
 * From now on `steps` steps of about the same work are to be done; 0: nobody knows how many. Called
 * while no worker runs. NULL is allowed.
 */
void progress_expect(struct progress *progress, uint64_t steps);

/* One of them is done. NULL is allowed. */
void progress_step(struct progress *progress, unsigned worker);

/* Take the line away, or where there is no terminal write the last one, and free. NULL is allowed.
 */
void progress_stop(struct progress *progress);

/* What a line says. */
struct progress_state {
    uint64_t items, bytes;
    double seconds;       /* since the start */
    uint64_t done, steps; /* steps: 0 where it is not known how many */
    double stage_seconds; /* since the steps began */
    unsigned width;       /* columns of the terminal; 0: of none */
};

enum { PROGRESS_LINE_SIZE = 160 };

/* Write the line without its end, cut to the width, into `out`. */
void progress_format(char out[static PROGRESS_LINE_SIZE], const struct progress_state *state);

#endif
