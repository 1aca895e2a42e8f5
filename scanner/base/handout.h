/*
 * handout.h - jobs that one worker makes and others may take, such as the members of an archive.
 *
 * The maker goes on making jobs while others run them; where nobody has time, or too many wait, it
 * runs the oldest itself. Jobs are begun in the order in which they were given. Nobody waits for a
 * worker that is busy with something else: the maker waits only for jobs that are running.
 *
 * May include: base. Threads: made, given to and ended by one worker; jobs run on any.
 */
#ifndef BASE_HANDOUT_H
#define BASE_HANDOUT_H

#include "base/pool.h"

struct handout;

/* Begins a job's struct. Owns the job. */
struct job {
    struct job *next;                              /* handout.c's */
    void (*run)(struct job *job, unsigned worker); /* on the worker so numbered */
};

/*
 * A handout of `worker` of the pool, which must outlive it. Where it belongs to a job of `whole`,
 * or to what the maker of that does itself, who waits for `whole` helps with this one; NULL: it
 * does not. NULL: out of memory (no text is set).
 */
struct handout *handout_new(struct pool *pool, unsigned worker, struct handout *whole);

/* Give `job`, which is run sooner or later, perhaps now and here. */
void handout_give(struct handout *handout, struct job *job);

/* Return when no job is waiting or running. */
void handout_settle(struct handout *handout);

/* Settle, and end it. NULL is allowed. */
void handout_end(struct handout *handout);

#endif
