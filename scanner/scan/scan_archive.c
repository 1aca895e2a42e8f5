/*
 * scan_archive.c - documents out of archives, and jobs made of them.
 *
 * A job is a batch of small members, or a piece of a large one. Which it is, and what limits hold,
 * depends on the archive alone and never on who has time.
 */
#include "scan/scan_archive.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/handout.h"
#include "base/limits.h"
#include "base/progress.h"
#include "scan/scan_document.h"

/* Members and bytes of a batch: enough work that handing it over costs little. */
enum { BATCH_MEMBERS = 128, BATCH_BYTES = 256 * 1024 };

/* What all who scan one archive share. */
struct shared {
    struct finding origin; /* of the archive */
    struct handout *handout;
    struct reader *readers; /* of all workers, where there is a handout */
    int fd;        /* of the archive; -1: it comes from elsewhere, where progress is counted */
    uint64_t size; /* of that file */
    uint64_t told; /* how much of it progress knows to be done; the thread's that unpacks */
};

/* One who scans: the thread that unpacks, or one that unpacks a part. */
struct unpacking {
    struct reader *reader;
    struct shared *shared;
    struct batch *batch; /* that is being filled; NULL: none, and always in a part */
    bool apart;          /* in a part: what is found is scanned at once */
};

static struct finding origin_at(const struct unpacking *u, const char *path)
{
    struct finding origin = u->shared->origin;

    origin.path = path;
    return origin;
}

/* --- progress --- */

/* How far into the file are we? Formats with a list at their end have read that first. */
static void tell_place(const struct unpacking *u)
{
    struct shared *shared = u->shared;
    off_t at;

    if (u->apart || shared->fd < 0 || !u->reader->progress)
        return;
    at = lseek(shared->fd, 0, SEEK_CUR);
    if (at < 0 || (uint64_t)at <= shared->told || (uint64_t)at > shared->size)
        return;
    progress_step(u->reader->progress, u->reader->worker, (uint64_t)at - shared->told);
    shared->told = (uint64_t)at;
}

/* A member's bytes; each reading of them tells the place. */
struct placed {
    const struct unpacking *u;
    const struct stream *rest;
};

static ssize_t read_placed(void *ctx, uint8_t *out, size_t n)
{
    const struct placed *placed = ctx;

    tell_place(placed->u);
    return placed->rest->read(placed->rest->ctx, out, n);
}

/* --- losses --- */

static void on_loss(void *ctx, enum archive_loss why, const char *path, const char *message)
{
    static const enum skip reasons[] = { [ARCHIVE_CORRUPT] = SKIP_UNREADABLE,
                                         [ARCHIVE_ENCRYPTED] = SKIP_ENCRYPTED,
                                         [ARCHIVE_LIMIT] = SKIP_LIMIT };
    struct unpacking *u = ctx;

    struct finding origin = origin_at(u, path);

    if (path[origin.archive_len] == '\0') /* the archive itself */
        origin.archive_len = 0;
    outcome_trouble_at(u->reader->outcome, reasons[why], &origin, "%s", message);
}

/* Out of memory is all that ends an unpacking: it is told like what could not be read. */
static void tell_end(struct unpacking *u, enum status status, const char *path)
{
    if (status < 0)
        on_loss(u, ARCHIVE_LIMIT, path, err_text());
}

/* Its objects are compressed, and to read them takes a file that can be read anywhere. */
static const char unread_bundle[] =
    "a bundle or pack of git, which is not read inside of an archive";

static bool is_bundle(struct slice head)
{
    struct special special = { .ask_bundle = true };

    return special_sniff(&special, head);
}

/* --- batches of small members --- */

struct member {
    struct archive_part *part; /* an archive, or NULL: a document, */
    size_t path, from, to;     /* whose path and bytes stand there in the batch's text */
};

struct batch {
    struct job job;
    struct shared *shared;
    size_t count;
    struct member members[BATCH_MEMBERS];
    size_t bytes; /* in the parts */
    struct buf text;
};

static enum status on_whole(void *ctx, const char *path, struct slice bytes);
static enum status on_document(void *ctx, const char *path, const struct stream *stream);

static void unpack_part(struct shared *shared, struct reader *reader, struct archive_part *part)
{
    struct unpacking u = { .reader = reader, .shared = shared, .apart = true };
    struct archive_callbacks callbacks = {
        .ctx = &u, .document = on_document, .whole = on_whole, .loss = on_loss
    };

    tell_end(&u, archive_part_unpack(part, &callbacks, &reader->outcome->coverage.archives),
             shared->origin.path);
}

static void scan_whole(struct shared *shared, struct reader *reader, const char *path,
                       struct slice bytes)
{
    struct finding origin = shared->origin;

    origin.path = path;
    scan_bytes(reader, bytes, &origin);
}

static void run_batch(struct job *job, unsigned worker)
{
    struct batch *batch = (struct batch *)job;
    struct reader *reader = &batch->shared->readers[worker];
    struct slice text = buf_view(&batch->text);

    for (size_t i = 0; i < batch->count; i++) {
        const struct member *m = &batch->members[i];

        if (m->part)
            unpack_part(batch->shared, reader, m->part);
        else
            scan_whole(batch->shared, reader, (const char *)text.ptr + m->path,
                       slice_sub(text, m->from, m->to));
    }
    buf_release(&batch->text);
    free(batch);
}

