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
 * Objects that change or are deleted leave records behind that nothing asks for any more. When a
 * scan has come to its end, and more than half of the file is such, it is written anew without
 * them.
 *
 * Threads: resume_note() from any worker, resume_take() and resume_listed() from one more; the rest
 * from one thread at a time, while none of these runs.
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
    bool whole_secrets;        /* they will be needed: what is known of them is not enough */
    struct slice choice;       /* text for which of a target's objects are wanted; likewise */
};

/*
 * Open the file, or make it. What it knows counts only under the same settings; else it begins
 * anew. On success `*out` is the caller's. STATUS_OK; STATUS_INVALID for a file that is none of
 * ours, or that another scan writes to; STATUS_IO; STATUS_NOMEM.
 */
enum status resume_open(struct resume **out, const struct resume_options *options);

/* Closes the file, which stays. NULL is allowed. */
void resume_close(struct resume *resume);

/* Which object, of which target. Texts are borrowed. */
struct resume_key {
    const char *target, *bucket;
    struct slice key;
    const char *version_id, *etag; /* may be NULL; without an ETag no object is ever covered */
    uint64_t size;
};

/* Was the object covered? Then what was found and counted goes into `outcome`, which borrows the
 * target. */
bool resume_take(struct resume *resume, const struct resume_key *key, struct outcome *outcome);

/*
 * Put down that the object was read to its end and `own` (sorted by this) is all that came of it;
 * where `own` tells of a loss it is not put down. A write that fails is told by resume_end().
 */
void resume_note(struct resume *resume, const struct resume_key *key, struct outcome *own);

/* All objects of `target` that there are were asked for by resume_take(). */
void resume_listed(struct resume *resume, const char *target);

/* The scan is over. STATUS_OK, or STATUS_IO with a text: a write failed, and what was read since
 * is not in the file. */
enum status resume_end(struct resume *resume);

#endif
