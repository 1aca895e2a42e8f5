/*
 * line_hash.h - the hash by which GitHub knows a line again: primaryLocationLineHash.
 *
 * It is the one that GitHub's action for uploading SARIF adds (github/codeql-action,
 * src/fingerprints.ts): a rolling hash of 64 bits, which multiplies by 37 and adds, over 100 UTF-16
 * units from the line's first one on. Spaces and tabs are passed over, CR and CR LF count as LF,
 * the end of the file as 65535 and 100 zeros. Lines with equal hashes are numbered by the caller.
 *
 * May include: base. Threads: one owner at a time.
 */
#ifndef REPORT_LINE_HASH_H
#define REPORT_LINE_HASH_H

#include "report/utf16.h"

enum { LINE_HASH_WINDOW = 100 };

/* Called for each line in order, when the window behind its start is full. `line` is from 1. */
typedef void line_hash_fn(void *ctx, uint64_t line, uint64_t hash);

struct line_hash {
    line_hash_fn *on_line;
    void *ctx;
    struct utf16 decoder;
    uint16_t window[LINE_HASH_WINDOW];
    uint64_t starts[LINE_HASH_WINDOW]; /* the line that begins at that unit; 0: none */
    size_t at;                         /* the oldest unit of the window, the next to be replaced */
    uint64_t hash, line;
    uint64_t oldest; /* what the oldest unit is weighed with */
    bool inside;     /* the line has begun: something but blanks was seen of it */
    bool after_cr;
};

void line_hash_init(struct line_hash *hash, line_hash_fn *on_line, void *ctx);

/* Take the next bytes of the file. */
void line_hash_take(struct line_hash *hash, struct slice bytes);

/* The file ends: the lines that are left are told. */
void line_hash_end(struct line_hash *hash);

#endif
