/*
 * archive.c - what becomes of what lies in an archive: a document, a part, an archive again.
 *
 * An archive inside of an archive is read from its member's stream; one that must be read from its
 * end (zip, 7z, iso) is taken into memory first, as far as that goes, a large one only while no
 * other lies there. All levels share one budget, so that a bomb ends.
 */
#include "decode/archive.h"

#include <stdlib.h>

#include "base/limits.h"
#include "decode/archive_private.h"
#include "decode/gzip.h"
#include "decode/inflate.h"
#include "decode/lzma.h"
#include "decode/pdf.h"

static enum status unpack_stream(struct budget *budget, const struct stream *stream,
                                 enum archive_kind kind, const char *path, unsigned depth);

/* The depth of what is of `kind` in an archive of kind `outer`: x.tar.gz is one archive. */
static unsigned depth_in(enum archive_kind outer, enum archive_kind kind, unsigned depth)
{
    return depth + (!archive_is_stream(outer) || archive_is_stream(kind));
}

static bool is_too_deep(struct budget *budget, const char *path, unsigned depth)
{
    if (depth <= budget->limits.depth)
        return false;
    budget_tell(budget, ARCHIVE_LIMIT, path, "an archive inside of more archives than are opened");
    return true;
}

/* --- documents --- */

/* Hand over a document that lies whole in memory, or take it apart if it is an archive itself. */
static enum status hand_over_bytes(struct budget *budget, struct slice bytes, const char *path,
                                   enum archive_kind outer, unsigned depth)
{
    enum archive_kind kind = archive_sniff(bytes);

    if (!kind)
        return budget->callbacks->whole(budget->callbacks->ctx, path, bytes);
    depth = depth_in(outer, kind, depth);
    if (is_too_deep(budget, path, depth))
        return STATUS_OK;
    if (budget->callbacks->part && bytes.len <= LIMIT_ARCHIVE_PART_BYTES)
        return archive_give_small(budget, bytes, kind, path, depth);
    return archive_bytes(budget, bytes, kind, path, depth);
}

/* Likewise one that is read from `stream`; `taken` is memory for its beginning. */
enum status archive_hand_over(struct budget *budget, const struct stream *stream, const char *path,
                              enum archive_kind outer, unsigned depth, struct buf *taken)
{
    struct stream_begun begun = { .rest = stream };
    struct stream whole = stream_begun(&begun);
    enum archive_kind kind;
    ssize_t last;

    buf_reset(taken);
    last = archive_take_in(stream, LIMIT_ARCHIVE_PART_BYTES + 1, taken);
    if (buf_status(taken))
        return taken->failed;
    if (last < 0) /* what was read up to there is looked at */
        budget_tell(budget, ARCHIVE_CORRUPT, path, err_text());
    if (last <= 0)
        return taken->len || !last ? hand_over_bytes(budget, buf_view(taken), path, outer, depth)
                                   : STATUS_OK;
    begun.head = buf_view(taken);
    kind = archive_sniff(begun.head);
    if (!kind)
        return budget->callbacks->document(budget->callbacks->ctx, path, &whole);
    depth = depth_in(outer, kind, depth);
    return is_too_deep(budget, path, depth) ? STATUS_OK
                                            : unpack_stream(budget, &whole, kind, path, depth);
}

/* --- PDF --- */

/* The text as it lies, and then each of its streams as a member: a.pdf!stream@4711. */
static enum status unpack_pdf(struct budget *budget, struct slice pdf, const char *path,
                              unsigned depth)
{
    enum status status = budget->callbacks->whole(budget->callbacks->ctx, path, pdf);
    struct buf inflated = { 0 }, name = { 0 };
    struct pdf_stream stream;

    budget->archives++;
    if (pdf_is_encrypted(pdf)) {
        budget_tell(budget, ARCHIVE_ENCRYPTED, path, "an encrypted PDF");
        return status;
    }
    for (size_t at = 0; !status && !(status = pdf_next(pdf, &at, &inflated, &stream));) {
        buf_reset(&name);
        buf_printf(&name, "%s!stream@%zu", path, stream.offset);
        status = buf_status(&name);
        budget->members++;
        atomic_fetch_add(&budget->expanded, stream.work);
        if (status || budget_ends(budget, path))
            break;
        if (stream.cut)
            budget_tell(budget, ARCHIVE_LIMIT, buf_cstr(&name), "longer than is looked at");
        else if (stream.corrupt)
            budget_tell(budget, ARCHIVE_CORRUPT, buf_cstr(&name), "cannot be inflated");
        else if (inflated.len)
            status =
                hand_over_bytes(budget, buf_view(&inflated), buf_cstr(&name), ARCHIVE_PDF, depth);
    }
    buf_release(&inflated);
    buf_release(&name);
    return status == STATUS_ABSENT ? STATUS_OK : status;
}

/* --- compressed streams --- */

