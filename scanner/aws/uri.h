/*
 * uri.h - percent encoding as AWS signs it.
 *
 * Only A-Z a-z 0-9 - . _ ~ stand for themselves (RFC 3986's unreserved characters); everything else
 * is %XX in capitals. A request that is sent as it was signed is never encoded a second time.
 *
 * May include: base. Threads: pure.
 */
#ifndef AWS_URI_H
#define AWS_URI_H

#include "base/buf.h"

/* Append `raw` encoded; with `keep_slash` a `/` stands for itself, as in the path of an S3 key. */
void uri_encode(struct buf *out, struct slice raw, bool keep_slash);

/*
 * Append `text` with %XX undone, and `+` as a space where `plus` is set (S3's encoding-type=url
 * writes a space so). A `%` without two hex digits behind it stands for itself.
 */
void uri_decode(struct buf *out, struct slice text, bool plus);

/*
 * Append one parameter of a query, encoded: `name=value`, with a `&` before it where `out` is not
 * empty. A NULL `value` is an empty one: AWS signs `?versions` as `versions=`. The caller adds
 * parameters in the order of their names, which is the order they are signed in.
 */
void uri_query(struct buf *out, const char *name, struct slice value);

/* One that is only there where `value` has a ptr. */
void uri_query_if(struct buf *out, const char *name, struct slice value);

#endif
