/*
 * hex.h - bytes as two hex digits each, and back.
 *
 * May include: base. Threads: pure.
 */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include "base/slice.h"

/* The value of the digit `c`, in either case; -1: it is none. */
static inline int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Write `n` bytes as 2n digits, letters small, and a NUL behind them. */
void hex_put(char *out, const uint8_t *bytes, size_t n);

/* Read `n` bytes, which `text` is to the last digit, letters small. False: it is not, and `out`
 * holds anything. */
bool hex_take(struct slice text, uint8_t *out, size_t n);

#endif
