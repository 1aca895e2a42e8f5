/*
 * context.h - the structure round the parts of a document: lines, objects, sections, paragraphs.
 *
 * A rough reading that holds for JSON, YAML, INI, code and prose alike, forward only and linear: it
 * looks at the text between parts, and up to 4 KiB before the first of a group.
 *
 * May include: base, match.h, part.h. Threads: pure.
 */
#ifndef DETECT_CONTEXT_H
#define DETECT_CONTEXT_H

#include "detect/match.h"
#include "detect/part.h"

/*
 * Line ends (LF, CR LF or a lone CR each count one) that lie in bytes [from, to) of `text`; `*tail`
 * is the number of bytes from the last of them to `to`, or `to - from` where there is none.
 */
uint64_t context_count_lines(struct slice text, size_t from, size_t to, uint64_t *tail);

/*
 * Fill in here, row, object, outer, section and paragraph of `n` parts, ascending by offset, whose
 * offsets count in `text`, which begins at `origin`.
 */
void context_structure(struct slice text, uint64_t origin, struct part *parts, size_t n);

/*
 * Fill in line and column of `n` parts, likewise, none of which begins before byte `from` of text,
 * as if that byte were line 1, column 1.
 */
void context_lines(struct slice text, size_t from, struct part *parts, size_t n);

/*
 * Set `allowed` of every part, likewise, that one of the `count` marks speaks for, and `inherits`.
 * A mark on a line counts up to 1 KiB from the value; a mark of a block if it ends in bytes (from,
 * to] of text, the piece's own. Returns what the last of these did.
 */
enum block context_apply_marks(struct slice text, size_t from, size_t to, const struct mark *marks,
                               size_t count, struct part *parts, size_t n);

#endif
