/*
 * arn.h - the Amazon Resource Name of a principal, taken apart.
 *
 * The forms that GetCallerIdentity answers with ("IAM identifiers" in the IAM User Guide, and the
 * examples of GetCallerIdentity in the STS API reference):
 *
 *     arn:aws:iam::123456789012:user/path/NAME
 *     arn:aws:iam::123456789012:root
 *     arn:aws:sts::123456789012:assumed-role/NAME/SESSION
 *     arn:aws:sts::123456789012:federated-user/NAME
 *
 * May include: base. Threads: pure.
 */
#ifndef BASE_ARN_H
#define BASE_ARN_H

#include "base/slice.h"

enum principal {
    PRINCIPAL_OTHER, /* of no form that is named above */
    PRINCIPAL_USER,
    PRINCIPAL_ROOT,
    PRINCIPAL_ROLE_SESSION,
    PRINCIPAL_FEDERATED,
    PRINCIPAL_COUNT
};

/* The slices borrow from the text. */
struct arn {
    struct slice partition; /* "aws", "aws-cn", "aws-us-gov", ... */
    struct slice account;   /* 12 digits */
    enum principal principal;
    struct slice name;    /* of the user, without its path, or the role; empty for root */
    struct slice session; /* of a role */
};

/* "user", "root", "role session", "federated user"; "other". Static. */
const char *principal_name(enum principal principal);

/* Is `text` an account: twelve digits? */
bool arn_is_account(struct slice text);

/* Take `text` apart. False where it is no ARN with an account, or holds a byte that is not visible
 * ASCII; `*out` is then {0}. */
bool arn_parse(struct slice text, struct arn *out);

#endif