/* What `plain` gives counts against the budget, and is a document or another archive. */
static enum status unpack_plain(struct budget *budget, const struct stream *plain,
                                enum archive_kind kind, const char *path, unsigned depth)
{
    struct charged charged = { budget, plain };
    struct stream stream = charged_stream(&charged);
    struct buf taken = { 0 };
    enum status status = archive_hand_over(budget, &stream, path, kind, depth, &taken);

    budget_ends(budget, path);
    buf_release(&taken);
    return status;
}

static enum status unpack_gzip(struct budget *budget, const struct stream *packed, const char *path,
                               unsigned depth)
{
    struct inflate_reader *reader = NULL;
    enum status status = inflate_reader_new(&reader, packed, false);
    struct stream plain = inflate_reader_stream(reader);

    budget->archives++;
    if (!status)
        status = unpack_plain(budget, &plain, ARCHIVE_GZIP, path, depth);
    inflate_reader_free(reader);
    return status;
}

static enum status unpack_lzma(struct budget *budget, const struct stream *packed, const char *path,
                               unsigned depth)
{
    struct lzma_reader *reader = NULL;
    enum status status = lzma_reader_new(&reader, packed);
    struct stream plain = lzma_reader_stream(reader);

    budget->archives++;
    if (status == STATUS_LIMIT) {
        budget_tell(budget, ARCHIVE_LIMIT, path, err_text());
        return STATUS_OK;
    }
    if (status)
        return status;
    status = unpack_plain(budget, &plain, ARCHIVE_LZMA, path, depth);
    lzma_reader_free(reader);
    return status;
}

/* --- ways in --- */

enum status archive_bytes(struct budget *budget, struct slice bytes, enum archive_kind kind,
                          const char *path, unsigned depth)
{
    struct buf inflated = { 0 };
    struct stream rest;
    enum status status = kind == ARCHIVE_GZIP ? gzip_inflate(bytes, &inflated) : STATUS_ABSENT;

    if (kind == ARCHIVE_PDF)
        return unpack_pdf(budget, bytes, path, depth);
    if (kind == ARCHIVE_LZMA) {
        struct stream stream = stream_of_bytes(&bytes);

        return unpack_lzma(budget, &stream, path, depth);
    }
    if (status == STATUS_OK) {
        budget->archives++;
        atomic_fetch_add(&budget->expanded, inflated.len);
        if (!budget_ends(budget, path))
            status = hand_over_bytes(budget, buf_view(&inflated), path, kind, depth);
        buf_release(&inflated);
        return status;
    }
    buf_release(&inflated);
    if (status != STATUS_ABSENT)
        return status;
    if (archive_is_indexed(kind)) {
        struct archive_place place = { seekable_of_bytes(&bytes), true };

        return archive_indexed(budget, &place, kind, path, depth);
    }
    rest = stream_of_bytes(&bytes);
    return kind == ARCHIVE_GZIP ? unpack_gzip(budget, &rest, path, depth)
                                : archive_level_stream(budget, &rest, kind, path, depth);
}

/* One that is longer than is taken into memory: `head` is its beginning, `rest` what follows. */
static enum status unpack_long(struct budget *budget, struct slice head, const struct stream *rest,
                               enum archive_kind kind, const char *path, unsigned depth)
{
    struct stream_begun begun = { .rest = rest, .head = head };
    struct stream source = stream_begun(&begun);

    switch (kind) {
    case ARCHIVE_SEVENZIP:
        budget_tell(budget, ARCHIVE_LIMIT, path,
                    "a 7z that comes as a stream and is longer than is taken into memory");
        return STATUS_OK;
    case ARCHIVE_PDF:
        budget_tell(budget, ARCHIVE_LIMIT, path,
                    "a PDF larger than is searched for compressed text");
        return budget->callbacks->document(budget->callbacks->ctx, path, &source);
    case ARCHIVE_GZIP:
        return unpack_gzip(budget, &source, path, depth);
    default: /* which serves tar and most zip files */
        return archive_level_stream(budget, &source, kind, path, depth);
    }
}

/* Wait for the turn to have a large archive in memory. */
static void take_turn(struct budget *budget)
{
    if (budget_has_parts(budget)) /* one of them may have it, or want it */
        budget->callbacks->settle(budget->callbacks->ctx);
    while (sem_wait(budget->callbacks->large)) /* EINTR */
        ;
}

/* Take an archive that is read from its end, or fastest at once, into memory as far as `most`. */
static enum status unpack_in_memory(struct budget *budget, const struct stream *stream, size_t most,
                                    enum archive_kind kind, const char *path, unsigned depth)
{
    sem_t *turn = NULL;
    struct buf taken = { 0 };
    ssize_t last = archive_take_in(stream, most + 1, &taken);
    bool large = budget->large;
    enum status status;

