/* when.h - a time as reports write it: RFC 3339, in UTC. May include: libc. Threads: pure. */
#ifndef VERIFY_WHEN_H
#define VERIFY_WHEN_H

#include <time.h>

/* "2026-11-22T07:00:00Z" and the NUL. */
#define WHEN_SIZE 21

/* Write `time` with its NUL to `out`; a year beyond 9999 as 9999. */
static inline void when_format(char out[static WHEN_SIZE], time_t time)
{
    const time_t last = 253402300799; /* 9999-12-31T23:59:59Z */
    struct tm tm;

    time = time < 0 ? 0 : time > last ? last : time;
    gmtime_r(&time, &tm);
    strftime(out, WHEN_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

#endif
