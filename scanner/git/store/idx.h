/*
 * idx.h - finding ids in the index of a pack where it lies, a few small reads each.
 *
 * For who wants a handful of objects; pack.h takes an index over whole.
 *
 * May include: base. Threads: constant after idx_open().
 */
#ifndef GIT_IDX_H
#define GIT_IDX_H

#include "git/store/id.h"

struct idx {
    int fd;
    bool v2;
    uint64_t size;     /* of the file */
    uint32_t fan[256]; /* how many ids begin with at most this byte; ascending */
};

/*
 * Open the index of version 1 or 2 at `path`, and read its fan. On success to be released.
 * STATUS_OK; STATUS_ABSENT; STATUS_CORRUPT or STATUS_IO with a text (without the path).
 */
enum status idx_open(struct idx *idx, const char *path);

/* The offset that the index gives for `id`, which may be any. STATUS_OK, STATUS_ABSENT; STATUS_IO
 * or STATUS_CORRUPT with a text. */
enum status idx_find(const struct idx *idx, const struct object_id *id, uint64_t *offset);

/* The checksum of the pack that it was made for. False where it cannot be read. */
bool idx_pack_checksum(const struct idx *idx, struct object_id *sum);

void idx_release(struct idx *idx);

#endif
