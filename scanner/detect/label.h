/*
 * label.h - the name that stands before a value, and what it tells.
 *
 * May include: base. Threads: pure.
 */
#ifndef DETECT_LABEL_H
#define DETECT_LABEL_H

#include "base/slice.h"

/*
 * The name that text assigns the value at `at` to: AWS_KEY in `AWS_KEY="…`, `"AWS_KEY": "…`,
 * `<AWS_KEY>…`, `name: AWS_KEY⏎ value: …`. The empty slice where there is none within reach (some
 * 100 bytes). Borrows.
 */
struct slice label_before(struct slice text, size_t at);

/* The whole name of which [start, end) of `text` is a part. Borrows. */
struct slice label_around(struct slice text, size_t start, size_t end);

/*
 * What a name says beyond being a key ("prod" of PROD_AWS_SECRET_ACCESS_KEY, "2" of secretKey2), as
 * a hash; 0 where it says nothing more, or does not name a key. The id's and the secret's names of
 * one credential have the same stem.
 */
uint64_t label_stem(struct slice name);

/* The name as it is written, as an odd hash; 0 where it is empty. */
uint64_t label_hash(struct slice name);

/* Has `name` the shape of an access key id, and so names nothing? */
bool label_is_key_id(struct slice name);

/* True where `name` holds `word` (small letters) in any case. */
bool label_has(struct slice name, const char *word);

#endif
