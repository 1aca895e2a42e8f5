/*
 * damage.h - files that are changed a bit at a time, for tests of what reads them.
 *
 * Include after cmocka.h.
 */
#ifndef TESTS_DAMAGE_H
#define TESTS_DAMAGE_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "made_up.h"

/* One file's bytes. The path is the caller's to fill in; free(bytes) at the end. */
struct victim {
    char path[256];
    uint8_t *bytes;
    size_t len;
};

static inline void victim_load(struct victim *victim)
{
    FILE *file = fopen(victim->path, "rb");
    struct stat st;

    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &st), 0);
    victim->len = (size_t)st.st_size;
    victim->bytes = malloc(victim->len + 1);
    assert_non_null(victim->bytes);
    assert_int_equal(fread(victim->bytes, 1, victim->len, file), victim->len);
    fclose(file);
}

/* Write the first `len` bytes to the file, and nothing else. */
static inline void victim_store(const struct victim *victim, size_t len)
{
    FILE *file = fopen(victim->path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(victim->bytes, 1, len, file), len);
    fclose(file);
}

/*
 * `rounds` times: change one bit of one of `n` files, or cut it there, have `look` read it, and put
 * the file right again. Every other change is within the first bytes of a file, where heads and
 * tables stand. A `look` that takes 20 seconds ends the test. The same every time it runs.
 */
static inline void damage(const struct victim *victims, size_t n, unsigned rounds,
                          void (*look)(void *ctx, unsigned round), void *ctx)
{
    enum { HEAD_BYTES = 2000, HANG_S = 20 };
    uint64_t seed = rounds;

    for (unsigned round = 0; round < rounds; round++) {
        const struct victim *victim = &victims[made_up_next(&seed) % n];
        size_t reach = round / 2 % 2 && victim->len > HEAD_BYTES ? HEAD_BYTES : victim->len;
        size_t at = reach ? made_up_next(&seed) % reach : 0;
        uint8_t was = victim->bytes[at];

        victim->bytes[at] ^= (uint8_t)(1u << made_up_next(&seed) % 8);
        victim_store(victim, round % 8 == 7 ? at : victim->len);
        victim->bytes[at] = was;
        alarm(HANG_S);
        look(ctx, round);
        alarm(0);
        victim_store(victim, victim->len);
    }
}

#endif
