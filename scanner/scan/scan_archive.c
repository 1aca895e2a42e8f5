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
#include "scan/shared_stream.h"

/* Members and bytes of a batch: enough work that handing it over costs little. */
enum { BATCH_MEMBERS = 128, BATCH_BYTES = 256 * 1024 };

/* What all who scan one archive share. */
struct shared {
    struct finding origin;       /* of the archive */
    struct pool *pool;           /* NULL: nobody helps, */
    struct handout *handout;     /* and none is needed */
    struct handout *whole;       /* of what this came out of; NULL: nothing, or as before */
    struct reader *readers;      /* of all workers, where there is a handout */
    struct progress_place place; /* in its file; the thread's that unpacks */
};

/* One who scans: the thread that unpacks, or one that unpacks a part. The one who unpacks a part
 * that is shared shares it as a whole of its own. */
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

/* Parts are read while others go on in the file: they do not tell how far that is. */
static struct progress_place *place_of(const struct unpacking *u)
{
    return u->apart ? NULL : &u->shared->place;
}

/* --- losses --- */

static void on_loss(void *ctx, enum archive_loss why, const char *path, const char *message)
{
    static const enum skip reasons[] = { [ARCHIVE_CORRUPT] = SKIP_UNREADABLE,
                                         [ARCHIVE_ENCRYPTED] = SKIP_ENCRYPTED,
                                         [ARCHIVE_LIMIT] = SKIP_LIMIT };
    struct unpacking *u = ctx;
    struct finding origin = origin_at(u, path);
    const struct git_origin *git = origin.git && origin.git->blob ? origin.git : NULL;

    if (path[origin.archive_len] == '\0' || git) /* the archive itself; many have this path */
        origin.archive_len = 0;
    if (git)
        outcome_trouble_at(u->reader->outcome, reasons[why], &origin, "%s %s: %s", git->kind,
                           git->blob, message);
    else
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

static void unpack_small(struct shared *shared, struct reader *reader, struct archive_part *part)
{
    uint64_t packed = archive_part_packed(part);
    struct unpacking u = { .reader = reader, .shared = shared, .apart = true };
    struct archive_callbacks callbacks = {
        .ctx = &u, .document = on_document, .whole = on_whole, .loss = on_loss
    };

    tell_end(&u, archive_part_unpack(part, &callbacks, &reader->outcome->coverage.archives),
             shared->origin.path);
    progress_tell_more(&shared->place, reader->worker, packed);
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
            unpack_small(batch->shared, reader, m->part);
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

    progress_tell(place_of(u));
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

static enum status on_document(void *ctx, const char *path, const struct stream *stream)
{
    struct special special = { .ask_bundle = true };
    struct unpacking *u = ctx;
    struct finding origin = origin_at(u, path);
    struct progress_placed placed = { stream, place_of(u) };
    struct stream counted = progress_placed(&placed);
    enum status status = STATUS_OK;

    if (!u->apart && u->shared->handout)
        status = shared_stream_scan(u->shared->handout, u->shared->readers, u->reader, &counted,
                                    &origin, &special);
    else
        scan_document(u->reader, &counted, 0, UINT64_MAX, &origin, &special);
    if (special.bundle)
        on_loss(u, ARCHIVE_CORRUPT, path, unread_bundle);
    return status;
}

/* --- parts --- */

static void on_settle(void *ctx)
{
    struct unpacking *u = ctx;

    send_batch(u);
    if (u->shared->handout)
        handout_settle(u->shared->handout);
}

static void on_part(void *ctx, struct archive_part *part);

/* Let others help `u`. */
static struct archive_callbacks begin_sharing(struct unpacking *u)
{
    struct shared *shared = u->shared;
    struct archive_memory *memory = u->reader->memory;

    if (shared->pool && pool_workers(shared->pool) > 1)
        shared->handout = handout_new(shared->pool, u->reader->worker, shared->whole);
    return (struct archive_callbacks){ .ctx = u,
                                       .document = on_document,
                                       .whole = on_whole,
                                       .part = on_part,
                                       .settle = on_settle,
                                       .large = memory ? &memory->large : NULL,
                                       .loss = on_loss };
}

static void end_sharing(struct unpacking *u, enum status status, const char *path)
{
    tell_end(u, status, path);
    on_settle(u);
    handout_end(u->shared->handout);
}

/* One that shares its parts is like a whole of its own, but for its name. */
static void unpack_sharing(struct shared *whole, struct reader *reader, struct archive_part *part)
{
    uint64_t packed = archive_part_packed(part);
    struct shared shared = { .origin = whole->origin,
                             .pool = whole->pool,
                             .whole = whole->handout,
                             .readers = whole->readers,
                             .place = { .fd = -1 } };
    struct unpacking u = { .reader = reader, .shared = &shared };
    struct archive_callbacks callbacks = begin_sharing(&u);
    enum status status = archive_part_unpack(part, &callbacks, &reader->outcome->coverage.archives);

    end_sharing(&u, status, shared.origin.path);
    progress_tell_more(&whole->place, reader->worker, packed);
}

struct part_job {
    struct job job;
    struct shared *whole;
    struct archive_part *part;
    size_t counted; /* bytes of archive_memory.shared */
};

static void run_part(struct job *job, unsigned worker)
{
    struct part_job *p = (struct part_job *)job;
    struct reader *reader = &p->whole->readers[worker];

    unpack_sharing(p->whole, reader, p->part);
    atomic_fetch_sub(&reader->memory->shared, p->counted);
    free(p);
}

/* A job for the part, if there is memory left for one. */
static struct part_job *new_part_job(const struct unpacking *u, struct archive_part *part)
{
    struct archive_memory *memory = u->reader->memory;
    size_t bytes = archive_part_bytes(part);
    struct part_job *p = NULL;

    if (!memory || !u->shared->handout)
        return NULL;
    if (bytes > LIMIT_ARCHIVE_MEMORY_BYTES) /* whose turn it is to be in memory */
        bytes = 0;
    if (atomic_fetch_add(&memory->shared, bytes) + bytes <= LIMIT_ARCHIVE_SHARED_BYTES)
        p = malloc(sizeof(*p));
    if (p)
        *p = (struct part_job){ { .run = run_part }, u->shared, part, bytes };
    else
        atomic_fetch_sub(&memory->shared, bytes);
    return p;
}

static void on_part(void *ctx, struct archive_part *part)
{
    struct unpacking *u = ctx;
    bool shares = archive_part_shares(part);
    size_t bytes = archive_part_bytes(part);
    struct part_job *job = shares ? new_part_job(u, part) : NULL;
    struct batch *batch = shares ? NULL : open_batch(u, bytes);

    progress_tell(place_of(u));
    if (job) {
        handout_give(u->shared->handout, &job->job);
    } else if (shares) {
        on_settle(u); /* see archive_part_shares() */
        unpack_sharing(u->shared, u->reader, part);
    } else if (batch) {
        batch->members[batch->count++] = (struct member){ .part = part };
        batch->bytes += bytes;
    } else {
        unpack_small(u->shared, u->reader, part);
    }
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
    struct progress_place place = { .progress = scan->reader->progress,
                                    .worker = scan->reader->worker,
                                    .fd = way->fd,
                                    .size = way->size };
    struct shared shared = {
        .origin = *origin, .pool = scan->pool, .readers = scan->readers, .place = place
    };
    struct unpacking u = { .reader = scan->reader, .shared = &shared };
    struct archive_callbacks callbacks = begin_sharing(&u);
    struct archive_limits limits = limits_for(way->size, scan->depth);
    uint64_t *archives = &scan->reader->outcome->coverage.archives;
    enum status status;

    shared.origin.archive_len = strlen(origin->path);
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
    end_sharing(&u, status, origin->path);
    progress_tell_end(&shared.place);
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

void scan_archive_blob(const struct reader *reader, struct outcome *outcome, unsigned depth,
                       struct slice bytes, enum archive_kind kind, const struct finding *origin)
{
    struct reader own = {
        .lane = reader->lane, .buffer = reader->buffer, .outcome = outcome, .memory = reader->memory
    };
    struct archive_scan scan = { .reader = &own, .depth = depth };
    uint64_t files = outcome->coverage.files, counted = outcome->coverage.bytes;

    scan_archive_memory(&scan, bytes, kind, origin);
    outcome->coverage.files = files;
    outcome->coverage.bytes = counted;
}
