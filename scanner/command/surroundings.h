/*
 * surroundings.h - the bytes round findings, wherever they lie.
 *
 * Files and a repository's objects are opened. What lies in an archive, a bundle or a bucket is
 * come by through one more scan of these containers alone, with the options of the first.
 *
 * May include: every room's interface. Threads: the main thread.
 */
#ifndef COMMAND_SURROUNDINGS_H
#define COMMAND_SURROUNDINGS_H

#include "command/choices.h"
#include "scan/extract.h"

/*
 * Fill in `extracts`, one for each of the `count` findings, which it borrows from; zeroed by the
 * caller. One whose length stays 0 could not be come by. STATUS_OK, STATUS_NOMEM, or what kept the
 * scan from starting.
 */
enum status surroundings_read(struct extract *extracts, const struct finding *findings,
                              size_t count, const struct choices *choices);

/* Does every part of the finding lie in the extract as it is, neither encoded nor in pieces? */
bool surroundings_hold(const struct extract *extract, const struct finding *finding);

/* Why there is nothing to show of such a finding, as a line's end. */
const char *surroundings_missing(const struct finding *finding);

#endif
