/*
 * fingerprint.h - the name of a credential that survives every move of it.
 *
 * "lt1:" and 128 bits in hex: the first half of SHA-256 over the version, the rule's id, the access
 * key id and the secret, each followed by a NUL. Path, line, commit and session token do not enter.
 * A real secret has 240 random bits, so the name does not give it away.
 *
 * May include: base. Library: nettle. Threads: pure.
 */
#ifndef REPORT_FINGERPRINT_H
#define REPORT_FINGERPRINT_H

#include "base/finding.h"

/* "lt1:", 32 hex digits and the NUL. */
#define FINGERPRINT_SIZE 37

/* Write the fingerprint of `finding`, or the one that it carries, with its NUL to `out`. */
void fingerprint_of(const struct finding *finding, char out[static FINGERPRINT_SIZE]);

/* A UUID and the NUL. */
#define PLACE_ID_SIZE 37

/*
 * Write the name of the one place of `finding`, credential and place together, to `out`: a UUID of
 * version 8 (RFC 9562) over the fingerprint, `path`, which stands for the finding's own and is the
 * same on every machine, the place in it and the object that it lies in.
 */
void fingerprint_of_place(const struct finding *finding, const char *path,
                          char out[static PLACE_ID_SIZE]);

/* "lts1:", 32 hex digits and the NUL; bytes of a salt. */
#define FINGERPRINT_SALTED_SIZE 38
#define FINGERPRINT_SALT_BYTES 16

/*
 * Write the salted form of `fingerprint` with its NUL to `out`: "lts1:" and the first half of
 * HMAC-SHA-256 over its text, with the salt as the key. What a team's own rule finds may be weak:
 * with a salt no table made beforehand names it, and two files cannot be compared. Whoever holds
 * the salt can still try guesses.
 */
void fingerprint_salt(const char *fingerprint, const uint8_t salt[static FINGERPRINT_SALT_BYTES],
                      char out[static FINGERPRINT_SALTED_SIZE]);

#endif
