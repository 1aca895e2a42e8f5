/*
 * csv_log.h - a table of CloudTrail's columns (CSV) as a stream of its records in JSON Lines.
 *
 * The columns are those of Athena's table of CloudTrail logs, in which userIdentity is a struct
 * that Athena prints as {type=IAMUser, arn=..., sessioncontext={...}}; those of a query of
 * CloudTrail Lake, where the same holds, or eventJson is a whole record; and those of the console's
 * event history ("Event name", "AWS access key"). Letters' case, spaces, dots and underscores of a
 * name make no difference, so that useridentity.arn is read under any name that a query gives it.
 * https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table.html
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/query-event-data-store.html
 *
 * What a record means is record.h's.
 *
 * May include: base, and this room. Library: cJSON. Threads: one owner at a time.
 */
#ifndef TRAIL_CSV_LOG_H
#define TRAIL_CSV_LOG_H

#include "base/status.h"
#include "base/stream.h"

/* Bytes of a log's beginning that csv_log_look() wants to see: some columns by name are 600. */
#define CSV_LOG_HEAD_BYTES 4096u

/* Set `*is` to whether `head` is the beginning of a table that has several of CloudTrail's columns.
 * STATUS_OK or STATUS_NOMEM. */
enum status csv_log_look(struct slice head, bool *is);

struct csv_log;

/*
 * Read the names of the columns from `stream`, which must outlive it. On success `*out` is the
 * caller's. STATUS_OK; STATUS_UNSUPPORTED with a text where columns are missing without which no
 * row is a record; STATUS_IO, STATUS_NOMEM.
 */
enum status csv_log_new(struct csv_log **out, const struct stream *stream);

/* NULL is allowed. */
void csv_log_free(struct csv_log *log);

/* The records, one a line; to be read once. */
struct stream csv_log_stream(struct csv_log *log);

/* Rows so far that are no record, or of which a column could not be understood. */
uint64_t csv_log_broken(const struct csv_log *log);

/* Rows so far that are longer than any record, and were passed over. */
uint64_t csv_log_too_long(const struct csv_log *log);

#endif
