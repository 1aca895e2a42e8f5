/*
 * filter.h - is this value what it looks like?
 *
 * Shapes are cheap: forty characters of base64 are also paths, class names and digests. This module
 * holds what is known of genuine values (every figure was computed over random values) and of the
 * marks by which people say that a line is no leak. It changes nothing and keeps nothing.
 *
 * May include: base. Threads: pure.
 */
#ifndef DETECT_FILTER_H
#define DETECT_FILTER_H

#include "base/slice.h"

/* Shannon entropy of the bytes of `value`, in bits a byte; 0 for the empty value. */
double filter_entropy(struct slice value);

/*
 * True where `value` is a filler: one character, or a run along the alphabet, makes up much of it
 * (XXXX…, 0000…, abcdefgh…). Fewer than one random value in 10^9 is one.
 */
bool filter_is_filler(struct slice value);

/*
 * True where `value` reads as words, a path or a name: it changes between capital, small letter,
 * digit and sign more seldom than nearly every random base64 string of its length does, or is
 * mostly runs of small letters, as camelCaseNames are. A value that its label calls a
 * secret (`labelled`) gets the benefit of the doubt: of 40 random characters 6 in a million are
 * wordy then, and 3 in 10,000 without a label.
 */
bool filter_is_wordy(struct slice value, bool labelled);

/*
 * True where `value`, of base64's characters, is another thing written down: hex digits of either
 * case (an address of Ethereum), or the base64 of printable text (the `auth` of Docker). Of random
 * values fewer than one in 10^12 is.
 */
bool filter_is_encoded(struct slice value);

/* True where the label before a value names another service than AWS, and not AWS with it. */
bool filter_label_is_other_service(struct slice label);

/* True where the label before a value says that it is a digest, a signature or the like. */
bool filter_label_is_digest(struct slice label);

/*
 * True where the id at [start, end) of `text` is a chance sequence in a run of base64 that goes on
 * at either side across a `+` or `/`.
 */
bool filter_in_base64(struct slice text, size_t start, size_t end);

/*
 * True where the value at [start, end) of `text` is the last or first line of wrapped base64 (a
 * certificate, an image): it has a line to itself, and the line before or after is a longer one of
 * base64. The lines before may be literals that are joined.
 */
bool filter_is_wrapped(struct slice text, size_t start, size_t end);

#endif
