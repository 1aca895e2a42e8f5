/*
 * file.h - reading the small files of a repository, none of which is trusted, and writing all of
 * one.
 *
 * May include: base. Threads: none shared.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/buf.h"

/*
 * Open a regular file for reading; a pipe or device is refused without waiting for it. The
 * descriptor and the size come back. STATUS_OK, STATUS_ABSENT where there is no such file, or
 * STATUS_IO with a text.
 */
enum status file_open(const char *path, int *fd, uint64_t *size);

/* Read all of `path` into `out`, replacing what it held. As file_open(), and STATUS_LIMIT where
 * it is larger than `max` bytes, STATUS_NOMEM. */
enum status file_read(struct buf *out, const char *path, uint64_t max);

/* Exactly `len` bytes at `offset`. False where the file is shorter or cannot be read. */
bool file_read_at(int fd, uint8_t *out, size_t len, uint64_t offset);

/* `folder`/`name` on the heap; NULL: out of memory. An absolute `name` stands for itself. */
char *path_join(const char *folder, const char *name);

bool path_is_folder(const char *path);
bool path_is_file(const char *path);

/* Write all of `bytes` where `fd` stands. False with errno: perhaps a part of it. */
bool file_write(int fd, struct slice bytes);

#endif
