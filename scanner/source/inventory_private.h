/*
 * inventory_private.h - what the readers of the two forms of inventories share.
 *
 * May include: base. Threads: one reader at a time.
 */
#ifndef SOURCE_INVENTORY_PRIVATE_H
#define SOURCE_INVENTORY_PRIVATE_H

#include "base/buf.h"
#include "source/inventory.h"

/* A stream that is looked at byte by byte. */
struct inventory_input {
    const struct stream *stream;
    uint8_t *block; /* INVENTORY_BLOCK_BYTES */
    size_t at, len;
    bool failed; /* a read failed; its text is set */
};

enum { INVENTORY_BLOCK_BYTES = 64 * 1024 };

/* The next byte without taking it; -1 at the end or where a read failed. */
int inventory_peek(struct inventory_input *input);

/* Likewise, taking it. */
static inline int inventory_next(struct inventory_input *input)
{
    int c = input->at < input->len ? input->block[input->at] : inventory_peek(input);

    input->at += c >= 0;
    return c;
}

/* The text of a version's ETag without quotes. */
struct slice inventory_unquote(struct slice etag);

/* Read all of the input as JSON, or as CSV with inventory_read()'s `schema`. */
enum status inventory_json(struct inventory_input *input,
                           const struct inventory_callbacks *callbacks);
enum status inventory_csv(struct inventory_input *input, const char *schema,
                          const struct inventory_callbacks *callbacks);

#endif
