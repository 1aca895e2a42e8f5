/*
 * fields.h - fields of binary records that touch one another, told apart.
 *
 * A database's page, a serialized object or an executable's strings have no quotes: where a text
 * ends is said by a number before it, or by the reader's knowing. So an access key id and its
 * secret may stand in one word with their neighbours, or with a tag that happens to be a letter.
 *
 * May include: base. Threads: pure.
 */
#ifndef DECODE_FIELDS_H
#define DECODE_FIELDS_H

#include "base/arena.h"
#include "base/slice.h"

/*
 * Mark where fields begin and end in `text`: one byte for each byte of it and one more, in `arena`,
 * nonzero where something that stands in front of it does not belong to it. `*marks` is NULL where
 * the text is no binary or has none. False: memory is out.
 */
bool fields_mark(struct slice text, struct arena *arena, const uint8_t **marks);

#endif
