/* archive_level.c - libarchive, told to use nothing but libraries. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "decode/ar.h"
#include "decode/archive_private.h"

/* A level: an archive that libarchive reads, and where its bytes come from. */
struct level {
    struct budget *budget;
    struct archive *archive;
    struct archive_entry *entry;     /* our own: libarchive's may be missing where memory is out */
    const struct stream *source;     /* NULL: none */
    const struct seekable *seekable; /* likewise */
    uint64_t offset;                 /* of what is read next of that */
    const bool *taken;               /* members to pass over; NULL: none */
    size_t at;                       /* members that were asked for */
    const char *path;
    enum archive_kind kind;
    unsigned depth;
    bool between;          /* libarchive is at what lies between members */
    uint64_t between_read; /* bytes of that, but for zeros */
    struct buf member;     /* a small one, whole */
    const char *name;      /* the path of the current one */
    uint64_t left;         /* bytes that may be read of it */
    uint64_t done;         /* that were */
    struct slice content;  /* libarchive's: what is read next of it, but for zeros, */
    uint64_t content_at;   /* from there on */
    bool last;             /* that is all */
    uint8_t block[ARCHIVE_BLOCK_BYTES];
};

/* Room for what lies between members. What libarchive keeps of it has no bound of its own. */
static uint64_t between_max(const struct level *level)
{
    return archive_is_indexed(level->kind) ? LIMIT_ARCHIVE_INDEX_BYTES : LIMIT_ARCHIVE_HEADER_BYTES;
}

static bool is_zero(const uint8_t *bytes, size_t n)
{
    return !n || (!bytes[0] && !memcmp(bytes, bytes + 1, n - 1));
}

/* What came of the `n` bytes in the block. A tape may end in any number of zeros. */
static la_ssize_t take_block(struct level *level, const void **block, ssize_t n)
{
    *block = level->block;
    if (n < 0)
        archive_set_error(level->archive, EIO, "%s", err_text());
    else if (level->between && !is_zero(level->block, (size_t)n))
        level->between_read += (uint64_t)n;
    return level->between_read > between_max(level) ? ARCHIVE_FATAL : n;
}

static la_ssize_t on_read(struct archive *archive, void *ctx, const void **block)
{
    struct level *level = ctx;

    (void)archive;
    return take_block(level, block,
                      level->source->read(level->source->ctx, level->block, sizeof(level->block)));
}

static la_ssize_t on_read_at(struct archive *archive, void *ctx, const void **block)
{
    struct level *level = ctx;
    ssize_t n = level->seekable->read_at(level->seekable->ctx, level->offset, level->block,
                                         sizeof(level->block));

    (void)archive;
    level->offset += n > 0 ? (uint64_t)n : 0;
    return take_block(level, block, n);
}

static la_int64_t on_skip(struct archive *archive, void *ctx, la_int64_t request)
{
    struct level *level = ctx;
    uint64_t left = level->seekable->size - level->offset, n = (uint64_t)request;

    (void)archive;
    n = n < left ? n : left;
    level->offset += n;
    return (la_int64_t)n;
}

static la_int64_t on_seek(struct archive *archive, void *ctx, la_int64_t offset, int whence)
{
    struct level *level = ctx;
    la_int64_t size = (la_int64_t)level->seekable->size;
    la_int64_t from = whence == SEEK_SET   ? 0
                      : whence == SEEK_END ? size
                                           : (la_int64_t)level->offset;

    (void)archive;
    if (offset < -from || offset > size - from)
        return ARCHIVE_FATAL;
    level->offset = (uint64_t)(from + offset);
    return from + offset;
}

typedef int support_fn(struct archive *archive);

/*
 * Filters and formats one by one: libarchive's "all" holds filters that run programs (lrzip, lzop,
 * grzip), those that take a dictionary of any size (xz, lzma, lzip: lzma.h), and formats that any
 * text may be taken for. A compressed stream is only a stream here, whatever it holds: zeros would
 * pass for the end of a tar.
 */
static support_fn *const filters[] = {
    archive_read_support_filter_bzip2, archive_read_support_filter_compress,
    archive_read_support_filter_gzip,  archive_read_support_filter_lz4,
    archive_read_support_filter_zstd,  archive_read_support_filter_rpm,
    archive_read_support_format_raw,   NULL,
};

