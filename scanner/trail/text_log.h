/*
 * text_log.h - logs that are written as no JSON of records, as a stream that is: records as JSON
 * strings ("{\"eventVersion\": ...}"), in a list or one a line, as `--query
 * 'Events[].CloudTrailEvent'` and jq print them; and UTF-16, which PowerShell redirects into.
 *
 * Tables are csv_log.h's. What a record means is record.h's.
 *
 * May include: base, split. Threads: one owner at a time.
 */
#ifndef TRAIL_TEXT_LOG_H
#define TRAIL_TEXT_LOG_H

#include "base/status.h"
#include "base/stream.h"

enum text_log_kind {
    TEXT_LOG_NONE,
    TEXT_LOG_STRINGS, /* becomes what is in the strings, a line each; the rest is dropped */
    TEXT_LOG_UTF16,   /* becomes UTF-8; it begins with the mark that tells the order of bytes */
};

/* What the beginning of a log says it is. Pure. */
enum text_log_kind text_log_look(struct slice head);

struct text_log;

/* `stream`, of `kind`, from its beginning; it must outlive the log. On success `*out` is the
 * caller's. STATUS_OK or STATUS_NOMEM. */
enum status text_log_new(struct text_log **out, const struct stream *stream,
                         enum text_log_kind kind);

/* NULL is allowed. */
void text_log_free(struct text_log *log);

/* What it becomes, in JSON as UTF-8; to be read once. */
struct stream text_log_stream(struct text_log *log);

#endif
