/*
 * xml.h - the elements of an XML document, as they end.
 *
 * AWS's answers are trees of elements without attributes that matter; the text of a leaf is its
 * value. A document type is refused, so no entity but XML's own five can stand in it: nothing
 * expands, nothing is fetched.
 *
 * May include: base. Library: expat. Threads: pure.
 */
#ifndef AWS_XML_H
#define AWS_XML_H

#include "base/slice.h"
#include "base/status.h"

/* Both get the name without its namespace's prefix, and how many elements it stands in (0: the
 * root). Below 0, with a text, ends the parsing. */
struct xml_handler {
    void *ctx;
    /* NULL: nobody asks. */
    enum status (*begin)(void *ctx, unsigned depth, struct slice name);
    /* `text` is what stood between the last begin or end and this: all of it, in a leaf. */
    enum status (*end)(void *ctx, unsigned depth, struct slice name, struct slice text);
};

/*
 * Parse `document`. STATUS_OK; STATUS_CORRUPT where it is not well formed, has a document type, or
 * goes beyond the limits of limits.h; STATUS_NOMEM; what the handler returned.
 */
enum status xml_parse(struct slice document, const struct xml_handler *handler);

#endif
