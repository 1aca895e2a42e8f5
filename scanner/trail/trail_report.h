/*
 * trail_report.h - the stories of keys and principals, for people and for programs.
 *
 * Everything in a log is foreign: no control character of it reaches a terminal, and a name is
 * only put into a command that the reader may copy where it has no sign that a shell knows.
 *
 * Threads: one.
 */
#ifndef TRAIL_TRAIL_REPORT_H
#define TRAIL_TRAIL_REPORT_H

#include <stdio.h>

#include "base/buf.h"
#include "trail/story.h"
#include "trail/trail_logs.h"

struct trail_report {
    const struct follow *follow;
    const struct story *stories; /* story_count of them, in the order of the report */
    size_t story_count;
    const struct trail_receipt *receipt;
    bool hunt;
    bool colour; /* text only */
};

/* Write the report to `out`, flushed. STATUS_OK, STATUS_NOMEM, or STATUS_IO with errno's text. */
enum status trail_text_write(const struct trail_report *report, FILE *out);

/*
 * JSON Lines: for each story a line of type "trail", then its "step"s by time; then each "error",
 * and one "summary".
 */
enum status trail_jsonl_write(const struct trail_report *report, FILE *out);

/* The steps of all stories as CSV (RFC 4180), with a line of names. What a spreadsheet would take
 * for a formula begins with a '. */
enum status trail_csv_write(const struct trail_report *report, FILE *out);

/* Append what was read, as one line of text without its end. */
void trail_receipt_put(const struct trail_report *report, struct buf *out);

/* Was everything read, and everything told? */
bool trail_report_complete(const struct trail_report *report);

/* The limits that were reached, as sentences; NULL ends them. Static. */
void trail_report_limits(const struct trail_report *report, const char *out[static 8]);

#endif
