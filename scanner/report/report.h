/*
 * report.h - turn one finished outcome into bytes for people or programs.
 *
 * Secrets and session tokens are redacted in every format unless the user asked to see them; access
 * key ids are shown. No text of a scanned file or name reaches a terminal with a control character
 * in it. The same outcome gives the same bytes.
 *
 * May include: base. Library: cJSON. Threads: any, one report at a time.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdio.h>
#include <time.h>

#include "base/outcome.h"

enum report_format {
    REPORT_TEXT,
    REPORT_JSONL,
    REPORT_JSON,
    REPORT_SARIF,
    REPORT_GITLAB,
    REPORT_JUNIT,
    REPORT_GITHUB,
    REPORT_CSV,
    REPORT_HTML,
    REPORT_FORMATS
};

struct cJSON;

/*
 * What the keys did, told on the page beside where they leak. The objects are those of JSON Lines
 * of `leaktrawl trail`; their strings may hold any byte. The report frees them; NULL from a
 * function means that memory is out.
 */
struct report_trail {
    const void *ctx; /* handed to the functions */
    size_t story_count;
    /* Story `index`, the worst first, with an array "steps". */
    struct cJSON *(*story)(const void *ctx, size_t index);
    /* The summary of the logs, with an array "not_read" of errors. */
    struct cJSON *(*summary)(const void *ctx);
    const char *receipt; /* what was read of the logs, one line of text */
    bool alone;          /* nobody gave a report of findings: the page does not speak of them */
};

struct report_options {
    enum report_format format;
    bool show_secrets;
    bool colour;                /* text only */
    bool quiet;                 /* text only: no summary line where there is nothing to say */
    bool sarif_history;         /* SARIF only: what only history holds, too */
    bool sources;               /* files are there as they were scanned, and may be read again */
    time_t began, ended;        /* of the scan; for GitLab and HTML, which tell the time */
    const char *const *targets; /* as typed, target_count of them */
    size_t target_count;
    const char *baseline;        /* the file that was obeyed; NULL: none */
    const char *const *settings; /* configuration files that were read, settings_count of them */
    size_t settings_count;
    const struct report_trail *trail; /* HTML only; NULL: none */
};

/*
 * Write the report of `outcome` (sorted, see outcome_sort()) to `out` and flush it. Returns
 * STATUS_OK, STATUS_NOMEM, or STATUS_IO with errno's text where a write failed (a full disk must
 * not look like a clean scan).
 *
 * In JSON Lines, where a name in an object is not UTF-8, every name in that object has the bytes
 * that are not, and '%', as %NN, and the object says "path_encoding": "percent". What a rule of a
 * single token found is in "value"; "secret_access_key" holds secret access keys only.
 */
enum status report_write(const struct outcome *outcome, const struct report_options *options,
                         FILE *out);

/* Does a report of this format hold the troubles? Those of others go to stderr. */
bool report_holds_troubles(enum report_format format);

/*
 * Write each trouble of `outcome` (sorted) to `out`, one line each, for the formats that do not
 * hold them: "leaktrawl: PATH: message". Of those in one archive the first stands for all, with
 * their number. Returns as report_write().
 */
enum status report_troubles_write(const struct outcome *outcome, FILE *out);

#endif
