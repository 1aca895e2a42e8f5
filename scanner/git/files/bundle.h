/*
 * bundle.h - what a bundle says before its pack: refs, and what it builds upon.
 *
 * A bundle is text, a blank line and a pack (git's documentation, gitformat-bundle). A pack that
 * lies by itself is taken for a bundle without refs.
 *
 * May include: base. Threads: pure.
 */
#ifndef GIT_BUNDLE_H
#define GIT_BUNDLE_H

#include "base/buf.h"
#include "git/store/id.h"

/* Is what begins with `head` a bundle or a pack? */
bool bundle_sniff(struct slice head);

struct bundle_ref {
    struct object_id id;
    char *name; /* "refs/heads/main", "HEAD" */
};

/* {0} is a valid empty one. */
struct bundle {
    struct bundle_ref *refs; /* ref_count of them, in the bundle's order */
    size_t ref_count, ref_cap;
    struct id_map before; /* the commits that it builds upon and does not hold */
    bool partial;         /* objects were left out by a filter */
    bool bare_pack;       /* there is a pack and nothing before it */
    uint64_t pack_start;  /* of the pack in the file */
};

/*
 * Read the head of the file `path`. On success to be released. STATUS_OK; STATUS_ABSENT where it is
 * neither bundle nor pack; STATUS_UNSUPPORTED for ids of SHA-256 or a capability that is not known,
 * STATUS_CORRUPT, STATUS_IO or STATUS_LIMIT, each with a text that names `path`; STATUS_NOMEM.
 */
enum status bundle_read(struct bundle *bundle, const char *path);

/* The same of what lies in memory; no text names a file. */
enum status bundle_parse(struct bundle *bundle, struct slice head);

void bundle_release(struct bundle *bundle);

#endif
