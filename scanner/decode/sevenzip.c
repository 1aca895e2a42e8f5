/*
 * sevenzip.c - the headers of 7z, by the 7zFormat.txt of the LZMA SDK, as far as the folders.
 *
 * At the end of the file stands the header, mostly packed: then a small header tells of the one
 * folder that it is packed in.
 */
#include "decode/sevenzip.h"

#include "base/buf.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "decode/lzma.h"

enum { START_BYTES = 32 };

/* Ids of the header's parts, and of methods. */
enum {
    END = 0x00,
    HEADER = 0x01,
    PROPERTIES = 0x02,
    STREAMS = 0x04,
    FILES = 0x05,
    PACKED = 0x06,
    UNPACKED = 0x07,
    MEMBERS = 0x08,
    SIZES = 0x09,
    CHECKSUMS = 0x0a,
    FOLDERS = 0x0b,
    FOLDER_SIZES = 0x0c,
    MEMBER_COUNTS = 0x0d,
    PACKED_HEADER = 0x17,
};
enum { LZMA = 0x030101, LZMA2 = 0x21, PPMD = 0x030401, BCJ2 = 0x0303011b, ENCRYPTED = 0x06f1 };

/* Of one folder: as many coders as libarchive takes, and streams as 7-Zip does. */
enum { CODERS = 4, BONDS = 32 };

/* Bytes that libarchive keeps of each folder, packed stream, member of a folder, and file. */
enum { FOLDER_KEPT = 400, PACKED_KEPT = 21, MEMBER_KEPT = 13, FILE_KEPT = 112 };

/* --- numbers --- */

/* Where the header is read; `bad` is set where it ends too early, and then all reads give 0. */
struct cursor {
    struct slice rest;
    bool bad;
};

static struct slice take(struct cursor *c, uint64_t n)
{
    struct slice taken = { 0 };

    if (n > c->rest.len) {
        c->bad = true;
        c->rest = taken;
        return taken;
    }
    taken = slice_sub(c->rest, 0, (size_t)n);
    c->rest = slice_sub(c->rest, (size_t)n, c->rest.len);
    return taken;
}

static unsigned take_byte(struct cursor *c)
{
    struct slice byte = take(c, 1);

    return byte.len ? byte.ptr[0] : 0;
}

/* As many ones as the first byte begins with, so many bytes follow; its other bits are the highest.
 */
static uint64_t take_number(struct cursor *c)
{
    unsigned first = take_byte(c);
    uint64_t number = 0;

    for (unsigned i = 0, bit = 0x80; i < 8; i++, bit >>= 1) {
        if (!(first & bit))
            return number + ((uint64_t)(first & (bit - 1)) << (8 * i));
        number |= (uint64_t)take_byte(c) << (8 * i);
    }
    return number;
}

static void pass_numbers(struct cursor *c, uint64_t n)
{
    while (n-- && !c->bad)
        take_number(c);
}

/* Which of some things have a checksum: those whose bit is set, the highest bit first. */
struct checksums {
    bool all;
    struct slice bits;
};

static bool has_checksum(const struct checksums *there, uint64_t i)
{
    return there->all || (i / 8 < there->bits.len && there->bits.ptr[i / 8] >> (7 - i % 8) & 1);
}

/* The checksums of `n` things. */
static struct checksums take_checksums(struct cursor *c, uint64_t n)
{
    struct checksums there = { .all = take_byte(c) != 0 };
    uint64_t count = n;

    if (!there.all) {
        there.bits = take(c, n / 8 + (n % 8 != 0));
        count = 0;
        for (uint64_t i = 0; i < n && !c->bad; i++)
            count += has_checksum(&there, i);
    }
    take(c, count > UINT64_MAX / 4 ? UINT64_MAX : count * 4);
    return there;
}

/* --- folders --- */

struct coder {
    uint64_t id;
    struct slice properties;
};

struct folder {
    struct coder coders[CODERS];
    uint64_t count, in, out, packed; /* coders; streams into and out of them, and in the file */
    uint64_t first_bound;            /* the stream that the first bond leads into */
};

