/*
 * log_reader.c - windows over a stream, and the records in them that hold something picked.
 */
#include "trail/log_reader.h"

#include <stdlib.h>

#include "base/limits.h"
#include "trail/csv_log.h"
#include "trail/log_private.h"
#include "trail/split.h"

/* Bytes that a window begins with; it grows to LIMIT_TRAIL_WINDOW_BYTES. */
enum { WINDOW_BYTES = 1024 * 1024 };

/* A document while it is read: `bytes`, len of them, lie at `base` in it. */
struct reading {
    struct log_reader *reader;
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
    outcome_trouble(r->reader->options.outcome, reason, r->target, r->path, "%s", message);
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
    struct log_reader *reader = r->reader;
    struct noting noting = { reader->options.follow, r->base + from };
    enum record_kind kind;

    while (r->next < reader->picks.count && reader->picks.ends[r->next] <= from)
        r->next++;
    if (r->next == reader->picks.count || reader->picks.ends[r->next] > to)
        return;
    if (to - from > LIMIT_TRAIL_RECORD_BYTES) {
        reader->counts.too_long++;
        return;
    }
    kind = record_read((struct slice){ r->bytes + from, to - from }, on_record, &noting);
    reader->counts.parsed += kind == RECORD_CALL;
    reader->counts.broken += kind == RECORD_BROKEN;
}

/* Look through the bytes. `whole`: the document has no other. */
static enum status look(struct reading *r, bool whole)
{
    struct log_reader *reader = r->reader;
    const struct log_reader_options *options = &reader->options;
    struct slice text = { r->bytes, r->len };
    enum status status =
        picker_run(options->picker, reader->scratch, text, r->scanned, &reader->picks);

    progress_add(options->progress, options->worker, 0, r->len - r->scanned);
    r->next = 0;
    if (!status && (reader->picks.count || !whole))
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
        r->reader->counts.too_long++;
        keep = 0;
    }
    memmove(r->reader->window, r->reader->window + r->len - keep, keep);
    split_shift(&r->splitter, r->len - keep);
    r->base += r->len - keep;
    r->len = r->scanned = keep;
}

/* --- documents --- */

static bool grow_window(struct log_reader *reader)
{
    size_t cap = reader->cap ? reader->cap * 2 : WINDOW_BYTES;
    uint8_t *grown = realloc(reader->window, cap);

    if (!grown)
        return false;
    reader->window = grown;
    reader->cap = cap;
    return true;
}

/* Read until the window is full or the document ends. 0 more: it has ended; -1: it failed. */
static ssize_t fill(struct reading *r, const struct stream *stream)
{
    struct log_reader *reader = r->reader;
    ssize_t n = 1;

    while (n > 0) {
        if (r->len == reader->cap &&
            (reader->cap >= LIMIT_TRAIL_WINDOW_BYTES || !grow_window(reader)))
            break;
        n = stream->read(stream->ctx, reader->window + r->len, reader->cap - r->len);
        r->len += n > 0 ? (size_t)n : 0;
    }
    return n;
}

static void end_document(struct reading *r, const struct pick_counts *before)
{
    struct log_reader *reader = r->reader;
    const struct pick_counts *now = &reader->picks.counts;

    reader->counts.broken += r->splitter.broken;
    reader->options.outcome->coverage.bytes += r->base + r->len;
    reader->options.outcome->coverage.files++;
    progress_add(reader->options.progress, reader->options.worker, 1, 0);
    if (now->records == before->records && now->digests == before->digests)
        reader->counts.other_files++;
}

static void read_document(struct log_reader *reader, const struct stream *stream,
                          const char *target, const char *path)
{
    struct reading r = { .reader = reader, .target = target, .path = path };
    struct pick_counts before = reader->picks.counts;
    enum status status = STATUS_OK;
    bool whole = true;
    ssize_t n = 1;

    split_init(&r.splitter);
    while (n > 0 && !status) {
        n = fill(&r, stream);
        if (n < 0) /* what came before it was read all the same */
            trouble(&r, SKIP_UNREADABLE, err_text());
        whole &= n <= 0;
        r.bytes = reader->window;
        status = reader->window ? look(&r, whole) : err_nomem();
        if (n > 0 && !status)
            move_on(&r);
    }
    if (status)
        trouble(&r, SKIP_LIMIT, err_text());
    end_document(&r, &before);
}

