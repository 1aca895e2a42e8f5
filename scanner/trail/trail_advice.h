/*
 * trail_advice.h - what to do about a story: commands of the AWS CLI, to be printed and never run,
 * and what no command does.
 *
 * A name of the logs is put into a command only where it has no sign that a shell knows.
 *
 * May include: base, and this room. Threads: pure.
 */
#ifndef TRAIL_TRAIL_ADVICE_H
#define TRAIL_TRAIL_ADVICE_H

#include "base/buf.h"
#include "trail/story.h"

/* Append the advice, one line each, the most urgent first. */
void trail_advice_put(struct buf *out, const struct story *story);

#endif
