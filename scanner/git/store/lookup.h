/*
 * lookup.h - single objects by their ids, without a list of all.
 *
 * objects.h surveys every pack before it reads the first object. This looks up where one object
 * lies and decodes that and what it is a delta of, for who wants a few of many and soon. As git
 * does, it takes a pack only with its index, and a delta's base from the same pack; multi-pack
 * indexes are not used, for the packs in them have indexes of their own, without which git does not
 * read them either.
 *
 * May include: base. Threads: a lookup is constant; a reader of it belongs to one thread.
 */
#ifndef GIT_LOOKUP_H
#define GIT_LOOKUP_H

#include "git/store/reader.h"

struct lookup;
struct lookup_reader;

/*
 * Open the folders of `places` (packs and strays of it are passed over) and their packs. A folder
 * that is not there is passed over, and a pack that cannot be used is told by who looks for an
 * object in vain. On success `*out` is the caller's. STATUS_OK; STATUS_IO, STATUS_LIMIT or
 * STATUS_NOMEM with a text.
 */
enum status lookup_open(struct lookup **out, const struct objects_places *places);

/* A reader of `lookup`, which must outlive it. STATUS_OK or STATUS_NOMEM. */
enum status lookup_reader_new(struct lookup_reader **out, const struct lookup *lookup);

/*
 * Read the object `id`; only type and content of `out` are set, the latter borrowed until the next
 * read. STATUS_OK; STATUS_ABSENT where it is nowhere; STATUS_STOPPED where it is larger than `max`
 * bytes; STATUS_CORRUPT, STATUS_IO, STATUS_LIMIT or STATUS_NOMEM with a text.
 */
enum status lookup_read(struct lookup_reader *reader, const struct object_id *id, uint64_t max,
                        struct object *out);

/* NULL is allowed in both. */
void lookup_reader_free(struct lookup_reader *reader);
void lookup_free(struct lookup *lookup);

#endif
