/*
 * pieces.h - read a file or a stream piece by piece into a buffer that is used again and again.
 *
 * Files are read and not mapped: a file that shrinks under a map kills the program, a buffer of a
 * fixed size stays in the cache, and small files are faster so.
 *
 * May include: base. Threads: pure; the buffer belongs to the caller's thread.
 */
#ifndef SOURCE_PIECES_H
#define SOURCE_PIECES_H

#include "base/limits.h"
#include "base/piece.h"
#include "base/status.h"
#include "base/stream.h"

/* Bytes that a buffer for pieces holds. */
#define PIECES_BUFFER_BYTES (LIMIT_PIECE_BYTES + 2 * LIMIT_CONTEXT_BYTES)

/* Takes one piece, which dies with the call. Below 0: a failure (text set) that ends the reading.
 */
typedef enum status pieces_fn(void *ctx, const struct piece *piece);

/*
 * Read `stream` to its end, or to `limit` bytes, and hand over its pieces in order; nothing is
 * handed over for an empty stream. `size_hint` is the size that is expected, 0 where it is not
 * known: it saves a read. `*bytes` counts what was read. What comes before a failed read is handed
 * over too. Returns what `fn` returned if that was not STATUS_OK, STATUS_IO with the stream's text,
 * or STATUS_OK.
 */
enum status pieces_stream(const struct stream *stream, uint64_t size_hint, uint64_t limit,
                          uint8_t *buffer, uint64_t *bytes, pieces_fn *fn, void *ctx);

/* How many pieces a document of `size` bytes has. */
static inline uint64_t pieces_count(uint64_t size)
{
    return (size + LIMIT_PIECE_BYTES - 1) / LIMIT_PIECE_BYTES;
}

/*
 * Read piece `index` of the `size` bytes that begin at `start` of `fd`. `*piece` borrows from
 * `buffer`; it is shorter than it should be, or empty, where the file has shrunk. Returns STATUS_OK
 * or STATUS_IO with errno's text.
 */
enum status pieces_read(int fd, uint64_t start, uint64_t size, uint64_t index, uint8_t *buffer,
                        struct piece *piece);

#endif
