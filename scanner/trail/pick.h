/*
 * pick.h - one Hyperscan pass that finds where the texts looked for stand, whatever their number.
 *
 * A text is found as JSON may hold it: signs may be escaped (\u002b, \/), once more for each level
 * of JSON inside of a JSON string. A record that writes a letter or digit as \u0041 is picked too,
 * for it may hold anything; so what is picked is only worth parsing, and the parsed record decides.
 *
 * May include: base. Library: Hyperscan. Threads: a picker is constant once made; a scratch belongs
 * to one thread.
 */
#ifndef TRAIL_PICK_H
#define TRAIL_PICK_H

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

enum pick_kind {
    PICK_TEXT,     /* anywhere */
    PICK_CASELESS, /* anywhere, A-Z as a-z */
    PICK_VALUE,    /* a whole JSON string, and what goes on with an escape */
};

struct picker;
struct picker_scratch;

/* What a pass saw besides. */
struct pick_counts {
    uint64_t records;  /* "eventVersion": records of CloudTrail, give or take */
    uint64_t version1; /* those of version 1.x, which is what is known */
    uint64_t insights; /* records that CloudTrail Insights wrote */
    uint64_t digests;  /* digest files */
};

struct picks {
    size_t *ends; /* where a text ends, ascending; count of them */
    size_t count, cap, counted_from;
    struct pick_counts counts;
};

/* A list of texts to look for. {0} is an empty one. */
struct pick_list {
    char **expressions; /* count of them */
    bool *caseless;
    size_t count, cap;
    bool failed; /* out of memory */
};

/* Add `text`, which is copied. One that is empty is left out. */
void pick_list_add(struct pick_list *list, enum pick_kind kind, const char *text);
void pick_list_release(struct pick_list *list);

/* Compile `list`. On success `*out` is the caller's. STATUS_OK, STATUS_NOMEM or STATUS_INVALID. */
enum status picker_new(struct picker **out, const struct pick_list *list);
void picker_free(struct picker *picker);

enum status picker_scratch_new(struct picker_scratch **out, const struct picker *picker);
void picker_scratch_free(struct picker_scratch *scratch);

/*
 * Look through `text` (under 4 GiB, asserted). `out` is used again and again: its ends are this
 * text's, and its counts grow by what ends behind `counted_from`. STATUS_OK or STATUS_NOMEM.
 */
enum status picker_run(const struct picker *picker, struct picker_scratch *scratch,
                       struct slice text, size_t counted_from, struct picks *out);
void picks_release(struct picks *picks);

#endif
