/*
 * pipeline.h - documents through the stages: parts are found, paired, and out come findings.
 *
 * A lane is one worker's set of stages and scratch memory. A document is one file, object or
 * stream: its pieces are read by any lanes in any order, and their parts are added to it in the
 * order of the pieces; pairing goes over the document as a whole, whatever its size, because parts
 * further apart than PAIR_REACH_BYTES never pair. It opens and reads nothing.
 *
 * Threads: a lane belongs to one thread; a document to whoever holds it.
 */
#ifndef SCAN_PIPELINE_H
#define SCAN_PIPELINE_H

#include "base/outcome.h"
#include "base/piece.h"
#include "scan/finder.h"

struct lane;

struct pipeline_options {
    bool ignore_marks; /* report what a mark in the text allows too */
    int64_t now;       /* seconds since 1970: what has expired by then is none; 0: nothing has */
    bool candidates;   /* note with a pair the other secrets that may be the id's */
};

/*
 * A lane for one worker that adds what it finds to `outcome`. `set`, `databases` and `outcome` must
 * outlive it. On success `*out` is the caller's. STATUS_OK or STATUS_NOMEM.
 */
enum status lane_new(struct lane **out, const struct ruleset *set,
                     const struct databases *databases, const struct pipeline_options *options,
                     struct outcome *outcome);

/* NULL is allowed. */
void lane_free(struct lane *lane);

/* Where findings go from now on; must outlive the lane or the next such call. */
void lane_redirect(struct lane *lane, struct outcome *outcome);

/* A document under way. Its parts wait in it until nothing that comes can pair with them. */
struct document {
    struct finding origin; /* target, path, git and s3 of its findings */
    struct part *waiting;  /* count of them */
    size_t count, cap;
    struct arena values;
    uint64_t line, column; /* where the next piece begins; counted from 0 */
    bool disabled;         /* there a mark's block is open, in which nothing is reported */
};

/* A document whose findings stand at `origin` (borrowed: target, path, git, s3). */
void document_init(struct document *document, const struct finding *origin);

/*
 * Find the parts in one piece. On success `*out` is the caller's, to be released; where
 * STATUS_LIMIT comes back (text set: a pattern gave up) it holds what was found. Else STATUS_OK or
 * STATUS_NOMEM.
 */
enum status lane_piece(struct lane *lane, const struct piece *piece, struct piece_parts *out);

/* Add the parts of the next piece; findings that are certain by now go out. STATUS_OK or
 * STATUS_NOMEM. */
enum status document_add(struct document *document, struct lane *lane,
                         const struct piece_parts *parts);

/* No more pieces: the last findings go out and the document is released. */
enum status document_end(struct document *document, struct lane *lane);

/*
 * All of it for a document that lies whole in memory, of any size. Counts nothing in the coverage.
 * Errors as lane_piece().
 */
enum status lane_document(struct lane *lane, const struct finding *origin, struct slice text);

/*
 * Does any anchor stand in `text` (under 4 GiB, asserted)? Where none does, lane_document() finds
 * nothing in it. Ends at the first.
 */
bool lane_has_anchor(struct lane *lane, struct slice text);

#endif
