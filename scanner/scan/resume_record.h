/*
 * resume_record.h - what a file of --resume says of one object.
 *
 *   ID SCOPE FILES BYTES ARCHIVES TEMPORARY-IDS ALLOWED SECRETS LENGTH HIDDEN...
 *   (LENGTH bytes: a report in JSON Lines with the object's findings)
 *
 * HIDDEN has two numbers for each finding, the lengths of its secret and token, which the report
 * redacts.
 *
 * Threads: one owner at a time.
 */
#ifndef SCAN_RESUME_RECORD_H
#define SCAN_RESUME_RECORD_H

#include "base/buf.h"
#include "base/outcome.h"
#include "detect/ruleset.h"
#include "report/read.h"
#include "scan/resume_index.h"

/* The first line of a record. */
struct resume_head {
    uint8_t id[RESUME_ID_BYTES];
    uint32_t scope;
    struct coverage counted;
    bool secrets;       /* a finding has one: the report does not have it whole */
    uint64_t length;    /* of the report */
    const char *hidden; /* the rest of the line, borrowed from it */
};

/* Read the line, whose LF is there. False: it is none, or is torn. */
bool resume_head_read(struct resume_head *out, const char *line);

/* Put the record of what `own`, sorted, tells of the object `id`, read for `scope`, into the empty
 * `out`. False: it cannot be had, or is longer than LIMIT_RESUME_RECORD_BYTES. */
bool resume_record_put(struct buf *out, const uint8_t id[static RESUME_ID_BYTES], uint32_t scope,
                       const struct outcome *own);

/* What findings that are read become part of. All is borrowed. */
struct resume_reading {
    const char *path; /* of the file */
    const struct ruleset *set;
    struct report_pool *pool; /* they borrow from it */
    const char *target;       /* and from this */
    bool whole_secrets;       /* a record with secrets is not enough */
};

/* Add what the record of `bytes` bytes says to `outcome`. False: it is not what it should be, or
 * not enough, and nothing was added. */
bool resume_record_take(const struct resume_reading *reading, char *record, size_t bytes,
                        struct outcome *outcome);

#endif
