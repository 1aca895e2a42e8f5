/* scan_archive.c - documents out of archives, pieces out of documents. */
#include "scan_archive.h"

#include <unistd.h>

#include "base/limits.h"
#include "scan_document.h"

struct unpacking {
    struct reader *reader;
    const struct finding *origin;
    uint64_t bytes;
};

static enum status on_document(void *ctx, const char *path, const struct stream *stream)
{
    struct special special = { .ask_bundle = true };
    struct unpacking *u = ctx;
    struct finding origin = *u->origin;

    origin.path = path;
    u->bytes += scan_document(u->reader, stream, 0, UINT64_MAX, &origin, &special);
    /* Its objects are compressed, and to read them takes a file that can be read anywhere. */
    if (special.bundle)
        outcome_trouble(u->reader->outcome, SKIP_UNREADABLE, origin.target, path,
                        "a bundle or pack of git, which is not read inside of an archive");
    return STATUS_OK;
}

static void on_loss(void *ctx, enum archive_loss why, const char *path, const char *message)
{
    static const enum skip reasons[] = { [ARCHIVE_CORRUPT] = SKIP_UNREADABLE,
                                         [ARCHIVE_ENCRYPTED] = SKIP_ENCRYPTED,
                                         [ARCHIVE_LIMIT] = SKIP_LIMIT };
    struct unpacking *u = ctx;

    outcome_trouble(u->reader->outcome, reasons[why], u->origin->target, path, "%s", message);
}

static struct archive_limits limits_for(uint64_t size, unsigned depth)
{
    uint64_t expanded =
        size > UINT64_MAX / LIMIT_ARCHIVE_RATIO ? UINT64_MAX : size * LIMIT_ARCHIVE_RATIO;

    return (struct archive_limits){
        .depth = depth,
        .expanded_bytes =
            expanded > LIMIT_ARCHIVE_EXPANDED_BYTES ? expanded : LIMIT_ARCHIVE_EXPANDED_BYTES,
        .members = LIMIT_ARCHIVE_MEMBERS,
    };
}

/* Out of memory is all that ends an unpacking: it is told like what could not be read. */
static void tell_end(struct unpacking *u, enum status status)
{
    if (status < 0)
        on_loss(u, ARCHIVE_LIMIT, u->origin->path, err_text());
}

uint64_t scan_archive(struct reader *reader, int fd, uint64_t size, enum archive_kind kind,
                      unsigned depth, const struct finding *origin)
{
    struct unpacking u = { .reader = reader, .origin = origin };
    struct archive_callbacks callbacks = { &u, on_document, on_loss };
    struct archive_limits limits = limits_for(size, depth);

    lseek(fd, 0, SEEK_SET);
    tell_end(&u, archive_unpack(fd, size, kind, origin->path, &limits, &callbacks,
                                &reader->outcome->coverage.archives));
    return u.bytes;
}

uint64_t scan_archive_stream(struct reader *reader, const struct stream *stream, uint64_t size,
                             enum archive_kind kind, unsigned depth, const struct finding *origin)
{
    struct unpacking u = { .reader = reader, .origin = origin };
    struct archive_callbacks callbacks = { &u, on_document, on_loss };
    struct archive_limits limits = limits_for(size, depth);

    tell_end(&u, archive_unpack_stream(stream, kind, origin->path, &limits, &callbacks,
                                       &reader->outcome->coverage.archives));
    return u.bytes;
}

void scan_archive_memory(struct reader *reader, struct slice bytes, enum archive_kind kind,
                         unsigned depth, const struct finding *origin)
{
    struct unpacking u = { .reader = reader, .origin = origin };
    struct archive_callbacks callbacks = { &u, on_document, on_loss };
    struct archive_limits limits = limits_for(bytes.len, depth);

    tell_end(&u, archive_unpack_memory(bytes, kind, origin->path, &limits, &callbacks,
                                       &reader->outcome->coverage.archives));
}
