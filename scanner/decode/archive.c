/*
 * archive.c - libarchive, told to use nothing but libraries.
 *
 * An archive inside of an archive is read from its member's stream; one that must be read from its
 * end (zip, 7z, iso) is taken into memory first, as far as that goes. All levels share one budget,
 * so that a bomb ends. A small member that is an archive becomes a part, which has a budget of its
 * own: until it is known what the part took of it, all of it is set aside in that of the whole. So
 * what is read does not depend on who unpacks the parts, or when.
 */
#include "decode/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "decode/gzip.h"
#include "decode/lzma.h"
#include "decode/pdf.h"

/* Bytes that are read from a stream at once. */
enum { BLOCK_BYTES = 64 * 1024 };

/* What all levels of one outermost archive, or of one part, share. */
struct budget {
    struct archive_limits limits;
    const struct archive_callbacks *callbacks;
    _Atomic uint64_t expanded, members; /* parts that are done included */
    atomic_uint parts;                  /* that are not done */
    uint64_t archives;
    bool told; /* that a limit was reached */
};

/* --- losses --- */

static void tell(const struct budget *budget, enum archive_loss why, const char *path,
                 const char *message)
{
    budget->callbacks->loss(budget->callbacks->ctx, why, path, message);
}

/*
 * Could `parts` parts more than those that are not done lead beyond the limits? The parts are read
 * first: one that ends meanwhile counts twice and not never.
 */
static bool may_be_spent(struct budget *budget, unsigned parts)
{
    uint64_t open = (uint64_t)atomic_load(&budget->parts) + parts;

    return atomic_load(&budget->expanded) + open * LIMIT_ARCHIVE_PART_EXPANDED_BYTES >
               budget->limits.expanded_bytes ||
           atomic_load(&budget->members) + open * LIMIT_ARCHIVE_PART_MEMBERS >
               budget->limits.members;
}

static bool is_spent(struct budget *budget)
{
    if (atomic_load(&budget->parts) && may_be_spent(budget, 0))
        budget->callbacks->settle(budget->callbacks->ctx);
    return budget->expanded > budget->limits.expanded_bytes ||
           budget->members > budget->limits.members;
}

/* Likewise, telling it once. */
static bool ends_here(struct budget *budget, const char *path)
{
    bool spent = is_spent(budget);

    if (spent && !budget->told) {
        budget->told = true;
        tell(budget, ARCHIVE_LIMIT, path,
             budget->members > budget->limits.members
                 ? "more members than are looked at; the rest was not read"
                 : "expands to more bytes than are looked at; the rest was not read");
    }
    return spent;
}

/* --- one archive --- */

/* A level: an archive that libarchive reads, and where its bytes come from. */
struct level {
    struct budget *budget;
    struct archive *archive;
    const struct stream *source; /* NULL: a file or memory */
    const char *path;
    enum archive_kind kind;
    unsigned depth;
    struct buf member; /* a small one, whole */
    uint8_t block[BLOCK_BYTES];
};

static la_ssize_t on_read(struct archive *archive, void *ctx, const void **block)
{
    struct level *level = ctx;
    ssize_t n = level->source->read(level->source->ctx, level->block, sizeof(level->block));

    *block = level->block;
    if (n < 0)
        archive_set_error(archive, EIO, "%s", err_text());
    return n;
}

typedef int support_fn(struct archive *archive);

/*
 * Filters and formats one by one: libarchive's "all" holds filters that run programs (lrzip, lzop,
 * grzip), those that take a dictionary of any size (xz, lzma, lzip: lzma.h), and formats that any
 * text may be taken for. A compressed stream is only a stream here,
 * whatever it holds: zeros would pass for the end of a tar.
 */
static support_fn *const filters[] = {
    archive_read_support_filter_bzip2, archive_read_support_filter_compress,
    archive_read_support_filter_gzip,  archive_read_support_filter_lz4,
    archive_read_support_filter_zstd,  archive_read_support_filter_rpm,
    archive_read_support_format_raw,   NULL,
};

