/*
 * pdf.h - what lies deflated in a PDF.
 *
 * A PDF is a text in which most of what people see lies in streams, between the words `stream` and
 * `endstream` (ISO 32000-1, 7.3.8), deflated as a rule. Those are found by that word and by the
 * zlib header behind it, whatever tables and references say, so a damaged or half PDF is read too.
 * Not undone are other filters (LZW, ASCII85 round deflate), encryption, and text that is drawn
 * letter by letter or in a font's own numbers.
 *
 * May include: base. Libraries: libdeflate. Threads: pure.
 */
#ifndef DECODE_PDF_H
#define DECODE_PDF_H

#include "base/buf.h"

/* A stream that was found. */
struct pdf_stream {
    size_t offset; /* of its data in the PDF */
    bool corrupt;  /* it says that it is deflated, and is not, or not to its end */
    bool cut;      /* it is longer than LIMIT_PDF_STREAM_BYTES and was not inflated */
    uint64_t work; /* bytes that inflating it may have cost, for a budget */
};

/* Does the text say that it is encrypted? Then its streams are noise. */
bool pdf_is_encrypted(struct slice pdf);

/*
 * Find what may be the next deflated stream at or behind `*at`, inflate it into `out` (reset
 * before; empty where it was none) and move `*at` on. STATUS_OK; STATUS_ABSENT where there is none;
 * STATUS_NOMEM.
 */
enum status pdf_next(struct slice pdf, size_t *at, struct buf *out, struct pdf_stream *stream);

#endif
