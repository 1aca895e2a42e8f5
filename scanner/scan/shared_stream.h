/*
 * shared_stream.h - one document that comes as a stream: the worker that reads it gives its pieces
 * away, so that others scan them.
 *
 * Threads: called by the maker of the handout.
 */
#ifndef SCAN_SHARED_STREAM_H
#define SCAN_SHARED_STREAM_H

#include "base/handout.h"
#include "scan/scan_document.h"

/*
 * Read `stream` to its end and give its pieces to `handout`, whose jobs scan them with the one of
 * `readers` (one for each worker) that is theirs; `reader` is the caller's. What cannot be read is
 * a trouble of its outcome. Where the document is what `special` asks for, it says so and nothing
 * is scanned nor counted. STATUS_NOMEM where the rest was not read.
 */
enum status shared_stream_scan(struct handout *handout, struct reader *readers,
                               struct reader *reader, const struct stream *stream,
                               const struct finding *origin, struct special *special);

#endif
