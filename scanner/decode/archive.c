/*
 * archive.c - libarchive, told to use nothing but libraries, and libdeflate for gzip that fits in
 * memory.
 *
 * An archive inside of an archive is read from its member's stream; one that must be read from its
 * end (zip, 7z, iso) is taken into memory first, as far as that goes. All levels share one budget,
 * so that a bomb ends.
 */
#include "decode/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"

/* Bytes that are read from a stream at once. */
enum { BLOCK_BYTES = 64 * 1024 };

/* What all levels of one outermost archive share. */
struct budget {
    struct archive_limits limits;
    const struct archive_callbacks *callbacks;
    uint64_t expanded, members, archives;
    bool told; /* that a limit was reached */
};

/* --- what it is --- */

struct magic {
    size_t offset;
    const char *bytes;
    size_t len;
    enum archive_kind kind;
};

#define MAGIC(offset, bytes, kind)             \
    {                                          \
        offset, bytes, sizeof(bytes) - 1, kind \
    }

static const struct magic magics[] = {
    MAGIC(0, "\x1f\x8b\x08", ARCHIVE_GZIP),
    MAGIC(0, "BZh", ARCHIVE_COMPRESSED),
    MAGIC(0,
          "\xfd"
          "7zXZ\x00",
          ARCHIVE_COMPRESSED),
    MAGIC(0, "\x28\xb5\x2f\xfd", ARCHIVE_COMPRESSED), /* zstd */
    MAGIC(0, "\x04\x22\x4d\x18", ARCHIVE_COMPRESSED), /* lz4 */
    MAGIC(0, "LZIP", ARCHIVE_COMPRESSED),
    MAGIC(0, "\x1f\x9d", ARCHIVE_COMPRESSED), /* compress */
    MAGIC(0, "PK\x03\x04", ARCHIVE_INDEXED),
    MAGIC(0, "PK\x05\x06", ARCHIVE_INDEXED), /* an empty zip */
    MAGIC(0, "7z\xbc\xaf\x27\x1c", ARCHIVE_INDEXED),
    MAGIC(0, "Rar!\x1a\x07", ARCHIVE_CONTAINER),
    MAGIC(0, "!<arch>\n", ARCHIVE_CONTAINER),
    MAGIC(0, "070701", ARCHIVE_CONTAINER), /* cpio */
    MAGIC(0, "070702", ARCHIVE_CONTAINER),
    MAGIC(0, "070707", ARCHIVE_CONTAINER),
    MAGIC(0, "\xed\xab\xee\xdb", ARCHIVE_CONTAINER), /* rpm */
    MAGIC(0, "MSCF\x00\x00\x00\x00", ARCHIVE_CONTAINER),
    MAGIC(257, "ustar", ARCHIVE_CONTAINER),
};

enum archive_kind archive_sniff(struct slice head)
{
    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
        const struct magic *m = &magics[i];

        if (head.len >= m->offset + m->len && memcmp(head.ptr + m->offset, m->bytes, m->len) == 0)
            return m->kind;
    }
    return ARCHIVE_NONE;
}

/* --- losses --- */

static void tell(const struct budget *budget, enum archive_loss why, const char *path,
                 const char *message)
{
    budget->callbacks->loss(budget->callbacks->ctx, why, path, message);
}

/* Is the budget spent? That is told once. */
static bool is_spent(struct budget *budget, const char *path)
{
    bool spent = budget->expanded > budget->limits.expanded_bytes ||
                 budget->members > budget->limits.members;

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
 * grzip), and formats that any text may be taken for. A compressed stream is only a stream here,
 * whatever it holds: zeros would pass for the end of a tar.
 */
static support_fn *const filters[] = {
    archive_read_support_filter_bzip2,
    archive_read_support_filter_compress,
    archive_read_support_filter_gzip,
    archive_read_support_filter_lz4,
    archive_read_support_filter_lzip,
    archive_read_support_filter_lzma,
    archive_read_support_filter_xz,
    archive_read_support_filter_zstd,
    archive_read_support_filter_rpm,
    archive_read_support_format_raw,
    NULL,
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
    return kind == ARCHIVE_GZIP || kind == ARCHIVE_COMPRESSED;
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
    la_ssize_t got;

    if (level->budget->expanded > level->budget->limits.expanded_bytes)
        return 0;
    got = archive_read_data(level->archive, out, n);
    if (got < 0) {
        const char *text = archive_error_string(level->archive);

        err_set(STATUS_CORRUPT, "%s", text ? text : "cannot be unpacked");
        return -1;
    }
    level->budget->expanded += (uint64_t)got;
    return got;
}

