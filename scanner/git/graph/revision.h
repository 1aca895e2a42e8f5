/*
 * revision.h - which commit a name or a range stands for, as git's own commands take them.
 *
 * Names: HEAD and @, refs by their full or short name, ids of at least four digits, what git
 * describe says, what reflogs tell (REF@{N}, REF@{TIME}, @{-N}) and what a branch follows
 * (REF@{upstream}), each followed by any of ~N, ^N and ^{}. Ranges: A..B, A...B, ^A, A. Times: as
 * the options --since and --until take the common forms. Searches (:/…, ^{/…}) and paths (A:…) are
 * refused by name. As git's documentation says (gitrevisions).
 *
 * May include: base. Threads: pure.
 */
#ifndef GIT_REVISION_H
#define GIT_REVISION_H

#include "git/graph/graph.h"

/* Where names are looked up. All borrowed. */
struct revisions {
    const struct graph *graph;
    const struct refs *refs;
    const struct layout *layout; /* of its reflogs; {0}: there are none */
    struct reader *reader;       /* for what is on the way */
    int64_t now;                 /* seconds since 1970, for REF@{TIME} */
};

/*
 * The object that `name` stands for. STATUS_OK; STATUS_INVALID
 * with a text that names `name`, where it names nothing, or more than one thing; STATUS_NOMEM.
 */
enum status revision_find(const struct revisions *in, struct slice name, struct object_id *id);

/*
 * Read a time: "2024-05-01", with "T12:30" or " 12:30:59" and "Z" or "+02:00" behind it,
 * "@SECONDS", "yesterday", "2 weeks ago" and "2.weeks"; `now` is what the last ones count from. A
 * time without a zone is in UTC. Seconds since 1970. False where it is none of these.
 */
bool revision_time(const char *text, int64_t now, int64_t *seconds);

#endif
