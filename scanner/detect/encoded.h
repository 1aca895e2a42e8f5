/*
 * encoded.h - what a literal looks like when the text round it is encoded.
 *
 * May include: base. Threads: pure.
 */
#ifndef DETECT_ENCODED_H
#define DETECT_ENCODED_H

#include "base/buf.h"
#include "base/codec.h"

/* Takes one Hyperscan expression whose hit says that text encoded in `codec` holds the literal. */
typedef enum status encoded_fn(void *ctx, enum codec codec, const char *expression);

/*
 * Report the expressions of `literal` (ASCII, 4 bytes and more): in UTF-16 of both byte orders, in
 * the three alignments of base64, in hex, and in base64 of UTF-16 and of base64. Of base64 only the
 * characters that the literal decides wholly are taken. Returns what `fn` returned if that was not
 * STATUS_OK, STATUS_OK, or STATUS_NOMEM.
 */
enum status encoded_expressions(const char *literal, encoded_fn *fn, void *ctx);

#endif
