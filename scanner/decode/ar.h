/*
 * ar.h - ar archives as Microsoft's tools write them, so that others can be read by their rules.
 *
 * A library of object files (.lib) begins with two members that are called "/": the index that ar
 * has, and one of its own; and in its table of long names each ends with a NUL ("Archive (Library)
 * File Format" in Microsoft's PE Format). libarchive takes neither for what it is.
 *
 * May include: base. Threads: one reader at a time.
 */
#ifndef DECODE_AR_H
#define DECODE_AR_H

#include "base/stream.h"

/* Bytes of a member's header. */
enum { AR_HEADER_BYTES = 60 };

/* Begins as {.source = S}. The rest is ar.c's. */
struct ar_stream {
    const struct stream *source;
    uint8_t head[AR_HEADER_BYTES]; /* the magic, or a member's header, as it is handed out */
    size_t from, to;               /* what is left of that */
    uint64_t body;                 /* bytes up to the next header */
    uint64_t members;
    bool begun, microsoft;
    bool plain; /* it is no ar, or not well formed, and goes on as it is */
};

/* All of `ar->source`, where Microsoft's members have names of another kind; `ar` must outlive it.
 */
struct stream ar_stream(struct ar_stream *ar);

#endif