static support_fn *const containers[] = {
    archive_read_support_format_7zip,
    archive_read_support_format_ar,
    archive_read_support_format_cab,
    archive_read_support_format_cpio,
    archive_read_support_format_iso9660,
    archive_read_support_format_rar,
    archive_read_support_format_rar5,
    archive_read_support_format_tar,
    archive_read_support_format_gnutar,
    archive_read_support_format_zip,
    NULL,
};

static bool is_stream(enum archive_kind kind)
{
    return kind == ARCHIVE_GZIP || kind == ARCHIVE_LZMA || kind == ARCHIVE_COMPRESSED;
}

static bool add_support(struct archive *archive, support_fn *const *support)
{
    for (; *support; support++)
        if ((*support)(archive) != ARCHIVE_OK) /* ARCHIVE_WARN: only by running a program */
            return false;
    return true;
}

static bool prepare(struct archive *archive, enum archive_kind kind)
{
    if (!add_support(archive, filters))
        return false;
    /* What stands behind a tar's end is read too. */
    return is_stream(kind) ||
           (add_support(archive, containers) &&
            archive_read_set_options(archive, "tar:read_concatenated_archives") == ARCHIVE_OK);
}

/* The bytes of the current member. */
static ssize_t read_member(void *ctx, uint8_t *out, size_t n)
{
    struct level *level = ctx;
    la_ssize_t got = archive_read_data(level->archive, out, n);

    if (got < 0) {
        const char *text = archive_error_string(level->archive);

        err_set(STATUS_CORRUPT, "%s", text ? text : "cannot be unpacked");
        return -1;
    }
    return got;
}

/* A stream whose bytes count against the budget, and end with it. */
struct charged {
    struct budget *budget;
    const struct stream *stream;
};

static ssize_t read_charged(void *ctx, uint8_t *out, size_t n)
{
    struct charged *c = ctx;
    ssize_t got = is_spent(c->budget) ? 0 : c->stream->read(c->stream->ctx, out, n);

    if (got > 0)
        atomic_fetch_add(&c->budget->expanded, (uint64_t)got);
    return got;
}

/* Take up to `max` bytes of a stream into memory: what the last read returned, 0 or -1 at its end.
 */
static ssize_t take_in(const struct stream *stream, size_t max, struct buf *out)
{
    ssize_t n = 1;

    while (n > 0 && out->len < max) {
        size_t want = max - out->len < BLOCK_BYTES ? max - out->len : BLOCK_BYTES;

        buf_reserve(out, want + 1);
        if (buf_status(out))
            return -1;
        n = stream->read(stream->ctx, out->ptr + out->len, want);
        out->len += n > 0 ? (size_t)n : 0;
    }
    return n;
}

static enum status unpack_stream(struct budget *budget, const struct stream *stream,
                                 enum archive_kind kind, const char *path, unsigned depth);
static enum status unpack_bytes(struct budget *budget, struct slice bytes, enum archive_kind kind,
                                const char *path, unsigned depth);

/* The depth of what is of `kind` in an archive of kind `outer`: x.tar.gz is one archive. */
static unsigned depth_in(enum archive_kind outer, enum archive_kind kind, unsigned depth)
{
    return depth + (!is_stream(outer) || is_stream(kind));
}

static bool is_too_deep(struct budget *budget, const char *path, unsigned depth)
{
    if (depth <= budget->limits.depth)
        return false;
    tell(budget, ARCHIVE_LIMIT, path, "an archive inside of more archives than are opened");
    return true;
}

/* --- parts --- */

struct archive_part {
    struct budget *whole;
    enum archive_kind kind;
    unsigned depth;
    char *path;
    size_t len;
    uint8_t bytes[];
};

