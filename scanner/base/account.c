/*
 * account.c - the number that stands in an id's first 48 bits.
 *
 * After its four letters an id is 80 bits in base32 (A-Z 2-7). Of the first 48 bits the first tells
 * newer ids from older ones, the next 40 are the account, the last 7 are something else.
 */
#include "base/account.h"

#include <inttypes.h>
#include <stdio.h>

enum { ID_LEN = 20, PREFIX_LEN = 4, BASE32_BITS = 5, ACCOUNT_CHARS = 10 };

/* The five bits that a base32 character stands for, or -1. */
static int base32_value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= '2' && c <= '7')
        return c - '2' + 26;
    return -1;
}

/* IAM's names of users of one service: alice-at-123456789012. */
static bool account_of_user(struct slice name, char out[static ACCOUNT_SIZE])
{
    const struct slice at = SLICE("-at-");
    size_t digits = ACCOUNT_SIZE - 1;
    struct slice end;

    if (name.len < at.len + digits)
        return false;
    end = slice_sub(name, name.len - at.len - digits, name.len);
    if (!slice_starts(end, at))
        return false;
    for (size_t i = at.len; i < end.len; i++)
        if (end.ptr[i] < '0' || end.ptr[i] > '9')
            return false;
    memcpy(out, end.ptr + at.len, digits);
    out[digits] = '\0';
    return true;
}

bool account_of(struct slice id, char out[static ACCOUNT_SIZE])
{
    uint64_t bits = 0;

    out[0] = '\0';
    if (account_of_user(id, out))
        return true;
    if (id.len != ID_LEN || base32_value(id.ptr[PREFIX_LEN]) < base32_value('Q'))
        return false;
    for (size_t i = PREFIX_LEN; i < ID_LEN; i++) {
        int value = base32_value(id.ptr[i]);

        if (value < 0)
            return false;
        if (i < PREFIX_LEN + ACCOUNT_CHARS)
            bits = bits << BASE32_BITS | (uint64_t)value;
    }
    bits >>= 2; /* ten characters are 50 bits */
    bits = (bits & 0x7fffffffff80u) >> 7;
    if (bits > 999999999999u)
        return false;
    snprintf(out, ACCOUNT_SIZE, "%012" PRIu64, bits);
    return true;
}
