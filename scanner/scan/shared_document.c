/* shared_document.c - a ring in which the parts of pieces wait for their turn. */
#include "scan/shared_document.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/finding_copy.h"
#include "base/progress.h"

/* Pieces that may be done ahead of the oldest one that is not, and parts in them: 6 MB of these. */
enum { RING = 64, RING_PARTS = 32 * 1024 };

struct shared_document {
    struct arena arena; /* of the path and the object */
    atomic_uint users;
    atomic_bool failed;   /* something was not read, which was said once */
    pthread_mutex_t lock; /* guards the rest */
    pthread_cond_t moved; /* `added` grew */
    uint64_t added;       /* pieces in the document */
    size_t waiting;       /* parts in the ring */
    uint64_t bytes;
    struct document document;
    struct piece_parts ring[RING];
    bool ready[RING];
};

struct shared_document *shared_document_new(struct reader *reader, const struct finding *origin)
{
    struct shared_document *d = calloc(1, sizeof(*d));
    struct finding named = *origin;
    bool good = d != NULL;

    if (d) {
        named.path = arena_keep_text(&d->arena, origin->path, &good);
        named.s3 = finding_copy_s3(&d->arena, origin->s3, &good);
    }
    if (!good) {
        outcome_trouble_at(reader->outcome, SKIP_UNREADABLE, origin, "out of memory");
        if (d)
            arena_release(&d->arena);
        free(d);
        return NULL;
    }
    d->users = 1;
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->moved, NULL);
    document_init(&d->document, &named);
    return d;
}

void shared_document_hold(struct shared_document *d)
{
    atomic_fetch_add(&d->users, 1);
}

void shared_document_fail(struct shared_document *d, struct reader *reader, enum skip reason)
{
    if (!atomic_exchange(&d->failed, true))
        outcome_trouble_at(reader->outcome, reason, &d->document.origin, "%s", err_text());
}

/* Add what is ready and next. Called with the lock held. */
static enum status add_ready(struct shared_document *d, struct reader *reader)
{
    enum status status = STATUS_OK;

    while (d->ready[d->added % RING]) {
        struct piece_parts *parts = &d->ring[d->added % RING];
        size_t count = parts->count;
        enum status got = document_add(&d->document, reader->lane, parts);

        status = got ? got : status;
        piece_parts_release(parts);
        d->ready[d->added++ % RING] = false;
        d->waiting -= count;
    }
    pthread_cond_broadcast(&d->moved);
    return status;
}

/* Must piece `index` wait with its `count` parts? The one that is next never does. */
static bool must_wait(const struct shared_document *d, uint64_t index, size_t count)
{
    return index >= d->added + RING ||
           (index > d->added && count && d->waiting + count > RING_PARTS);
}

/* Put the parts of piece `index` in their place; wait where the ring is that far behind. */
static enum status add_parts(struct shared_document *d, struct reader *reader, uint64_t index,
                             const struct piece_parts *parts, uint64_t bytes)
{
    enum status status;

    pthread_mutex_lock(&d->lock);
    while (must_wait(d, index, parts->count))
        pthread_cond_wait(&d->moved, &d->lock);
    d->ring[index % RING] = *parts;
    d->ready[index % RING] = true;
    d->waiting += parts->count;
    d->bytes += bytes;
    status = add_ready(d, reader);
    pthread_mutex_unlock(&d->lock);
    return status;
}

void shared_document_scan(struct shared_document *d, struct reader *reader, uint64_t index,
                          const struct piece *piece)
{
    struct piece_parts parts = { 0 };

    progress_add(reader->progress, reader->worker, 0, piece->to - piece->from);
    extracts_note(reader->extracts, d->document.origin.path, piece);
    if (piece->text.len && lane_piece(reader->lane, piece, &parts))
        shared_document_fail(d, reader, SKIP_LIMIT);
    if (add_parts(d, reader, index, &parts, piece->to - piece->from))
        shared_document_fail(d, reader, SKIP_LIMIT);
}

bool shared_document_leave(struct shared_document *d, struct reader *reader)
{
    if (atomic_fetch_sub(&d->users, 1) > 1)
        return false;
    if (document_end(&d->document, reader->lane))
        shared_document_fail(d, reader, SKIP_LIMIT);
    progress_add(reader->progress, reader->worker, 1, 0);
    if (!d->failed)
        reader->outcome->coverage.files++;
    reader->outcome->coverage.bytes += d->bytes;
    pthread_mutex_destroy(&d->lock);
    pthread_cond_destroy(&d->moved);
    arena_release(&d->arena);
    free(d);
    return true;
}
