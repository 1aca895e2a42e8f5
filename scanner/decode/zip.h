/*
 * zip.h - zip files whose central directory tells all that lies in them, for members one by one.
 *
 * That is so where the members stand one behind the other from the first byte to the directory,
 * none over another and nothing between, where their own headers say the same as the directory, and
 * where the directory ends the file. In any other file something may be hidden or damaged, and what
 * is read of it is for a reader of all kinds of zip files to decide. Likewise members that are
 * encrypted, links, or packed by other methods than deflate.
 *
 * May include: base. Libraries: libdeflate. Threads: a zip that does not change, any number.
 */
#ifndef DECODE_ZIP_H
#define DECODE_ZIP_H

#include "base/buf.h"
#include "base/seekable.h"

enum zip_member_kind {
    ZIP_OTHER,  /* for another reader */
    ZIP_FILE,   /* stored or deflated, small enough for memory */
    ZIP_LARGE,  /* likewise, and not */
    ZIP_FOLDER, /* nothing to read */
};

struct zip_member {
    uint64_t at;           /* of its bytes, packed */
    uint64_t packed, size; /* bytes: as it lies, and of its content */
    uint32_t crc;
    uint32_t name; /* where that stands in the directory */
    uint16_t name_len;
    bool deflated;
    uint8_t kind; /* enum zip_member_kind */
};

struct zip {
    struct seekable source;
    struct buf directory;
    struct zip_member *members; /* `count` of them, in the order of their bytes */
    size_t count;
};

/*
 * Read the directory of `source` and the headers of all members. On success `*out` is the caller's;
 * what `source` stands for must outlive it. STATUS_ABSENT: it is no zip file of which the directory
 * tells all; STATUS_NOMEM.
 */
enum status zip_open(struct zip **out, const struct seekable *source);

/* The name of a member: raw bytes, but no NUL. Lives as long as the zip. */
struct slice zip_name(const struct zip *zip, const struct zip_member *member);

/*
 * Put the content of a ZIP_FILE behind what `out` holds, out of `packed`, its bytes as they lie.
 * STATUS_ABSENT where they are not what the directory says: `out` is as it was; STATUS_NOMEM.
 */
enum status zip_unpack(const struct zip_member *member, struct slice packed, struct buf *out);

struct zip_reader;

/*
 * A reader of the content of a ZIP_FILE or ZIP_LARGE; the zip must outlive it. On success `*out` is
 * the caller's. STATUS_OK or STATUS_NOMEM. That the content is not what the directory says is an
 * error of the stream, behind all that could be read.
 */
enum status zip_reader_new(struct zip_reader **out, const struct zip *zip,
                           const struct zip_member *member);

/* Its content; lives as long as the reader. */
struct stream zip_reader_stream(struct zip_reader *reader);

/* NULL is allowed. */
void zip_reader_free(struct zip_reader *reader);

/* Bytes [from, to) of a zip file of which its directory tells nothing. */
struct zip_gap {
    uint64_t from, to;
};

/*
 * Where in `source` something may lie that readers by the directory do not see: before, between and
 * behind members and behind the end. Gaps that hold no more than what follows a member of unknown
 * size are left out. Where the source is not `near`, a member's own header is read only if what
 * lies behind the member could hold a key id and its secret, more than what usual headers have.
 * Appends each struct zip_gap, in the order of the file, to `gaps`; nothing where there is no
 * directory. STATUS_OK or STATUS_NOMEM.
 */
enum status zip_gaps(const struct seekable *source, bool near, struct buf *gaps);

/* NULL is allowed. */
void zip_free(struct zip *zip);

#endif
