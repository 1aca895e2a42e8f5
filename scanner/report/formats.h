/*
 * formats.h - the formats behind report.h, and what they share; for report/ alone.
 *
 * May include: base. Threads: any, one report at a time.
 */
#ifndef REPORT_FORMATS_H
#define REPORT_FORMATS_H

#include "base/buf.h"
#include "report/report.h"
#include "report/tally.h"

/* One report being written. */
struct writer {
    const struct outcome *outcome;
    const struct report_options *options;
    const struct tally *tally; /* of `outcome` */
    FILE *out;
    struct buf line;    /* what writer_flush() writes next; empty after it */
    struct buf scratch; /* empty between two uses */
    bool starved;       /* memory was out for a part of the line */
};

/* Each writes the whole report. STATUS_OK, STATUS_IO or STATUS_NOMEM, with its text. */
enum status text_write(struct writer *writer);
enum status jsonl_write(struct writer *writer);
enum status json_write(struct writer *writer);
enum status sarif_write(struct writer *writer);
enum status gitlab_write(struct writer *writer);
enum status junit_write(struct writer *writer);
enum status github_write(struct writer *writer);
enum status csv_write(struct writer *writer);
enum status html_write(struct writer *writer);

/* Append what to do about the findings, once and no longer than a stopped commit has patience for.
 */
void next_put(struct writer *writer);

/* Append the text report's last line, or nothing where the options want none. */
void summary_put(struct writer *writer);

/* Write `line` out and empty it. STATUS_OK; STATUS_IO or STATUS_NOMEM with their text. */
enum status writer_flush(struct writer *writer);

/*
 * How much a report shows of `value`, a secret of `finding`: all of it where the options say so,
 * else its first four characters, or nothing where that would be more than a quarter. Of one that
 * was read from an earlier report, what that showed.
 */
struct slice writer_shown(const struct writer *writer, const struct finding *finding,
                          struct slice value);

/* Is there more of `value` than `shown`, which writer_shown() gave? */
static inline bool writer_hides(const struct finding *finding, struct slice value,
                                struct slice shown)
{
    return finding->redacted || shown.len < value.len;
}

#endif
