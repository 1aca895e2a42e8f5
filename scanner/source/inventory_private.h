/*
 * inventory_private.h - what the readers of the two forms of inventories share.
 *
 * May include: base. Threads: one reader at a time.
 */
#ifndef SOURCE_INVENTORY_PRIVATE_H
#define SOURCE_INVENTORY_PRIVATE_H

#include "base/buf.h"
#include "base/input.h"
#include "source/inventory.h"

/* The text of a version's ETag without quotes. */
struct slice inventory_unquote(struct slice etag);

/* Read all of the input as JSON, or as CSV with inventory_read()'s `schema`. */
enum status inventory_json(struct input *input, const struct inventory_callbacks *callbacks);
enum status inventory_csv(struct input *input, const char *schema,
                          const struct inventory_callbacks *callbacks);

#endif
