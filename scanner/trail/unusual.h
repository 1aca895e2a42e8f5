/*
 * unusual.h - why a story is suspicious: the indicators its subjects showed, and what only a
 * comparison of many records shows.
 *
 * May include: base, and this room. Threads: one.
 */
#ifndef TRAIL_UNUSUAL_H
#define TRAIL_UNUSUAL_H

#include "trail/story.h"

/* Set the story's reasons, score and severity, and what is fresh in its uses. Its steps and uses
 * are there already. STATUS_OK or STATUS_NOMEM. */
enum status unusual_find(struct story *story, const struct story_index *index,
                         const struct geo *geo);

#endif
