/*
 * log_private.h - what the files of log_reader.h share.
 *
 * log_reader.c reads documents, log_forms.c what has to be made into JSON first, log_archive.c
 * opens archives.
 *
 * May include: base, decode, and this room. Threads: as log_reader.h.
 */
#ifndef TRAIL_LOG_PRIVATE_H
#define TRAIL_LOG_PRIVATE_H

#include "trail/log_reader.h"

/* Read a document of JSON from its beginning, or one that lies in memory. */
void log_read_document(struct log_reader *reader, const struct stream *stream, const char *target,
                       const char *path);
void log_read_whole(struct log_reader *reader, struct slice bytes, const char *target,
                    const char *path);

/* Read a document of any form, which begins with `head` and comes from `stream`, from its
 * beginning. */
void log_read_stream(struct log_reader *reader, const struct stream *stream, struct slice head,
                     const char *target, const char *path);

/* Likewise where it lies in memory. */
void log_read_bytes(struct log_reader *reader, struct slice bytes, const char *target,
                    const char *path);

/* Read what lies in the archive, with the help of other workers. */
void log_read_archive(struct log_reader *reader, const struct log_source *source,
                      enum archive_kind kind);

#endif
