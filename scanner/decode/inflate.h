/*
 * inflate.h - deflated bytes as a stream: gzip files of any size, and what a zip file holds of one.
 *
 * May include: base. Libraries: ISA-L. Threads: one reader at a time.
 */
#ifndef DECODE_INFLATE_H
#define DECODE_INFLATE_H

#include "base/status.h"
#include "base/stream.h"

struct inflate_reader;

/*
 * A reader of what `source`, which must outlive it, holds packed: one `bare` deflate stream (RFC
 * 1951), or all members of a gzip file (RFC 1952). On success `*out` is the caller's. STATUS_OK or
 * STATUS_NOMEM. What is wrong is an error of the stream, behind all that could be read: damage, an
 * end that is missing, and in a gzip file a sum that differs, and bytes behind the last member but
 * for zeros.
 */
enum status inflate_reader_new(struct inflate_reader **out, const struct stream *source, bool bare);

/* Its content; lives as long as the reader. */
struct stream inflate_reader_stream(struct inflate_reader *reader);

/* NULL is allowed. */
void inflate_reader_free(struct inflate_reader *reader);

#endif
