/*
 * verify.h - ask STS GetCallerIdentity which of the credentials that were found work.
 *
 * The call needs no permission and changes nothing, but CloudTrail records it in the account of a
 * key that works. Nothing else is ever called. Keys of accounts of canary tokens are never tried,
 * each credential is asked about once, other secrets of one id only 5 seconds apart (two within
 * that time give a false answer), and no more questions a second than allowed. What cannot be
 * reached or understood makes a credential unknown, never dead.
 *
 * verify_new() decides what can be decided without a call, and opens no socket; verify_run() asks
 * the rest; verify_tell() writes what is known into the outcome.
 *
 * May include: base, aws. Threads: one owner; verify_run() waits for its client's thread.
 */
#ifndef VERIFY_VERIFY_H
#define VERIFY_VERIFY_H

#include <time.h>

#include "base/outcome.h"
#include "verify/accounts.h"
#include "verify/servers.h"

/* Everything is borrowed and must outlive the verification. */
struct verify_options {
    const struct accounts *canaries; /* their keys are not tried */
    const struct accounts *labels;   /* names of accounts, for `only` */
    const char *only;                /* ask about accounts of this name alone; NULL: about all */
    const struct servers *servers;
    const char *ca_bundle;  /* a file of certificates to trust; NULL: the system's */
    const char *user_agent; /* of the requests */
    const char *cache_path; /* verdicts of earlier runs; NULL: none */
    unsigned per_second;    /* questions, at most; above 0 */
    unsigned connections;   /* open at once, at most; above 0 */
    unsigned timeout_ms;    /* of one request */
};

struct verify;

/*
 * Prepare to verify the findings of `outcome`, which must be sorted and stay as it is until
 * verify_tell(). On success `*out` is the caller's. STATUS_OK; what cache_read() returns.
 */
enum status verify_new(struct verify **out, const struct outcome *outcome,
                       const struct verify_options *options);

/* One access key id of the findings, by `index` from 0, as far as nothing has been sent. */
struct planned {
    struct slice id;
    const char *account; /* that it carries; "": none */
    const char *name;    /* of that account, or NULL */
    size_t secrets;      /* that STS will be asked about, candidates aside; 0: `known` says why */
    size_t candidates;   /* asked about only where a secret is not the id's own */
    struct verification known; /* of its first secret, where that is decided */
};

/* How many ids there are; how many of them STS will be asked about. */
size_t verify_ids(const struct verify *verify);
size_t verify_asked(const struct verify *verify);

struct planned verify_planned(const struct verify *verify, size_t index);

/*
 * Ask. What goes wrong with one credential is its verdict. STATUS_OK; STATUS_NOMEM, STATUS_IO or
 * STATUS_UNSUPPORTED, with a text, where nothing could be asked, or what was told not be cached.
 */
enum status verify_run(struct verify *verify);

/*
 * Write what is known into `outcome`, the one of verify_new(), with a new finding for each secret
 * near an id that turned out to be its own; it is to be sorted again. STATUS_OK or STATUS_NOMEM.
 */
enum status verify_tell(const struct verify *verify, struct outcome *outcome);

/* NULL is allowed. */
void verify_free(struct verify *verify);

#endif
