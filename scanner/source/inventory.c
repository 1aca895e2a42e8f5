/* inventory.c - which form it is, and what both readers use. */
#include "source/inventory.h"

#include <stdlib.h>

#include "source/inventory_private.h"

int inventory_peek(struct inventory_input *input)
{
    ssize_t n;

    if (input->at < input->len)
        return input->block[input->at];
    if (input->failed)
        return -1;
    n = input->stream->read(input->stream->ctx, input->block, INVENTORY_BLOCK_BYTES);
    input->at = 0;
    input->len = n > 0 ? (size_t)n : 0;
    input->failed = n < 0;
    return n > 0 ? input->block[0] : -1;
}

struct slice inventory_unquote(struct slice etag)
{
    if (etag.len >= 2 && etag.ptr[0] == '"' && etag.ptr[etag.len - 1] == '"')
        return slice_sub(etag, 1, etag.len - 1);
    return etag;
}

enum status inventory_read(const struct stream *stream, const char *schema,
                           const struct inventory_callbacks *callbacks)
{
    static const uint8_t mark[] = { 0xef, 0xbb, 0xbf };
    struct inventory_input input = { .stream = stream, .block = malloc(INVENTORY_BLOCK_BYTES) };
    enum status status;
    int first;

    if (!input.block)
        return err_nomem();
    for (size_t i = 0; i < sizeof(mark) && inventory_peek(&input) == mark[i]; i++)
        inventory_next(&input);
    while ((first = inventory_peek(&input)) == ' ' || first == '\n' || first == '\r')
        inventory_next(&input);
    if (first == '{' || first == '[')
        status = inventory_json(&input, callbacks);
    else if (input.len >= 4 && (!memcmp(input.block, "PAR1", 4) || !memcmp(input.block, "ORC", 3)))
        status = err_set(STATUS_UNSUPPORTED, "an inventory in Parquet or ORC is not read: "
                                             "CSV and JSON are");
    else
        status = inventory_csv(&input, schema, callbacks);
    free(input.block);
    return input.failed && status >= 0 ? STATUS_IO : status;
}
