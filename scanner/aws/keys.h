/*
 * keys.h - one set of AWS keys in memory, wiped when it goes.
 *
 * May include: base. Threads: a record belongs to its holder.
 */
#ifndef AWS_KEYS_H
#define AWS_KEYS_H

#include <time.h>

#include "base/slice.h"
#include "base/status.h"

/* NUL-terminated copies on the heap; {0} is a valid empty set. */
struct keys {
    char *id;       /* NULL: requests go out unsigned */
    char *secret;   /* NULL exactly where `id` is */
    char *token;    /* session token, or NULL */
    time_t expires; /* seconds since 1970; 0: never */
};

/*
 * Copy the three values, of which `token` may be empty, into the empty `out`. STATUS_OK;
 * STATUS_INVALID where one holds white space, a control character or a byte that is not ASCII;
 * STATUS_NOMEM.
 */
enum status keys_set(struct keys *out, struct slice id, struct slice secret, struct slice token);

/* Copy `from` into the empty `out`. STATUS_OK or STATUS_NOMEM. */
enum status keys_copy(struct keys *out, const struct keys *from);

/* Overwrite and free what it holds; it is then {0}. */
void keys_release(struct keys *keys);

#endif
