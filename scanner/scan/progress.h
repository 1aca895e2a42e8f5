/*
 * progress.h - one line on stderr that says how far a scan has come.
 *
 * Threads: progress_add() from each worker for its own number; the line is written by a thread of
 * its own.
 */
#ifndef SCAN_PROGRESS_H
#define SCAN_PROGRESS_H

#include "base/status.h"

#include <stdint.h>

struct progress;

/* Start writing the line for `workers` workers. On success `*out` is the caller's. STATUS_OK or
 * STATUS_NOMEM. */
enum status progress_start(struct progress **out, unsigned workers);

/* One file or object more, of `bytes` bytes. NULL is allowed: nothing is shown. */
void progress_add(struct progress *progress, unsigned worker, uint64_t bytes);

/* Take the line away and free. NULL is allowed. */
void progress_stop(struct progress *progress);

#endif
