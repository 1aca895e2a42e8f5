/*
 * shared_file.h - one large file, read by all workers at once.
 *
 * Threads: shared_file_scan() is called on a worker; the helpers that it queues run on any. Each
 * worker reads the next piece that nobody has taken.
 */
#ifndef SCAN_SHARED_FILE_H
#define SCAN_SHARED_FILE_H

#include "base/pool.h"
#include "scan/shared_document.h"

/*
 * Scan the `size` bytes that begin at `start` of `fd`, and close it. `readers` holds one for each
 * of the pool's workers. `origin` is copied, its path and its object too; its target is borrowed
 * until the pool has run. What cannot be read is a trouble of the worker that met it, and the last
 * worker counts the file in its coverage.
 */
void shared_file_scan(struct pool *pool, unsigned worker, struct reader *readers, int fd,
                      uint64_t start, uint64_t size, const struct finding *origin);

#endif
