/*
 * log_reader.c - windows over a stream, and the records in them that hold something picked.
 */
#include "trail/log_reader.h"

#include <stdlib.h>

#include "base/handout.h"
#include "base/limits.h"
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
    uint8_t last;   /* byte of it so far that is no space; 0: none yet */
    bool json;      /* it begins as JSON does, and no line of text, "[error] ..." */
    bool picked;    /* there was a pick */
    bool unit;      /* and something that may be a record */
    bool cut;       /* it could not be read to its end, which is told */
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

    r->unit = true;
    while (r->next < reader->picks.count && reader->picks.ends[r->next] <= from)
        r->next++;
    if (r->next == reader->picks.count || reader->picks.ends[r->next] > to)
        return;
    if (to - from > LIMIT_TRAIL_RECORD_BYTES) {
        reader->counts.too_long++;
        return;
    }
    kind = record_read((struct slice){ r->bytes + from, to - from }, on_record, &noting);
    reader->counts.broken += kind == RECORD_BROKEN;
    reader->counts.unknown += kind == RECORD_UNKNOWN;
}

static size_t over_space(const struct reading *r, size_t at)
{
    while (at < r->len && split_is_space(r->bytes[at]))
        at++;
    return at;
}

static bool begins_json(const struct reading *r, size_t at)
{
    size_t next = over_space(r, at + 1);
    uint8_t c = next < r->len ? r->bytes[next] : 0;

    return r->bytes[at] == '{' || (r->bytes[at] == '[' && (c == '{' || c == '[' || c == '"'));
}

static void note_ends(struct reading *r)
{
    size_t first = over_space(r, r->scanned), last = r->len;

    if (first == r->len)
        return;
    if (!r->last)
        r->json = begins_json(r, first);
    while (split_is_space(r->bytes[last - 1]))
        last--;
    r->last = r->bytes[last - 1];
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
    note_ends(r);
    r->next = 0;
    r->picked |= reader->picks.count > 0;
    if (!status && (reader->picks.count || !whole))
        split_run(&r->splitter, text, r->scanned, on_unit, r);
    r->scanned = r->len;
    return status;
}

/* --- windows --- */

/* Before each window there is room for what is left over of the one before. */
static uint8_t *after_room(const struct log_window *w)
{
    return w->bytes + LIMIT_TRAIL_RECORD_BYTES;
}

static bool grow_window(struct log_window *w)
{
    size_t cap = w->cap ? w->cap * 2 : WINDOW_BYTES;
    uint8_t *grown = realloc(w->bytes, LIMIT_TRAIL_RECORD_BYTES + cap);

    if (!grown)
        return false;
    w->bytes = grown;
    w->cap = cap;
    return true;
}

/* Read until the window is full or the document ends. 0 more: it has ended; -1: it failed. */
static ssize_t fill(struct log_window *w, const struct stream *stream)
{
    ssize_t n = 1;

    w->len = 0;
    while (n > 0) {
        if (w->len == w->cap && (w->cap >= LIMIT_TRAIL_WINDOW_BYTES || !grow_window(w)))
            break;
        n = stream->read(stream->ctx, after_room(w) + w->len, w->cap - w->len);
        w->len += n > 0 ? (size_t)n : 0;
    }
    return n;
}

/* Go on with `w`: of what was looked at the open record's bytes are kept, before it. */
static void move_on(struct reading *r, const struct log_window *w)
{
    size_t keep = r->splitter.unit_from < SPLIT_LOST ? r->len - r->splitter.unit_from : 0;

    if (keep > LIMIT_TRAIL_RECORD_BYTES) {
        r->splitter.unit_from = SPLIT_LOST;
        r->reader->counts.too_long++;
        keep = 0;
    }
    if (keep)
        memmove(after_room(w) - keep, r->bytes + r->len - keep, keep);
    split_shift(&r->splitter, r->len - keep);
    r->base += r->len - keep;
    r->bytes = after_room(w) - keep;
    r->len = keep + w->len;
    r->scanned = keep;
}

/* --- documents --- */

/* Was it cut off? Where no end of a record was looked for, only its last byte tells. */
static bool is_cut_off(const struct reading *r)
{
    bool ended = r->last == '}' || r->last == ']';

    return r->json && !r->cut && (!ended || r->splitter.depth > 0);
}

static void end_document(struct reading *r, const struct pick_counts *before)
{
    struct log_reader *reader = r->reader;
    const struct pick_counts *now = &reader->picks.counts;
    bool records = now->records != before->records;

    reader->counts.broken += r->splitter.broken + (records && is_cut_off(r));
    reader->counts.unknown += records && r->picked && !r->unit;
    reader->options.outcome->coverage.bytes += r->base + r->len;
    reader->options.outcome->coverage.files++;
    progress_add(reader->options.progress, reader->options.worker, 1, 0);
    if (!records && now->digests == before->digests)
        reader->counts.other_files++;
}

/* The looking at a window, which another worker may do while the next one is filled. */
struct look_job {
    struct job job;
    struct reading *reading;
    bool failed;
};

static void run_look(struct job *job, unsigned worker)
{
    struct look_job *look_job = (struct look_job *)job;

    (void)worker; /* whose reader is not this document's */
    look_job->failed = look(look_job->reading, false) != STATUS_OK;
}

/* Where the document goes on behind its first window, and there is somebody who may help. */
static struct handout *get_help(const struct log_reader *reader)
{
    struct pool *pool = reader->options.pool;

    return pool && pool_workers(pool) > 1 ? handout_new(pool, reader->options.worker, NULL) : NULL;
}

/* Look at all of what comes from `stream`. */
static enum status look_at_windows(struct reading *r, const struct stream *stream)
{
    struct log_reader *reader = r->reader;
    struct look_job looking = { .job = { .run = run_look }, .reading = r };
    struct handout *help = NULL;
    enum status status = STATUS_OK;
    bool whole = true;
    unsigned at = 0;
    ssize_t n = 1;

    while (n > 0 && !status) {
        n = fill(&reader->windows[at], stream);
        r->cut |= n < 0;
        if (n < 0) /* what came before it was read all the same */
            trouble(r, SKIP_UNREADABLE, err_text());
        whole &= n <= 0;
        if (help)
            handout_settle(help);
        if (looking.failed || !reader->windows[at].bytes) {
            status = err_nomem();
            break;
        }
        move_on(r, &reader->windows[at]);
        if (!help && !whole)
            help = get_help(reader);
        if (n <= 0 || !help) {
            status = look(r, whole);
        } else {
            handout_give(help, &looking.job);
            at = !at;
        }
    }
    handout_end(help);
    return status;
}

void log_read_document(struct log_reader *reader, const struct stream *stream, const char *target,
                       const char *path)
{
    struct reading r = { .reader = reader, .target = target, .path = path };
    struct pick_counts before = reader->picks.counts;

    split_init(&r.splitter);
    if (look_at_windows(&r, stream))
        trouble(&r, SKIP_LIMIT, err_text());
    end_document(&r, &before);
}

void log_read_whole(struct log_reader *reader, struct slice bytes, const char *target,
                    const char *path)
{
    struct reading r = {
        .reader = reader, .target = target, .path = path, .bytes = bytes.ptr, .len = bytes.len
    };
    struct pick_counts before = reader->picks.counts;

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
    free(reader->windows[0].bytes);
    free(reader->windows[1].bytes);
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