/* --- tables --- */

/* A stream whose bytes are counted. */
struct counted {
    const struct stream *stream;
    uint64_t bytes;
};

static ssize_t read_counted(void *ctx, uint8_t *out, size_t n)
{
    struct counted *c = ctx;
    ssize_t got = c->stream->read(c->stream->ctx, out, n);

    c->bytes += got > 0 ? (uint64_t)got : 0;
    return got;
}

/* A table is read as the JSON Lines that it is turned into; what counts is its own length. */
static void read_table(struct log_reader *reader, const struct stream *stream, const char *target,
                       const char *path)
{
    struct counted counted = { stream, 0 };
    struct stream table = { read_counted, &counted }, rows;
    uint64_t bytes = reader->options.outcome->coverage.bytes;
    struct csv_log *log = NULL;

    if (csv_log_new(&log, &table)) {
        outcome_trouble(reader->options.outcome, SKIP_UNREADABLE, target, path, "%s", err_text());
        return;
    }
    rows = csv_log_stream(log);
    read_document(reader, &rows, target, path);
    reader->counts.broken += csv_log_broken(log);
    reader->counts.too_long += csv_log_too_long(log);
    reader->options.outcome->coverage.bytes = bytes + counted.bytes;
    csv_log_free(log);
}

/* Where memory is out for knowing it is told, and it is read as what nearly all logs are. */
static bool is_table(struct log_reader *reader, struct slice head, const char *target,
                     const char *path)
{
    bool is = false;

    head = slice_sub(head, 0, head.len < CSV_LOG_HEAD_BYTES ? head.len : CSV_LOG_HEAD_BYTES);
    if (csv_log_look(head, &is))
        outcome_trouble(reader->options.outcome, SKIP_LIMIT, target, path, "%s", err_text());
    return is;
}

/* --- documents of either kind --- */

void log_read_stream(struct log_reader *reader, const struct stream *stream, struct slice head,
                     const char *target, const char *path)
{
    if (is_table(reader, head, target, path))
        read_table(reader, stream, target, path);
    else
        read_document(reader, stream, target, path);
}

void log_read_bytes(struct log_reader *reader, struct slice bytes, const char *target,
                    const char *path)
{
    struct reading r = {
        .reader = reader, .target = target, .path = path, .bytes = bytes.ptr, .len = bytes.len
    };
    struct pick_counts before = reader->picks.counts;

    if (is_table(reader, bytes, target, path)) {
        struct stream stream = stream_of_bytes(&bytes);

        read_table(reader, &stream, target, path);
        return;
    }
    split_init(&r.splitter);
    if (look(&r, true))
        trouble(&r, SKIP_LIMIT, err_text());
    end_document(&r, &before);
}

/* --- a reader --- */

enum status log_reader_init(struct log_reader *reader, const struct log_reader_options *options)
{
    *reader = (struct log_reader){ .options = *options };
    return picker_scratch_new(&reader->scratch, options->picker);
}

void log_reader_release(struct log_reader *reader)
{
    picker_scratch_free(reader->scratch);
    picks_release(&reader->picks);
    free(reader->window);
}

void log_read(struct log_reader *reader, const struct log_source *source)
{
    const struct log_reader_options *options = &reader->options;
    enum archive_kind kind = options->archive_depth ? archive_sniff(source->head) : ARCHIVE_NONE;
    struct progress_stream counted = { &source->stream, options->progress, options->worker,
                                       source->size };
    struct log_source told = *source;

    told.stream = progress_stream(&counted);
    if (kind && source->fd >= 0) {
        log_read_archive(reader, source, kind);
        counted.left = 0;
    } else if (kind) {
        log_read_archive(reader, &told, kind);
    } else {
        log_read_stream(reader, &told.stream, source->head, source->target, source->path);
    }
    progress_step(options->progress, options->worker, PROGRESS_OPEN_STEPS + counted.left);
}
