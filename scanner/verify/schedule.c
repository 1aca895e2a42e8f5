/* schedule.c - a binary heap, and the time at which the next may begin. */
#include "verify/schedule.h"

#include <stdlib.h>

enum status schedule_init(struct schedule *schedule, size_t n, unsigned per_second,
                          size_t running_max)
{
    assert(per_second && running_max);
    *schedule = (struct schedule){ .cap = n,
                                   .interval_us = 1000000 / per_second,
                                   .running_max = running_max };
    schedule->heap = calloc(n + 1, sizeof(*schedule->heap));
    return schedule->heap ? STATUS_OK : err_nomem();
}

static bool goes_first(const struct waiting *a, const struct waiting *b)
{
    return a->due_us != b->due_us ? a->due_us < b->due_us : a->order < b->order;
}

static void swap(struct waiting *a, struct waiting *b)
{
    struct waiting kept = *a;

    *a = *b;
    *b = kept;
}

void schedule_add(struct schedule *schedule, size_t question, uint64_t due_us)
{
    struct waiting *heap = schedule->heap;
    size_t at = schedule->count++;

    assert(schedule->count <= schedule->cap);
    heap[at] = (struct waiting){ due_us, schedule->added++, question };
    for (; at && goes_first(&heap[at], &heap[(at - 1) / 2]); at = (at - 1) / 2)
        swap(&heap[at], &heap[(at - 1) / 2]);
}

static size_t take_first(struct schedule *schedule)
{
    struct waiting *heap = schedule->heap;
    size_t question = heap[0].question, at = 0;

    heap[0] = heap[--schedule->count];
    for (;;) {
        size_t first = at, left = 2 * at + 1;

        for (size_t i = left; i < left + 2 && i < schedule->count; i++)
            if (goes_first(&heap[i], &heap[first]))
                first = i;
        if (first == at)
            return question;
        swap(&heap[at], &heap[first]);
        at = first;
    }
}

enum turn schedule_next(struct schedule *schedule, uint64_t now_us, size_t *question,
                        uint64_t *until_us)
{
    uint64_t due;

    if (!schedule->count && !schedule->running)
        return TURN_OVER;
    *until_us = UINT64_MAX;
    if (!schedule->count || schedule->running == schedule->running_max)
        return TURN_WAIT;
    due = schedule->heap[0].due_us;
    *until_us = due > schedule->open_us ? due : schedule->open_us;
    if (*until_us > now_us)
        return TURN_WAIT;
    *question = take_first(schedule);
    schedule->running++;
    schedule->open_us = now_us + schedule->interval_us;
    return TURN_BEGIN;
}

void schedule_end(struct schedule *schedule)
{
    assert(schedule->running);
    schedule->running--;
}

void schedule_hold(struct schedule *schedule, uint64_t until_us)
{
    if (until_us > schedule->open_us)
        schedule->open_us = until_us;
}

void schedule_release(struct schedule *schedule)
{
    free(schedule->heap);
    *schedule = (struct schedule){ 0 };
}
