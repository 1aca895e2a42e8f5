/*
 * archive_private.h - what the files of archive.h share: the budget, and a way to each other.
 *
 * archive.c says what becomes of a document, archive_indexed.c which way archives with an index go,
 * archive_level.c reads members with libarchive, archive_zip.c those of zip files without it,
 * archive_part.c gives archives away, archive_budget.c counts.
 *
 * May include: base, decode. Threads: a budget's atomic counters belong to all who unpack parts of
 * it, the rest to the one who unpacks the whole.
 */
#ifndef DECODE_ARCHIVE_PRIVATE_H
#define DECODE_ARCHIVE_PRIVATE_H

#include <stdatomic.h>

#include "base/buf.h"
#include "base/seekable.h"
#include "decode/archive.h"

/* Bytes that are read from a stream at once. */
enum { ARCHIVE_BLOCK_BYTES = 64 * 1024 };

/* Begins what is given away. */
struct archive_part {
    /* What archive_part_unpack() does; frees the part. */
    enum status (*unpack)(struct archive_part *part, const struct archive_callbacks *callbacks,
                          uint64_t *archives);
    size_t bytes;    /* that it holds, or expands to */
    bool shares;     /* see archive_part_shares() */
    uint64_t packed; /* see archive_part_packed() */
};

/* What all levels of one outermost archive, or of one part, share. */
struct budget {
    struct archive_limits limits;
    const struct archive_callbacks *callbacks;
    _Atomic uint64_t expanded, members;             /* parts that are done included */
    _Atomic uint64_t aside_expanded, aside_members; /* for parts that are not */
    uint64_t archives;
    bool told;  /* that a limit was reached */
    bool large; /* an archive lies in memory for which callbacks->large is held */
};

/* --- archive_budget.c --- */

/* Say that `path` was not read, or not to its end. */
void budget_tell(const struct budget *budget, enum archive_loss why, const char *path,
                 const char *message);

/* What a part of `packed` bytes may take that need not be a small one: as much as if it were no
 * other's member. */
struct archive_limits budget_limits_apart(const struct budget *budget, uint64_t packed);

/* Set aside what one more part may take: waits for others where they could spend the budget
 * together. */
void budget_open_part(struct budget *budget, const struct archive_limits *limits);

/* A part is done, whose budget was `part`. */
void budget_close_part(struct budget *budget, const struct budget *part);

/* Are there parts that are not done? */
bool budget_has_parts(struct budget *budget);

/* Wait for all parts and add up the archives: what an unpacking ends with, if it returns `status`.
 */
enum status budget_finish(struct budget *budget, enum status status, uint64_t *archives);

/* Is it spent? Waits for parts where they decide it. */
bool budget_is_spent(struct budget *budget);

/* Likewise, telling it once, of `path`. */
bool budget_ends(struct budget *budget, const char *path);

/* Is there room for so much more? Waits for parts where they decide it. */
bool budget_holds(struct budget *budget, uint64_t bytes, uint64_t members);

/* A stream whose bytes count against the budget, and end with it. */
struct charged {
    struct budget *budget;
    const struct stream *stream;
};

/* `charged`, which must outlive it, as a stream. */
struct stream charged_stream(struct charged *charged);

/*
 * Take up to `max` bytes of a stream into memory, behind what `out` holds. Returns what the last
 * read returned: 0 or -1 at its end; -1 too where memory is out (then out->failed).
 */
ssize_t archive_take_in(const struct stream *stream, size_t max, struct buf *out);

/* --- archive_level.c --- */

/*
 * Read the members of an archive of `kind` with libarchive, from a stream or from what can be read
 * anywhere; archive_hand_over() gets them. Members of a zip file for which `taken` is set are
 * passed over; NULL: none are. Errors as archive_unpack().
 */
enum status archive_level_stream(struct budget *budget, const struct stream *stream,
                                 enum archive_kind kind, const char *path, unsigned depth);
enum status archive_level_seekable(struct budget *budget, const struct seekable *source,
                                   enum archive_kind kind, const char *path, unsigned depth,
                                   const bool *taken);

/* --- archive_indexed.c --- */

/* Where an archive is that can be read at any offset. */
struct archive_place {
    struct seekable source;
    bool near; /* going back costs nothing: a file, or memory */
};

/* Unpack an archive of a kind that is indexed. Errors as archive_unpack(). */
enum status archive_indexed(struct budget *budget, const struct archive_place *place,
                            enum archive_kind kind, const char *path, unsigned depth);

/* --- archive_zip.c --- */

/*
 * Read what can be read of the zip file in `source`, in runs that are parts where there are such,
 * and return when that is done. STATUS_OK: all of it was read. STATUS_ABSENT: the rest is
 * libarchive's, which is to pass over the members for which `*taken` is set; it is the caller's to
 * free, NULL where nothing was read. Below 0 as archive_unpack().
 */
enum status archive_zip(struct budget *budget, const struct seekable *source, const char *path,
                        unsigned depth, bool **taken);

/* Read what lies in the zip file at `place` and is not told by its directory: members, and bytes
 * that are none. Errors as archive_unpack(). */
enum status archive_zip_gaps(struct budget *budget, const struct archive_place *place,
                             const char *path, unsigned depth);

/* --- archive_part.c --- */

/* Give an archive away, whose bytes are copied. */
enum status archive_give_small(struct budget *budget, struct slice bytes, enum archive_kind kind,
                               const char *path, unsigned depth);

/*
 * Likewise one that was taken into memory because it is longer, if it lies in another and the
 * budget has as much left as it would have if it did not; unpack it here and now, if not. The bytes
 * may be taken over. `*turn` is to be given back when it is done, NULL: nothing; it is NULL
 * afterwards where that is no longer the caller's to do.
 */
enum status archive_give_large(struct budget *budget, struct buf *bytes, sem_t **turn,
                               enum archive_kind kind, const char *path, unsigned depth);

/* --- archive.c --- */

/* Unpack an archive of `kind` that lies in memory. Errors as archive_unpack(). */
enum status archive_bytes(struct budget *budget, struct slice bytes, enum archive_kind kind,
                          const char *path, unsigned depth);

/* Does it hold one document that has no name of its own? */
static inline bool archive_is_stream(enum archive_kind kind)
{
    return kind == ARCHIVE_GZIP || kind == ARCHIVE_LZMA || kind == ARCHIVE_COMPRESSED;
}

/*
 * Hand over the document that `stream` holds, or take it apart if it is an archive itself. It lies
 * in one of kind `outer` at `depth`; `taken` is memory for its beginning.
 */
enum status archive_hand_over(struct budget *budget, const struct stream *stream, const char *path,
                              enum archive_kind outer, unsigned depth, struct buf *taken);

#endif
