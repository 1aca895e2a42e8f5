/*
 * blob.h - one object of a repository by its id, for those who want to show it again.
 *
 * May include: base. Threads: any; the repository is opened, read and closed.
 */
#ifndef GIT_BLOB_H
#define GIT_BLOB_H

#include "base/buf.h"

/*
 * Append up to `len` bytes from `offset` on of the object `id` (hex) of the repository at `path`.
 * STATUS_OK; STATUS_ABSENT where there is no such repository or object, or it ends before; else
 * what opening or decoding it failed with, with a text.
 */
enum status blob_read(struct buf *out, const char *path, const char *id, uint64_t offset,
                      size_t len);

#endif
