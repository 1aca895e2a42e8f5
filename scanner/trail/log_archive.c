/*
 * log_archive.c - the logs in an archive: the worker that unpacks gives away what can be unpacked
 * apart (compressed logs in a tar, runs of a zip file's members) and reads the rest.
 */
#include <stdlib.h>

#include "base/handout.h"
#include "base/limits.h"
#include "trail/csv_log.h"
#include "trail/log_private.h"

/* What all who read one archive share. */
struct opened {
    const struct log_source *source;
    struct log_reader *team; /* a reader for each worker */
    struct handout *handout; /* NULL: nothing was given away yet */
};

/* One who reads: the worker that unpacks, or one that unpacks a part. */
struct unpacking {
    struct log_reader *reader;
    struct opened *opened;
    struct progress_place *place; /* NULL in a part, while others go on in the file */
};

static enum status on_whole(void *ctx, const char *path, struct slice bytes)
{
    const struct unpacking *u = ctx;

    progress_tell(u->place);
    log_read_bytes(u->reader, bytes, u->opened->source->target, path);
    return STATUS_OK;
}

/* What comes as a stream is long, and its beginning lies in memory: to see that cannot fail. */
static enum status on_document(void *ctx, const char *path, const struct stream *stream)
{
    const struct unpacking *u = ctx;
    uint8_t head[CSV_LOG_HEAD_BYTES];
    struct progress_placed placed = { stream, u->place };
    struct stream counted = progress_placed(&placed);
    struct stream_begun begun = { .rest = &counted };
    struct stream whole = stream_begun(&begun);
    size_t len = 0;
    ssize_t n = 1;

    while (n > 0 && len < sizeof(head)) {
        n = counted.read(counted.ctx, head + len, sizeof(head) - len);
        len += n > 0 ? (size_t)n : 0;
    }
    begun.head = (struct slice){ head, len };
    log_read_stream(u->reader, &whole, begun.head, u->opened->source->target, path);
    return STATUS_OK;
}

static void on_loss(void *ctx, enum archive_loss why, const char *path, const char *message)
{
    static const enum skip reasons[] = { [ARCHIVE_CORRUPT] = SKIP_UNREADABLE,
                                         [ARCHIVE_ENCRYPTED] = SKIP_ENCRYPTED,
                                         [ARCHIVE_LIMIT] = SKIP_LIMIT };
    const struct unpacking *u = ctx;

    outcome_trouble(u->reader->options.outcome, reasons[why], u->opened->source->target, path, "%s",
                    message);
}

/* --- parts --- */

struct part_job {
    struct job job;
    struct opened *opened;
    struct archive_part *part;
};

static void unpack_part(struct opened *opened, struct log_reader *reader, struct archive_part *part)
{
    struct unpacking u = { reader, opened, NULL };
    struct archive_callbacks callbacks = {
        .ctx = &u, .document = on_document, .whole = on_whole, .loss = on_loss
    };

    if (archive_part_unpack(part, &callbacks, &reader->options.outcome->coverage.archives))
        on_loss(&u, ARCHIVE_LIMIT, opened->source->path, err_text());
}

static void run_part(struct job *job, unsigned worker)
{
    struct part_job *p = (struct part_job *)job;

    unpack_part(p->opened, &p->opened->team[worker], p->part);
    free(p);
}

static void on_part(void *ctx, struct archive_part *part)
{
    const struct unpacking *u = ctx;
    const struct log_reader_options *options = &u->reader->options;
    struct opened *opened = u->opened;
    struct part_job *p = NULL;

    progress_tell(u->place);
    /* Most archives are one compressed log, and need no help; large ones are not kept. */
    if (archive_part_shares(part)) {
        unpack_part(opened, u->reader, part);
        return;
    }
    if (!opened->handout && pool_workers(options->pool) > 1)
        opened->handout = handout_new(options->pool, options->worker, NULL);
    if (opened->handout)
        p = malloc(sizeof(*p));
    if (!p) {
        unpack_part(opened, u->reader, part);
        return;
    }
    *p = (struct part_job){ { .run = run_part }, opened, part };
    handout_give(opened->handout, &p->job);
}

static void on_settle(void *ctx)
{
    const struct unpacking *u = ctx;

    if (u->opened->handout)
        handout_settle(u->opened->handout);
}

/* --- all of it --- */

void log_read_archive(struct log_reader *reader, const struct log_source *source,
                      enum archive_kind kind)
{
    struct progress_place place = { .progress = reader->options.progress,
                                    .worker = reader->options.worker,
                                    .fd = source->fd,
                                    .size = source->size };
    struct opened opened = { source, reader->options.team, NULL };
    struct unpacking u = { reader, &opened, &place };
    struct archive_callbacks callbacks = { .ctx = &u,
                                           .document = on_document,
                                           .whole = on_whole,
                                           .part = on_part,
                                           .settle = on_settle,
                                           .loss = on_loss };
    /* Logs compress well, and nobody unpacks a mirror into less than what its size allows. */
    struct archive_limits limits = { .depth = reader->options.archive_depth,
                                     .expanded_bytes = LIMIT_ARCHIVE_EXPANDED_BYTES +
                                                       source->size * LIMIT_ARCHIVE_RATIO,
                                     .members = LIMIT_ARCHIVE_MEMBERS };
    uint64_t *archives = &reader->options.outcome->coverage.archives;
    enum status status = source->fd >= 0
                             ? archive_unpack(source->fd, source->size, kind, source->path, &limits,
                                              &callbacks, archives)
                             : archive_unpack_stream(&source->stream, kind, source->path, &limits,
                                                     &callbacks, archives);

    if (status)
        on_loss(&u, ARCHIVE_LIMIT, source->path, err_text());
    handout_end(opened.handout);
    progress_tell_end(&place);
}
