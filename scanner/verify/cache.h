/*
 * cache.h - verdicts that hold for some time, in a file of the user's.
 *
 * A line for each credential that STS has told something certain about: what it said, when, and an
 * HMAC-SHA256 over the server and the credential under a random key that the file begins with. A
 * secret of 240 random bits cannot be found from that, with the key or without it; the key keeps
 * two such files, or a file and another's hashes, from being compared. The file is the user's own
 * and readable by nobody else, or it is refused.
 *
 * What works is asked about again after an hour: who revokes a key wants to see it. What does not
 * is for a day, as a key that was switched off can be switched on again.
 *
 * May include: base. Library: nettle. Threads: one owner at a time.
 */
#ifndef VERIFY_CACHE_H
#define VERIFY_CACHE_H

#include <time.h>

#include "base/arena.h"
#include "base/finding.h"
#include "base/status.h"

enum { CACHE_KEY_SIZE = 32, CACHE_LIVE_S = 3600, CACHE_OTHER_S = 24 * 3600 };

/* Names a credential as it is asked about at one server. */
struct cache_name {
    uint8_t bytes[32];
};

struct cache_row {
    struct cache_name name;
    int64_t asked_at; /* seconds since 1970 */
    struct verification known;
};

/* {0} is a valid empty one, which is kept in no file. */
struct cache {
    const char *path; /* borrowed; NULL: none */
    struct arena arena;
    uint8_t key[CACHE_KEY_SIZE];
    struct cache_row *rows; /* by name; count of them */
    size_t count, cap;
    bool changed;
};

/*
 * Read `path`, which need not be there yet, leaving out what is too old at `now`. On success the
 * cache is the caller's. STATUS_OK; with a text that names the file: STATUS_IO, STATUS_INVALID
 * (another's file, others may read it, or it is no such cache), STATUS_LIMIT; STATUS_NOMEM.
 */
enum status cache_read(struct cache *cache, const char *path, time_t now);

/* The name of a credential at `server` (its URL). */
struct cache_name cache_name_of(const struct cache *cache, const char *server, struct slice id,
                                struct slice secret, struct slice token);

/* What is known; NULL: nothing. Borrowed until the next cache_put(). */
const struct verification *cache_get(const struct cache *cache, const struct cache_name *name);

/* Keep `known`, told at `now`, if it is live, dead, mismatched or expired. STATUS_OK or
 * STATUS_NOMEM. */
enum status cache_put(struct cache *cache, const struct cache_name *name,
                      const struct verification *known, time_t now);

/* Write the file anew where anything has changed. STATUS_OK, STATUS_IO or STATUS_NOMEM with a text.
 */
enum status cache_write(struct cache *cache);

void cache_release(struct cache *cache);

#endif
