/*
 * download.h - one object of a bucket as a stream, without a file.
 *
 * A small object comes with one request. Of a large one parts are asked for in parallel and handed
 * over in order, as many ahead as a budget of bytes allows. Each part has the same ETag, and one
 * that was cut goes on where it broke off; so the stream is one version of the object or an error.
 *
 * May include: base. Threads: each function says which.
 */
#ifndef AWS_DOWNLOAD_H
#define AWS_DOWNLOAD_H

#include <pthread.h>

#include "aws/s3.h"
#include "base/seekable.h"
#include "base/stream.h"

/* Bytes that several downloads may hold together. */
struct download_budget {
    pthread_mutex_t lock; /* guards `used` */
    uint64_t used, max;
};

void download_budget_init(struct download_budget *budget, uint64_t max);
void download_budget_release(struct download_budget *budget);

/* Take `bytes`: true, or false where they go beyond the maximum and `force` is not set. Any
 * thread. */
bool download_budget_take(struct download_budget *budget, uint64_t bytes, bool force);

enum download_failure {
    DOWNLOAD_GOOD,
    DOWNLOAD_CHANGED,  /* another object has the key now: download_restart() may help */
    DOWNLOAD_ARCHIVED, /* in a storage class that must be restored first (InvalidObjectState) */
    DOWNLOAD_GONE,     /* it is not there any more (NoSuchKey, NoSuchVersion) */
    DOWNLOAD_FAILED,   /* refused, or not to be had */
};

struct download;

/* Called once for each download_begin(), when the first part is there or has failed. On the
 * client's thread: must not block. */
typedef void download_ready_fn(void *ctx, struct download *download);

/* What is downloaded; copied. */
struct download_object {
    struct s3_bucket *bucket; /* borrowed */
    const struct s3_object *object;
    bool by_version; /* ask for its version by name, and not for the latest */
};

/* On success `*out` is the caller's. STATUS_OK or STATUS_NOMEM. Any thread. */
enum status download_new(struct download **out, const struct download_object *object,
                         struct download_budget *budget, download_ready_fn *ready, void *ctx);

/*
 * Ask for the first part, whose bytes the caller has taken from the budget. May wait for
 * credentials. An empty object is ready at once. One thread at a time, until `ready`.
 */
void download_begin(struct download *download);

/* The object that is downloaded; its texts live as long as the download, but for a restart. */
const struct s3_object *download_object(const struct download *download);

/* Bytes of the first part. */
uint64_t download_first_bytes(uint64_t size);

/* After `ready` or a restart: the first part, which is waited for and is all of a small object;
 * empty after a failure. Borrowed until the stream is read. One thread, likewise for all that
 * follows. */
struct slice download_head(struct download *download);

/* After `ready`: the object from its beginning, to be read once. Waits for the network. A failed
 * read has S3's words as its text. */
struct stream download_stream(struct download *download);

/*
 * After `ready`, in place of the stream: the object at any offset, for one reader. A part is asked
 * for where it reads, and, as far as it goes on from there, ever more ahead. Going back to a part
 * that was left asks for it again.
 */
struct seekable download_seekable(struct download *download);

/* What failed, and its text (with S3's code), which lives as long as the download. */
enum download_failure download_failed(const struct download *download, const char **text);

/*
 * After DOWNLOAD_CHANGED: look the object up again, and begin again; waits for the first part.
 * STATUS_OK; STATUS_ABSENT where it is gone; what s3_list() returns.
 */
enum status download_restart(struct download *download);

/* Waits for what is under way. Gives what it held back to the budget. NULL is allowed. */
void download_free(struct download *download);

#endif
