/*
 * trail_advice.h - what to do about a key that was used, and about what came of it.
 *
 * Threads: pure.
 */
#ifndef TRAIL_TRAIL_ADVICE_H
#define TRAIL_TRAIL_ADVICE_H

#include "base/buf.h"
#include "trail/story.h"

/*
 * Append lines that say how to close what is still open: of what came of the story, keys and users
 * among its first `max`, and all roles. Nothing from a log is in them that a shell would read as
 * more than a word.
 */
void trail_advise(struct buf *out, const struct story *story, size_t max);

#endif