static void take_coder(struct cursor *c, struct folder *f, struct coder *coder)
{
    unsigned form = take_byte(c);
    struct slice id = take(c, form & 0x0f);
    uint64_t in = 1, out = 1;

    *coder = (struct coder){ 0 };
    for (size_t i = 0; i < id.len; i++)
        coder->id = coder->id << 8 | id.ptr[i];
    if (form & 0x10) {
        in = take_number(c);
        out = take_number(c);
    }
    if (form & 0x20)
        coder->properties = take(c, take_number(c));
    c->bad |= form & 0x80 || in > BONDS || out > BONDS;
    f->in += in;
    f->out += out;
}

static void take_folder(struct cursor *c, struct folder *f)
{
    *f = (struct folder){ .count = take_number(c) };
    if (f->count > CODERS) {
        c->bad = true;
        f->count = 0;
    }
    for (uint64_t i = 0; i < f->count && !c->bad; i++)
        take_coder(c, f, &f->coders[i]);
    c->bad |= f->out == 0 || f->in < f->out - 1;
    for (uint64_t i = 0; i + 1 < f->out && !c->bad; i++) {
        uint64_t in = take_number(c);

        take_number(c);
        if (i == 0)
            f->first_bound = in;
    }
    f->packed = c->bad ? 0 : f->in - (f->out - 1);
    if (f->packed != 1)
        pass_numbers(c, f->packed);
}

static uint64_t coder_memory(const struct coder *coder)
{
    if (coder->id == LZMA || coder->id == LZMA2)
        return lzma_raw_memory(coder->id == LZMA2, coder->properties);
    return coder->id == PPMD && coder->properties.len >= 5 ? read_le32(coder->properties.ptr + 1)
                                                           : 0;
}

static bool is_encrypted(const struct folder *f)
{
    for (uint64_t i = 0; i < f->count; i++)
        if (f->coders[i].id >> 16 == ENCRYPTED)
            return true;
    return false;
}

