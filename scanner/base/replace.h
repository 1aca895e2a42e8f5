/*
 * replace.h - a file of the user's that is written whole or not at all.
 *
 * The bytes go into a new file in the same folder, which takes the old one's place in one step: who
 * reads it sees the old bytes or the new, and a program that was killed leaves the old.
 *
 * May include: base. Threads: one owner at a time.
 */
#ifndef BASE_REPLACE_H
#define BASE_REPLACE_H

#include <stdio.h>
#include <sys/types.h>

#include "base/status.h"

/* {0} is a valid value: nothing is being written. */
struct replace {
    FILE *file;      /* to be written to; closed by replace_commit() and replace_abandon() */
    char *path;      /* the file that is replaced: where `path` was a symbolic link, its end */
    char *temporary; /* NULL: `path` is no regular file and is written as it is */
};

/*
 * Begin to write what shall be at `path`. A new file gets `mode` less the umask, an old one keeps
 * its mode; a pipe or device (as in /dev/stdout) is written directly. On success replace_commit()
 * or replace_abandon() must follow. Returns STATUS_OK; STATUS_IO with a text that names `path`;
 * STATUS_NOMEM.
 */
enum status replace_open(struct replace *replace, const char *path, mode_t mode);

/*
 * Put the new file in the old one's place. STATUS_IO with a text that names the file where any byte
 * could not be written: the old file is then as it was. `*replace` is {0} after it.
 */
enum status replace_commit(struct replace *replace);

/* Leave the old file as it was. {0} is allowed. */
void replace_abandon(struct replace *replace);

#endif
