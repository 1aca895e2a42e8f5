/*
 * shared_document.h - one document whose pieces several workers scan, in any order.
 *
 * Parts are added to the document in the order of the pieces; who is far ahead waits. It reads
 * nothing.
 *
 * Threads: any, each with the reader of its own worker.
 */
#ifndef SCAN_SHARED_DOCUMENT_H
#define SCAN_SHARED_DOCUMENT_H

#include "scan/extract.h"
#include "scan/pipeline.h"

struct archive_memory;

/* What a worker needs to scan documents. */
struct reader {
    struct lane *lane;
    uint8_t *buffer; /* PIECES_BUFFER_BYTES */
    struct outcome *outcome;
    struct siblings *siblings;     /* shared; takes files that hold one value alone */
    uint64_t kept_back;            /* documents that it took */
    struct extracts *extracts;     /* shared; gets what it wants of the documents; NULL: nothing */
    struct progress *progress;     /* shared; NULL: none is shown */
    unsigned worker;               /* whose desk this is */
    struct archive_memory *memory; /* shared; that archives in archives share */
};

struct shared_document;

/*
 * A document that the caller holds. `origin` is copied, its path and its object too; its target and
 * what git knows are borrowed until the last holder leaves. NULL: out of memory, which was told.
 */
struct shared_document *shared_document_new(struct reader *reader, const struct finding *origin);

/* One more holds it: called by a holder, for another. */
void shared_document_hold(struct shared_document *d);

/*
 * Scan piece `index` and add its parts. Each index is added once, those from 0 on without a gap;
 * the piece that is next never waits, so whoever takes the lowest first comes to an end.
 */
void shared_document_scan(struct shared_document *d, struct reader *reader, uint64_t index,
                          const struct piece *piece);

/* Tell, once, that a part of it could not be read; the text is err_text(). */
void shared_document_fail(struct shared_document *d, struct reader *reader, enum skip reason);

/*
 * A holder leaves. The last one ends the document, counts it in the coverage of its worker and
 * frees it; then true comes back.
 */
bool shared_document_leave(struct shared_document *d, struct reader *reader);

#endif