static void send_batch(struct unpacking *u)
{
    struct batch *batch = u->batch;

    u->batch = NULL;
    if (batch)
        handout_give(u->shared->handout, &batch->job);
}

/* Room for one more member of `bytes`; NULL: nobody helps, or memory is out. */
static struct batch *open_batch(struct unpacking *u, size_t bytes)
{
    struct batch *batch = u->batch;

    if (u->apart || !u->shared->handout)
        return NULL;
    if (batch &&
        (batch->count == BATCH_MEMBERS || batch->text.len + batch->bytes + bytes > BATCH_BYTES))
        send_batch(u);
    if (!u->batch && (u->batch = malloc(sizeof(*u->batch)))) {
        u->batch->job.run = run_batch;
        u->batch->shared = u->shared;
        u->batch->count = 0;
        u->batch->bytes = 0;
        u->batch->text = (struct buf){ 0 };
    }
    return u->batch;
}

static enum status on_whole(void *ctx, const char *path, struct slice bytes)
{
    struct unpacking *u = ctx;
    bool small = bytes.len <= LIMIT_ARCHIVE_PART_BYTES;
    struct batch *batch = small ? open_batch(u, bytes.len + strlen(path) + 1) : NULL;
    struct member member;
    size_t before;

    tell_place(u);
    if (is_bundle(bytes)) {
        on_loss(u, ARCHIVE_CORRUPT, path, unread_bundle);
        return STATUS_OK;
    }
    if (batch) {
        before = member.path = batch->text.len;
        buf_append(&batch->text, (struct slice){ (const uint8_t *)path, strlen(path) + 1 });
        member.from = batch->text.len;
        buf_append(&batch->text, bytes);
        member.to = batch->text.len;
        member.part = NULL;
        if (!batch->text.failed) {
            batch->members[batch->count++] = member;
            return STATUS_OK;
        }
        buf_truncate(&batch->text, before);
        batch->text.failed = STATUS_OK;
    }
    scan_whole(u->shared, u->reader, path, bytes);
    return STATUS_OK;
}

static void on_part(void *ctx, struct archive_part *part)
{
    struct unpacking *u = ctx;
    size_t bytes = archive_part_bytes(part);
    struct batch *batch = open_batch(u, bytes);

    tell_place(u);
    if (!batch) {
        unpack_part(u->shared, u->reader, part);
        return;
    }
    batch->members[batch->count++] = (struct member){ .part = part };
    batch->bytes += bytes;
}

static void on_settle(void *ctx)
{
    struct unpacking *u = ctx;

    send_batch(u);
    if (u->shared->handout)
        handout_settle(u->shared->handout);
}

/* --- pieces of large documents --- */

struct piece_job {
    struct job job;
    struct reader *readers;
    struct shared_document *document;
    uint64_t index;
    struct piece piece;
    uint8_t bytes[LIMIT_PIECE_BYTES + 2 * LIMIT_CONTEXT_BYTES];
};

static void run_piece(struct job *job, unsigned worker)
{
    struct piece_job *p = (struct piece_job *)job;
    struct reader *reader = &p->readers[worker];

    shared_document_scan(p->document, reader, p->index, &p->piece);
    shared_document_leave(p->document, reader);
    free(p);
}

static struct piece_job *new_piece(struct reader *readers, struct shared_document *document,
                                   uint64_t index)
{
    struct piece_job *p = malloc(sizeof(*p));

    if (!p)
        return NULL;
    p->job.run = run_piece;
    p->readers = readers;
    p->document = document;
    p->index = index;
    p->piece = (struct piece){ .text = { p->bytes, 0 } };
    if (index) {
        p->piece.base = index * LIMIT_PIECE_BYTES - LIMIT_CONTEXT_BYTES;
        p->piece.from = LIMIT_CONTEXT_BYTES;
    }
    return p;
}

/* Read on until the piece and what is seen behind it are there. 0: the stream is at its end. */
static ssize_t fill(struct piece_job *p, const struct stream *stream)
{
    size_t want = p->piece.from + LIMIT_PIECE_BYTES + LIMIT_CONTEXT_BYTES;
    ssize_t n = 1;

    while (n > 0 && p->piece.text.len < want) {
        n = stream->read(stream->ctx, p->bytes + p->piece.text.len, want - p->piece.text.len);
        p->piece.text.len += n > 0 ? (size_t)n : 0;
    }
    p->piece.to = p->piece.from + LIMIT_PIECE_BYTES;
    if (p->piece.to > p->piece.text.len)
        p->piece.to = p->piece.text.len;
    return n;
}

/* The piece behind `p`, holding what of it has been read: the end of `p`. */
static struct piece_job *next_piece(const struct piece_job *p)
{
    struct piece_job *next = new_piece(p->readers, p->document, p->index + 1);
    size_t from = p->piece.to - LIMIT_CONTEXT_BYTES;