static uint64_t sum(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/*
 * What the decoders of a folder ask for. BCJ2 joins four streams, of which libarchive holds all but
 * the first whole: as they lie in the file, or the two that are packed, as 7zr writes them,
 * unpacked. `packed` and `unpacked` stand at the folder's sizes, and are moved behind them.
 */
static uint64_t folder_memory(const struct folder *f, struct cursor *packed,
                              struct cursor *unpacked)
{
    uint64_t memory = 0, sizes = 0;
    bool bcj2 = false;

    for (uint64_t i = 0; i < f->count; i++) {
        memory = sum(memory, coder_memory(&f->coders[i]));
        bcj2 |= f->coders[i].id == BCJ2;
    }
    for (uint64_t i = 0; i < f->packed && !packed->bad; i++) {
        uint64_t size = take_number(packed);

        sizes = i ? sum(sizes, size) : 0;
    }
    for (uint64_t i = 0; i < f->out && !unpacked->bad; i++) {
        uint64_t size = take_number(unpacked);

        if (i < 2 && f->count == CODERS && f->first_bound == 5)
            sizes = sum(sizes, size);
    }
    return bcj2 ? sum(memory, sizes) : memory;
}

/* --- streams --- */

/* What a header tells of the archive's streams. */
struct streams {
    uint64_t at, packed_count, folder_count;
    unsigned id;                             /* of what stands last */
    struct cursor packed, folders, unpacked; /* sizes, folders, sizes */
};

static void take_packed(struct cursor *c, struct streams *s)
{
    unsigned id;

    s->at = take_number(c);
    s->packed_count = take_number(c);
    c->bad |= take_byte(c) != SIZES || s->packed_count == 0;
    s->packed = *c;
    pass_numbers(c, s->packed_count);
    id = take_byte(c);
    if (id == CHECKSUMS) {
        take_checksums(c, s->packed_count);
        id = take_byte(c);
    }
    c->bad |= id != END;
}

static enum status damaged(void)
{
    return err_set(STATUS_CORRUPT, "the header of the 7z archive is damaged");
}

/* As far as the sizes that folders unpack to, if there are folders. */
static enum status begin_streams(struct cursor *c, struct streams *s)
{
    struct folder folder;

    *s = (struct streams){ .id = take_byte(c) };
    if (s->id == PACKED) {
        take_packed(c, s);
        s->id = take_byte(c);
    }
    if (s->id == UNPACKED) {
        c->bad |= take_byte(c) != FOLDERS;
        s->folder_count = take_number(c);
        c->bad |= take_byte(c) != 0; /* else they stand elsewhere */
        s->folders = *c;
        for (uint64_t i = 0; i < s->folder_count && !c->bad; i++)
            take_folder(c, &folder);
        c->bad |= take_byte(c) != FOLDER_SIZES;
        s->unpacked = *c;
    }
    return c->bad ? damaged() : STATUS_OK;
}

/* What all folders ask for; then `unpacked` stands behind their sizes. */
static enum status check_folders(struct streams *s)
{
    struct cursor folders = s->folders, packed = s->packed;
    struct folder folder;

    for (uint64_t i = 0; i < s->folder_count; i++) {
        take_folder(&folders, &folder);
        if (folder_memory(&folder, &packed, &s->unpacked) > LIMIT_SEVENZIP_BYTES)
            return err_set(STATUS_LIMIT, "needs more memory to be unpacked than is set aside");
        if (packed.bad || s->unpacked.bad)
            return damaged();
    }
    return STATUS_OK;
}

/* --- members --- */

/* How many members each folder has, one after the other: 1 where nothing tells. */
struct counts {
    struct cursor told;
    bool are_told;
};

static uint64_t next_count(struct counts *counts)
{
    return counts->are_told ? take_number(&counts->told) : 1;
}

/* What is told of the folders' members; returns how many there are. */
static uint64_t take_members(struct cursor *c, const struct streams *s,
                             const struct checksums *of_folders)
{
    unsigned id = take_byte(c);
    struct counts all = { *c, id == MEMBER_COUNTS }, counts = all;
    uint64_t members = 0, checksums = 0;

    if (all.are_told) {
        pass_numbers(c, s->folder_count);
        id = take_byte(c);
    }
    for (uint64_t i = 0; i < s->folder_count && !c->bad; i++) {
        uint64_t n = next_count(&counts);

        members = sum(members, n);
        if (n != 1 || !has_checksum(of_folders, i))
            checksums = sum(checksums, n);
        if (id == SIZES && n)
            pass_numbers(c, n - 1);
    }
    if (id == SIZES)
        id = take_byte(c);
    if (id == CHECKSUMS) {
        take_checksums(c, checksums);
        id = take_byte(c);
    }
    c->bad |= id != END;
    return members;
}

/* Are the lists of folders, members and files short enough to be kept? `c` stands where the streams
 * end, but for those with folders, whose end is where their sizes do. */
static enum status check_lists(struct cursor *c, struct streams *s)
{
    struct checksums of_folders = { 0 };
    uint64_t members = s->folder_count, files = 0;
    unsigned id = s->id;

    if (id == UNPACKED) {
        *c = s->unpacked;
        id = take_byte(c);
        if (id == CHECKSUMS) {
            of_folders = take_checksums(c, s->folder_count);
            id = take_byte(c);
        }
        c->bad |= id != END;
        id = take_byte(c);
    }
    if (id == MEMBERS) {
        members = take_members(c, s, &of_folders);
        id = take_byte(c);
    }
    c->bad |= id != END;
    if (take_byte(c) == FILES)
        files = take_number(c);
    if (c->bad)
        return damaged();
    return files > UINT32_MAX || members > UINT32_MAX ||
                   files * FILE_KEPT + members * MEMBER_KEPT + s->folder_count * FOLDER_KEPT +
                           s->packed_count * PACKED_KEPT >
                       LIMIT_SEVENZIP_BYTES
               ? err_set(STATUS_LIMIT, "more members than are looked at")
               : STATUS_OK;
}

/* --- headers --- */

static enum status check_header(struct slice header)
{
    struct cursor c = { .rest = header };
    struct streams streams;
    unsigned id = take_byte(&c);
    enum status status;

    if (id != HEADER)
        return damaged();
    id = take_byte(&c);
    if (id == PROPERTIES) {
        while (take_byte(&c))
            take_number(&c);
        id = take_byte(&c);
    }
    if (id != STREAMS) /* nothing but empty files and folders */
        return id == FILES && take_number(&c) > LIMIT_SEVENZIP_BYTES / FILE_KEPT
                   ? err_set(STATUS_LIMIT, "more members than are looked at")
                   : STATUS_OK;
    status = begin_streams(&c, &streams);
    if (!status)
        status = check_folders(&streams);
    if (!status)
        status = check_lists(&c, &streams);
    return status == STATUS_CORRUPT && header.len == LIMIT_SEVENZIP_HEADER_BYTES
               ? err_set(STATUS_LIMIT, "more members than are looked at")
               : status;
}

/* The bytes [at, at + size) of the file, of which no more than `most` are wanted. */
static enum status read_part(const struct seekable *source, uint64_t at, uint64_t size,
                             uint64_t most, struct buf *out)
{
    if (at > source->size || size > source->size - at)
        return err_set(STATUS_CORRUPT, "the 7z archive is cut off");
    size = size < most ? size : most;
    buf_reserve(out, (size_t)size + 1);
    if (buf_status(out))
        return out->failed;
    if (!seekable_read(source, at, out->ptr, (size_t)size))
        return err_set(STATUS_IO, "%s", "the end of the 7z archive cannot be read");
    out->len = (size_t)size;
    return STATUS_OK;
}

/* The header of which `small` tells where it lies packed. */
static enum status check_packed_header(const struct seekable *source, struct slice small)
{
    struct cursor c = { .rest = small };
    struct buf packed = { 0 }, header = { 0 };
    struct streams streams;
    struct folder folder = { .count = 0 };
    enum status status;

    take_byte(&c);
    status = begin_streams(&c, &streams);
    if (status)
        return status;
    if (streams.folder_count)
        take_folder(&streams.folders, &folder);
    if (is_encrypted(&folder))
        return err_set(STATUS_UNSUPPORTED, "the list of members is encrypted");
    if (streams.folder_count != 1 || streams.packed_count != 1 || folder.count != 1 ||
        (folder.coders[0].id != LZMA && folder.coders[0].id != LZMA2))
        return err_set(STATUS_CORRUPT, "the header of the 7z archive is packed in an unknown way");
    status = streams.at > source->size
                 ? err_set(STATUS_CORRUPT, "the 7z archive is cut off")
                 : read_part(source, START_BYTES + streams.at, take_number(&streams.packed),
                             LIMIT_SEVENZIP_HEADER_BYTES, &packed);
    if (!status)
        status = lzma_raw_unpack(folder.coders[0].id == LZMA2, folder.coders[0].properties,
                                 buf_view(&packed), LIMIT_SEVENZIP_HEADER_BYTES, &header);
    if (!status)
        status = check_header(buf_view(&header));
    buf_release(&packed);
    buf_release(&header);
    return status;
}

enum status sevenzip_check(const struct seekable *source)
{
    struct buf header = { 0 };
    uint8_t start[START_BYTES];
    uint64_t at, size;
    enum status status;

    if (!seekable_read(source, 0, start, sizeof(start)))
        return err_set(STATUS_CORRUPT, "the 7z archive is cut off");
    at = read_le64(start + 12);
    size = read_le64(start + 20);
    if (size == 0) /* an empty archive */
        return STATUS_OK;
    status = at > source->size
                 ? err_set(STATUS_CORRUPT, "the 7z archive is cut off")
                 : read_part(source, START_BYTES + at, size, LIMIT_SEVENZIP_HEADER_BYTES, &header);
    if (!status)
        status = header.ptr[0] == PACKED_HEADER ? check_packed_header(source, buf_view(&header))
                                                : check_header(buf_view(&header));
    buf_release(&header);
    return status;
}
