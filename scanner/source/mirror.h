/*
 * mirror.h - which object of a bucket a file of a mirror is a copy of.
 *
 * A mirror is a folder that `aws s3 sync s3://bucket/prefix DIR`, or a tool like it, has filled:
 * what lies at DIR/a/b is the object prefix/a/b. On Linux that tool writes a key's bytes as they
 * are, so a name is its key. Three kinds of keys cannot lie in a mirror under their own name:
 * "a//b" lies at a/b, what would lead out of the folder ("..") is not written by the tool, and of a
 * key and keys below it (a, a/b) only one can be there. It opens and reads nothing.
 *
 * May include: base. Threads: a mirror set is constant once it is made.
 */
#ifndef SOURCE_MIRROR_H
#define SOURCE_MIRROR_H

#include "base/buf.h"
#include "base/finding.h"

struct mirrors;

/*
 * The mirrors that `texts` name, `count` of "DIR=s3://bucket/prefix" each. DIR must be a folder.
 * On success `*out` is the caller's; NULL where there are none. STATUS_OK, STATUS_INVALID or
 * STATUS_IO with a text that names the mirror, STATUS_NOMEM.
 */
enum status mirrors_new(struct mirrors **out, const char *const *texts, size_t count);

/* NULL is allowed. */
void mirrors_free(struct mirrors *mirrors);

/*
 * Fill `out` (bucket and key) with what the file at `path` is a copy of. Paths are compared as they
 * are written, links not followed. The bucket lives as long as `mirrors`, the key as long as
 * `buf` is not changed. False: it lies in no mirror, or memory is out (then buf->failed).
 */
bool mirrors_find(const struct mirrors *mirrors, const char *path, struct buf *buf,
                  struct s3_origin *out);

/* The path of the file that holds `object`, in `buf`. False: in no mirror, or memory is out. */
bool mirrors_path(const struct mirrors *mirrors, const struct s3_origin *object, struct buf *buf);

/* The bucket of all the mirrors; NULL where they are of several. */
const char *mirrors_bucket(const struct mirrors *mirrors);

#endif
