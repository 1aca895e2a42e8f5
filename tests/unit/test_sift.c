/* test_sift.c - both sieves let through what a byte at a time would, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "decode/sift.h"
#include "made_up.h"

enum { ROUNDS = 4000, TEXT_BYTES = 400 };

static bool belongs(uint8_t c)
{
    return c &&
           strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/\\%&#;=\n\r", c);
}

static size_t run_by_bytes(struct slice s, size_t at, size_t least)
{
    for (size_t start = at; start < s.len; start++) {
        size_t end = start;

        while (end < s.len && belongs(s.ptr[end]))
            end++;
        if (end - start >= least)
            return start;
    }
    return s.len;
}

static size_t joint_by_bytes(struct slice s, size_t at)
{
    for (; at + 1 < s.len; at++) {
        uint8_t next = s.ptr[at + 1];

        if (!s.ptr[at] || !strchr("\"'`", s.ptr[at]) || !next)
            continue;
        if (strchr(" \t\r\n$%&+.\\_@)|~<>\"'`", next))
            return at;
    }
    return s.len;
}

/* Any bytes, of which about one in `rare` is not of the set: runs of all lengths. */
static struct slice text_of(uint64_t *seed, size_t rare, bool quotes, uint8_t *out)
{
    static const char set[] = "ABCxyz0189+/\\%&#;=\n\r|)";
    size_t len = made_up_next(seed) % (TEXT_BYTES + 1);

    for (size_t i = 0; i < len; i++) {
        if (made_up_next(seed) % rare == 0)
            out[i] = (uint8_t)made_up_next(seed);
        else if (quotes && made_up_next(seed) % 4 == 0)
            out[i] = (uint8_t) "\"'`"[made_up_next(seed) % 3];
        else
            out[i] = (uint8_t)set[made_up_next(seed) % (sizeof(set) - 1)];
    }
    return (struct slice){ out, len };
}

static void check(const struct sift *sift, const char *name)
{
    uint64_t seed = 5;
    uint8_t bytes[TEXT_BYTES];

    for (unsigned i = 0; i < ROUNDS; i++) {
        size_t least = 16 + made_up_next(&seed) % 80;
        struct slice s = text_of(&seed, 2 + made_up_next(&seed) % 90, i % 2, bytes);

        for (size_t at = 0, want; at < s.len; at = want + 1) {
            want = run_by_bytes(s, at, least);
            if (sift->run(s, at, least) != want)
                fail_msg("%s: round %u, from %zu: expected a run of %zu at %zu, got %zu", name, i,
                         at, least, want, sift->run(s, at, least));
        }
        for (size_t at = 0, want; at < s.len; at = want + 1) {
            want = joint_by_bytes(s, at);
            if (sift->joint(s, at) != want)
                fail_msg("%s: round %u, from %zu: expected a joint at %zu, got %zu", name, i, at,
                         want, sift->joint(s, at));
        }
    }
}

static void test_sift__plain_is_exact(void **state)
{
    (void)state;
    check(&sift_plain, "plain");
}

static void test_sift__best_is_exact(void **state)
{
    (void)state;
    check(sift_best(), "best");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sift__plain_is_exact),
        cmocka_unit_test(test_sift__best_is_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
