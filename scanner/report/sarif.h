/*
 * sarif.h - what the two halves of the SARIF writer share; for report/sarif*.c alone.
 *
 * May include: base. Library: cJSON. Threads: any, one report at a time.
 */
#ifndef REPORT_SARIF_H
#define REPORT_SARIF_H

#include "report/advice.h"
#include "report/locate.h"
#include "report/record.h"
#include "report/source.h"

/* What stands for the repository's root: the name that GitHub's documents give it. */
#define SARIF_ROOT "%SRCROOT%"

/*
 * GitHub's limits (GitHub Docs, "SARIF support for code scanning"): results in a run, and bytes of
 * the file as gzip, of which some room is kept for its frame.
 */
enum { SARIF_RESULTS_MAX = 25000, SARIF_WEIGHT_MAX = 9000000 };

/* Troubles that are listed; the rest is a number. */
enum { SARIF_NOTES_MAX = 1000 };

struct sarif {
    struct writer *writer;
    struct locator locator;
    bool *chosen; /* for each finding: it is a result */
    size_t written;
    size_t past; /* findings of history alone that were left out */
    size_t cut;  /* findings that were beyond a limit */
};

/* "error", "warning" or "note". */
const char *sarif_level(enum severity severity);

/* The place of `rule` in the run's list of rules. */
size_t sarif_rule_index(const struct tally *tally, const struct rule *rule);

/* Append everything before the first result, or behind the last. */
void sarif_put_head(struct sarif *sarif);
void sarif_put_tail(struct sarif *sarif);

#endif
