/*
 * layout.h - where the parts of a repository lie, and whether they can be read.
 *
 * Looks at the file system and at the few settings that change what objects mean; nothing is run,
 * no other configuration is read, and what a configuration includes is not followed.
 *
 * May include: base. Threads: none shared.
 */
#ifndef GIT_LAYOUT_H
#define GIT_LAYOUT_H

#include "base/file.h"

struct layout {
    char *git; /* HEAD, the index and their logs */
    /* Objects, refs and packed-refs; another folder than `git` in a linked work tree. */
    char *common;
    bool partial; /* not all objects were ever meant to be here */
};

/*
 * Find the repository at `path`: a work tree, its `.git` folder or file, or a bare repository.
 * Returns STATUS_OK (to be released); STATUS_ABSENT where there is none; STATUS_UNSUPPORTED or
 * STATUS_IO with a text that names `path`; STATUS_NOMEM.
 */
enum status layout_find(struct layout *layout, const char *path);

/* The repository that `path` or a folder above it is. As layout_find(), and STATUS_INVALID with a
 * text where there is none. */
enum status layout_find_above(struct layout *layout, const char *path);

/* Is `path` a git folder, or a file that names one? Cheaper than layout_find(). */
bool layout_is_repository(const char *path);

void layout_release(struct layout *layout);

#endif
