/*
 * made_up.h - credentials that nobody ever held, from a seeded generator, for the unit tests.
 *
 * The same seed gives the same values on every machine. No value of this shape stands in a test's
 * source, so that nobody's scanner takes a test for a leak.
 */
#ifndef TESTS_MADE_UP_H
#define TESTS_MADE_UP_H

#include <stdint.h>
#include <stdio.h>

/* Room for the longest value and its NUL. */
#define MADE_UP_SIZE 512

static inline uint64_t made_up_next(uint64_t *seed)
{
    uint64_t x = *seed += 0x9e3779b97f4a7c15u;

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static inline void made_up_run(uint64_t *seed, const char *alphabet, unsigned letters, size_t len,
                               char *out)
{
    for (size_t i = 0; i < len; i++)
        out[i] = alphabet[made_up_next(seed) % letters];
    out[len] = '\0';
}

#define MADE_UP_BASE32 "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
#define MADE_UP_BASE64 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

/* `prefix` (four letters) and 16 of base32, of the newer kind that carries an account. */
static inline void made_up_id(uint64_t *seed, const char *prefix, char out[static MADE_UP_SIZE])
{
    int len = snprintf(out, MADE_UP_SIZE, "%.4s", prefix);

    made_up_run(seed, &MADE_UP_BASE32[16], 16, 1, out + len);
    made_up_run(seed, MADE_UP_BASE32, 32, 15, out + len + 1);
}

/* A secret access key (40), or any run of base64 of `len` characters. */
static inline void made_up_secret(uint64_t *seed, size_t len, char out[static MADE_UP_SIZE])
{
    made_up_run(seed, MADE_UP_BASE64, 64, len, out);
}

#endif
