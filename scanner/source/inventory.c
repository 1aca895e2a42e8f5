/* inventory.c - which form it is, and what both readers use. */
#include "source/inventory.h"

#include "source/inventory_private.h"

struct slice inventory_unquote(struct slice etag)
{
    if (etag.len >= 2 && etag.ptr[0] == '"' && etag.ptr[etag.len - 1] == '"')
        return slice_sub(etag, 1, etag.len - 1);
    return etag;
}

enum status inventory_read(const struct stream *stream, const char *schema,
                           const struct inventory_callbacks *callbacks)
{
    struct input input;
    enum status status = input_init(&input, stream);
    int first;

    if (status)
        return status;
    input_skip_mark(&input);
    while ((first = input_peek(&input)) == ' ' || first == '\n' || first == '\r')
        input_next(&input);
    if (first == '{' || first == '[')
        status = inventory_json(&input, callbacks);
    else if (input.len >= 4 && (!memcmp(input.block, "PAR1", 4) || !memcmp(input.block, "ORC", 3)))
        status = err_set(STATUS_UNSUPPORTED, "an inventory in Parquet or ORC is not read: "
                                             "CSV and JSON are");
    else
        status = inventory_csv(&input, schema, callbacks);
    if (input.failed && status >= 0)
        status = STATUS_IO;
    input_release(&input);
    return status;
}
