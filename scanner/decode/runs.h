/*
 * runs.h - where in a text a value without a label may stand.
 *
 * Looked for round access key ids, which can be everywhere in a log: so it reads as little as it
 * can, and says "may be" where only undoing the escapes would tell.
 *
 * May include: base. Threads: pure.
 */
#ifndef DECODE_RUNS_H
#define DECODE_RUNS_H

#include "base/slice.h"

/* The shortest value that is looked for by its shape. */
enum { RUN_MIN = 16 };

/* Bytes [start, end) of a text. */
struct run {
    size_t start, end;
};

/*
 * The next stretch of `text`, from `at` on, that may be base64 characters of one of the `count`
 * `lengths` (1 and more, each at least RUN_MIN, asserted): exactly so many of them; or more with
 * escapes among them that may stand for `+` and `/`; or as many as these have in base64 or hex.
 * False where there is none; else `*run` is it, and one looks on from run->end.
 */
bool runs_next(struct slice text, size_t at, const size_t *lengths, size_t count, struct run *run);

/*
 * The next place of `text`, from `at` on, where one literal ends and another begins that may belong
 * to it ("abc" + "def"); the run is what stands between the two. Likewise.
 */
bool runs_next_joint(struct slice text, size_t at, struct run *run);

#endif
