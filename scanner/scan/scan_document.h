/*
 * scan_document.h - one document that a single worker reads from its beginning to its end.
 *
 * Threads: called on the worker whose reader it is given.
 */
#ifndef SCAN_SCAN_DOCUMENT_H
#define SCAN_SCAN_DOCUMENT_H

#include "base/stream.h"
#include "decode/archive.h"
#include "scan/shared_document.h"

/* What a document may be instead of text. */
struct special {
    bool ask_archive, ask_bundle; /* in: else it is taken for text */
    enum archive_kind archive;    /* out: ARCHIVE_NONE unless it is one */
    bool bundle;                  /* out: a bundle or a pack of git */
};

/* Fill in what the document that begins with `head` is. True where it is something special. */
bool special_sniff(struct special *special, struct slice head);

/*
 * Scan `stream` to its end, or to `limit` bytes; `size_hint` is the size that is expected, 0 where
 * it is not known. It is counted as a file in the coverage of the reader's outcome, or told as
 * unreadable there. Where `special` is not NULL and the document is what it asks for, it says
 * so and nothing is scanned nor counted. Returns the bytes read.
 */
uint64_t scan_document(struct reader *reader, const struct stream *stream, uint64_t size_hint,
                       uint64_t limit, const struct finding *origin, struct special *special);

/* Likewise a document that lies in memory and is no archive. */
void scan_bytes(struct reader *reader, struct slice bytes, const struct finding *origin);

#endif
