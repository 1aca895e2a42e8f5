/*
 * encoded.h - what a literal looks like when the text round it is encoded.
 *
 * May include: base. Threads: pure.
 */
#ifndef DETECT_ENCODED_H
#define DETECT_ENCODED_H

#include "base/buf.h"
#include "base/codec.h"

/* How a literal may be encoded, as bits. */
enum encoded_as {
    ENCODED_UTF16 = 1,            /* of both byte orders */
    ENCODED_BASE64 = 2,           /* in its three alignments */
    ENCODED_BASE64_OF_BASE64 = 4, /* in the alignments of both */
    ENCODED_BASE64_OF_UTF16 = 8,  /* little endian, as PowerShell has it */
    ENCODED_HEX = 16,
};

/* Takes one Hyperscan expression whose hit says that text encoded in `codec` holds the literal. */
typedef enum status encoded_fn(void *ctx, enum codec codec, const char *expression);

/*
 * Report the expressions of `literal` (ASCII, 4 bytes and more) as it looks in each of the ways
 * `as` (enum encoded_as). Of base64 only the characters that the literal decides wholly are taken.
 * Returns what `fn` returned if that was not STATUS_OK, STATUS_OK, or STATUS_NOMEM.
 */
enum status encoded_expressions(const char *literal, unsigned as, encoded_fn *fn, void *ctx);

#endif
