/*
 * log_reader.h - one worker's way from the bytes of a log to its records.
 *
 * A log that fits the window is held whole, so that the ends of its records are only looked for
 * where something was picked. Archives are opened, tables of CloudTrail's columns are turned into
 * records. Which logs there are is trail_logs.h's, what a record means is follow.h's.
 *
 * May include: base, decode, and this room. Threads: a reader belongs to one worker of the pool;
 * what lies in an archive may be read with those of others, and a window of a long log be looked at
 * with this one by another worker, while its own fills the next.
 */
#ifndef TRAIL_LOG_READER_H
#define TRAIL_LOG_READER_H

#include "base/outcome.h"
#include "base/pool.h"
#include "base/progress.h"
#include "decode/archive.h"
#include "trail/follow.h"
#include "trail/pick.h"

/* What was read. */
struct log_counts {
    uint64_t other_files; /* without any record */
    uint64_t broken;      /* records that are no JSON, lines and files that were cut off */
    uint64_t unknown;     /* texts that speak of records, in a form that is not known */
    uint64_t too_long;
};

/* What a reader is made of; all is borrowed. */
struct log_reader_options {
    struct outcome *outcome;
    struct follow *follow;
    const struct picker *picker;
    unsigned archive_depth;
    struct pool *pool;         /* whose workers help with what lies in an archive */
    unsigned worker;           /* that the reader belongs to */
    struct log_reader *team;   /* one for each of the pool's workers */
    struct progress *progress; /* NULL: nobody asks */
};

/* Bytes of a log: len of them, and room for cap. */
struct log_window {
    uint8_t *bytes;
    size_t cap, len;
};

struct log_reader {
    struct log_reader_options options;
    struct picker_scratch *scratch;
    struct picks picks; /* its counts are all logs' */
    struct log_counts counts;
    struct log_window windows[2]; /* of a long log one is filled while the other is looked at */
};

/* A log: what it is called, and its bytes. */
struct log_source {
    const char *target, *path; /* borrowed */
    struct slice head;         /* its first ARCHIVE_SNIFF_BYTES, or all of it */
    uint64_t size;
    int fd;               /* it begins where this stands; -1: it comes from `stream` */
    struct stream stream; /* from its beginning */
};

/* On success the caller releases it. STATUS_OK or STATUS_NOMEM. */
enum status log_reader_init(struct log_reader *reader, const struct log_reader_options *options);

/* Also of {0}. */
void log_reader_release(struct log_reader *reader);

/* Read all of it. What cannot be read is told in the outcome, and what came before it counts. */
void log_read(struct log_reader *reader, const struct log_source *source);

#endif
