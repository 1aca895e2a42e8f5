/*
 * outcome.h - what a scan has found, missed and covered, gathered all but without locks.
 *
 * Every worker fills an outcome of its own; where that gets large it is poured into a pot that all
 * of them share, so that the limits hold for all workers together. After the run pot and outcomes
 * are merged into one, put into an order that depends on the input alone, and handed to the report.
 * Findings are copied in: the document may die. A lone access key id is one finding per target with
 * a count, so a log of a million records costs one entry for each different id.
 *
 * May include: base. Threads: one owner at a time; outcomes of several threads may share a pot.
 */
#ifndef BASE_OUTCOME_H
#define BASE_OUTCOME_H

#include <pthread.h>

#include "base/arena.h"
#include "base/coverage.h"
#include "base/finding.h"
#include "base/lone_ids.h"
#include "base/status.h"

struct outcome_pot;

struct outcome {
    struct outcome_pot *pot; /* where much goes, borrowed; NULL: all of it stays here */
    struct arena arena; /* of outcome.c alone: it is rebuilt when the findings reach their limit */
    struct finding *findings; /* finding_count of them */
    size_t finding_count, finding_cap;
    size_t bytes; /* of their values */
    struct trouble *troubles;
    size_t trouble_count, trouble_cap;
    struct coverage coverage;
    struct lone_ids lone;  /* of the findings; empty with every_lone */
    const char *last_path; /* the path copied last: the findings of a document share one copy */
    bool every_lone;       /* keep each place of a lone id: set before the first outcome_add() */
    bool cut;              /* findings beyond LIMIT_FINDINGS were dropped */
    bool starved;          /* findings were lost for want of memory */
};

/* What several workers' outcomes have poured together. */
struct outcome_pot {
    pthread_mutex_t lock;
    struct outcome outcome; /* guarded by lock while workers run; its every_lone is set before */
};

/* An empty pot. */
void outcome_pot_init(struct outcome_pot *pot);

/* Release what is in it; no outcome that still grows may point to it. */
void outcome_pot_release(struct outcome_pot *pot);

/*
 * Add one finding; everything it points to but rule and target is copied. A lone id (an id
 * without a secret) that is there already is only counted; of its places the one in a work tree is
 * kept before one in history, then the smaller (path, offset). Memory that runs out, or more
 * findings than LIMIT_FINDINGS, becomes a trouble in outcome_sort(): the scan goes on. Beyond the
 * limit the findings that come first in an order of their content are kept, so that the threads'
 * timing decides nothing. An outcome with a pot pours its findings and troubles into it when they
 * are more than LIMIT_FINDINGS_APART.
 */
void outcome_add(struct outcome *outcome, const struct finding *finding);

/*
 * Set what is known of the working of finding `index` (asserted to be there), a copy. STATUS_OK, or
 * STATUS_NOMEM and the finding is as it was.
 */
enum status outcome_verify(struct outcome *outcome, size_t index,
                           const struct verification *verification);

/*
 * Note something that could not be read, in printf's form, and count it under `reason`. `path` is
 * copied and may be NULL. Beyond LIMIT_TROUBLES it is only counted.
 */
void outcome_trouble(struct outcome *outcome, enum skip reason, const char *target,
                     const char *path, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Likewise of the document at `origin`. */
void outcome_trouble_at(struct outcome *outcome, enum skip reason, const struct finding *origin,
                        const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Keep a copy of `trouble`, whose target lives long enough, and which has been counted already. */
void outcome_retell(struct outcome *outcome, const struct trouble *trouble);

/*
 * Join what several reports say of the same thing; every finding has its fingerprint, `every_lone`
 * is set, and outcome_sort() is still to come. A finding with the same fingerprint at the same
 * place stays once: one with its whole secret before a redacted one, then one of which git or S3
 * tells more, with what was told of it last when it was verified. A lone id becomes one finding for
 * each target: of each place the larger count, of its places the sum. The order in which findings
 * were added decides nothing.
 */
void outcome_join(struct outcome *outcome);

/*
 * Move everything of `from` into `into`, joining lone ids. `from` is then empty; what it held lives
 * as long as `into`. After outcome_sort() the result does not depend on the order of the merges.
 */
void outcome_merge(struct outcome *into, struct outcome *from);

/*
 * Add all that `from`, which has no pot, holds to `into`, by copies that keep the limits of `into`.
 * `from` is then empty, and keeps its memory: for one document after the other.
 */
void outcome_pour(struct outcome *into, struct outcome *from);

/*
 * Put findings (by target's order of first appearance in `targets`, path, offset, rule, id, secret,
 * then every other field) and troubles (path, message, target) into their one order, and note the
 * findings that were dropped as a trouble. `targets` holds `n` pointers as the findings hold them.
 */
void outcome_sort(struct outcome *outcome, const char *const *targets, size_t n);

/*
 * Drop the findings of a sorted outcome that `keep` refuses; the others keep their order. `keep` is
 * called once for each, in their order. Returns how many were dropped; counting them is the
 * caller's.
 */
size_t outcome_filter(struct outcome *outcome, bool (*keep)(void *ctx, const struct finding *),
                      void *ctx);

/* True where all that was asked for was read. */
bool outcome_complete(const struct outcome *outcome);

void outcome_release(struct outcome *outcome);

#endif
