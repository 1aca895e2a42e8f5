/*
 * resume.h - the file of --resume: which objects of buckets were covered, and what was found.
 *
 * A record is appended when an object has been read to its end, so a scan that is killed at any
 * moment goes on from there; a record that was torn is left out. An object is known by bucket, key,
 * version, size and ETag. The file has mode 0600 and holds no secret: of one that was found it has
 * what the report shows, and its fingerprint. Where secrets are wanted whole, an object that holds
 * one is read again. What could not be read, or waits for its other half in another object
 * (siblings.h), is not covered.
 *
 * Threads: resume_note() from any worker; the rest from one thread at a time.
 */
#ifndef SCAN_RESUME_H
#define SCAN_RESUME_H

#include "base/outcome.h"
#include "detect/ruleset.h"
#include "scan/scan_settings.h"

struct resume;

struct resume_options {
    const char *path;
    struct scan_settings settings;
    const struct ruleset *set; /* borrowed; must outlive it */
    bool whole_secrets;        /* they will be shown: what is known of them is not enough */
};

/*
 * Open the file, or make it. What it knows counts only under the same settings; else it begins
 * anew. On success `*out` is the caller's. STATUS_OK; STATUS_INVALID for a file that is none of
 * ours, or that another scan writes to; STATUS_IO; STATUS_NOMEM.
 */
enum status resume_open(struct resume **out, const struct resume_options *options);

/* Closes the file, which stays. NULL is allowed. */
void resume_close(struct resume *resume);

/* Which object. Texts are borrowed. */
struct resume_key {
    const char *bucket;
    struct slice key;
    const char *version_id, *etag; /* may be NULL; without an ETag no object is ever covered */
    uint64_t size;
};

/*
 * Was the object covered? Then what was found and counted goes into `outcome`, as of `target`
 * (borrowed).
 */
bool resume_take(struct resume *resume, const struct resume_key *key, const char *target,
                 struct outcome *outcome);

/*
 * Put down that the object was read to its end and `own` (sorted by this) is all that came of it;
 * where `own` tells of a loss it is not put down. A write that fails is told by resume_failed().
 */
void resume_note(struct resume *resume, const struct resume_key *key, struct outcome *own);

/* STATUS_OK, or STATUS_IO with a text: the file is not complete, because a write failed. */
enum status resume_failed(struct resume *resume);

#endif
