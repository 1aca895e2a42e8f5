/*
 * shared_file.c - a counter that gives out pieces, and a ring in which their parts wait for their
 * turn.
 */
#include "shared_file.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/s3.h"
#include "source/pieces.h"

/* Pieces that may be done ahead of the oldest one that is not, and parts in them: 6 MB of these. */
enum { RING = 64, RING_PARTS = 32 * 1024 };

struct shared_file {
    struct pool *pool;
    struct reader *readers; /* one a worker */
    int fd;
    uint64_t start, size, pieces;
    struct arena arena; /* of the path and the object */
    const char *path;
    atomic_uint users;
    _Atomic uint64_t next; /* the first piece that nobody has taken */
    atomic_bool failed;    /* a read failed, which was said once */
    pthread_mutex_t lock;  /* guards the rest */
    pthread_cond_t moved;  /* `added` grew */
    uint64_t added;        /* pieces in the document */
    size_t waiting;        /* parts in the ring */
    uint64_t bytes;
    struct document document;
    struct piece_parts ring[RING];
    bool ready[RING];
};

struct helper {
    struct task task;
    struct shared_file *file;
};

static void note_failure(struct shared_file *f, struct reader *reader, enum skip reason)
{
    if (!atomic_exchange(&f->failed, true))
        outcome_trouble(reader->outcome, reason, f->document.origin.target, f->path, "%s",
                        err_text());
}

/* Add what is ready and next. Called with the lock held. */
static enum status add_ready(struct shared_file *f, struct reader *reader)
{
    enum status status = STATUS_OK;

    while (f->added < f->pieces && f->ready[f->added % RING]) {
        struct piece_parts *parts = &f->ring[f->added % RING];
        size_t count = parts->count;
        enum status got = document_add(&f->document, reader->lane, parts);

        status = got ? got : status;
        piece_parts_release(parts);
        f->ready[f->added++ % RING] = false;
        f->waiting -= count;
    }
    pthread_cond_broadcast(&f->moved);
    return status;
}

/* Must piece `index` wait with its `count` parts? The one that is next never does. */
static bool must_wait(const struct shared_file *f, uint64_t index, size_t count)
{
    return index >= f->added + RING ||
           (index > f->added && count && f->waiting + count > RING_PARTS);
}

/* Put the parts of piece `index` in their place; wait where the ring is that far behind. */
static enum status add_parts(struct shared_file *f, struct reader *reader, uint64_t index,
                             const struct piece_parts *parts, uint64_t bytes)
{
    enum status status;

    pthread_mutex_lock(&f->lock);
    while (must_wait(f, index, parts->count))
        pthread_cond_wait(&f->moved, &f->lock);
    f->ring[index % RING] = *parts;
    f->ready[index % RING] = true;
    f->waiting += parts->count;
    f->bytes += bytes;
    status = add_ready(f, reader);
    pthread_mutex_unlock(&f->lock);
    return status;
}

static void scan_piece(struct shared_file *f, struct reader *reader, uint64_t index)
{
    struct piece_parts parts = { 0 };
    struct piece piece = { 0 };

    if (pieces_read(f->fd, f->start, f->size, index, reader->buffer, &piece))
        note_failure(f, reader, SKIP_UNREADABLE);
    else if (lane_piece(reader->lane, &piece, &parts))
        note_failure(f, reader, SKIP_LIMIT);
    if (add_parts(f, reader, index, &parts, piece.to - piece.from))
        note_failure(f, reader, SKIP_LIMIT);
}

/* The last one out closes the file. */
static void leave(struct shared_file *f, struct reader *reader)
{
    if (atomic_fetch_sub(&f->users, 1) > 1)
        return;
    if (document_end(&f->document, reader->lane))
        note_failure(f, reader, SKIP_LIMIT);
    if (!f->failed)
        reader->outcome->coverage.files++;
    reader->outcome->coverage.bytes += f->bytes;
    close(f->fd);
    pthread_mutex_destroy(&f->lock);
    pthread_cond_destroy(&f->moved);
    arena_release(&f->arena);
    free(f);
}

static void help(struct shared_file *f, struct reader *reader)
{
    for (;;) {
        uint64_t index = atomic_fetch_add(&f->next, 1);

        if (index >= f->pieces)
            break;
        scan_piece(f, reader, index);
    }
    leave(f, reader);
}

static void run_helper(struct task *task, unsigned worker)
{
    struct helper *helper = (struct helper *)task;
    struct shared_file *f = helper->file;

    free(helper);
    help(f, &f->readers[worker]);
}

/* Ask the other workers in, as many as there are pieces for. */
static void call_helpers(struct shared_file *f, unsigned worker)
{
    for (unsigned i = 1; i < pool_workers(f->pool) && i < f->pieces; i++) {
        struct helper *helper = malloc(sizeof(*helper));

        if (!helper)
            return; /* fewer hands, the same result */
        *helper = (struct helper){ { run_helper }, f };
        atomic_fetch_add(&f->users, 1);
        pool_submit(f->pool, worker, &helper->task);
    }
}

void shared_file_scan(struct pool *pool, unsigned worker, struct reader *readers, int fd,
                      uint64_t start, uint64_t size, const struct finding *origin)
{
    struct reader *reader = &readers[worker];
    struct shared_file *f = calloc(1, sizeof(*f));
    struct finding named = *origin;
    bool good = f != NULL;

    if (f) {
        f->path = (const char *)arena_copy(&f->arena, slice_of(origin->path)).ptr;
        named.s3 = s3_copy(&f->arena, origin->s3, &good);
    }
    if (!good || !f->path) {
        outcome_trouble(reader->outcome, SKIP_UNREADABLE, origin->target, origin->path,
                        "out of memory");
        if (f)
            arena_release(&f->arena);
        free(f);
        close(fd);
        return;
    }
    f->pool = pool;
    f->readers = readers;
    f->fd = fd;
    f->start = start;
    f->size = size;
    f->pieces = pieces_count(size);
    f->users = 1;
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->moved, NULL);
    named.path = f->path;
    document_init(&f->document, &named);
    call_helpers(f, worker);
    help(f, reader);
}
