/*
 * trail_json.h - the objects that JSON Lines and the page are made of.
 *
 * Strings are the bytes of the logs: whoever prints them passes them through printable_json(). Each
 * function gives an object that the caller owns, or NULL where memory is out.
 *
 * May include: this room. Library: cJSON. Threads: pure.
 */
#ifndef TRAIL_TRAIL_JSON_H
#define TRAIL_TRAIL_JSON_H

#include <cJSON.h>

#include "trail/trail_report.h"

cJSON *trail_story_json(const struct story *story);
cJSON *trail_step_json(const struct story *story, const struct step *step);
cJSON *trail_error_json(const struct trouble *trouble);
cJSON *trail_summary_json(const struct trail_report *report);

/*
 * Story `index` with its steps in "steps" and how many more there are in "steps_left": all stories
 * together give LIMIT_TRAIL_PAGE_STEPS at most, the first stories first.
 */
cJSON *trail_page_story(const struct trail_report *report, size_t index);

/* The summary, with its errors in "not_read", and whether it was a hunt. */
cJSON *trail_page_summary(const struct trail_report *report);

#endif
