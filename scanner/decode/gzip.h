/*
 * gzip.h - gzip files that fit in memory, inflated at once: several times faster than as a stream.
 *
 * May include: base. Libraries: libdeflate. Threads: pure.
 */
#ifndef DECODE_GZIP_H
#define DECODE_GZIP_H

#include "base/buf.h"

/*
 * Append what all members of the gzip file `packed` hold to `out`. STATUS_OK; STATUS_ABSENT where
 * it is no such file, or grows larger than LIMIT_GZIP_BYTES and has to be read as a stream;
 * STATUS_NOMEM.
 */
enum status gzip_inflate(struct slice packed, struct buf *out);

#endif
