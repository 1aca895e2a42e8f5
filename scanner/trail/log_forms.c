/*
 * log_forms.c - logs that are no JSON of records as they lie: each is read as the stream that it is
 * turned into.
 */
#include "trail/csv_log.h"
#include "trail/log_private.h"
#include "trail/text_log.h"

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

static void read_table(struct log_reader *reader, const struct stream *stream, const char *target,
                       const char *path)
{
    struct csv_log *log = NULL;
    struct stream rows;

    if (csv_log_new(&log, stream)) {
        outcome_trouble(reader->options.outcome, SKIP_UNREADABLE, target, path, "%s", err_text());
        return;
    }
    rows = csv_log_stream(log);
    log_read_document(reader, &rows, target, path);
    reader->counts.broken += csv_log_broken(log);
    reader->counts.too_long += csv_log_too_long(log);
    csv_log_free(log);
}

/* What was UTF-16 may be of any form but that. */
static void read_utf8(struct log_reader *reader, const struct stream *stream, const char *target,
                      const char *path)
{
    uint8_t head[CSV_LOG_HEAD_BYTES];
    ssize_t n = stream->read(stream->ctx, head, sizeof(head));
    struct stream_begun begun = { { head, n > 0 ? (size_t)n : 0 }, stream };
    struct stream whole = stream_begun(&begun);

    log_read_stream(reader, &whole, begun.head, target, path);
}

static void read_text(struct log_reader *reader, const struct stream *stream,
                      enum text_log_kind kind, const char *target, const char *path)
{
    struct text_log *log = NULL;
    struct stream text;

    if (text_log_new(&log, stream, kind)) {
        outcome_trouble(reader->options.outcome, SKIP_LIMIT, target, path, "%s", err_text());
        return;
    }
    text = text_log_stream(log);
    if (kind == TEXT_LOG_UTF16)
        read_utf8(reader, &text, target, path);
    else
        log_read_document(reader, &text, target, path);
    text_log_free(log);
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

/* What counts is the log's own length, and not that of what it is turned into. */
void log_read_stream(struct log_reader *reader, const struct stream *stream, struct slice head,
                     const char *target, const char *path)
{
    enum text_log_kind kind = text_log_look(head);
    uint64_t *bytes = &reader->options.outcome->coverage.bytes, before = *bytes;
    struct counted counted = { stream, 0 };
    struct stream source = { read_counted, &counted };

    if (kind)
        read_text(reader, &source, kind, target, path);
    else if (is_table(reader, head, target, path))
        read_table(reader, &source, target, path);
    else
        log_read_document(reader, &source, target, path);
    *bytes = before + counted.bytes;
}

void log_read_bytes(struct log_reader *reader, struct slice bytes, const char *target,
                    const char *path)
{
    struct slice rest = bytes;
    struct stream stream = stream_of_bytes(&rest);

    if (text_log_look(bytes) || is_table(reader, bytes, target, path))
        log_read_stream(reader, &stream, bytes, target, path);
    else
        log_read_whole(reader, bytes, target, path);
}
