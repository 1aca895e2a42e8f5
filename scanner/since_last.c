/* since_last.c - lines of text: what it is, "rules HASH", and what was covered. */
#include "since_last.h"

#include <inttypes.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/replace.h"
#include "base/version.h"
#include "detect/database.h"

#define FIRST_LINE "leaktrawl history 1"

static enum status hash_rules(struct since_last *since, const struct since_last_settings *settings)
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    struct sha256_ctx hash;
    const char *rules_file = settings->rules_file;
    struct buf text = { 0 };
    enum status status = STATUS_OK;
    char line[64];

    snprintf(line, sizeof(line), "%" PRIu64 " %u %d", settings->max_bytes, settings->archive_depth,
             settings->ignore_marks);
    sha256_init(&hash);
    sha256_update(&hash, strlen(line) + 1, (const uint8_t *)line);
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
    for (size_t i = 0; i < sizeof(digest); i++)
        snprintf(since->rules + 2 * i, 3, "%02x", digest[i]);
    buf_release(&text);
    return status;
}

static enum status take_lines(struct since_last *since, struct slice rest)
{
    struct slice line;
    enum status status = STATUS_OK;
    bool first = true;

    while (!status && line_next(&rest, &line)) {
        if (first && !slice_eq(line, SLICE(FIRST_LINE)))
            return STATUS_INVALID;
        if (slice_starts(line, SLICE("rules ")))
            since->known = slice_eq(slice_sub(line, 6, line.len), slice_of(since->rules));
        else if (!first)
            status = covered_take(&since->covered, line);
        first = false;
    }
    return status;
}

enum status since_last_read(struct since_last *since, const char *path,
                            const struct since_last_settings *settings)
{
    struct buf text = { 0 };
    enum status status;

    *since = (struct since_last){ .path = path };
    status = hash_rules(since, settings);
    if (!status) {
        status = file_read(&text, path, LIMIT_GIT_FILE_BYTES);
        if (!status && take_lines(since, buf_view(&text)) == STATUS_INVALID)
            status = err_set(STATUS_INVALID, "%s: it was not written by --since-last", path);
        else if (status == STATUS_ABSENT)
            status = STATUS_OK;
        else if (status && status != STATUS_NOMEM && status != STATUS_INVALID)
            status = err_set(status, "%s: %s", path, err_text());
    }
    buf_release(&text);
    if (status)
        since_last_release(since);
    return status;
}

enum status since_last_write(struct since_last *since)
{
    struct replace file;
    enum status status = buf_status(&since->note);

    if (!status)
        status = replace_open(&file, since->path, 0666);
    if (status)
        return status;
    fprintf(file.file, "%s\nrules %s\n", FIRST_LINE, since->rules);
    if (since->note.len)
        fwrite(since->note.ptr, 1, since->note.len, file.file);
    return replace_commit(&file);
}

void since_last_release(struct since_last *since)
{
    covered_release(&since->covered);
    buf_release(&since->note);
    *since = (struct since_last){ 0 };
}
