/*
 * baseline.h - the credentials that a team knows of and does not want to hear about again.
 *
 * A text file that is meant to be committed and merged:
 *
 *     leaktrawl baseline 1
 *     # comments stay with the entry below them
 *     lt1:<32 hex digits> aws-key-pair expires=2027-01-31 reason=made up, in the docs
 *
 * One line for each credential, sorted; its name is its fingerprint and its rule, so neither a
 * moved line nor a squash breaks it. It holds no secret, no place and no time of its own. What a
 * team's own rule finds may be guessed from an unsalted hash: such entries are named
 * "lts1:<32 hex digits>", salted with the line "salt <32 hex digits>" of the same file.
 *
 * It opens no file. May include: base. Library: that of fingerprint.h. Threads: one owner at a
 * time.
 */
#ifndef REPORT_BASELINE_H
#define REPORT_BASELINE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/outcome.h"
#include "report/fingerprint.h"

/* "YYYY-MM-DD" and the NUL. */
#define BASELINE_DATE_SIZE 11

/* One credential. Text lives as long as the baseline. */
struct baseline_entry {
    const char *name;    /* "lt1:…" or "lts1:…" */
    const char *rule;    /* its id */
    const char *expires; /* the last day (UTC) on which it suppresses; NULL: no end */
    const char *reason;  /* NULL: none was given */
    const char *comment; /* the comment lines above it, each with its LF; "": none */
    size_t line;         /* in the file, from 1; 0: added since */
    bool matched;        /* baseline_suppress() met its credential */
};

/* {0} is a valid baseline without entries. */
struct baseline {
    struct arena arena;
    struct baseline_entry *entries; /* count of them, by name, then rule */
    size_t count, cap;
    const char *end; /* the comment lines behind the last entry; NULL: none */
    bool salted;
    uint8_t salt[FINGERPRINT_SALT_BYTES];
};

/*
 * Read `text`, the bytes of the file called `file`. On success the baseline is the caller's.
 * STATUS_INVALID with a text that names file and line: a malformed line, a credential named twice,
 * a merge conflict that nobody resolved; STATUS_UNSUPPORTED: a version that this program does not
 * know; STATUS_NOMEM.
 */
enum status baseline_parse(struct baseline *baseline, const char *file, struct slice text);

/* {0} is allowed. */
void baseline_release(struct baseline *baseline);

/* Is `text` a day of the calendar, as "2027-01-31"? */
bool baseline_is_date(const char *text);

/* May it stand in a line: UTF-8 without control characters and line ends? */
bool baseline_is_text(struct slice text);

/* Does the entry suppress on the day `today` ("YYYY-MM-DD")? */
bool baseline_in_force(const struct baseline_entry *entry, const char *today);

/* What baseline_suppress() did. */
struct baseline_use {
    size_t suppressed;                   /* findings */
    size_t expired;                      /* findings that stay, for their entry has expired */
    const struct baseline_entry *lapsed; /* one of those entries, of the first line; or NULL */
};

/*
 * Take the findings that the baseline knows out of `outcome` (sorted), count them in its coverage
 * and note which entries were met. An entry whose last day is before `today` ("YYYY-MM-DD")
 * suppresses nothing.
 */
struct baseline_use baseline_suppress(struct baseline *baseline, struct outcome *outcome,
                                      const char *today);

/* What goes with the entries that are added. */
struct baseline_terms {
    const char *expires; /* NULL: no end */
    const char *reason;  /* one line of baseline_is_text(); NULL: none */
    bool (*is_weak)(void *ctx, const struct rule *rule); /* may what it finds be guessed? */
    void *ctx;
};

/*
 * Add every credential of `outcome`. Entries that are there already stay as they are. `*added` is
 * how many are new. STATUS_OK; STATUS_NOMEM, or STATUS_IO where the system gives no random bytes
 * for a salt: then nothing was added.
 */
enum status baseline_add(struct baseline *baseline, const struct outcome *outcome,
                         const struct baseline_terms *terms, size_t *added);

/* Drop the entries that were not met, with their comments. Returns how many. */
size_t baseline_prune(struct baseline *baseline);

/* Append one entry as its line, without comments and LF; what is printed is safe for a terminal. */
void baseline_put_entry(struct buf *out, const struct baseline_entry *entry);

/* Append the file's whole text. Equal baselines give equal bytes. */
void baseline_put(struct buf *out, const struct baseline *baseline);

#endif
