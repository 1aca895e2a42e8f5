/*
 * trail_logs.c - the walk hands over files, the spool what was brought here, and each of the pool's
 * workers reads its own with a reader of its own.
 */
#include "trail/trail_logs.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/stream.h"
#include "source/tree.h"
#include "trail/log_reader.h"

/* What keeps one worker at the spool until all of it is read. */
struct spool_task {
    struct task task;
    struct pass *pass;
};

struct pass {
    struct log_reader *readers; /* one for each of the pool's workers */
    struct outcome *outcomes;   /* likewise */
    struct spool_task *tasks;   /* likewise */
    const struct trail_logs *logs;
    struct progress *progress; /* NULL: not shown */
    pthread_mutex_t lock;
    size_t next; /* of the spool; guarded by lock */
};

/* --- files --- */

/* As much of the stream's beginning as `head` holds: how many bytes. -1: it failed. */
static ssize_t read_head(const struct stream *stream, uint8_t *head)
{
    size_t len = 0;
    ssize_t n = 1;

    while (len < ARCHIVE_SNIFF_BYTES &&
           (n = stream->read(stream->ctx, head + len, ARCHIVE_SNIFF_BYTES - len)) > 0)
        len += (size_t)n;
    return n < 0 ? -1 : (ssize_t)len;
}

static void on_file(void *ctx, unsigned worker, const struct tree_file *file)
{
    struct pass *pass = ctx;
    uint8_t head[ARCHIVE_SNIFF_BYTES];
    ssize_t n = pread(file->fd, head, sizeof(head), 0);
    int fd = file->fd;
    struct log_source source = { .target = file->target,
                                 .path = file->path,
                                 .head = { head, n > 0 ? (size_t)n : 0 },
                                 .size = file->size,
                                 .fd = fd,
                                 .stream = stream_of_fd(&fd) };

    log_read(&pass->readers[worker], &source);
    close(fd);
}

/* A repository's folder is a folder like any other: logs may lie in it. */
static bool on_repository(void *ctx, unsigned worker, const char *target, const char *path)
{
    (void)ctx;
    (void)worker;
    (void)target;
    (void)path;
    return false;
}

/* --- what was brought here --- */

static const struct spooled *take_next(struct pass *pass)
{
    const struct spool *spool = pass->logs->spool;
    const struct spooled *entry = NULL;

    pthread_mutex_lock(&pass->lock);
    if (pass->next < spool->count)
        entry = &spool->list[pass->next++];
    pthread_mutex_unlock(&pass->lock);
    return entry;
}

static void run_spool(struct task *queued, unsigned worker)
{
    struct pass *pass = ((struct spool_task *)queued)->pass;
    const struct spool *spool = pass->logs->spool;
    const struct spooled *entry;

    while ((entry = take_next(pass))) {
        uint8_t head[ARCHIVE_SNIFF_BYTES];
        struct spool_place place;
        struct stream stream = spool_stream(spool, entry, &place);
        ssize_t n = read_head(&stream, head);
        struct log_source source = { .target = entry->target,
                                     .path = entry->path,
                                     .head = { head, n > 0 ? (size_t)n : 0 },
                                     .size = entry->size,
                                     .fd = -1 };

        source.stream = spool_stream(spool, entry, &place);
        log_read(&pass->readers[worker], &source);
    }
}

/* --- both --- */

static enum status add_targets(struct tree *tree, const struct trail_logs *logs,
                               struct outcome *outcome)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < logs->target_count && status >= 0; i++) {
        const char *target = logs->targets[i];

        status = tree_add(tree, target, target, target);
        if (status != STATUS_ABSENT && status != STATUS_IO)
            continue;
        outcome_trouble(outcome, SKIP_UNREADABLE, target, target, "%s", err_text());
        status = STATUS_OK;
    }
    return status;
}

/* --- how much there is --- */

/* One walk that opens everything and reads nothing. */
struct count {
    uint64_t *steps; /* one sum for each worker */
};

static void on_counted(void *ctx, unsigned worker, const struct tree_file *file)
{
    const struct count *count = ctx;

    count->steps[worker] += PROGRESS_OPEN_STEPS + file->size;
    close(file->fd);
}

static enum status run_count(struct trail_logs *logs, struct pool *pool, struct count *count)
{
    struct tree_callbacks callbacks = { .ctx = count,
                                        .file = on_counted,
                                        .repository = on_repository };
    struct tree_options options = { .max_file_size = UINT64_MAX };
    unsigned n = pool_workers(pool);
    struct outcome *outcomes = calloc(n, sizeof(*outcomes)); /* the passes tell all of it */
    struct tree *tree = NULL;
    enum status status = outcomes ? STATUS_OK : err_nomem();

    if (!status)
        status = tree_new(&tree, pool, outcomes, &options, &callbacks);
    if (!status)
        status = add_targets(tree, logs, &outcomes[0]);
    if (!status)
        pool_run(pool);
    tree_free(tree);
    for (unsigned i = 0; i < n; i++) {
        logs->steps += status ? 0 : count->steps[i];
        if (outcomes)
            outcome_release(&outcomes[i]);
    }
    free(outcomes);
    return status;
}