    if (last > 0 && budget->callbacks->large && !large && archive_is_indexed(kind)) {
        take_turn(budget);
        turn = budget->callbacks->large;
        budget->large = true;
        last = archive_take_in(stream, LIMIT_ARCHIVE_LARGE_BYTES + 1, &taken);
    }
    status = buf_status(&taken);
    if (!status && last < 0)
        budget_tell(budget, ARCHIVE_CORRUPT, path, err_text());
    if (!status)
        status = last > 0 ? unpack_long(budget, buf_view(&taken), stream, kind, path, depth)
                          : archive_give_large(budget, &taken, &turn, kind, path, depth);
    buf_release(&taken);
    budget->large = large;
    if (turn)
        sem_post(turn);
    return status;
}

static enum status unpack_stream(struct budget *budget, const struct stream *stream,
                                 enum archive_kind kind, const char *path, unsigned depth)
{
    switch (kind) {
    case ARCHIVE_LZMA:
        return unpack_lzma(budget, stream, path, depth);
    case ARCHIVE_PDF:
        return unpack_in_memory(budget, stream, LIMIT_PDF_BYTES, kind, path, depth);
    case ARCHIVE_GZIP:
    case ARCHIVE_INDEXED:
    case ARCHIVE_SEVENZIP:
        return unpack_in_memory(budget, stream, LIMIT_ARCHIVE_MEMORY_BYTES, kind, path, depth);
    default:
        return archive_level_stream(budget, stream, kind, path, depth);
    }
}

enum status archive_unpack_memory(struct slice bytes, enum archive_kind kind, const char *path,
                                  const struct archive_limits *limits,
                                  const struct archive_callbacks *callbacks, uint64_t *archives)
{
    struct budget budget = { .limits = *limits, .callbacks = callbacks };

    return budget_finish(&budget, archive_bytes(&budget, bytes, kind, path, 1), archives);
}

/* A stream of unknown length: what it may expand to grows with what has been read of it. */
struct counted {
    const struct stream *stream;
    struct budget *budget;
    uint64_t bytes;
};

static ssize_t read_counted(void *ctx, uint8_t *out, size_t n)
{
    struct counted *c = ctx;
    ssize_t got = c->stream->read(c->stream->ctx, out, n);

    c->bytes += got > 0 ? (uint64_t)got : 0;
    if (c->bytes * LIMIT_ARCHIVE_RATIO > c->budget->limits.expanded_bytes)
        c->budget->limits.expanded_bytes = c->bytes * LIMIT_ARCHIVE_RATIO;
    return got;
}

enum status archive_unpack_stream(const struct stream *stream, enum archive_kind kind,
                                  const char *path, const struct archive_limits *limits,
                                  const struct archive_callbacks *callbacks, uint64_t *archives)
{
    struct budget budget = { .limits = *limits, .callbacks = callbacks };
    struct counted counted = { stream, &budget, 0 };
    struct stream source = { read_counted, &counted };

    return budget_finish(&budget, unpack_stream(&budget, &source, kind, path, 1), archives);
}

enum status archive_unpack_seekable(const struct seekable *source, enum archive_kind kind,
                                    const char *path, const struct archive_limits *limits,
                                    const struct archive_callbacks *callbacks, uint64_t *archives)
{
    struct budget budget = { .limits = *limits, .callbacks = callbacks };
    struct archive_place place = { .source = *source };

    assert(archive_is_indexed(kind));
    return budget_finish(&budget, archive_indexed(&budget, &place, kind, path, 1), archives);
}

enum status archive_unpack(int fd, uint64_t size, enum archive_kind kind, const char *path,
                           const struct archive_limits *limits,
                           const struct archive_callbacks *callbacks, uint64_t *archives)
{
    struct budget budget = { .limits = *limits, .callbacks = callbacks };
    struct stream file = stream_of_fd(&fd);
    enum status status;

    if (kind == ARCHIVE_PDF || kind == ARCHIVE_LZMA)
        return budget_finish(&budget, unpack_stream(&budget, &file, kind, path, 1), archives);
    if (kind == ARCHIVE_GZIP && size <= LIMIT_GZIP_BYTES / 4) {
        struct buf packed = { 0 };

        buf_reserve(&packed, (size_t)size + 1);
        status = archive_take_in(&file, (size_t)size, &packed) < 0 ? STATUS_IO : STATUS_OK;
        if (!status)
            status = archive_bytes(&budget, buf_view(&packed), kind, path, 1);
        buf_release(&packed);
        return budget_finish(&budget, status, archives);
    }
    if (archive_is_indexed(kind)) {
        struct archive_place place = { seekable_of_fd(&fd, size), true };

        return budget_finish(&budget, archive_indexed(&budget, &place, kind, path, 1), archives);
    }
    status = kind == ARCHIVE_GZIP ? unpack_gzip(&budget, &file, path, 1)
                                  : archive_level_stream(&budget, &file, kind, path, 1);
    return budget_finish(&budget, status, archives);
}
