/*
 * content.h - what commits, trees and tags say.
 *
 * May include: base. Threads: pure; slices borrow the content given.
 */
#ifndef GIT_CONTENT_H
#define GIT_CONTENT_H

#include "git/store/id.h"

/* Modes of tree entries, without the permissions. */
enum { MODE_MASK = 0170000, MODE_TREE = 0040000, MODE_SUBMODULE = 0160000 };

struct tree_entry {
    uint32_t mode;
    struct slice name; /* raw bytes without slash or NUL */
    struct object_id id;
};

/* Take the first entry off `rest`. STATUS_OK, STATUS_ABSENT at the end, STATUS_CORRUPT (no text).
 */
enum status tree_next(struct slice *rest, struct tree_entry *entry);

struct commit_head {
    struct object_id tree;
    struct slice parents; /* to be read with commit_parent() */
    size_t parent_count;
    struct slice author; /* "Name <mail> seconds zone"; empty where there is none */
    int64_t date;        /* the committer's, seconds since 1970; 0 where it cannot be read */
};

/* False where `content` does not begin as a commit does. */
bool commit_parse(struct commit_head *out, struct slice content);

/* Parent `i` (< parent_count) of a commit. */
struct object_id commit_parent(const struct commit_head *commit, size_t i);

/* The object that a tag names. False where `content` does not begin as a tag does. */
bool tag_parse(struct object_id *out, struct slice content);

/*
 * Split "Name <mail> seconds zone": seconds since 1970, the zone in minutes east of UTC. False,
 * with only `who` set and the others 0, where there is no date.
 */
bool person_parse(struct slice line, struct slice *who, int64_t *seconds, int *zone);

/* Bytes of a date of RFC 3339 and its NUL. */
enum { DATE_SIZE = sizeof("9999-12-31T23:59:59+23:59") };

/*
 * Split an author's line into `who` ("Name <mail>") and the date in RFC 3339 in its own zone. The
 * date is
 * "" where the line has none between the years 0 and 9999.
 */
void author_parse(struct slice line, struct slice *who, char date[DATE_SIZE]);

#endif
