/*
 * lzma.h - xz, lzma and lzip streams, and bare ones, with a bound on the memory that they ask for.
 *
 * The stream says how large a dictionary it needs, up to 4 GiB; libarchive takes it at its word.
 *
 * May include: base. Libraries: liblzma. Threads: one reader at a time.
 */
#ifndef DECODE_LZMA_H
#define DECODE_LZMA_H

#include "base/buf.h"
#include "base/status.h"
#include "base/stream.h"

struct lzma_reader;

/*
 * A reader of what `source`, which must outlive it, holds compressed. On success `*out` is the
 * caller's. STATUS_OK; STATUS_LIMIT where it asks for more than LIMIT_LZMA_BYTES of memory at its
 * beginning, and STATUS_NOMEM, with a text. What is wrong later is an error of the stream.
 */
enum status lzma_reader_new(struct lzma_reader **out, const struct stream *source);

/* Its content; lives as long as the reader. */
struct stream lzma_reader_stream(struct lzma_reader *reader);

/* NULL is allowed. */
void lzma_reader_free(struct lzma_reader *reader);

/* Bytes of memory that LZMA, or LZMA2 (`second`), asks for by its properties as 7z holds them; 0
 * where these are wrong. */
uint64_t lzma_raw_memory(bool second, struct slice properties);

/*
 * Put what `packed` holds, without any header, behind what `out` holds, up to `most` bytes of it.
 * STATUS_LIMIT where it asks for more than LIMIT_LZMA_BYTES, STATUS_CORRUPT, STATUS_NOMEM, with a
 * text.
 */
enum status lzma_raw_unpack(bool second, struct slice properties, struct slice packed, size_t most,
                            struct buf *out);

#endif
