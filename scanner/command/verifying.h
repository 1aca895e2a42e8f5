/*
 * verifying.h - names of accounts, and verification, between a sorted outcome and its report.
 *
 * May include: base, aws, verify, report. Threads: the main thread.
 */
#ifndef COMMAND_VERIFYING_H
#define COMMAND_VERIFYING_H

#include "aws/settings.h"
#include "command/options.h"
#include "command/output.h"
#include "verify/verify.h"

/* What --verify and its kin ask for, read before anything is scanned. */
struct verifying {
    const struct options *options;
    bool wanted; /* --verify, --verify-plan, or the command verify */
    struct accounts canaries, labels;
    struct settings settings;
    struct servers servers;
    struct verify *plan; /* of --verify-plan, after verifying_apply() */
};

/*
 * Read the lists of accounts, and where verification is wanted the settings of AWS. On success to
 * be released. STATUS_OK, or what is wrong with an option or a file, with a text.
 */
enum status verifying_init(struct verifying *out, const struct options *options);

/*
 * Give the findings of `outcome` (sorted) the names of their accounts, and verify them where that
 * is wanted, saying first on stderr what is about to be done; sorted again by `targets`, n of them.
 * What fails has been said; the status is for the caller to give up.
 */
enum status verifying_apply(struct verifying *verifying, struct outcome *outcome,
                            const char *const *targets, size_t n);

/* Write the plan, or else the report as results_write() does. */
enum status verifying_write(const struct verifying *verifying, const struct outcome *outcome,
                            struct report_options *report, struct output *output);

void verifying_release(struct verifying *verifying);

#endif
