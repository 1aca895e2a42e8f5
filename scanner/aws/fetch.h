/*
 * fetch.h - all objects of buckets, listed, asked for many at once, and handed to a pool's workers.
 *
 * One thread lists and asks for objects, as many at once as limits.h allows and whatever the number
 * of workers; the workers read what has come, in the order in which it comes. libcurl and its
 * thread are started by fetch_run() where there is a target, and not before. What an object holds
 * is the caller's to read.
 *
 * May include: base. Threads: everything but the callbacks, and fetch_read() in one, is called by
 * one thread.
 */
#ifndef AWS_FETCH_H
#define AWS_FETCH_H

#include "aws/download.h"
#include "aws/endpoint.h"
#include "base/key_filter.h"
#include "base/outcome.h"
#include "base/pool.h"

/* What is asked for; texts are borrowed and may be NULL. */
struct fetch_options {
    const char *profile, *region, *endpoint_url;
    enum addressing addressing;
    bool no_sign_request, requester_pays;
    bool versions;                    /* every version of each object */
    const struct key_filter *filters; /* filter_count of them; in the order typed */
    size_t filter_count;
    uint64_t max_object_size; /* bytes; UINT64_MAX: no maximum */
    bool allow_empty;         /* a listing without objects is no trouble */
    bool exact;               /* a target's prefix is the whole key of one object */
};

/* One object of a listing; everything dies with the call that it is given to, but the target. */
struct fetch_entry {
    const char *target; /* as given to fetch_add() */
    const char *bucket;
    const char *path; /* "s3://bucket/key", and "?versionId=..." where it is not the latest */
    const struct s3_object *object;
};

/* An object that has come, or has failed to. */
struct fetched;

struct fetch_callbacks {
    void *ctx;
    /* On the lister's thread: need the object not be asked for? What that counts goes into
     * `outcome`. NULL: all are asked for. */
    bool (*known)(void *ctx, const struct fetch_entry *entry, struct outcome *outcome);
    /* On the lister's thread: the target's listing has come to its end. NULL: nobody asks. */
    void (*listed)(void *ctx, const char *target);
    /* On any thread: the terminal is needed for a question (`now`), and is not any more. NULL:
     * nobody else writes to it. */
    void (*asking)(void *ctx, bool now);
    /* On a worker: read the object, by fetch_read(). STATUS_STOPPED ends it all: no object is asked
     * for, nor handed over, any more. */
    enum status (*object)(void *ctx, unsigned worker, struct fetched *fetched);
    /* On a thread of its own, at most once: so much is to be read, `known` objects included. To
     * know that, buckets are listed twice. NULL: nobody asks. */
    void (*counted)(void *ctx, uint64_t objects, uint64_t bytes);
};

struct fetch;

/* Does `target` name a bucket ("s3://...")? */
bool fetch_is_target(const char *target);

/* Is it no such name, but a bucket in another form (s3a://, S3://, s3:/, an ARN, a URL of S3)? */
bool fetch_is_misspelt(const char *target);

/* No bucket yet. `options` are copied. On success `*out` is the caller's. STATUS_OK or
 * STATUS_NOMEM. */
enum status fetch_new(struct fetch **out, const struct fetch_options *options);

/*
 * Add one target, which is borrowed. Reads the AWS CLI's files the first time; sends nothing.
 * STATUS_OK; STATUS_INVALID for a name, profile or endpoint that is none; STATUS_UNSUPPORTED for a
 * bucket of a kind that is not read; STATUS_IO, STATUS_LIMIT, STATUS_NOMEM.
 */
enum status fetch_add(struct fetch *fetch, const char *target);

/* How many were added. */
size_t fetch_targets(const struct fetch *fetch);

/*
 * Run the pool until all objects were handed over. What cannot be listed, and what was passed over,
 * is told and counted in `outcome`. Once. STATUS_OK, also where there is no target; STATUS_STOPPED
 * where `object` said so; STATUS_NOMEM, STATUS_UNSUPPORTED, or what credentials_new() returns.
 */
enum status fetch_run(struct fetch *fetch, struct pool *pool,
                      const struct fetch_callbacks *callbacks, struct outcome *outcome);

/* NULL is allowed. */
void fetch_free(struct fetch *fetch);

/* What was fetched; the object's size and ETag may change in fetch_read(). */
struct fetch_entry fetched_entry(const struct fetched *fetched);

/* One reading, to the end of download_stream() or until it fails. */
typedef void fetch_read_fn(void *ctx, const struct fetch_entry *entry, struct download *download);

/*
 * Read the object with `read`, and again if it changes under the reading. True: it was read to its
 * end, and is counted in `outcome`. False: it was not, which is told there, where nothing else of
 * it is left. `outcome` is empty, and `read` may fill it: what it held of a reading that came to no
 * good end is dropped.
 */
bool fetch_read(struct fetched *fetched, struct outcome *outcome, fetch_read_fn *read, void *ctx);

#endif
