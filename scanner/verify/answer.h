/*
 * answer.h - what an answer of STS GetCallerIdentity says of the credential that asked.
 *
 * The codes are those of "Common Errors" and GetCallerIdentity in the STS API reference, with the
 * words that the SDKs know beside them. A credential is dead or mismatched only where AWS's own
 * code says so with a status 4xx; anything else that is no success is unknown, with the reason.
 * Messages of the server are not passed on: the one for a wrong signature repeats what was signed,
 * session token included.
 *
 * May include: base, aws. Library: cJSON. Threads: pure.
 */
#ifndef VERIFY_ANSWER_H
#define VERIFY_ANSWER_H

#include "base/arena.h"
#include "base/finding.h"
#include "base/status.h"

/* An answer as it came. */
struct reply {
    int http_code;     /* HTTP's status; 0: there was no answer */
    struct slice body; /* XML, as STS sends it, or JSON */
    const char *error; /* without an answer: why, for people */
    long long skew_s;  /* the server's clock less this one's, in seconds; 0: not known */
};

struct answer {
    enum verdict verdict;                /* never VERDICT_UNVERIFIED or VERDICT_CANARY */
    bool again;                          /* unknown, and the same question later may be answered */
    bool throttled;                      /* it came too fast: any other question should wait too */
    const char *arn, *account, *user_id; /* of what is live */
    const char *error;                   /* of what is unknown; a doubt otherwise; or NULL */
};

/* Read `reply`; the texts of `out` are in `arena`, or static. STATUS_OK or STATUS_NOMEM. */
enum status answer_read(struct answer *out, struct arena *arena, const struct reply *reply);

#endif
