/*
 * glob.h - one pattern against one name: `*` is any run of bytes, `?` any byte, `[a-c]` a set.
 *
 * Two dialects share the one loop: the AWS CLI's for keys (key_filter.h), and git's for the names
 * of paths (path_globs.h). fnmatch(3) is not used: names come from whoever may write into a bucket,
 * and its time grows exponentially with some.
 *
 * May include: base. Threads: pure.
 */
#ifndef BASE_GLOB_H
#define BASE_GLOB_H

#include "base/slice.h"

enum glob_dialect {
    GLOB_AWS, /* `[!abc]` is all but the set; all else is itself */
    GLOB_GIT, /* so is `[^abc]`; `\` takes the next byte as it is */
};

/*
 * Does `pattern` match all of `name`? A slash is a byte like any other. A `[` without its `]` is
 * itself. Takes at most the product of their lengths.
 */
bool glob_match(struct slice pattern, struct slice name, enum glob_dialect dialect);

#endif
