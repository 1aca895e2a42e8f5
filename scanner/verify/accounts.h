/*
 * accounts.h - lists of AWS accounts that somebody has given a name to.
 *
 * One account a line: its 12 digits, then blanks or a comma, then the name up to the end of the
 * line. What follows a # at the beginning of a line or behind a blank is a comment.
 *
 * May include: base. Threads: one owner while it grows, then any may read.
 */
#ifndef VERIFY_ACCOUNTS_H
#define VERIFY_ACCOUNTS_H

#include "base/account.h"
#include "base/arena.h"
#include "base/status.h"

struct named_account {
    char account[ACCOUNT_SIZE];
    const char *name;
};

/* {0} is a valid empty list. */
struct accounts {
    struct arena arena;         /* the names */
    struct named_account *list; /* by account; count of them */
    size_t count, cap;
};

/* The built-in list of accounts of canary tokens (patterns/canary-accounts.txt). */
extern const struct slice canary_accounts;

/*
 * Add the lines of `text`, which came from `source`. Of two names for an account the one that was
 * added first holds. STATUS_OK; STATUS_INVALID with a text that names source and line, where a line
 * is of another form; STATUS_NOMEM.
 */
enum status accounts_add(struct accounts *accounts, struct slice text, const char *source);

/* Add the file `path`. Also STATUS_IO, and STATUS_LIMIT for one beyond LIMIT_ACCOUNTS_BYTES. */
enum status accounts_read(struct accounts *accounts, const char *path);

/* The name of `account` (12 digits, or ""), borrowed; NULL where it has none. */
const char *accounts_name(const struct accounts *accounts, const char *account);

void accounts_release(struct accounts *accounts);

#endif
