/*
 * gitallowed.h - the expressions of git-secrets' .gitallowed, and the lines that they allow.
 *
 * git-secrets gives each line that it found, as PATH:NUMBER:TEXT, to grep -E with these expressions
 * (https://github.com/awslabs/git-secrets, load_allowed and process_output).
 *
 * May include: base. Library: PCRE2. Threads: one owner at a time.
 */
#ifndef REPORT_GITALLOWED_H
#define REPORT_GITALLOWED_H

#include <stdbool.h>

#include "base/buf.h"

/* One expression, compiled. */
struct allowed_line;

/*
 * Compile an extended regular expression of POSIX, with GNU's \b, \B, \<, \>, \w, \W, \s and
 * \S. NULL: it is malformed, refers back, is too large, or memory is out. Else the caller's.
 */
struct allowed_line *gitallowed_new(struct slice expression);

/* NULL is allowed. */
void gitallowed_free(struct allowed_line *line);

/* Does it match somewhere in `text`? What takes too long is a no. */
bool gitallowed_matches(const struct allowed_line *line, struct slice text);

/*
 * Append the line of the file `path` that byte `offset` lies in, without its end, where `value`
 * stands at that offset. False: it does not, that is no regular file, the line goes on for more
 * than 16 KiB before or behind it, or memory is out.
 */
bool gitallowed_read(struct buf *out, const char *path, uint64_t offset, struct slice value);

#endif