enum status trail_logs_count(struct trail_logs *logs)
{
    struct pool *pool = NULL;
    struct count count = { 0 };
    enum status status = STATUS_OK;

    logs->steps = 0;
    if (!logs->progress)
        return STATUS_OK;
    pool = pool_new(logs->jobs);
    count.steps = calloc(logs->jobs, sizeof(*count.steps));
    status = pool && count.steps ? run_count(logs, pool, &count) : err_nomem();
    for (size_t i = 0; i < logs->spool->count; i++)
        logs->steps += PROGRESS_OPEN_STEPS + logs->spool->list[i].size;
    free(count.steps);
    pool_free(pool);
    return status;
}

/* --- a pass --- */

static enum status set_up(struct pass *pass, struct pool *pool, struct follow *follow,
                          const struct picker *picker)
{
    unsigned n = pool_workers(pool);
    enum status status = STATUS_OK;

    pass->readers = calloc(n, sizeof(*pass->readers));
    pass->outcomes = calloc(n, sizeof(*pass->outcomes));
    pass->tasks = calloc(n, sizeof(*pass->tasks));
    if (!pass->readers || !pass->outcomes || !pass->tasks)
        return err_nomem();
    for (unsigned i = 0; i < n && !status; i++) {
        struct log_reader_options options = { .outcome = &pass->outcomes[i],
                                              .follow = follow,
                                              .picker = picker,
                                              .archive_depth = pass->logs->archive_depth,
                                              .pool = pool,
                                              .worker = i,
                                              .team = pass->readers,
                                              .progress = pass->progress };

        status = log_reader_init(&pass->readers[i], &options);
    }
    for (unsigned i = 0; i < n && pass->logs->spool->count && !status; i++) {
        pass->tasks[i] = (struct spool_task){ { run_spool }, pass };
        status = pool_queue(pool, 0, &pass->tasks[i].task);
    }
    return status;
}

static void add_counts(struct trail_receipt *out, const struct log_reader *reader)
{
    const struct pick_counts *seen = &reader->picks.counts;

    out->records += seen->records;
    out->unknown_versions += seen->records - seen->version1;
    out->insights += seen->insights;
    out->digests += seen->digests;
    out->other_files += reader->counts.other_files;
    out->broken += reader->counts.broken;
    out->unknown += reader->counts.unknown;
    out->too_long += reader->counts.too_long;
}

static void end_pass(struct pass *pass, unsigned n, struct trail_receipt *out)
{
    for (unsigned i = 0; pass->readers && i < n; i++) {
        add_counts(out, &pass->readers[i]);
        log_reader_release(&pass->readers[i]);
    }
    for (unsigned i = 0; pass->outcomes && i < n; i++) {
        outcome_merge(&out->outcome, &pass->outcomes[i]);
        outcome_release(&pass->outcomes[i]);
    }
    free(pass->readers);
    free(pass->outcomes);
    free(pass->tasks);
    pthread_mutex_destroy(&pass->lock);
}

enum { STAGE_SIZE = 16 };

/* Each pass has a line of its own: what an earlier one read is no part of its share. */
static enum status begin_progress(struct pass *pass, char stage[static STAGE_SIZE], unsigned number)
{
    enum status status = progress_start(&pass->progress, pass->logs->jobs);

    snprintf(stage, STAGE_SIZE, "pass %u", number);
    if (!status) {
        progress_begin(pass->progress, stage);
        progress_expect(pass->progress, pass->logs->steps);
    }
    return status;
}

enum status trail_logs_read(struct trail_receipt *out, const struct trail_logs *logs,
                            struct follow *follow)
{
    struct pass pass = { .logs = logs };
    struct tree_callbacks callbacks = { .ctx = &pass,
                                        .file = on_file,
                                        .repository = on_repository };
    struct tree_options options = { .max_file_size = UINT64_MAX };
    struct pool *pool = pool_new(logs->jobs);
    struct pick_list list = { 0 };
    struct picker *picker = NULL;
    struct tree *tree = NULL;
    enum status status = pool ? follow_begin(follow, &list) : err_nomem();
    char stage[STAGE_SIZE];

    *out = (struct trail_receipt){ 0 };
    pthread_mutex_init(&pass.lock, NULL);
    if (!status)
        status = picker_new(&picker, &list);
    pick_list_release(&list);
    if (!status && logs->progress)
        status = begin_progress(&pass, stage, follow->passes);
    if (!status)
        status = set_up(&pass, pool, follow, picker);
    if (!status)
        status = tree_new(&tree, pool, pass.outcomes, &options, &callbacks);
    if (!status)
        status = add_targets(tree, logs, &pass.outcomes[0]);
    if (!status)
        pool_run(pool);
    progress_stop(pass.progress);
    end_pass(&pass, logs->jobs, out);
    outcome_sort(&out->outcome, logs->targets, logs->target_count);
    tree_free(tree);
    pool_free(pool);
    picker_free(picker);
    return status;
}

void trail_receipt_add(struct trail_receipt *receipt, struct gathered *gathered)
{
    receipt->digests += gathered->digests;
    outcome_merge(&receipt->outcome, &gathered->outcome);
    outcome_sort(&receipt->outcome, NULL, 0);
}

void trail_receipt_release(struct trail_receipt *receipt)
{
    outcome_release(&receipt->outcome);
}
