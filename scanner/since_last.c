/* since_last.c - lines of text: what it is, "rules HASH", and "tip ID" for each id. */
#include "since_last.h"

#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/replace.h"
#include "base/version.h"
#include "detect/database.h"

#define FIRST_LINE "leaktrawl history 1"

static enum status hash_rules(struct since_last *since, const char *rules_file)
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    struct sha256_ctx hash;
    struct buf text = { 0 };
    enum status status = STATUS_OK;

    sha256_init(&hash);
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

/* "tip ID" becomes "^ID". */
static enum status add_tip(struct since_last *since, struct slice id)
{
    char *text = arena_alloc(&since->arena, id.len + 2);

    if (since->range.revision_count == since->cap) {
        size_t cap = since->cap ? since->cap * 2 : 64;
        const char **grown = realloc(since->revisions, cap * sizeof(*grown));

        if (!grown)
            return err_nomem();
        since->revisions = grown;
        since->cap = cap;
    }
    if (!text)
        return err_nomem();
    text[0] = '^';
    memcpy(text + 1, id.ptr, id.len);
    since->revisions[since->range.revision_count++] = text;
    return STATUS_OK;
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
        else if (slice_starts(line, SLICE("tip ")) && line.len == 4 + HISTORY_ID_SIZE - 1)
            status = add_tip(since, slice_sub(line, 4, line.len));
        else if (!first)
            return STATUS_INVALID;
        first = false;
    }
    return status;
}

enum status since_last_read(struct since_last *since, const char *path, const char *rules_file)
{
    struct buf text = { 0 };
    enum status status;

    *since = (struct since_last){ .path = path };
    status = hash_rules(since, rules_file);
    if (!status) {
        status = file_read(&text, path, LIMIT_GIT_FILE_BYTES);
        if (!status && take_lines(since, buf_view(&text)) == STATUS_INVALID)
            status = err_set(STATUS_INVALID, "%s: it was not written by --since-last", path);
        else if (status == STATUS_ABSENT)
            status = STATUS_OK;
        else if (status && status != STATUS_NOMEM && status != STATUS_INVALID)
            status = err_set(status, "%s: %s", path, err_text());
    }
    since->range.revisions = since->revisions;
    since->range.everything = since->range.lenient = true;
    buf_release(&text);
    if (status)
        since_last_release(since);
    return status;
}

enum status since_last_write(struct since_last *since)
{
    struct replace file;
    enum status status = replace_open(&file, since->path, 0666);

    if (status)
        return status;
    fprintf(file.file, "%s\nrules %s\n", FIRST_LINE, since->rules);
    if (since->tips.len)
        fwrite(since->tips.ptr, 1, since->tips.len, file.file);
    return replace_commit(&file);
}

void since_last_release(struct since_last *since)
{
    arena_release(&since->arena);
    buf_release(&since->tips);
    free(since->revisions);
    *since = (struct since_last){ 0 };
}