/* Give `bytes` away to be unpacked by whoever has time. */
static enum status give_part(struct budget *budget, struct slice bytes, enum archive_kind kind,
                             const char *path, unsigned depth)
{
    struct archive_part *part = malloc(sizeof(*part) + bytes.len);

    if (part)
        *part = (struct archive_part){ budget, kind, depth, strdup(path), bytes.len };
    if (!part || !part->path) {
        free(part);
        return err_nomem();
    }
    memcpy(part->bytes, bytes.ptr, bytes.len);
    if (may_be_spent(budget, 1))
        budget->callbacks->settle(budget->callbacks->ctx);
    atomic_fetch_add(&budget->parts, 1);
    budget->callbacks->part(budget->callbacks->ctx, part);
    return STATUS_OK;
}

enum status archive_part_unpack(struct archive_part *part,
                                const struct archive_callbacks *callbacks, uint64_t *archives)
{
    struct budget budget = { .limits = part->whole->limits, .callbacks = callbacks };
    struct slice bytes = { part->bytes, part->len };
    enum status status;

    assert(!callbacks->part);
    budget.limits.expanded_bytes = LIMIT_ARCHIVE_PART_EXPANDED_BYTES;
    budget.limits.members = LIMIT_ARCHIVE_PART_MEMBERS;
    status = unpack_bytes(&budget, bytes, part->kind, part->path, part->depth);
    *archives += budget.archives;
    atomic_fetch_add(&part->whole->expanded, budget.expanded);
    atomic_fetch_add(&part->whole->members, budget.members);
    atomic_fetch_sub(&part->whole->parts, 1);
    free(part->path);
    free(part);
    return status;
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
        return give_part(budget, bytes, kind, path, depth);
    return unpack_bytes(budget, bytes, kind, path, depth);
}

/* Likewise one that is read from `stream`; `taken` is memory for its beginning. */
static enum status hand_over(struct budget *budget, const struct stream *stream, const char *path,
                             enum archive_kind outer, unsigned depth, struct buf *taken)
{
    struct stream_begun begun = { .rest = stream };
    struct stream whole = stream_begun(&begun);
    enum archive_kind kind;
    ssize_t last;

    buf_reset(taken);
    last = take_in(stream, LIMIT_ARCHIVE_PART_BYTES + 1, taken);
    if (buf_status(taken))
        return taken->failed;
    if (last < 0) /* what was read up to there is looked at */
        tell(budget, ARCHIVE_CORRUPT, path, err_text());
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

/* One member: its name behind the archive's, unless the archive is one compressed stream. */
static enum status unpack_member(struct level *level, struct archive_entry *entry)
{
    bool raw = archive_format(level->archive) == ARCHIVE_FORMAT_RAW;
    const char *name = archive_entry_pathname(entry);
    struct stream member = { read_member, level };
    struct charged charged = { level->budget, &member };
    struct stream stream = { read_charged, &charged };
    struct buf path = { 0 };
    enum status status;

    if (archive_entry_filetype(entry) != AE_IFREG && !raw)
        return STATUS_OK;
    buf_text(&path, level->path);
    if (!raw)
        buf_printf(&path, "!%s", name ? name : "?");
    status = buf_status(&path);
    if (!status && archive_entry_is_encrypted(entry))
        tell(level->budget, ARCHIVE_ENCRYPTED, buf_cstr(&path), "encrypted");
    else if (!status && raw && archive_filter_count(level->archive) <= 1) /* no archive after all */
        status = level->budget->callbacks->document(level->budget->callbacks->ctx, buf_cstr(&path),
                                                    &stream);
    else if (!status)
        status = hand_over(level->budget, &stream, buf_cstr(&path), level->kind, level->depth,
                           &level->member);
    buf_release(&path);
    return status;
}

static enum status unpack_members(struct level *level)
{
    for (;;) {
        struct archive_entry *entry;
        int result = archive_read_next_header(level->archive, &entry);
        enum status status;

        if (result == ARCHIVE_EOF)
            return STATUS_OK;
        if (result < ARCHIVE_WARN) {
            const char *text = archive_error_string(level->archive);

            tell(level->budget, ARCHIVE_CORRUPT, level->path, text ? text : "cannot be unpacked");
            return STATUS_OK;
        }
        level->budget->members++;
        if (ends_here(level->budget, level->path))
            return STATUS_OK;
        status = unpack_member(level, entry);
        if (status < 0)
            return status;
        if (ends_here(level->budget, level->path))
            return STATUS_OK;
    }
}

/* Open a level by one of libarchive's ways; `opened` is what that returned. */
static enum status unpack_level(struct level *level, int opened)
{
    enum status status = STATUS_OK;

