/*
 * buckets.h - what the options say of s3:// arguments, for every command that takes them.
 *
 * May include: options.h, aws/fetch.h. Threads: pure.
 */
#ifndef COMMAND_BUCKETS_H
#define COMMAND_BUCKETS_H

#include "aws/fetch.h"
#include "command/options.h"

/* Is an argument a bucket? */
bool buckets_named(const struct options *options);

/* How to ask for them; the texts are borrowed from `options`. */
struct fetch_options buckets_options(const struct options *options);

#endif
