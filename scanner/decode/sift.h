/*
 * sift.h - where in a text runs and joints may be, many bytes at once: a sieve in front of
 * runs.c, which decides.
 *
 * It reads every byte round an access key id, and a log is full of ids. There is one sieve of plain
 * vectors, and one for CPUs with AVX2; both let the same runs through.
 *
 * May include: base. Threads: pure.
 */
#ifndef DECODE_SIFT_H
#define DECODE_SIFT_H

#include "base/slice.h"

struct sift {
    /*
     * Where the next stretch of `least` and more bytes (at least 16, asserted) begins, from `at`
     * on, that are characters of base64 or begin, end or are within an escape: one of \ % & # ; =
     * LF and CR. text.len where there is none.
     */
    size_t (*run)(struct slice text, size_t at, size_t least);

    /*
     * Where the next quote is, from `at` on, behind which stands what may join two literals;
     * text.len where there is none.
     */
    size_t (*joint)(struct slice text, size_t at);
};

/* The one for every CPU, and the best for this one. */
extern const struct sift sift_plain;
const struct sift *sift_best(void);

#endif
