/* fingerprint.c - SHA-256 over what makes the credential, and nothing of where it stands. */
#include "report/fingerprint.h"

#include <inttypes.h>
#include <nettle/hmac.h>
#include <nettle/sha2.h>
#include <stdio.h>

#include "base/array.h"
#include "base/hex.h"

enum { HALF_DIGEST = SHA256_DIGEST_SIZE / 2 };

static_assert(FINGERPRINT_SIZE == sizeof("lt1:") + 2 * HALF_DIGEST, "room for the hex digits");
static_assert(FINGERPRINT_SALTED_SIZE == sizeof("lts1:") + 2 * HALF_DIGEST, "likewise");

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
    hex_put(out + 4, digest, sizeof(digest));
}

void fingerprint_of_place(const struct finding *finding, const char *path,
                          char out[static PLACE_ID_SIZE])
{
    static const size_t groups[] = { 4, 2, 2, 2, 6 };
    char fingerprint[FINGERPRINT_SIZE], numbers[64];
    uint8_t digest[HALF_DIGEST];
    struct sha256_ctx hash;
    size_t at = 0;

    fingerprint_of(finding, fingerprint);
    snprintf(numbers, sizeof(numbers), "%" PRIu64 ":%" PRIu64, finding->place.line,
             finding->place.column);
    sha256_init(&hash);
    hash_part(&hash, slice_of(fingerprint));
    hash_part(&hash, slice_of(path));
    hash_part(&hash, slice_of(numbers));
    hash_part(&hash, slice_of(finding_in_history(finding) ? finding->git->blob : NULL));
    hash_part(&hash, slice_of(finding->s3 ? finding->s3->version_id : NULL));
    sha256_digest(&hash, sizeof(digest), digest);
    digest[6] = (digest[6] & 0x0f) | 0x80;
    digest[8] = (digest[8] & 0x3f) | 0x80;
    for (size_t i = 0; i < COUNT_OF(groups); i++) {
        hex_put(out, digest + at, groups[i]);
        at += groups[i];
        out += 2 * groups[i];
        *out++ = '-';
    }
    out[-1] = '\0';
}

void fingerprint_salt(const char *fingerprint, const uint8_t salt[static FINGERPRINT_SALT_BYTES],
                      char out[static FINGERPRINT_SALTED_SIZE])
{
    uint8_t digest[HALF_DIGEST];
    struct hmac_sha256_ctx hash;

    hmac_sha256_set_key(&hash, FINGERPRINT_SALT_BYTES, salt);
    hmac_sha256_update(&hash, strlen(fingerprint), (const uint8_t *)fingerprint);
    hmac_sha256_digest(&hash, sizeof(digest), digest);
    memcpy(out, "lts1:", 5);
    hex_put(out + 5, digest, sizeof(digest));
}
