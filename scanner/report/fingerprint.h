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

#endif