static support_fn *const containers[] = {
    archive_read_support_format_ar,   archive_read_support_format_cab,
    archive_read_support_format_cpio, archive_read_support_format_iso9660,
    archive_read_support_format_rar,  archive_read_support_format_rar5,
    archive_read_support_format_tar,  archive_read_support_format_gnutar,
    archive_read_support_format_zip,  NULL,
};

/* For what sevenzip.h has checked: else a file of two forms could come in past that. */
static support_fn *const sevenzip[] = { archive_read_support_format_7zip, NULL };

static bool add_support(struct archive *archive, support_fn *const *support)
{
    for (; *support; support++)
        if ((*support)(archive) != ARCHIVE_OK) /* ARCHIVE_WARN: only by running a program */
            return false;
    return true;
}

static bool prepare(struct archive *archive, enum archive_kind kind)
{
    if (kind == ARCHIVE_SEVENZIP)
        return add_support(archive, sevenzip);
    if (!add_support(archive, filters))
        return false;
    /* What stands behind a tar's end is read too. */
    return archive_is_stream(kind) ||
           (add_support(archive, containers) &&
            archive_read_set_options(archive, "tar:read_concatenated_archives") == ARCHIVE_OK);
}

/* See what comes next of the current member. -1: it cannot be unpacked. */
static int next_content(struct level *level)
{
    const void *bytes = NULL;
    size_t n = 0;
    la_int64_t at = 0;
    int result = archive_read_data_block(level->archive, &bytes, &n, &at);

    if (result < ARCHIVE_OK) {
        const char *text = archive_error_string(level->archive);

        err_set(STATUS_CORRUPT, "%s", text ? text : "cannot be unpacked");
        return -1;
    }
    /* At the end it may tell where a sparse file ends; no format goes back. */
    level->last = result == ARCHIVE_EOF || at < 0 || (uint64_t)at < level->done;
    level->content = (struct slice){ bytes, level->last ? 0 : n };
    level->content_at = at > 0 && (uint64_t)at > level->done ? (uint64_t)at : level->done;
    return 0;
}

/* The bytes of the current member, with the zeros that a sparse one leaves out. */
static ssize_t read_member(void *ctx, uint8_t *out, size_t n)
{
    struct level *level = ctx;

    while (!level->last && level->done == level->content_at && !level->content.len)
        if (next_content(level))
            return -1;
    if (level->done == level->content_at && !level->content.len)
        return 0;
    n = n < level->left ? n : (size_t)level->left;
    if (!n) {
        budget_tell(level->budget, ARCHIVE_LIMIT, level->name,
                    "longer than the dictionary that is set aside; the rest was not read");
        return 0;
    }
    if (level->done < level->content_at) {
        uint64_t zeros = level->content_at - level->done;

        n = n < zeros ? n : (size_t)zeros;
        memset(out, 0, n);
    } else {
        n = n < level->content.len ? n : level->content.len;
        memcpy(out, level->content.ptr, n);
        level->content = slice_sub(level->content, n, level->content.len);
        level->content_at += n;
    }
    level->done += n;
    level->left -= n;
    return (ssize_t)n;
}

/*
 * The bytes that may be read of the current member. One in a zip may ask for a dictionary of any
 * size, which is filled as the member is read, and no further.
 */
static uint64_t most_of_member(struct archive *archive)
{
    const char *form = archive_format_name(archive);

    return form && (strstr(form, "(lzma)") || strstr(form, "(xz)")) ? LIMIT_LZMA_BYTES : UINT64_MAX;
}

/* One member: its name behind the archive's, unless the archive is one compressed stream. */
static enum status unpack_member(struct level *level, struct archive_entry *entry)
{
    bool raw = archive_format(level->archive) == ARCHIVE_FORMAT_RAW;
    const char *name = archive_entry_pathname(entry);
    struct stream member = { read_member, level };
    struct charged charged = { level->budget, &member };
    struct stream stream = charged_stream(&charged);
    struct buf path = { 0 };
    enum status status;

