/*
 * scan_archive.h - one archive or compressed file, every document in it through the pipeline.
 *
 * One thread unpacks; what it finds other workers scan where they have time, the pieces of large
 * documents and batches of small ones, and they unpack small archives that lie in it.
 *
 * Threads: called on the worker whose reader it is given.
 */
#ifndef SCAN_SCAN_ARCHIVE_H
#define SCAN_SCAN_ARCHIVE_H

#include <stdatomic.h>

#include "base/pool.h"
#include "decode/archive.h"
#include "scan/shared_document.h"

/* What archives in archives take of memory, in a whole scan. Zero but for the turn to begin with.
 */
struct archive_memory {
    sem_t large;          /* the turn to have a large one in memory: see archive.h */
    atomic_size_t shared; /* bytes of others that are given away, and not done */
};

/* What an archive is scanned with. */
struct archive_scan {
    struct reader *reader;  /* of the calling worker */
    unsigned depth;         /* archives inside of one another that are opened */
    struct pool *pool;      /* whose workers help; NULL: nobody does */
    struct reader *readers; /* one for each of the pool's workers */
};

/*
 * Scan the open file `fd` of `size` bytes, which archive_sniff() says is of `kind`, from its
 * beginning. Findings stand at `origin`'s path, `!` and the path inside. What cannot be read is a
 * trouble of a reader's outcome. Returns when all of it is scanned.
 */
void scan_archive(const struct archive_scan *scan, int fd, uint64_t size, enum archive_kind kind,
                  const struct finding *origin);

/* Likewise an archive of `size` bytes, 0 where that is not known, that comes out of `stream`. */
void scan_archive_stream(const struct archive_scan *scan, const struct stream *stream,
                         uint64_t size, enum archive_kind kind, const struct finding *origin);

/* Likewise one of a kind that is indexed, which `source` can read anywhere. */
void scan_archive_seekable(const struct archive_scan *scan, const struct seekable *source,
                           enum archive_kind kind, const struct finding *origin);

/* Likewise an archive that lies in memory. */
void scan_archive_memory(const struct archive_scan *scan, struct slice bytes,
                         enum archive_kind kind, const struct finding *origin);

/*
 * Likewise an archive that is a git blob, by the reader of the calling worker alone and with
 * findings and troubles to `outcome`. What lies in it counts for nothing: files and bytes of a scan
 * are those of the work tree, and a repository's are its blobs.
 */
void scan_archive_blob(const struct reader *reader, struct outcome *outcome, unsigned depth,
                       struct slice bytes, enum archive_kind kind, const struct finding *origin);

#endif
