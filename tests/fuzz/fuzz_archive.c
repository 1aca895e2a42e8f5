/* fuzz_archive.c - any bytes as an archive: taken apart, with small limits, without a crash or a
 * hang. */
#include "decode/archive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum status on_document(void *ctx, const char *path, const struct stream *stream)
{
    uint8_t bytes[4096];

    (void)ctx;
    (void)path;
    while (stream->read(stream->ctx, bytes, sizeof(bytes)) > 0)
        ;
    return STATUS_OK;
}

static enum status on_whole(void *ctx, const char *path, struct slice bytes)
{
    (void)ctx;
    (void)path;
    (void)bytes;
    return STATUS_OK;
}

static void on_loss(void *ctx, enum archive_loss why, const char *path, const char *message)
{
    (void)ctx;
    (void)why;
    (void)path;
    (void)message;
}

/* A part is unpacked at once. */
static void on_part(void *ctx, struct archive_part *part)
{
    struct archive_callbacks callbacks = { .document = on_document,
                                           .whole = on_whole,
                                           .loss = on_loss };
    uint64_t archives = 0;

    (void)ctx;
    archive_part_unpack(part, &callbacks, &archives);
}

/* Parts are done as they come. */
static void on_settle(void *ctx)
{
    (void)ctx;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum archive_kind kinds[] = { ARCHIVE_GZIP,       ARCHIVE_LZMA,
                                               ARCHIVE_COMPRESSED, ARCHIVE_CONTAINER,
                                               ARCHIVE_INDEXED,    ARCHIVE_SEVENZIP,
                                               ARCHIVE_PDF };
    struct archive_limits limits = { .depth = 3, .expanded_bytes = 1 << 20, .members = 1000 };
    struct archive_callbacks callbacks = { .document = on_document,
                                           .whole = on_whole,
                                           .part = on_part,
                                           .settle = on_settle,
                                           .loss = on_loss };
    struct slice bytes = { data, size };
    enum archive_kind kind = archive_sniff(bytes);
    uint64_t archives = 0;

    if (!kind && size)
        kind = kinds[data[0] % 7];
    if (kind)
        archive_unpack_memory(bytes, kind, "a", &limits, &callbacks, &archives);
    return 0;
}
