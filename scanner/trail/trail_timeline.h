/*
 * trail_timeline.h - a story's steps as lines for people: calls that are alike are one line, and
 * calls that only look are one line for each stretch of them.
 *
 * Threads: one.
 */
#ifndef TRAIL_TRAIL_TIMELINE_H
#define TRAIL_TRAIL_TIMELINE_H

#include "base/buf.h"
#include "trail/story.h"

/* Append the timeline. STATUS_OK or STATUS_NOMEM. */
enum status timeline_put(struct buf *out, const struct story *story);

/* Is it a call that only looks round, and not one, like GetObject, that is worth a line alone? */
bool timeline_only_looks(const struct step *step);

/* Append a time as people read it, "2024-05-01 10:00:00". */
void timeline_time(struct buf *out, int64_t time);

/* Append who it is: an id, "user NAME", "session ID of role NAME". */
void timeline_subject(struct buf *out, const struct subject *subject);

/* Append who made the call. */
void timeline_actor(struct buf *out, const struct story *story, const struct step *step);

#endif
