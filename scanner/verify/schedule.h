/*
 * schedule.h - which question is asked next, and when.
 *
 * Questions are numbered from 0 and wait until their time; the one that has waited longest goes
 * first. At most so many begin in a second, evenly spaced, and at most so many are under way. It
 * knows no clock: every call is told the time, in microseconds from any beginning, which never goes
 * back.
 *
 * May include: base. Threads: one owner at a time.
 */
#ifndef VERIFY_SCHEDULE_H
#define VERIFY_SCHEDULE_H

#include "base/slice.h"
#include "base/status.h"

struct waiting {
    uint64_t due_us;
    uint64_t order; /* of those due at one time: as they were added */
    size_t question;
};

/* {0} is a valid empty one. */
struct schedule {
    struct waiting *heap; /* the first to go at the top; count of them */
    size_t count, cap;
    uint64_t added;
    uint64_t interval_us; /* between the beginnings of two */
    uint64_t open_us;     /* nothing begins before */
    size_t running, running_max;
};

enum turn {
    TURN_BEGIN, /* ask *question now; it is under way */
    TURN_WAIT,  /* nothing before *until_us (UINT64_MAX: before one that is under way has ended) */
    TURN_OVER,  /* nothing waits and nothing is under way */
};

/* For at most `n` questions, `per_second` and `running_max` above 0 (asserted). STATUS_OK or
 * STATUS_NOMEM. */
enum status schedule_init(struct schedule *schedule, size_t n, unsigned per_second,
                          size_t running_max);

/* `question` is to be asked at `due_us` or later. It must not wait or be under way already. */
void schedule_add(struct schedule *schedule, size_t question, uint64_t due_us);

/* What to do at `now_us`. */
enum turn schedule_next(struct schedule *schedule, uint64_t now_us, size_t *question,
                        uint64_t *until_us);

/* One that was under way has its answer; it may be added again. */
void schedule_end(struct schedule *schedule);

/* Nothing begins before `until_us`. */
void schedule_hold(struct schedule *schedule, uint64_t until_us);

void schedule_release(struct schedule *schedule);

#endif
