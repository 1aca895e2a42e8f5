/*
 * s3.h - copies of the record that says which object a document is.
 *
 * May include: base. Threads: pure.
 */
#ifndef BASE_S3_H
#define BASE_S3_H

#include "base/arena.h"
#include "base/finding.h"

/*
 * A copy of `s3` (NULL gives NULL) and of all that it points to, in `arena`. `*good` becomes false
 * where memory is out; it is never set to true.
 */
const struct s3_origin *s3_copy(struct arena *arena, const struct s3_origin *s3, bool *good);

#endif
