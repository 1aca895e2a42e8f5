/*
 * library.h - libgit2, started when it is first needed and told to trust nothing.
 *
 * May include: base. Library: libgit2. Threads: any.
 */
#ifndef GIT_LIBRARY_H
#define GIT_LIBRARY_H

#include "base/status.h"

/*
 * Start libgit2 (3 ms, most of it OpenSSL's) unless it runs: no system's or user's configuration is
 * read, a repository's owner does not matter, objects are not hashed again. It stays until the
 * program ends. Returns STATUS_OK or STATUS_UNSUPPORTED with a text.
 */
enum status library_open(void);

#endif
