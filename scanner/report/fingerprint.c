/* fingerprint.c - SHA-256 over what makes the credential, and nothing of where it stands. */
#include "report/fingerprint.h"

#include <nettle/sha2.h>
#include <stdio.h>

enum { HALF_DIGEST = SHA256_DIGEST_SIZE / 2 };

static_assert(FINGERPRINT_SIZE == sizeof("lt1:") + 2 * HALF_DIGEST, "room for the hex digits");

/* The NUL keeps ("ab", "c") apart from ("a", "bc"). */
static void hash_part(struct sha256_ctx *hash, struct slice part)
{
    if (part.len)
        sha256_update(hash, part.len, part.ptr);
    sha256_update(hash, 1, (const uint8_t *)"");
}

void fingerprint_of(const struct finding *finding, char out[static FINGERPRINT_SIZE])
{
    uint8_t digest[HALF_DIGEST];
    struct sha256_ctx hash;

    if (finding->fingerprint) {
        snprintf(out, FINGERPRINT_SIZE, "%s", finding->fingerprint);
        return;
    }
    sha256_init(&hash);
    hash_part(&hash, SLICE("lt1"));
    hash_part(&hash, slice_of(finding->rule->id));
    hash_part(&hash, finding->id);
    hash_part(&hash, finding->secret);
    sha256_digest(&hash, sizeof(digest), digest);
    memcpy(out, "lt1:", 4);
    for (size_t i = 0; i < sizeof(digest); i++)
        snprintf(out + 4 + 2 * i, 3, "%02x", digest[i]);
}
