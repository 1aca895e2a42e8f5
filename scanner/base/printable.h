/*
 * printable.h - foreign bytes made safe to print, and to put into JSON.
 *
 * Unsafe is what is not valid UTF-8, and of that every control character (U+0000-001F,
 * U+007F-009F), the marks that turn the direction of writing, and the line and paragraph
 * separators.
 *
 * May include: base. Threads: pure.
 */
#ifndef BASE_PRINTABLE_H
#define BASE_PRINTABLE_H

#include "base/buf.h"

/* The bytes of the character that `s` begins with; 0 where `s` is empty or begins with no valid
 * one. */
size_t printable_utf8(struct slice s);

/* Write the character `code` (up to U+10FFFF, no half of a pair) as UTF-8: how many bytes. */
size_t printable_put_utf8(uint8_t out[static 4], uint32_t code);

/* True where all of `s` is valid UTF-8. */
bool printable_is_utf8(struct slice s);

/* Append `s` for people: each unsafe byte becomes \xNN. */
void printable_text(struct buf *out, struct slice s);

/*
 * Append `json`, a JSON text whose strings may hold any byte, as one that any reader accepts and
 * any terminal survives: bytes that are not UTF-8 become U+FFFD, unsafe characters \uNNNN.
 */
void printable_json(struct buf *out, struct slice json);

/* Append `s` with every byte that is not part of valid UTF-8, and '%' itself, as %NN. */
void printable_percent(struct buf *out, struct slice s);

#endif
