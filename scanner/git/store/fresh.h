/*
 * fresh.h - what an object holds that the object it is a delta of does not.
 *
 * Objects of one kind differ little from those that they are deltas of. Who has dealt with a base,
 * and said so with a mark on its link, needs to look only at what the delta brings: the entries of
 * a tree that are new, or, of any other object, the stretches in which something may stand that
 * does not stand in the base.
 *
 * May include: base. Threads: as the reader that the objects come from.
 */
#ifndef GIT_FRESH_H
#define GIT_FRESH_H

#include "git/history.h"
#include "git/store/content.h"
#include "git/store/reader.h"

/* The mark on the link of an object that was dealt with. */
enum { FRESH_DONE = 1 };

typedef enum status fresh_entry_fn(void *ctx, const struct tree_entry *entry);

/*
 * Call `fn` for every entry of the tree `object` but those that its base has too, byte by byte,
 * where the base is marked as done; then mark the tree itself, for which its note is used. An entry
 * may be told though the base has it; none is left out that the base does not have. What `fn`
 * returns but STATUS_OK ends it and is handed on. STATUS_OK, STATUS_CORRUPT (no text; the entries
 * before the damage were told and there is no mark) or STATUS_NOMEM.
 */
enum status fresh_entries(const struct object *object, fresh_entry_fn *fn, void *ctx);

/* {0} is a valid empty list. */
struct fresh_spans {
    struct history_span *spans; /* count of them, ascending, apart from each other */
    size_t count, cap;
};

/*
 * List the stretches of `object` such that every run of up to `reach` bytes, with a neighbour on
 * either side, lies in one of them or stands, with the same neighbours, in the base as well. It is
 * one stretch, the whole, where there is no base that is marked as done. STATUS_OK or STATUS_NOMEM.
 */
enum status fresh_list(struct fresh_spans *out, const struct object *object, size_t reach);

void fresh_release(struct fresh_spans *spans);

#endif
