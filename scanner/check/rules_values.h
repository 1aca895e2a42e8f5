/*
 * rules_values.h - made-up values for the placeholders in a rule's examples.
 *
 * The same seed gives the same values on every machine; nobody ever held them. Threads: pure.
 */
#ifndef CHECK_RULES_VALUES_H
#define CHECK_RULES_VALUES_H

#include "base/buf.h"

/* What may stand in examples, for messages. */
#define RULES_PLACEHOLDERS                                                                      \
    "{{id}}, {{temporary_id}}, {{secret}}, {{token}}, {{code}}, {{uuid}}, {{hex}}, {{today}}, " \
    "{{service_user}}, {{service_password}}, {{sso_token}}"

enum { RULES_VALUE_SIZE = 512 };

/* A text for each placeholder, NUL-terminated. */
struct rules_values {
    char id[RULES_VALUE_SIZE], temporary_id[RULES_VALUE_SIZE], secret[RULES_VALUE_SIZE];
    char token[RULES_VALUE_SIZE], code[RULES_VALUE_SIZE], uuid[RULES_VALUE_SIZE];
    char hex[RULES_VALUE_SIZE], today[RULES_VALUE_SIZE];
    char service_user[RULES_VALUE_SIZE], service_password[RULES_VALUE_SIZE];
    char sso_token[RULES_VALUE_SIZE];
};

/* One of each, drawn from `*seed`, which goes on. Today is the day of this machine's clock, UTC. */
void rules_values_make(struct rules_values *values, uint64_t *seed);

/*
 * Append `text` with its placeholders filled in. False, with `out` as far as it got, where there is
 * one that nobody knows.
 */
bool rules_values_fill(struct buf *out, const char *text, const struct rules_values *values);

/* The next number of the generator (splitmix64), and `len` bytes of `alphabet`. */
uint64_t rules_values_number(uint64_t *seed);
void rules_values_draw(uint64_t *seed, const char *alphabet, uint8_t *out, size_t len);

#endif