    if (archive_entry_filetype(entry) != AE_IFREG && !raw)
        return STATUS_OK;
    buf_text(&path, level->path);
    if (!raw)
        buf_printf(&path, "!%s", name ? name : "?");
    status = buf_status(&path);
    level->name = buf_cstr(&path);
    level->left = most_of_member(level->archive);
    level->done = level->content_at = 0;
    level->content.len = 0;
    level->last = false;
    if (!status && archive_entry_is_encrypted(entry))
        budget_tell(level->budget, ARCHIVE_ENCRYPTED, buf_cstr(&path), "encrypted");
    else if (!status && raw && archive_filter_count(level->archive) <= 1) /* no archive after all */
        status = level->budget->callbacks->document(level->budget->callbacks->ctx, buf_cstr(&path),
                                                    &stream);
    else if (!status)
        status = archive_hand_over(level->budget, &stream, buf_cstr(&path), level->kind,
                                   level->depth, &level->member);
    buf_release(&path);
    return status;
}

/* What was not read of the member before is passed over first. */
static int next_member(struct level *level)
{
    int result = level->at++ ? archive_read_data_skip(level->archive) : ARCHIVE_OK;

    if (result == ARCHIVE_FATAL)
        return result;
    level->between = true;
    level->between_read = 0;
    result = archive_read_next_header2(level->archive, level->entry);
    level->between = false;
    return result;
}

static enum status unpack_members(struct level *level)
{
    for (;;) {
        enum status status;
        int result = next_member(level);

        if (result == ARCHIVE_EOF)
            return STATUS_OK;
        if (level->between_read > between_max(level)) {
            budget_tell(level->budget, ARCHIVE_LIMIT, level->path,
                        "more between two members than is read; the rest was not read");
            return STATUS_OK;
        }
        if (result < ARCHIVE_WARN) {
            const char *text = archive_error_string(level->archive);

            budget_tell(level->budget, ARCHIVE_CORRUPT, level->path,
                        text ? text : "cannot be unpacked");
            return STATUS_OK;
        }
        if (level->taken && level->taken[level->at - 1])
            continue;
        level->budget->members++;
        if (budget_ends(level->budget, level->path))
            return STATUS_OK;
        status = unpack_member(level, level->entry);
        if (status < 0)
            return status;
        if (budget_ends(level->budget, level->path))
            return STATUS_OK;
    }
}

static void level_free(struct level *level)
{
    archive_entry_free(level->entry);
    archive_read_free(level->archive);
    free(level);
}

/* Open a level by one of libarchive's ways; `opened` is what that returned. */
static enum status unpack_level(struct level *level, int opened)
{
    enum status status = STATUS_OK;

    level->budget->archives++;
    if (opened != ARCHIVE_OK)
        budget_tell(level->budget, ARCHIVE_CORRUPT, level->path,
                    archive_error_string(level->archive));
    else
        status = unpack_members(level);
    buf_release(&level->member);
    level_free(level);
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
    level->seekable = NULL;
    level->offset = 0;
    level->taken = NULL;
    level->at = 0;
    level->between = false;
    level->between_read = 0;
    level->path = path;
    level->kind = kind;
    level->depth = depth;
    level->member = (struct buf){ 0 };
    level->archive = archive_read_new();
    level->entry = archive_entry_new2(level->archive);
    /* The list of what is read: libarchive's own ways to open miss that memory for it is out. */
    if (level->archive && level->entry && prepare(level->archive, kind) &&
        archive_read_set_callback_data(level->archive, NULL) == ARCHIVE_OK)
        return level;
    level_free(level);
    return NULL;
}

enum status archive_level_stream(struct budget *budget, const struct stream *stream,
                                 enum archive_kind kind, const char *path, unsigned depth)
{
    struct level *level = level_new(budget, kind, path, depth);
    struct ar_stream ar = { .source = stream };
    struct stream named = ar_stream(&ar);

    if (!level)
        return err_nomem();
    level->source = kind == ARCHIVE_CONTAINER ? &named : stream;
    return unpack_level(level, archive_read_open(level->archive, level, NULL, on_read, NULL));
}

enum status archive_level_seekable(struct budget *budget, const struct seekable *source,
                                   enum archive_kind kind, const char *path, unsigned depth,
                                   const bool *taken)
{
    struct level *level = level_new(budget, kind, path, depth);

    if (!level)
        return err_nomem();
    level->seekable = source;
    level->taken = taken;
    archive_read_set_seek_callback(level->archive, on_seek);
    return unpack_level(level,
                        archive_read_open2(level->archive, level, NULL, on_read_at, on_skip, NULL));
}
