/*
 * s3.h - one bucket: what it holds, and requests for its objects.
 *
 * Source: the Amazon S3 API Reference (ListObjectsV2, ListObjectVersions, GetObject). Which objects
 * are wanted, and what is done with them, is the caller's.
 *
 * May include: base. Threads: s3_list() from one thread, which may wait for the network; s3_get()
 * from any once s3_list() has called back, for by then the bucket's region is known.
 */
#ifndef AWS_S3_H
#define AWS_S3_H

#include "aws/call.h"
#include "aws/credentials.h"

struct s3_bucket;

struct s3_options {
    const struct settings *settings; /* all three borrowed; must outlive the bucket */
    struct call_client *client;
    struct credentials *credentials;
    enum addressing addressing;
    bool requester_pays;
};

/*
 * A bucket to be asked, by its name or through an access point (s3_name.h); nothing is sent yet. On
 * success `*out` is the caller's. STATUS_OK; STATUS_INVALID for a name that is none, or an endpoint
 * or addressing style that is configured wrongly; STATUS_UNSUPPORTED for a directory bucket, and as
 * s3_name_check(); STATUS_NOMEM.
 */
enum status s3_open(struct s3_bucket **out, const struct s3_options *options, struct slice bucket);

/* NULL is allowed. No call of it may be under way. */
void s3_close(struct s3_bucket *bucket);

const char *s3_bucket_name(const struct s3_bucket *bucket);

const struct s3_options *s3_bucket_options(const struct s3_bucket *bucket);

/* An entry of a listing. Everything dies with the call that it is given to. */
struct s3_object {
    struct slice key; /* as it is, decoded */
    uint64_t size;
    const char *version_id;    /* NULL without --versions; "null" from before versioning */
    const char *last_modified; /* as S3 writes it; "" where it is not told */
    const char *etag;          /* with its quotes, as If-Match wants it; "" where it is not told */
    const char *storage_class; /* "STANDARD"; "" where it is not told */
    bool is_latest;            /* the version that a plain GetObject gives; true without versions */
    bool is_restored;          /* an archived object of which a readable copy is there */
};

/* Below 0, or STATUS_STOPPED, ends the listing. May block: that holds the listing up. */
typedef enum status s3_object_fn(void *ctx, const struct s3_object *object);

/*
 * Call `fn` for every object whose key begins with `prefix`, with `versions` for every version of
 * it (delete markers are no objects). STATUS_OK at the end; what `fn` returned; else a text with
 * S3's own message: STATUS_IO; STATUS_CORRUPT for an answer that is no listing, or one that comes
 * again and again; STATUS_INVALID and the like from the credentials.
 */
enum status s3_list(struct s3_bucket *bucket, struct slice prefix, bool versions, s3_object_fn *fn,
                    void *ctx);

/*
 * Make `call` (empty) a GetObject of `key`, of its version `version_id` (NULL: the latest), with
 * `keys`. The range, `done` and what is marked there are the caller's to add. Failures of memory
 * show when the call is started.
 */
void s3_get(const struct s3_bucket *bucket, struct call *call, struct slice key,
            const char *version_id, const struct keys *keys);

#endif
