/* scan_settings.c - all that counts, one after the other into SHA-256. */
#include "scan/scan_settings.h"

#include <inttypes.h>
#include <nettle/sha2.h>
#include <stdio.h>

#include "base/file.h"
#include "base/hex.h"
#include "base/limits.h"
#include "base/version.h"
#include "detect/database.h"

enum status scan_settings_hash(char out[static SCAN_SETTINGS_SIZE],
                               const struct scan_settings *settings)
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    struct sha256_ctx hash;
    const char *rules_file = settings->rules_file;
    struct buf text = { 0 };
    enum status status = STATUS_OK;
    char line[64];

    snprintf(line, sizeof(line), "%" PRIu64 " %u %d %zu", settings->max_bytes,
             settings->archive_depth, settings->ignore_marks, settings->hidden.len);
    sha256_init(&hash);
    sha256_update(&hash, strlen(line) + 1, (const uint8_t *)line);
    if (settings->hidden.len)
        sha256_update(&hash, settings->hidden.len, settings->hidden.ptr);
    sha256_update(&hash, sizeof(LEAKTRAWL_VERSION), (const uint8_t *)LEAKTRAWL_VERSION);
    for (size_t i = 0; i < embedded_rules.source_count; i++)
        sha256_update(&hash, embedded_rules.sources[i].text.len,
                      embedded_rules.sources[i].text.ptr);
    if (rules_file)
        status = file_read(&text, rules_file, LIMIT_RULE_FILE_BYTES);
    if (status == STATUS_ABSENT)
        status = err_set(STATUS_IO, "%s: there is no such file", rules_file);
    if (!status && text.len)
        sha256_update(&hash, text.len, text.ptr);
    sha256_digest(&hash, sizeof(digest), digest);
    hex_put(out, digest, sizeof(digest));
    buf_release(&text);
    return status;
}