    level->budget->archives++;
    if (opened != ARCHIVE_OK)
        tell(level->budget, ARCHIVE_CORRUPT, level->path, archive_error_string(level->archive));
    else
        status = unpack_members(level);
    archive_read_free(level->archive);
    buf_release(&level->member);
    free(level);
    return status;
}

static struct level *level_new(struct budget *budget, enum archive_kind kind, const char *path,
                               unsigned depth)
{
    struct level *level = malloc(sizeof(*level));

    if (!level)
        return NULL;
    level->budget = budget;
    level->source = NULL;
    level->path = path;
    level->kind = kind;
    level->depth = depth;
    level->member = (struct buf){ 0 };
    level->archive = archive_read_new();
    if (level->archive && prepare(level->archive, kind))
        return level;
    archive_read_free(level->archive);
    free(level);
    return NULL;
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
        tell(budget, ARCHIVE_ENCRYPTED, path, "an encrypted PDF");
        return status;
    }
    for (size_t at = 0; !status && !(status = pdf_next(pdf, &at, &inflated, &stream));) {
        buf_reset(&name);
        buf_printf(&name, "%s!stream@%zu", path, stream.offset);
        status = buf_status(&name);
        budget->members++;
        atomic_fetch_add(&budget->expanded, stream.work);
        if (status || ends_here(budget, path))
            break;
        if (stream.cut)
            tell(budget, ARCHIVE_LIMIT, buf_cstr(&name), "longer than is looked at");
        else if (stream.corrupt)
            tell(budget, ARCHIVE_CORRUPT, buf_cstr(&name), "cannot be inflated");
        else if (inflated.len)
            status =
                hand_over_bytes(budget, buf_view(&inflated), buf_cstr(&name), ARCHIVE_PDF, depth);
    }
    buf_release(&inflated);
    buf_release(&name);
    return status == STATUS_ABSENT ? STATUS_OK : status;
}

/* --- xz, lzma, lzip --- */

static enum status unpack_lzma(struct budget *budget, const struct stream *packed, const char *path,
                               unsigned depth)
{
    struct lzma_reader *reader = NULL;
    enum status status = lzma_reader_new(&reader, packed);
    struct charged charged = { .budget = budget };
    struct stream plain, stream = { read_charged, &charged };
    struct buf taken = { 0 };

    budget->archives++;
    if (status == STATUS_LIMIT) {
        tell(budget, ARCHIVE_LIMIT, path, err_text());
        return STATUS_OK;
    }
    if (status)
        return status;
    plain = lzma_reader_stream(reader);
    charged.stream = &plain;
    status = hand_over(budget, &stream, path, ARCHIVE_LZMA, depth, &taken);
    ends_here(budget, path);
    buf_release(&taken);
    lzma_reader_free(reader);
    return status;
}

/* --- ways in --- */

static enum status unpack_bytes(struct budget *budget, struct slice bytes, enum archive_kind kind,
                                const char *path, unsigned depth)
{
    struct buf inflated = { 0 };
    struct level *level;
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
        if (!ends_here(budget, path))
            status = hand_over_bytes(budget, buf_view(&inflated), path, kind, depth);
        buf_release(&inflated);
        return status;
    }
    buf_release(&inflated);
    level = status == STATUS_ABSENT ? level_new(budget, kind, path, depth) : NULL;
    if (!level)
        return err_nomem();
    return unpack_level(level, archive_read_open_memory(level->archive, bytes.ptr, bytes.len));
}

