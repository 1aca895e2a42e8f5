/*
 * fetch_target.h - a target s3://bucket/prefix, and which objects of its listing are fetched.
 *
 * May include: base. Threads: any.
 */
#ifndef AWS_FETCH_TARGET_H
#define AWS_FETCH_TARGET_H

#include "aws/fetch.h"

#define FETCH_SCHEME "s3://"

struct fetch_target {
    const char *target;
    struct slice name, prefix; /* of `target` */
    struct s3_bucket *bucket;  /* NULL before the run */
    bool listed;               /* to its end; the lister's */
};

enum fetch_wish { FETCH_WANTED, FETCH_EXCLUDED, FETCH_TOO_LARGE, FETCH_ARCHIVED };

/* What `target`, which begins with the scheme, says; borrowed from it. */
struct fetch_target fetch_target_of(const char *target);

/* Is the object to be fetched, or why not? An archived one must be restored first. */
enum fetch_wish fetch_target_wants(const struct fetch_target *target,
                                   const struct fetch_options *options,
                                   const struct s3_object *object);

/* Is the object, of `target`, fetched for `other` as well? */
bool fetch_target_shares(const struct fetch_target *target, const struct fetch_target *other,
                         const struct fetch_options *options, const struct s3_object *object);

/* Why a listing of it is empty, for somebody who thought that it was not. Static. */
const char *fetch_target_why_empty(const struct fetch_target *target, bool versions);

#endif
