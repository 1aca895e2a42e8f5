/*
 * baselines.h - the baselines that a scan's options name: read before it, applied behind it.
 *
 * May include: base, report, scan.h. Threads: the main thread.
 */
#ifndef COMMAND_BASELINES_H
#define COMMAND_BASELINES_H

#include "command/options.h"
#include "report/baseline.h"
#include "scan/scan.h"

/* {0}: none is named. */
struct baselines {
    struct baseline known;   /* of --baseline */
    struct baseline written; /* of --write-baseline */
};

/*
 * Read the baseline at `path`. One that does not exist is empty where `may_be_new`, else STATUS_IO.
 * On success it is the caller's. Else as baseline_parse(), STATUS_IO or STATUS_LIMIT.
 */
enum status baseline_read(struct baseline *baseline, const char *path, bool may_be_new);

/* Write it to `path`, whole or not at all. STATUS_OK, STATUS_IO or STATUS_NOMEM. */
enum status baseline_write(const struct baseline *baseline, const char *path);

/* Today's date (UTC), as expiry dates are compared with it. */
void baseline_today(char out[static BASELINE_DATE_SIZE]);

/*
 * Read what --baseline and --write-baseline name, and check what goes with them; where both name
 * one file, as settings make them, it may be new. On success the caller releases `baselines`.
 * STATUS_OK, or a failure with its text.
 */
enum status baselines_open(struct baselines *baselines, const struct options *options);

/*
 * Leave out of the scan's outcome what --baseline knows; then add the rest to what --write-baseline
 * names, write that file, and leave out what it knows by now. What has expired, and what was
 * written, is said on stderr. STATUS_OK, or a failure with its text.
 */
enum status baselines_apply(struct baselines *baselines, const struct options *options,
                            struct scan *scan);

/* What baselines_add() has come to, in one command. */
struct baseline_counts {
    size_t added;    /* new credentials */
    bool incomplete; /* something could not be read */
};

/*
 * Add what is left in the scan's outcome to what --write-baseline names, which is not written yet.
 * STATUS_OK, or as baseline_add().
 */
enum status baselines_add(struct baselines *baselines, const struct options *options,
                          struct scan *scan, struct baseline_counts *counts);

void baselines_release(struct baselines *baselines);

#endif
