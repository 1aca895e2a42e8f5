/*
 * spool.h - logs that can be read only once, kept for the passes as they lie (compressed).
 *
 * They lie behind one another in a file that has no name: nobody else can open it, and it is gone
 * with the program, however that ends. It stands in $TMPDIR, else in /var/tmp, for /tmp is memory
 * on many machines. How logs come is gather.h's.
 *
 * May include: base. Threads: each function says which.
 */
#ifndef TRAIL_SPOOL_H
#define TRAIL_SPOOL_H

#include <pthread.h>

#include "base/status.h"
#include "base/stream.h"

/* The length of a log that is not known before it has been read. */
#define SPOOL_ANY_LENGTH UINT64_MAX

/* One log. */
struct spooled {
    const char *target; /* borrowed from whoever brought it */
    char *path;         /* how it is called */
    uint64_t offset, size;
};

/* {0} is a valid empty one, without a file. */
struct spool {
    int fd; /* open where `folder` is set */
    const char *folder;
    struct spooled *list; /* count of them, in no order */
    size_t count, cap;
    uint64_t end; /* of what is written or will be */
    pthread_mutex_t lock;
};

/* Make the file. On success the caller releases it. STATUS_OK; STATUS_IO with a text that names the
 * folder. One thread. */
enum status spool_init(struct spool *spool);

/* Also of {0}. */
void spool_release(struct spool *spool);

/*
 * Copy `stream`, which holds no more than `size` bytes (asserted), to its end; `*out` gets offset
 * and size. Any thread; but with SPOOL_ANY_LENGTH no other copy may be under way. STATUS_OK;
 * STATUS_ABSENT where the stream fails, with the stream's text, and what came before lies there;
 * STATUS_IO where no more can be written, with a text that names the folder; STATUS_NOMEM.
 */
enum status spool_copy(struct spool *spool, const struct stream *stream, uint64_t size,
                       struct spooled *out);

/* Add what was copied to the list; `path` is copied. Any thread. STATUS_OK or STATUS_NOMEM. */
enum status spool_add(struct spool *spool, const struct spooled *entry, const char *path);

/* A place in one of the logs. */
struct spool_place {
    const struct spool *spool;
    uint64_t at, end;
};

/* The log from its beginning; `place` must outlive the stream. Any thread once nothing is added. */
struct stream spool_stream(const struct spool *spool, const struct spooled *entry,
                           struct spool_place *place);

#endif