/* A stream whose first bytes have been read already. */
struct peeked {
    const struct stream *rest;
    const uint8_t *head;
    size_t len, at;
};

static ssize_t read_peeked(void *ctx, uint8_t *out, size_t n)
{
    struct peeked *p = ctx;

    if (p->at == p->len)
        return p->rest->read(p->rest->ctx, out, n);
    n = n < p->len - p->at ? n : p->len - p->at;
    memcpy(out, p->head + p->at, n);
    p->at += n;
    return (ssize_t)n;
}

static enum status unpack_stream(struct budget *budget, const struct stream *stream,
                                 enum archive_kind kind, const char *path, unsigned depth);

/* Hand over one document, or take it apart if it is an archive itself. */
static enum status hand_over(struct budget *budget, const struct stream *stream, const char *path,
                             enum archive_kind outer, unsigned depth)
{
    uint8_t head[ARCHIVE_SNIFF_BYTES];
    struct peeked peeked = { .rest = stream, .head = head };
    struct stream whole = { read_peeked, &peeked };
    enum archive_kind kind;

    while (peeked.len < sizeof(head)) {
        ssize_t n = stream->read(stream->ctx, head + peeked.len, sizeof(head) - peeked.len);

        if (n < 0) {
            tell(budget, ARCHIVE_CORRUPT, path, err_text());
            return STATUS_OK;
        }
        if (n == 0)
            break;
        peeked.len += (size_t)n;
    }
    kind = archive_sniff((struct slice){ head, peeked.len });
    if (!kind)
        return budget->callbacks->document(budget->callbacks->ctx, path, &whole);
    if (!is_stream(outer) || is_stream(kind))
        depth++;
    if (depth > budget->limits.depth) {
        tell(budget, ARCHIVE_LIMIT, path, "an archive inside of more archives than are opened");
        return STATUS_OK;
    }
    return unpack_stream(budget, &whole, kind, path, depth);
}

/* One member: its name behind the archive's, unless the archive is one compressed stream. */
static enum status unpack_member(struct level *level, struct archive_entry *entry)
{
    bool raw = archive_format(level->archive) == ARCHIVE_FORMAT_RAW;
    const char *name = archive_entry_pathname(entry);
    struct stream stream = { read_member, level };
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
        status = hand_over(level->budget, &stream, buf_cstr(&path), level->kind, level->depth);
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
        if (is_spent(level->budget, level->path))
            return STATUS_OK;
        status = unpack_member(level, entry);
        if (status < 0)
            return status;
        if (is_spent(level->budget, level->path))
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
    level->archive = archive_read_new();
    if (level->archive && prepare(level->archive, kind))
        return level;
    archive_read_free(level->archive);
    free(level);
    return NULL;
}

/* --- gzip in memory --- */

static ssize_t read_slice(void *ctx, uint8_t *out, size_t n)
{
    struct slice *rest = ctx;

    n = n < rest->len ? n : rest->len;
    if (n)
        memcpy(out, rest->ptr, n);
    *rest = slice_sub(*rest, n, rest->len);
    return (ssize_t)n;
}

/*
 * Inflate all members of a gzip file at once: STATUS_ABSENT where it is no such file, or grows
 * larger than the memory set aside for it, and has to be read as a stream.
 */
static enum status inflate_whole(struct slice packed, struct buf *out)
{
    struct libdeflate_decompressor *inflate = libdeflate_alloc_decompressor();
    enum status status = inflate ? STATUS_OK : err_nomem();

    while (packed.len && !status) {
        const uint8_t *end = packed.ptr + packed.len;
        size_t size = packed.len < 18 ? SIZE_MAX
                                      : end[-4] | (size_t)end[-3] << 8 | (size_t)end[-2] << 16 |
                                            (size_t)end[-1] << 24;
        size_t used, got;

        if (size > LIMIT_GZIP_BYTES || out->len + size > LIMIT_GZIP_BYTES) {
            status = STATUS_ABSENT;
            break;
        }
        buf_reserve(out, size + 1);
        if ((status = buf_status(out)))
            break;
        if (libdeflate_gzip_decompress_ex(inflate, packed.ptr, packed.len, out->ptr + out->len,
                                          size, &used, &got) != LIBDEFLATE_SUCCESS) {
            status = STATUS_ABSENT;
            break;
        }
        out->len += got;
        packed = slice_sub(packed, used, packed.len);
    }
    libdeflate_free_decompressor(inflate);
    return status;
}

