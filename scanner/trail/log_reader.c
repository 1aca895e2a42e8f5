/*
 * log_reader.c - windows over a stream, and the records in them that hold something picked.
 */
#include "trail/log_reader.h"

#include <stdlib.h>

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
    uint8_t first;  /* byte of it that is no space; 0: none yet */
    uint8_t last;   /* likewise */
    bool picked;    /* there was a pick */
    bool unit;      /* and something that may be a record */
    bool cut;       /* it could not be read to its end, which is told */
};

static void trouble(struct reading *r, enum skip reason, const char *message)
{
    outcome_trouble(r->reader->options.outcome, reason, r->target, r->path, "%s", message);
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
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

static void note_ends(struct reading *r)
{
    size_t first = r->scanned, last = r->len;

    while (first < r->len && is_space(r->bytes[first]))
        first++;
    if (first == r->len)
        return;
    while (is_space(r->bytes[last - 1]))
        last--;
    r->first = r->first ? r->first : r->bytes[first];
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

/* Was it cut off? Where no end of a record was looked for, only its last byte tells. */
static bool is_cut_off(const struct reading *r)
{
    bool begun = r->first == '{' || r->first == '[', ended = r->last == '}' || r->last == ']';

    return begun && !r->cut && (!ended || r->splitter.depth > 0);
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

void log_read_document(struct log_reader *reader, const struct stream *stream, const char *target,
                       const char *path)
{
    struct reading r = { .reader = reader, .target = target, .path = path };
    struct pick_counts before = reader->picks.counts;
    enum status status = STATUS_OK;
    bool whole = true;
    ssize_t n = 1;

    split_init(&r.splitter);
    while (n > 0 && !status) {
        n = fill(&r, stream);
        r.cut |= n < 0;
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
