/*
 * refs.h - every object that something in a repository's files names: refs, HEAD, reflogs, index.
 *
 * May include: base. Threads: constant after refs_read().
 */
#ifndef GIT_REFS_H
#define GIT_REFS_H

#include "base/outcome.h"
#include "git/files/bundle.h"
#include "git/files/layout.h"
#include "git/store/id.h"

enum tip_kind {
    TIP_REF,    /* a ref, HEAD's own where it is detached, or a linked work tree's */
    TIP_PSEUDO, /* ORIG_HEAD, FETCH_HEAD and the like */
    TIP_LOG,    /* a reflog's old or new id */
    TIP_INDEX   /* an entry of the index */
};

struct tip {
    struct object_id id;
    char *name; /* of a TIP_REF; NULL for the others */
    enum tip_kind kind;
    bool remote; /* a ref below refs/remotes/ */
    bool packed; /* from packed-refs; a loose ref of the same name comes before it, and counts */
};

struct refs {
    struct tip *tips; /* refs sorted by name, then the others; tip_count of them */
    size_t tip_count, tip_cap;
    size_t ref_count;      /* refs with a name of their own: HEAD is none */
    struct object_id head; /* zero where HEAD names a branch without commits */
    struct id_map shallow; /* commits whose parents a shallow clone left out */
    struct id_map before;  /* commits that a bundle builds upon and does not hold */
};

/*
 * Read all of them. Files that cannot be read are troubles of `outcome` under `target`. On failure
 * (STATUS_NOMEM) nothing is held; else to be released.
 */
enum status refs_read(struct refs *refs, const struct layout *layout, const char *target,
                      struct outcome *outcome);

/* Likewise what a bundle names; its `before` is taken over. */
enum status refs_of_bundle(struct refs *refs, struct bundle *bundle);

/* The commit that HEAD names; zero where it names a branch without commits. STATUS_OK or
 * STATUS_NOMEM. */
enum status refs_head(struct object_id *head, const struct layout *layout);

void refs_release(struct refs *refs);

#endif
