/*
 * tally.h - the findings of a report counted by rule and gathered by credential.
 *
 * May include: base. Threads: one owner at a time.
 */
#ifndef REPORT_TALLY_H
#define REPORT_TALLY_H

#include "base/outcome.h"
#include "report/fingerprint.h"

#define TALLY_NONE SIZE_MAX

/* What one finding is among the others of its credential (equal fingerprints). */
struct mention {
    char fingerprint[FINGERPRINT_SIZE];
    bool first;  /* the first place of its credential in the report's order */
    size_t next; /* index of the credential's next place, or TALLY_NONE */
    size_t more; /* how many places follow this one */
};

struct rule_tally {
    const struct rule *rule;
    size_t findings, credentials;
};

struct tally {
    struct mention *mentions; /* one for each finding, in the same order */
    struct rule_tally *rules; /* rule_count of them, by rule id */
    size_t rule_count;
    size_t credentials;             /* distinct */
    size_t verdicts[VERDICT_COUNT]; /* credentials by what is known of their working */
};

/*
 * Count the findings of `outcome` (sorted). On success the tally is the caller's, to be released;
 * it borrows the rules of the findings. Returns STATUS_OK or STATUS_NOMEM.
 */
enum status tally_init(struct tally *tally, const struct outcome *outcome);

void tally_release(struct tally *tally);

#endif
