/*
 * trail_logs.c - the walk hands over files, archives hand over streams, and a worker reads a stream
 * whole if it fits its window: only where something was picked are the records' ends looked for.
 */
#include "trail/trail_logs.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/stream.h"
#include "decode/archive.h"
#include "source/tree.h"
#include "trail/split.h"

/* Bytes that a window begins with; it grows to LIMIT_TRAIL_WINDOW_BYTES. */
enum { WINDOW_BYTES = 1024 * 1024 };

struct worker {
    struct outcome *outcome;
    struct follow *follow;
    const struct picker *picker;
    struct picker_scratch *scratch;
    struct picks picks;
    struct trail_receipt counts; /* its outcome is not used */
    uint8_t *window;
    size_t cap; /* bytes of it */
};

struct pass {
    struct worker *workers; /* one for each of the pool's */
    struct outcome *outcomes;
    const struct trail_logs *logs;
};

/* A document while it is read: `bytes`, len of them, lie at `base` in it. */
struct reading {
    struct worker *worker;
    const char *target, *path;
    const uint8_t *bytes; /* the window, or all of a document that somebody else holds */
    struct splitter splitter;
    uint64_t base;
    size_t len;
    size_t scanned; /* of them, bytes that an earlier round looked at */
    size_t next;    /* the first pick that no record has reached */
};

static void trouble(struct reading *r, enum skip reason, const char *message)
{
    outcome_trouble(r->worker->outcome, reason, r->target, r->path, "%s", message);
}

/* --- records --- */

struct noting {
    struct follow *follow;
    uint64_t order;
};

static void on_record(void *ctx, const struct record *record)
{
    const struct noting *noting = ctx;

    follow_note(noting->follow, record, noting->order);
}

static void on_unit(void *ctx, size_t from, size_t to)
{
    struct reading *r = ctx;
    struct worker *w = r->worker;
    struct noting noting = { w->follow, r->base + from };
    enum record_kind kind;

    while (r->next < w->picks.count && w->picks.ends[r->next] <= from)
        r->next++;
    if (r->next == w->picks.count || w->picks.ends[r->next] > to)
        return;
    if (to - from > LIMIT_TRAIL_RECORD_BYTES) {
        w->counts.too_long++;
        return;
    }
    kind = record_read((struct slice){ r->bytes + from, to - from }, on_record, &noting);
    w->counts.parsed += kind == RECORD_CALL;
    w->counts.broken += kind == RECORD_BROKEN;
}

/* Look through the bytes. `whole`: the document has no other. */
static enum status look(struct reading *r, bool whole)
{
    struct worker *w = r->worker;
    struct slice text = { r->bytes, r->len };
    enum status status = picker_run(w->picker, w->scratch, text, r->scanned, &w->picks);

    r->next = 0;
    if (!status && (w->picks.count || !whole))
        split_run(&r->splitter, text, r->scanned, on_unit, r);
    r->scanned = r->len;
    return status;
}

/* Keep what the open record needs, and drop the rest. */
static void move_on(struct reading *r)
{
    size_t keep = r->splitter.unit_from < SPLIT_LOST ? r->len - r->splitter.unit_from : 0;

    if (keep > LIMIT_TRAIL_RECORD_BYTES) {
        r->splitter.unit_from = SPLIT_LOST;
        r->worker->counts.too_long++;
        keep = 0;
    }
    memmove(r->worker->window, r->worker->window + r->len - keep, keep);
    split_shift(&r->splitter, r->len - keep);
    r->base += r->len - keep;
    r->len = r->scanned = keep;
}

/* --- documents --- */

static bool grow_window(struct worker *w)
{
    size_t cap = w->cap ? w->cap * 2 : WINDOW_BYTES;
    uint8_t *grown = realloc(w->window, cap);

    if (!grown)
        return false;
    w->window = grown;
    w->cap = cap;
    return true;
}

/* Read until the window is full or the document ends. 0 more: it has ended; -1: it failed. */
static ssize_t fill(struct reading *r, const struct stream *stream)
{
    struct worker *w = r->worker;
    ssize_t n = 1;

    while (n > 0) {
        if (r->len == w->cap && (w->cap >= LIMIT_TRAIL_WINDOW_BYTES || !grow_window(w)))
            break;
        n = stream->read(stream->ctx, w->window + r->len, w->cap - r->len);
        r->len += n > 0 ? (size_t)n : 0;
    }
    return n;
}

static void end_document(struct reading *r, const struct pick_counts *before)
{
    struct worker *w = r->worker;
    const struct pick_counts *now = &w->picks.counts;

    w->counts.broken += r->splitter.broken;
    w->outcome->coverage.bytes += r->base + r->len;
    w->outcome->coverage.files++;
    if (now->records == before->records && now->digests == before->digests)
        w->counts.other_files++;
}

static enum status read_document(struct worker *w, const struct stream *stream, const char *target,
                                 const char *path)
{
    struct reading r = { .worker = w, .target = target, .path = path };
    struct pick_counts before = w->picks.counts;
    enum status status = STATUS_OK;
    bool whole = true;
    ssize_t n = 1;

    split_init(&r.splitter);
    while (n > 0 && !status) {
        n = fill(&r, stream);
        if (n < 0) /* what came before it was read all the same */
            trouble(&r, SKIP_UNREADABLE, err_text());
        whole &= n <= 0;
        r.bytes = w->window;
        status = w->window ? look(&r, whole) : err_nomem();
        if (n > 0 && !status)
            move_on(&r);
    }
    if (status)
        trouble(&r, SKIP_LIMIT, err_text());
    end_document(&r, &before);
    return STATUS_OK;
}

