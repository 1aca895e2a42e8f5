/*
 * survey.h - how much there is to fetch, ahead of fetching it.
 *
 * The lister of a fetch is held up by what is being read, and comes to its end with it. So where
 * somebody asks, the listings are read once more, one request for each thousand objects, and added
 * up. What fails here is told by the other lister, and nobody is told a sum.
 *
 * May include: base. Threads: one of its own, between start and end.
 */
#ifndef AWS_SURVEY_H
#define AWS_SURVEY_H

#include "aws/fetch_target.h"

struct survey;

/*
 * Begin to count what is wanted of `count` opened targets; all is borrowed until the end. When all
 * are listed, callbacks->counted is called. NULL where that is NULL, or memory is out.
 */
struct survey *survey_start(const struct fetch_target *targets, size_t count,
                            const struct fetch_options *options,
                            const struct fetch_callbacks *callbacks);

/* Stop, at the latest when the listing's request that is under way is answered. NULL is allowed. */
void survey_end(struct survey *survey);

#endif
