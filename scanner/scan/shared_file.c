/* shared_file.c - a counter that gives out pieces. */
#include "scan/shared_file.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/progress.h"
#include "source/pieces.h"

struct shared_file {
    struct pool *pool;
    struct reader *readers; /* one a worker */
    int fd;
    uint64_t start, size, pieces;
    _Atomic uint64_t next; /* the first piece that nobody has taken */
    struct shared_document *document;
};

struct helper {
    struct task task;
    struct shared_file *file;
};

static void help(struct shared_file *f, struct reader *reader)
{
    for (;;) {
        uint64_t index = atomic_fetch_add(&f->next, 1);
        struct piece piece = { 0 };

        if (index >= f->pieces)
            break;
        if (pieces_read(f->fd, f->start, f->size, index, reader->buffer, &piece))
            shared_document_fail(f->document, reader, SKIP_UNREADABLE);
        shared_document_scan(f->document, reader, index, &piece);
        progress_step(reader->progress, reader->worker, piece.to - piece.from);
    }
    if (shared_document_leave(f->document, reader)) {
        close(f->fd);
        free(f);
    }
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
        shared_document_hold(f->document);
        pool_submit(f->pool, worker, &helper->task);
    }
}

void shared_file_scan(struct pool *pool, unsigned worker, struct reader *readers, int fd,
                      uint64_t start, uint64_t size, const struct finding *origin)
{
    struct reader *reader = &readers[worker];
    struct shared_file *f = calloc(1, sizeof(*f));

    if (!f)
        outcome_trouble_at(reader->outcome, SKIP_UNREADABLE, origin, "out of memory");
    else
        f->document = shared_document_new(reader, origin);
    if (!f || !f->document) {
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
    call_helpers(f, worker);
    help(f, reader);
}
