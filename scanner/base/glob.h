/*
 * glob.h - the patterns of --include and --exclude.
 *
 * `*` is any run of bytes, also of `/`; `?` is any byte; `[abc]`, `[a-c]` and `[!abc]` are sets;
 * all else is itself, as in the AWS CLI. fnmatch(3) is not used: names come from whoever may write
 * into a bucket, and its time grows exponentially with some.
 *
 * May include: base. Threads: pure.
 */
#ifndef BASE_GLOB_H
#define BASE_GLOB_H

#include "base/slice.h"

/* Does `pattern` match all of `name`? Takes at most the product of their lengths. */
bool glob_match(struct slice pattern, struct slice name);

/* One of --include and --exclude. */
struct glob_filter {
    const char *pattern;
    bool include;
};

/* Is `name` wanted by the `count` filters? The last one that matches decides; where none does, yes.
 */
bool glob_wants(const struct glob_filter *filters, size_t count, struct slice name);

#endif
