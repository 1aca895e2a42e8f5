/*
 * advice.h - what a kind of credential is called, and what its owner does about it.
 *
 * Commands are AWS's own (AWS CLI Command Reference, iam; IAM User Guide, "Managing access keys"
 * and "Revoking IAM role temporary security credentials"). None of them is ever run here.
 *
 * May include: base. Threads: pure; all texts are static.
 */
#ifndef REPORT_ADVICE_H
#define REPORT_ADVICE_H

#include "base/finding.h"

struct advice {
    const char *rule;
    const char *name;  /* "AWS access key" */
    const char *next;  /* one or two sentences: what to do */
    const char *look;  /* a command up to the key id that it ends with; NULL: none */
    const char *close; /* likewise: the one that takes the credential out of service */
};

/* The advice for findings of `rule`; a general one for rules of a team's own. */
const struct advice *advice_of(const char *rule);

/* "9.5": the number that GitHub wants as `security-severity`; above 9.0 is critical. */
const char *advice_score(enum severity severity);

#endif