static enum status unpack_stream(struct budget *budget, const struct stream *stream,
                                 enum archive_kind kind, const char *path, unsigned depth)
{
    struct buf taken = { 0 };
    struct stream_begun begun = { .rest = stream };
    struct stream source = stream_begun(&begun);
    struct level *level;
    enum status status;

    if (kind == ARCHIVE_LZMA)
        return unpack_lzma(budget, stream, path, depth);
    if (kind == ARCHIVE_INDEXED || kind == ARCHIVE_GZIP || kind == ARCHIVE_PDF) {
        size_t most = kind == ARCHIVE_PDF ? LIMIT_PDF_BYTES : LIMIT_ARCHIVE_MEMORY_BYTES;
        ssize_t last = take_in(stream, most + 1, &taken);

        status = buf_status(&taken);
        if (!status && last < 0)
            tell(budget, ARCHIVE_CORRUPT, path, err_text());
        if (!status && last <= 0)
            status = unpack_bytes(budget, buf_view(&taken), kind, path, depth);
        if (last <= 0) {
            buf_release(&taken);
            return status;
        }
        /* Too long for memory: from the stream, which serves tar and most zip files. */
        begun.head = buf_view(&taken);
    }
    if (kind == ARCHIVE_PDF) {
        tell(budget, ARCHIVE_LIMIT, path, "a PDF larger than is searched for compressed text");
        status = budget->callbacks->document(budget->callbacks->ctx, path, &source);
        buf_release(&taken);
        return status;
    }
    level = level_new(budget, kind, path, depth);
    if (!level) {
        buf_release(&taken);
        return err_nomem();
    }
    level->source = &source;
    status = unpack_level(level, archive_read_open(level->archive, level, NULL, on_read, NULL));
    buf_release(&taken);
    return status;
}

/* All parts are done: what is left is the caller's to know. */
static enum status finish(struct budget *budget, enum status status, uint64_t *archives)
{
    if (atomic_load(&budget->parts))
        budget->callbacks->settle(budget->callbacks->ctx);
    *archives += budget->archives;
    return status;
}

enum status archive_unpack_memory(struct slice bytes, enum archive_kind kind, const char *path,
                                  const struct archive_limits *limits,
                                  const struct archive_callbacks *callbacks, uint64_t *archives)
{
    struct budget budget = { .limits = *limits, .callbacks = callbacks };

    return finish(&budget, unpack_bytes(&budget, bytes, kind, path, 1), archives);
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

    return finish(&budget, unpack_stream(&budget, &source, kind, path, 1), archives);
}

enum status archive_unpack(int fd, uint64_t size, enum archive_kind kind, const char *path,
                           const struct archive_limits *limits,
                           const struct archive_callbacks *callbacks, uint64_t *archives)
{
    struct budget budget = { .limits = *limits, .callbacks = callbacks };
    struct stream file = stream_of_fd(&fd);
    enum status status;
    struct level *level;

    if (kind == ARCHIVE_PDF || kind == ARCHIVE_LZMA)
        return finish(&budget, unpack_stream(&budget, &file, kind, path, 1), archives);
    if (kind == ARCHIVE_GZIP && size <= LIMIT_GZIP_BYTES / 4) {
        struct buf packed = { 0 };

        buf_reserve(&packed, (size_t)size + 1);
        status = take_in(&file, (size_t)size, &packed) < 0 ? STATUS_IO : STATUS_OK;
        if (!status)
            status = unpack_bytes(&budget, buf_view(&packed), kind, path, 1);
        buf_release(&packed);
        return finish(&budget, status, archives);
    }
    level = level_new(&budget, kind, path, 1);
    if (!level)
        return err_nomem();
    return finish(&budget,
                  unpack_level(level, archive_read_open_fd(level->archive, fd, BLOCK_BYTES)),
                  archives);
}
