/*
 * inquiries.h - the credentials of an outcome as questions: each once, by access key id.
 *
 * An inquiry is an access key id. The secrets that were found with it are its tries, in the order
 * of the report; behind them stand the candidates, the secrets near it that are tried only where
 * one that it was paired with is not its own. An id has one secret: what one try tells decides
 * others. What is asked, when and where, is not known here.
 *
 * May include: base. Threads: one owner at a time.
 */
#ifndef VERIFY_INQUIRIES_H
#define VERIFY_INQUIRIES_H

#include "base/account.h"
#include "base/outcome.h"

enum { TRY_NONE = -1 };

/* One credential. */
struct attempt {
    struct slice secret, token; /* borrowed from the findings */
    size_t finding;             /* the first that it stands in */
    size_t candidate;           /* which of that finding's candidates it is; SIZE_MAX: none */
    bool decided;
    struct verification known; /* where it is decided; its texts are borrowed */
};

struct inquiry {
    struct slice id;
    char account[ACCOUNT_SIZE]; /* that the id carries; "": none */
    struct attempt *tries;      /* try_count of them */
    size_t try_count;
    int64_t first_seen; /* of its earliest commit, in seconds since 1970; INT64_MAX: not known */
};

/* {0} is a valid empty one. */
struct inquiries {
    struct arena arena;
    struct inquiry *list; /* count of them, in the order of the report */
    size_t count, cap;
    struct owner *owners; /* one for each finding */
};

/* Which try a finding is. */
struct owner {
    size_t inquiry; /* SIZE_MAX: none, it cannot be verified */
    size_t try;     /* SIZE_MAX: none, LIMIT_TRIES secrets of the id came before it */
};

/*
 * Can STS be asked about it: an AKIA or ASIA id with a secret access key of 40 characters, both
 * whole?
 */
bool inquiry_is_askable(const struct finding *finding);

/* Gather the inquiries of `outcome` (sorted), which must not change before inquiries_tell().
 * STATUS_OK or STATUS_NOMEM. */
enum status inquiries_init(struct inquiries *inquiries, const struct outcome *outcome);

/* The try that is to be asked next, or TRY_NONE. */
int inquiry_next(const struct inquiry *inquiry);

/*
 * Decide try `n` by `known` (its texts must outlive the inquiries), and those that follow from it:
 * where one works, other secrets of its id do not; an AKIA id that is dead is dead with any secret.
 */
void inquiry_decide(struct inquiry *inquiry, size_t n, const struct verification *known);

/* Decide every try that is not decided yet. */
void inquiry_decide_all(struct inquiry *inquiry, const struct verification *known);

/* Decide the candidates that would be next and are known to be the secrets of other ids. */
void inquiry_skip_taken(const struct inquiries *inquiries, struct inquiry *inquiry);

/*
 * Write what is known into the findings of `outcome`, and add a finding for each candidate that
 * works; what an earlier report knew stays where nothing is known now. The outcome must be sorted
 * again. STATUS_OK or STATUS_NOMEM.
 */
enum status inquiries_tell(const struct inquiries *inquiries, struct outcome *outcome);

void inquiries_release(struct inquiries *inquiries);

#endif
