/* fuzz_inventory.c - any bytes as an inventory: without a crash or a hang. */
#include "source/inventory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum status on_row(void *ctx, const struct inventory_row *row)
{
    size_t *total = ctx;

    for (size_t i = 0; i < row->key.len; i++)
        *total += row->key.ptr[i];
    *total += row->bucket.len + row->version_id.len + row->last_modified.len + row->etag.len;
    return STATUS_OK;
}

static enum status on_manifest(void *ctx, struct slice schema, const char *files, size_t count)
{
    size_t *total = ctx;

    for (size_t i = 0; i < count; i++, files += strlen(files) + 1)
        *total += strlen(files);
    *total += schema.len;
    return STATUS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t total = 0;
    struct inventory_callbacks callbacks = { &total, on_row, on_manifest };
    struct slice rest = { data, size };
    struct stream stream = stream_of_bytes(&rest);

    inventory_read(&stream, size && data[0] & 1 ? "Bucket,Key,ETag" : NULL, &callbacks);
    return 0;
}
