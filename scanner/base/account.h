/*
 * account.h - the AWS account that an access key id, or the user name of a service-specific
 * credential, belongs to, read out of the id itself.
 *
 * May include: base. Threads: pure.
 */
#ifndef BASE_ACCOUNT_H
#define BASE_ACCOUNT_H

#include "base/slice.h"

/* 12 digits and the NUL. */
#define ACCOUNT_SIZE 13

/*
 * Write the account of access key id or user name `id` with its NUL to `out`. False, and "" in
 * `out`, where the id does not carry it: an id of the older kind (its fifth character is not in Q-Z
 * or 2-7), or no id.
 */
bool account_of(struct slice id, char out[static ACCOUNT_SIZE]);

#endif
