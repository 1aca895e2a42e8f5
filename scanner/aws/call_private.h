/*
 * call_private.h - what the files of call*.c share: what an answer means for the call it is to.
 *
 * May include: base. Threads: the client's own, which has the call while it runs.
 */
#ifndef AWS_CALL_PRIVATE_H
#define AWS_CALL_PRIVATE_H

#include "aws/call.h"

/* The call has failed: STATUS_IO, with a service's `code` ("" where none said anything). */
void call_fail(struct call *call, const char *code, const char *message);

/* What an answer that is not 2xx says, into `code` and `message`. */
void call_fault_read(struct call *call);

/* Does what such an answer told pass by itself, so that another try may help? */
bool call_fault_passes(const struct call *call);

/* May it be that the time of the signature was refused? */
bool call_fault_is_of_time(const struct call *call);

/*
 * An answer 2xx to a call that is `ranged`: true, and `content` holds all that was asked for, or
 * the call has failed. False: another try is to get what is missing.
 */
bool call_range_take(struct call *call);

/* The answer was cut: what came of it stays in `content` only if it is of the range, and of the
 * object, that was asked for; of a call that is not `ranged` nothing does. */
void call_range_keep(struct call *call);

#endif
