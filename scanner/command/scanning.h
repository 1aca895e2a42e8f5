/*
 * scanning.h - a scan by the options, for commands that do something else than report it.
 *
 * May include: every room's interface. Threads: the main thread.
 */
#ifndef COMMAND_SCANNING_H
#define COMMAND_SCANNING_H

#include "command/choices.h"
#include "scan/scan.h"

/*
 * Scan the targets that `choices` name, as `scan` would; with `history` every occurrence in their
 * history, and no files. On success `*scan` is the caller's.
 * Returns as scan_run().
 */
enum status scanning_run(struct scan **scan, const struct choices *choices, bool history);

/*
 * Scan the `count` targets, each an archive, a bundle or an object of a bucket, with the options of
 * `choices`, for what `extracts` wants of them. Returns as scan_run().
 */
enum status scanning_extract(struct extracts *extracts, const struct choices *choices,
                             const char *const *targets, size_t count);

/* Say that there was nothing to scan. Returns EXIT_TROUBLE. */
int say_nothing_to_scan(void);

#endif
