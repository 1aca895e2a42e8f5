/*
 * key_filter.h - which keys of a bucket --include and --exclude want, as in the AWS CLI.
 *
 * A pattern is about the whole key, and its `*` and `?` match slashes too. Paths of files have
 * patterns of another kind: path_globs.h.
 *
 * May include: base. Threads: pure.
 */
#ifndef BASE_KEY_FILTER_H
#define BASE_KEY_FILTER_H

#include "base/slice.h"

/* One of --include and --exclude. */
struct key_filter {
    const char *pattern;
    bool include;
};

/* Is `key` wanted by the `count` filters? The last one that matches decides; where none does, yes.
 */
bool key_filter_wants(const struct key_filter *filters, size_t count, struct slice key);

#endif