/* --- ways in --- */

static enum status unpack_bytes(struct budget *budget, struct slice bytes, enum archive_kind kind,
                                const char *path, unsigned depth)
{
    struct buf inflated = { 0 };
    struct level *level;
    enum status status = kind == ARCHIVE_GZIP ? inflate_whole(bytes, &inflated) : STATUS_ABSENT;

    if (status == STATUS_OK) {
        struct slice rest = buf_view(&inflated);
        struct stream stream = { read_slice, &rest };

        budget->archives++;
        budget->expanded += inflated.len;
        status = is_spent(budget, path) ? STATUS_OK : hand_over(budget, &stream, path, kind, depth);
        buf_release(&inflated);
        return status;
    }
    buf_release(&inflated);
    level = status == STATUS_ABSENT ? level_new(budget, kind, path, depth) : NULL;
    if (!level)
        return err_nomem();
    return unpack_level(level, archive_read_open_memory(level->archive, bytes.ptr, bytes.len));
}

/* Take a stream into memory as far as LIMIT_ARCHIVE_MEMORY_BYTES. False: it is longer. */
static bool take_in(const struct stream *stream, struct buf *out, enum status *status)
{
    ssize_t n;

    do {
        buf_reserve(out, BLOCK_BYTES);
        if ((*status = buf_status(out)))
            return false;
        n = stream->read(stream->ctx, out->ptr + out->len, BLOCK_BYTES);
        out->len += n > 0 ? (size_t)n : 0;
    } while (n > 0 && out->len <= LIMIT_ARCHIVE_MEMORY_BYTES);
    return n <= 0;
}

static enum status unpack_stream(struct budget *budget, const struct stream *stream,
                                 enum archive_kind kind, const char *path, unsigned depth)
{
    struct stream source = *stream;
    struct buf taken = { 0 };
    struct peeked peeked;
    struct level *level;
    enum status status = STATUS_OK;

    if (kind == ARCHIVE_INDEXED || kind == ARCHIVE_GZIP) {
        bool whole = take_in(stream, &taken, &status);

        if (whole && !status)
            status = unpack_bytes(budget, buf_view(&taken), kind, path, depth);
        if (whole || status) {
            buf_release(&taken);
            return status;
        }
        /* Too long for memory: from the stream, which serves tar and most zip files. */
        peeked = (struct peeked){ .rest = stream, .head = taken.ptr, .len = taken.len };
        source = (struct stream){ read_peeked, &peeked };
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

static enum status read_file(int fd, uint64_t size, struct buf *out)
{
    buf_reserve(out, size + 1);
    while (!out->failed && out->len < size) {
        ssize_t n = read(fd, out->ptr + out->len, size - out->len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        out->len += (size_t)n;
    }
    return buf_status(out);
}

enum status archive_unpack_memory(struct slice bytes, enum archive_kind kind, const char *path,
                                  const struct archive_limits *limits,
                                  const struct archive_callbacks *callbacks, uint64_t *archives)
{
    struct budget budget = { .limits = *limits, .callbacks = callbacks };
    enum status status = unpack_bytes(&budget, bytes, kind, path, 1);

    *archives += budget.archives;
    return status;
}

enum status archive_unpack_stream(const struct stream *stream, enum archive_kind kind,
                                  const char *path, const struct archive_limits *limits,
                                  const struct archive_callbacks *callbacks, uint64_t *archives)
{
    struct budget budget = { .limits = *limits, .callbacks = callbacks };
    enum status status = unpack_stream(&budget, stream, kind, path, 1);

    *archives += budget.archives;
    return status;
}

enum status archive_unpack(int fd, uint64_t size, enum archive_kind kind, const char *path,
                           const struct archive_limits *limits,
                           const struct archive_callbacks *callbacks, uint64_t *archives)
{
    struct budget budget = { .limits = *limits, .callbacks = callbacks };
    enum status status;
    struct level *level;

    if (kind == ARCHIVE_GZIP && size <= LIMIT_GZIP_BYTES / 4) {
        struct buf packed = { 0 };

        status = read_file(fd, size, &packed);
        if (!status)
            status =
                archive_unpack_memory(buf_view(&packed), kind, path, limits, callbacks, archives);
        buf_release(&packed);
        return status;
    }
    level = level_new(&budget, kind, path, 1);
    if (!level)
        return err_nomem();
    status = unpack_level(level, archive_read_open_fd(level->archive, fd, BLOCK_BYTES));
    *archives += budget.archives;
    return status;
}