    if (next) {
        next->piece.text.len = p->piece.text.len - from;
        memcpy(next->bytes, p->bytes + from, next->piece.text.len);
    }
    return next;
}

/* Give the document away piece by piece. */
static enum status share_document(struct unpacking *u, const struct finding *origin,
                                  const struct stream *stream)
{
    struct shared_document *d = shared_document_new(u->reader, origin);
    struct piece_job *p = d ? new_piece(u->shared->readers, d, 0) : NULL;
    enum status status = p || !d ? STATUS_OK : err_nomem();

    while (p) {
        ssize_t last = fill(p, stream);
        bool more = p->piece.text.len > p->piece.to;
        struct piece_job *next = last > 0 || more ? next_piece(p) : NULL;

        if (last < 0)
            shared_document_fail(d, u->reader, SKIP_UNREADABLE);
        if (p->index == 0 && is_bundle(p->piece.text)) {
            err_set(STATUS_UNSUPPORTED, "%s", unread_bundle);
            shared_document_fail(d, u->reader, SKIP_UNREADABLE);
            free(next);
            free(p);
            break;
        }
        if (!next && (last > 0 || more))
            status = err_nomem();
        shared_document_hold(d);
        handout_give(u->shared->handout, &p->job);
        p = next;
    }
    if (status)
        shared_document_fail(d, u->reader, SKIP_LIMIT);
    if (d)
        shared_document_leave(d, u->reader);
    return status;
}

static enum status on_document(void *ctx, const char *path, const struct stream *stream)
{
    struct special special = { .ask_bundle = true };
    struct unpacking *u = ctx;
    struct finding origin = origin_at(u, path);
    struct placed placed = { u, stream };
    struct stream counted = { read_placed, &placed };

    if (!u->apart && u->shared->handout)
        return share_document(u, &origin, &counted);
    scan_document(u->reader, &counted, 0, UINT64_MAX, &origin, &special);
    if (special.bundle)
        on_loss(u, ARCHIVE_CORRUPT, path, unread_bundle);
    return STATUS_OK;
}

/* --- ways in --- */

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

/* Where an archive comes from. */
struct way {
    int fd; /* -1: of the two below */
    uint64_t size;
    const struct stream *stream;     /* NULL: not so */
    const struct seekable *seekable; /* NULL: nor so, but in memory */
    struct slice bytes;
    enum archive_kind kind;
};

static void scan_way(const struct archive_scan *scan, const struct way *way,
                     const struct finding *origin)
{
    struct shared shared = {
        .origin = *origin, .readers = scan->readers, .fd = way->fd, .size = way->size
    };
    struct unpacking u = { .reader = scan->reader, .shared = &shared };
    struct archive_callbacks callbacks = { .ctx = &u,
                                           .document = on_document,
                                           .whole = on_whole,
                                           .part = on_part,
                                           .settle = on_settle,
                                           .large = scan->reader->large,
                                           .loss = on_loss };
    struct archive_limits limits = limits_for(way->size, scan->depth);
    uint64_t *archives = &scan->reader->outcome->coverage.archives;
    enum status status;

    shared.origin.archive_len = strlen(origin->path);
    if (scan->pool && pool_workers(scan->pool) > 1)
        shared.handout = handout_new(scan->pool, scan->worker);
    if (way->fd >= 0)
        status = archive_unpack(way->fd, way->size, way->kind, origin->path, &limits, &callbacks,
                                archives);
    else if (way->stream)
        status = archive_unpack_stream(way->stream, way->kind, origin->path, &limits, &callbacks,
                                       archives);
    else if (way->seekable)
        status = archive_unpack_seekable(way->seekable, way->kind, origin->path, &limits,
                                         &callbacks, archives);
    else
        status = archive_unpack_memory(way->bytes, way->kind, origin->path, &limits, &callbacks,
                                       archives);
    tell_end(&u, status, origin->path);
    on_settle(&u);
    handout_end(shared.handout);
    if (way->fd >= 0)
        progress_step(scan->reader->progress, scan->reader->worker, way->size - shared.told);
}

void scan_archive(const struct archive_scan *scan, int fd, uint64_t size, enum archive_kind kind,
                  const struct finding *origin)
{
    struct way way = { .fd = fd, .size = size, .kind = kind };

    lseek(fd, 0, SEEK_SET);
    scan_way(scan, &way, origin);
}

void scan_archive_stream(const struct archive_scan *scan, const struct stream *stream,
                         uint64_t size, enum archive_kind kind, const struct finding *origin)
{
    struct way way = { .fd = -1, .size = size, .stream = stream, .kind = kind };

    scan_way(scan, &way, origin);
}

void scan_archive_seekable(const struct archive_scan *scan, const struct seekable *source,
                           enum archive_kind kind, const struct finding *origin)
{
    struct way way = { .fd = -1, .size = source->size, .seekable = source, .kind = kind };

    scan_way(scan, &way, origin);
}

void scan_archive_memory(const struct archive_scan *scan, struct slice bytes,
                         enum archive_kind kind, const struct finding *origin)
{
    struct way way = { .fd = -1, .size = bytes.len, .bytes = bytes, .kind = kind };

    scan_way(scan, &way, origin);
}