/* --- files --- */

struct unpacking {
    struct worker *worker;
    const char *target;
};

/* A document that lies in memory is looked through where it lies. */
static enum status on_whole(void *ctx, const char *path, struct slice bytes)
{
    const struct unpacking *u = ctx;
    struct reading r = {
        .worker = u->worker, .target = u->target, .path = path, .bytes = bytes.ptr, .len = bytes.len
    };
    struct pick_counts before = u->worker->picks.counts;

    split_init(&r.splitter);
    if (look(&r, true))
        trouble(&r, SKIP_LIMIT, err_text());
    end_document(&r, &before);
    return STATUS_OK;
}

static enum status on_document(void *ctx, const char *path, const struct stream *stream)
{
    const struct unpacking *u = ctx;

    return read_document(u->worker, stream, u->target, path);
}

static void on_loss(void *ctx, enum archive_loss why, const char *path, const char *message)
{
    static const enum skip reasons[] = { [ARCHIVE_CORRUPT] = SKIP_UNREADABLE,
                                         [ARCHIVE_ENCRYPTED] = SKIP_ENCRYPTED,
                                         [ARCHIVE_LIMIT] = SKIP_LIMIT };
    const struct unpacking *u = ctx;

    outcome_trouble(u->worker->outcome, reasons[why], u->target, path, "%s", message);
}

static void read_archive(struct worker *w, const struct tree_file *file, enum archive_kind kind,
                         unsigned depth)
{
    struct unpacking u = { w, file->target };
    struct archive_callbacks callbacks = {
        .ctx = &u, .document = on_document, .whole = on_whole, .loss = on_loss
    };
    /* Logs compress well, and nobody unpacks a mirror into less than what its size allows. */
    struct archive_limits limits = { .depth = depth,
                                     .expanded_bytes = LIMIT_ARCHIVE_EXPANDED_BYTES +
                                                       file->size * LIMIT_ARCHIVE_RATIO,
                                     .members = LIMIT_ARCHIVE_MEMBERS };

    if (archive_unpack(file->fd, file->size, kind, file->path, &limits, &callbacks,
                       &w->outcome->coverage.archives))
        on_loss(&u, ARCHIVE_LIMIT, file->path, err_text());
}

static void on_file(void *ctx, unsigned worker, const struct tree_file *file)
{
    struct pass *pass = ctx;
    struct worker *w = &pass->workers[worker];
    uint8_t head[ARCHIVE_SNIFF_BYTES];
    ssize_t n = pread(file->fd, head, sizeof(head), 0);
    enum archive_kind kind = ARCHIVE_NONE;
    int fd = file->fd;
    struct stream stream = stream_of_fd(&fd);

    if (n > 0 && pass->logs->archive_depth)
        kind = archive_sniff((struct slice){ head, (size_t)n });
    if (kind)
        read_archive(w, file, kind, pass->logs->archive_depth);
    else
        read_document(w, &stream, file->target, file->path);
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

/* --- a pass --- */

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

static enum status make_workers(struct pass *pass, unsigned n, struct follow *follow,
                                const struct picker *picker)
{
    pass->workers = calloc(n, sizeof(*pass->workers));
    pass->outcomes = calloc(n, sizeof(*pass->outcomes));
    if (!pass->workers || !pass->outcomes)
        return err_nomem();
    for (unsigned i = 0; i < n; i++) {
        struct worker *w = &pass->workers[i];

        *w = (struct worker){ .outcome = &pass->outcomes[i], .follow = follow, .picker = picker };
        if (picker_scratch_new(&w->scratch, picker))
            return err_nomem();
    }
    return STATUS_OK;
}

static void add_counts(struct trail_receipt *out, const struct worker *w)
{
    const struct pick_counts *seen = &w->picks.counts;

    out->records += seen->records;
    out->unknown_versions += seen->records - seen->version1;
    out->insights += seen->insights;
    out->digests += seen->digests;
    out->other_files += w->counts.other_files;
    out->parsed += w->counts.parsed;
    out->broken += w->counts.broken;
    out->too_long += w->counts.too_long;
}

static void end_pass(struct pass *pass, unsigned n, struct trail_receipt *out)
{
    for (unsigned i = 0; pass->workers && i < n; i++) {
        struct worker *w = &pass->workers[i];

        add_counts(out, w);
        picker_scratch_free(w->scratch);
        picks_release(&w->picks);
        free(w->window);
    }
    for (unsigned i = 0; pass->outcomes && i < n; i++) {
        outcome_merge(&out->outcome, &pass->outcomes[i]);
        outcome_release(&pass->outcomes[i]);
    }
    free(pass->workers);
    free(pass->outcomes);
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

    *out = (struct trail_receipt){ 0 };
    if (!status)
        status = picker_new(&picker, &list);
    pick_list_release(&list);
    if (!status)
        status = make_workers(&pass, logs->jobs, follow, picker);
    if (!status)
        status = tree_new(&tree, pool, pass.outcomes, &options, &callbacks);
    if (!status)
        status = add_targets(tree, logs, &pass.outcomes[0]);
    if (!status)
        pool_run(pool);
    end_pass(&pass, logs->jobs, out);
    outcome_sort(&out->outcome, logs->targets, logs->target_count);
    tree_free(tree);
    pool_free(pool);
    picker_free(picker);
    return status;
}

void trail_receipt_release(struct trail_receipt *receipt)
{
    outcome_release(&receipt->outcome);
}
