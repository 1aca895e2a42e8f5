/*
 * archive.h - what lies in archives and compressed files, by their content and not by their names.
 *
 * zip and its kin (jar, docx, whl, apk), tar, cpio, ar, deb, rpm, 7z, rar, iso and cab, each in
 * gzip, bzip2, xz, lzma, lzip, zstd, lz4 or compress, the deflated streams of PDF, and archives in
 * archives, are taken apart as streams: nothing is written to disk and no program is run. What a
 * member holds is for the caller to read; what cannot be taken apart is told. It matches nothing.
 *
 * A zip file whose directory tells all is read without libarchive: several times faster, and by
 * all who take parts.
 *
 * May include: base. Libraries: libarchive, libdeflate. Threads: pure; an unpacker belongs to one
 * thread.
 */
#ifndef DECODE_ARCHIVE_H
#define DECODE_ARCHIVE_H

#include <semaphore.h>

#include "base/seekable.h"
#include "base/slice.h"
#include "base/status.h"
#include "base/stream.h"

/* Bytes of a document's beginning that archive_sniff() wants to see: a tar is known by byte 257 on,
 * the image of a disc by byte 32,769. */
#define ARCHIVE_SNIFF_BYTES (33u * 1024)

enum archive_kind {
    ARCHIVE_NONE,
    ARCHIVE_GZIP,       /* a gzip stream, which may hold a tar */
    ARCHIVE_LZMA,       /* likewise xz, lzma and lzip */
    ARCHIVE_COMPRESSED, /* another compression of one stream, which may hold a tar */
    ARCHIVE_CONTAINER,  /* members that are read in order */
    ARCHIVE_INDEXED,    /* members that are found by an index at the end: zip, iso */
    ARCHIVE_SEVENZIP,   /* likewise, 7z */
    ARCHIVE_PDF,        /* a text with compressed streams in it */
};

/* What a document that begins with `head` is. */
enum archive_kind archive_sniff(struct slice head);

/* Why something in an archive was not handed over. */
enum archive_loss { ARCHIVE_CORRUPT, ARCHIVE_ENCRYPTED, ARCHIVE_LIMIT };

/* Something of an archive that can be read apart: a small archive in it, or a run of members. */
struct archive_part;

struct archive_callbacks {
    void *ctx;
    /* The document `path` (outer path, `!`, path inside; raw bytes), to be read as far as wanted.
     * Below 0 ends it all. */
    enum status (*document)(void *ctx, const char *path, const struct stream *stream);
    /* Likewise one that lies whole in memory and dies with the call. */
    enum status (*whole)(void *ctx, const char *path, struct slice bytes);
    /*
     * Take over `part`, to be given to archive_part_unpack() on any thread, now or later. NULL:
     * there are no parts, archives in archives are unpacked as they come.
     */
    void (*part)(void *ctx, struct archive_part *part);
    /* Return when all parts that were taken over are unpacked. NULL where there are none. */
    void (*settle)(void *ctx);
    /*
     * One turn, held while one large archive inside of another lies in memory: up to
     * LIMIT_ARCHIVE_LARGE_BYTES, where LIMIT_ARCHIVE_MEMORY_BYTES would not do. NULL: none is.
     */
    sem_t *large;
    /* `path` was not read, or not to its end; `message` says why. */
    void (*loss)(void *ctx, enum archive_loss why, const char *path, const char *message);
};

struct archive_limits {
    unsigned depth;          /* archives inside of one another */
    uint64_t expanded_bytes; /* of all that one outermost archive may hold */
    uint64_t members;        /* likewise */
};

/*
 * Take the open file `fd` apart, whose `size` bytes are of `kind` and which is called `path`. It is
 * read from where it stands; it stays open. Returns STATUS_OK where losses, if any, were told; what
 * `document` returned if that was below 0; STATUS_NOMEM. `*archives` counts the archives and
 * compressed streams that were opened.
 */
enum status archive_unpack(int fd, uint64_t size, enum archive_kind kind, const char *path,
                           const struct archive_limits *limits,
                           const struct archive_callbacks *callbacks, uint64_t *archives);

/*
 * Likewise the archive that comes out of `stream`. It may expand to LIMIT_ARCHIVE_RATIO times what
 * was read of it, where that is more than `limits` says. One that is read from its end (7z, or iso)
 * is taken into memory as far as that goes, and cannot be read if it is larger.
 */
enum status archive_unpack_stream(const struct stream *stream, enum archive_kind kind,
                                  const char *path, const struct archive_limits *limits,
                                  const struct archive_callbacks *callbacks, uint64_t *archives);

/* Bytes that it holds or, if they are known, expands to. */
size_t archive_part_bytes(const struct archive_part *part);

/* Can it be read only by going to its end and back? */
static inline bool archive_is_indexed(enum archive_kind kind)
{
    return kind == ARCHIVE_INDEXED || kind == ARCHIVE_SEVENZIP;
}

/* Likewise one of a kind that is indexed, which lies where going back costs something: it is read
 * in order as far as that goes. */
enum status archive_unpack_seekable(const struct seekable *source, enum archive_kind kind,
                                    const char *path, const struct archive_limits *limits,
                                    const struct archive_callbacks *callbacks, uint64_t *archives);

/* Bytes of the archive's own file that are done with it; 0 where reading the file tells that. */
uint64_t archive_part_packed(const struct archive_part *part);

/*
 * Is it an archive of some size, which has parts of its own? Such parts are to be begun in the
 * order in which they came, and before a call of archive_part_unpack() where they came: one may
 * hold the turn for which another waits.
 */
bool archive_part_shares(const struct archive_part *part);

/*
 * Unpack a part and free it; `callbacks` are those of the thread that does it. They take further
 * parts of one that shares them, if they like, and of no other. Returns as archive_unpack().
 */
enum status archive_part_unpack(struct archive_part *part,
                                const struct archive_callbacks *callbacks, uint64_t *archives);

/* Likewise the archive that lies in memory. */
enum status archive_unpack_memory(struct slice bytes, enum archive_kind kind, const char *path,
                                  const struct archive_limits *limits,
                                  const struct archive_callbacks *callbacks, uint64_t *archives);

#endif
