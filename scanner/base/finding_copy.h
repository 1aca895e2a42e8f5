/*
 * finding_copy.h - copies of findings and of what they point to, for who outlives their document.
 *
 * In each of them `*good` (or the result) becomes false where memory is out; it is never set to
 * true, so that a record of many fields is asked once.
 *
 * May include: base. Threads: pure, but for the arena, which has one owner at a time.
 */
#ifndef BASE_FINDING_COPY_H
#define BASE_FINDING_COPY_H

#include "base/arena.h"
#include "base/finding.h"

/*
 * Make all that `finding` points to, but rule and target, a copy in `arena`. `*last_path` is the
 * path copied last, in the same arena, or NULL: the findings of one document share one copy of its
 * path. False where memory is out; then `finding` and `*last_path` are of no use.
 */
bool finding_copy(struct finding *finding, struct arena *arena, const char **last_path);

/* A copy of `s3`, of which NULL gives NULL, and of all that it points to. */
const struct s3_origin *finding_copy_s3(struct arena *arena, const struct s3_origin *s3,
                                        bool *good);

/* Likewise of `verification`. */
const struct verification *finding_copy_verification(struct arena *arena,
                                                     const struct verification *verification,
                                                     bool *good);

#endif
