/*
 * utf16.h - bytes of UTF-8 as the UTF-16 units that JavaScript and SARIF count.
 *
 * What is no UTF-8 becomes U+FFFD as the WHATWG's decoder has it (Encoding Standard, 8.1.1).
 *
 * May include: base. Threads: one owner at a time.
 */
#ifndef REPORT_UTF16_H
#define REPORT_UTF16_H

#include "base/slice.h"

/* {0} is a decoder at the start of a text. */
struct utf16 {
    uint32_t code;        /* of the character begun */
    uint8_t needed;       /* bytes of it still to come */
    uint8_t lower, upper; /* between which the next of them must lie */
};

/* Most units that one byte gives. */
enum { UTF16_UNITS = 3 };

/* Take one byte more: the units that it completes go to `out`; returns how many. */
size_t utf16_take(struct utf16 *decoder, uint8_t byte, uint16_t out[static UTF16_UNITS]);

/* The text ends: likewise. */
size_t utf16_end(struct utf16 *decoder, uint16_t out[static UTF16_UNITS]);

/* The units of the whole of `s`. */
uint64_t utf16_length(struct slice s);

#endif
