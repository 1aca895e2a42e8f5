/*
 * scan_archive.h - one archive or compressed file, every document in it through the pipeline.
 *
 * Threads: called on the worker whose reader it is given.
 */
#ifndef SCAN_ARCHIVE_H
#define SCAN_ARCHIVE_H

#include "decode/archive.h"
#include "shared_file.h"

/*
 * Scan the open file `fd` of `size` bytes, which archive_sniff() says is of `kind`, from its
 * beginning. Findings stand at `origin`'s path, `!` and the path inside. What cannot be read is a
 * trouble of the reader's outcome. Archives are opened to `depth` levels. Returns the bytes that
 * were looked at.
 */
uint64_t scan_archive(struct reader *reader, int fd, uint64_t size, enum archive_kind kind,
                      unsigned depth, const struct finding *origin);

/* Likewise an archive of `size` bytes that comes as a stream, such as an object of a bucket. */
uint64_t scan_archive_stream(struct reader *reader, const struct stream *stream, uint64_t size,
                             enum archive_kind kind, unsigned depth, const struct finding *origin);

/* Likewise an archive that lies in memory, such as a git blob. Counts nothing but archives in the
 * coverage. */
void scan_archive_memory(struct reader *reader, struct slice bytes, enum archive_kind kind,
                         unsigned depth, const struct finding *origin);

#endif
