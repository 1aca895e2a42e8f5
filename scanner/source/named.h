/*
 * named.h - the targets of a walk as they were named, of which none shall be read twice.
 *
 * May include: base. Threads: one owner at a time.
 */
#ifndef SOURCE_NAMED_H
#define SOURCE_NAMED_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A target as it was named. */
struct named {
    const char *target;
    char *path;
    char *shown;
    char *real; /* without links; NULL where it was not asked for, or cannot be told */
    dev_t device;
    ino_t inode;
    mode_t mode;
    off_t bytes; /* of a file, when it was named */
    size_t index;
    bool dropped; /* another one covers it */
};

/*
 * Mark as dropped, of `count` targets, each that names what one before it names, and with `inside`
 * also what lies in a folder that is a target. Where memory is out, or a real path cannot be told,
 * nothing is dropped: it is read twice. Fills in `real`, which the caller frees.
 */
void named_drop(struct named *list, size_t count, bool inside);

#endif
