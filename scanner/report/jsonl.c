/*
 * jsonl.c - JSON Lines: one finding, error or summary a line, every field in every line.
 *
 * Strings go into cJSON as the bytes that they are; each printed line then passes through
 * printable_json(), the one place that sees to valid UTF-8 and to terminals.
 */
#include <cJSON.h>
#include <inttypes.h>

#include "base/account.h"
#include "base/version.h"
#include "report/formats.h"
#include "report/printable.h"

static const char *const severity_names[] = {
    [SEVERITY_LOW] = "low",
    [SEVERITY_MEDIUM] = "medium",
    [SEVERITY_HIGH] = "high",
    [SEVERITY_CRITICAL] = "critical",
};

static const char *const confidence_names[] = {
    [CONFIDENCE_LOW] = "low",
    [CONFIDENCE_MEDIUM] = "medium",
    [CONFIDENCE_HIGH] = "high",
};

/* --- members --- */

/*
 * Give `item` to `object` under `key`, a literal. Without memory `item` is NULL or dropped,
 * which writer_flush() reports.
 */
static void put(struct writer *writer, cJSON *object, const char *key, cJSON *item)
{
    if (item && cJSON_AddItemToObjectCS(object, key, item))
        return;
    cJSON_Delete(item);
    writer->starved = true;
}

static void put_text(struct writer *writer, cJSON *object, const char *key, const char *text)
{
    put(writer, object, key, text ? cJSON_CreateString(text) : cJSON_CreateNull());
}

/* A count as it is: cJSON's own numbers are doubles. */
static void put_number(struct writer *writer, cJSON *object, const char *key, uint64_t number)
{
    char digits[24];

    snprintf(digits, sizeof(digits), "%" PRIu64, number);
    put(writer, object, key, cJSON_CreateRaw(digits));
}

static void put_known(struct writer *writer, cJSON *object, const char *key, enum known known)
{
    put(writer, object, key,
        known == KNOWN_NOT ? cJSON_CreateNull() : cJSON_CreateBool(known == KNOWN_YES));
}

/* A new object under `key`; NULL, which every put passes on as a failure, without memory. */
static cJSON *put_object(struct writer *writer, cJSON *object, const char *key)
{
    cJSON *item = cJSON_CreateObject();

    put(writer, object, key, item);
    return writer->starved ? NULL : item;
}

/* A NUL, which would end a string of cJSON's, becomes U+FFFD. */
static void put_bytes(struct buf *out, struct slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.ptr[i])
            buf_byte(out, bytes.ptr[i]);
        else
            buf_text(out, "\xef\xbf\xbd");
    }
}

/* A value of the document. */
static void put_value(struct writer *writer, cJSON *object, const char *key, struct slice value,
                      bool redact)
{
    struct slice shown = redact ? writer_shown(writer, value) : value;

    if (!value.ptr) {
        put_text(writer, object, key, NULL);
        return;
    }
    buf_reset(&writer->line);
    put_bytes(&writer->line, shown);
    if (shown.len < value.len)
        buf_text(&writer->line, "…");
    put(writer, object, key,
        buf_status(&writer->line) ? NULL : cJSON_CreateString(buf_cstr(&writer->line)));
    buf_reset(&writer->line);
}

/* --- names of files, which may be no UTF-8 --- */

static cJSON *name_item(struct writer *writer, const char *name, bool percent)
{
    cJSON *item;

    if (!name || !percent)
        return name ? cJSON_CreateString(name) : cJSON_CreateNull();
    buf_reset(&writer->line);
    printable_percent(&writer->line, slice_of(name));
    item = buf_status(&writer->line) ? NULL : cJSON_CreateString(buf_cstr(&writer->line));
    buf_reset(&writer->line);
    return item;
}

static void put_name(struct writer *writer, cJSON *object, const char *key, const char *name,
                     bool percent)
{
    put(writer, object, key, name_item(writer, name, percent));
}

/* The names of one object are all encoded or none, so that a target still begins its paths. */
static bool needs_percent(const char *a, const char *b)
{
    return !printable_is_utf8(slice_of(a)) || !printable_is_utf8(slice_of(b));
}

static void put_encoding(struct writer *writer, cJSON *object, bool percent)
{
    if (percent)
        put_text(writer, object, "path_encoding", "percent");
}

/* The encodings that were undone, the outermost first. */
static void put_decoded(struct writer *writer, cJSON *object, const struct place *place)
{
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < place->decoded_count && list; i++)
        if (!cJSON_AddItemToArray(list, cJSON_CreateString(codec_name(place->decoded[i]))))
            writer->starved = true;
    put(writer, object, "decoded", list);
}

/* --- a finding --- */

static void put_place(struct writer *writer, cJSON *object, const struct place *place)
{
    put_number(writer, object, "line", place->line);
    put_number(writer, object, "column", place->column);
    put_number(writer, object, "offset", place->offset);
}

static void put_location(struct writer *writer, cJSON *line, const struct finding *finding)
{
    cJSON *object = put_object(writer, line, "location");
    bool percent = needs_percent(finding->target, finding->path);

    put_name(writer, object, "target", finding->target, percent);
    put_name(writer, object, "path", finding->path, percent);
    put_encoding(writer, object, percent);
    put_place(writer, object, &finding->place);
    put_decoded(writer, object, &finding->place);
}

/* Only where there are two places: the location of a secret without an id is the finding's own. */
static void put_secret_location(struct writer *writer, cJSON *line, const struct finding *finding)
{
    const char *path = finding->secret_path ? finding->secret_path : finding->path;
    bool percent = needs_percent(NULL, path);
    cJSON *object;

    if (!finding->id.ptr || !finding->secret.ptr) {
        put_text(writer, line, "secret_location", NULL);
        return;
    }
    object = put_object(writer, line, "secret_location");
    put_name(writer, object, "path", path, percent);
    put_encoding(writer, object, percent);
    put_place(writer, object, &finding->secret_place);
    if (finding->secret_place.decoded_count)
        put_decoded(writer, object, &finding->secret_place);
}

static void put_paths(struct writer *writer, cJSON *object, const struct git_origin *git,
                      bool percent)
{
    cJSON *array = cJSON_CreateArray();

    put(writer, object, "paths", array);
    for (size_t i = 0; !writer->starved && i < git->path_count; i++) {
        cJSON *item = name_item(writer, git->paths[i], percent);

        if (!item || !cJSON_AddItemToArray(array, item)) {
            cJSON_Delete(item);
            writer->starved = true;
        }
    }
}

static void put_git(struct writer *writer, cJSON *line, const struct git_origin *git)
{
    bool percent;
    cJSON *object;

    if (!git) {
        put_text(writer, line, "git", NULL);
        return;
    }
    percent = needs_percent(git->repository, NULL);
    for (size_t i = 0; !percent && i < git->path_count; i++)
        percent = needs_percent(git->paths[i], NULL);
    object = put_object(writer, line, "git");
    put_name(writer, object, "repository", git->repository, percent);
    put_text(writer, object, "first_commit", git->first_commit);
    put_text(writer, object, "last_commit", git->last_commit);
    put_text(writer, object, "author", git->author);
    put_text(writer, object, "date", git->date);
    put_text(writer, object, "blob", git->blob);
    put_text(writer, object, "kind", git->kind);
    put_known(writer, object, "at_head", git->at_head);
    put_known(writer, object, "on_remote", git->on_remote);
    if (git->commits)
        put_number(writer, object, "commits", git->commits);
    else
        put_text(writer, object, "commits", NULL);
    put_encoding(writer, object, percent);
    put_paths(writer, object, git, percent);
}

/* Key and URI as they are, or both percent-encoded where the key is no UTF-8. */
static void put_key(struct writer *writer, cJSON *object, const struct s3_origin *s3)
{
    bool percent = !printable_is_utf8(s3->key);
    struct buf uri = { 0 };
    size_t key;

    buf_printf(&uri, "s3://%s/", s3->bucket);
    key = uri.len;
    if (percent)
        printable_percent(&uri, s3->key);
    else
        put_bytes(&uri, s3->key);
    if (buf_status(&uri))
        writer->starved = true;
    put_text(writer, object, "key", uri.failed ? NULL : buf_cstr(&uri) + key);
    if (percent)
        put_text(writer, object, "key_encoding", "percent");
    put_text(writer, object, "version_id", s3->version_id);
    put_text(writer, object, "uri", buf_cstr(&uri));
    buf_release(&uri);
}

static void put_s3(struct writer *writer, cJSON *line, const struct s3_origin *s3)
{
    cJSON *object;

    if (!s3) {
        put_text(writer, line, "s3", NULL);
        return;
    }
    object = put_object(writer, line, "s3");
    put_text(writer, object, "bucket", s3->bucket);
    put_key(writer, object, s3);
    put_text(writer, object, "last_modified", s3->last_modified);
    put_text(writer, object, "etag", s3->etag);
}

static void put_verification(struct writer *writer, cJSON *line)
{
    static const char *const unknown[] = { "arn", "account", "user_id", "checked_at", "error" };
    cJSON *object = put_object(writer, line, "verification");

    put_text(writer, object, "status", "unverified");
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        put_text(writer, object, unknown[i], NULL);
}

/* The parts of the credential. What a rule of one token found is no secret access key: "value". */
static void put_credential(struct writer *writer, cJSON *line, const struct finding *finding)
{
    bool key = finding->id.ptr || strcmp(finding->rule->id, "aws-secret-access-key") == 0;
    struct slice none = { 0 };
    char account[ACCOUNT_SIZE];

    put_value(writer, line, "access_key_id", finding->id, false);
    put_value(writer, line, "secret_access_key", key ? finding->secret : none, true);
    put_value(writer, line, "session_token", finding->token, true);
    put_value(writer, line, "value", key ? none : finding->secret, true);
    put_text(writer, line, "account", account_of(finding->id, account) ? account : NULL);
    put_text(writer, line, "account_label", NULL);
    put_number(writer, line, "count", finding->count);
}

/* Print `line` into the writer's buffer, write it out, and free it. */
static enum status end_line(struct writer *writer, cJSON *line)
{
    char *text = line && !writer->starved ? cJSON_PrintUnformatted(line) : NULL;

    if (!text)
        writer->starved = true;
    printable_json(&writer->line, slice_of(text));
    buf_byte(&writer->line, '\n');
    cJSON_free(text);
    cJSON_Delete(line);
    return writer_flush(writer);
}

static enum status write_finding(struct writer *writer, size_t index)
{
    const struct finding *finding = &writer->outcome->findings[index];
    cJSON *line = cJSON_CreateObject();

    put_text(writer, line, "type", "finding");
    put_text(writer, line, "rule", finding->rule->id);
    put_text(writer, line, "severity", severity_names[finding->rule->severity]);
    put_text(writer, line, "confidence", confidence_names[finding->confidence]);
    put_text(writer, line, "fingerprint", writer->tally->mentions[index].fingerprint);
    put_credential(writer, line, finding);
    put_location(writer, line, finding);
    put_secret_location(writer, line, finding);
    put_git(writer, line, finding->git);
    put_s3(writer, line, finding->s3);
    put_verification(writer, line);
    return end_line(writer, line);
}

/* --- errors and the summary --- */

static enum status write_error(struct writer *writer, const struct trouble *trouble)
{
    cJSON *line = cJSON_CreateObject();
    bool percent = needs_percent(trouble->target, trouble->path);

    put_text(writer, line, "type", "error");
    put_name(writer, line, "target", trouble->target, percent);
    put_name(writer, line, "path", trouble->path, percent);
    put_encoding(writer, line, percent);
    put_text(writer, line, "message", trouble->message);
    return end_line(writer, line);
}

static void put_coverage(struct writer *writer, cJSON *line, const struct coverage *coverage)
{
    cJSON *skipped;

    put_number(writer, line, "files", coverage->files);
    put_number(writer, line, "bytes", coverage->bytes);
    put_number(writer, line, "repositories", coverage->repositories);
    put_number(writer, line, "blobs", coverage->blobs);
    put_number(writer, line, "blob_bytes", coverage->blob_bytes);
    put_number(writer, line, "commits", coverage->commits);
    put_number(writer, line, "merges", coverage->merges);
    put_number(writer, line, "tags", coverage->tags);
    put_number(writer, line, "refs", coverage->refs);
    put_number(writer, line, "archives", coverage->archives);
    put_number(writer, line, "objects", 0);
    put_number(writer, line, "temporary_ids", coverage->temporary_ids);
    put_number(writer, line, "allowed", coverage->allowed);
    skipped = put_object(writer, line, "skipped");
    for (size_t i = 0; i < SKIP_COUNT; i++)
        if (coverage->skipped[i])
            put_number(writer, skipped, skip_name((enum skip)i), coverage->skipped[i]);
    put_number(writer, line, "errors", coverage->errors);
}

static enum status write_summary(struct writer *writer)
{
    const struct outcome *outcome = writer->outcome;
    cJSON *line = cJSON_CreateObject();
    cJSON *object;

    put_text(writer, line, "type", "summary");
    put_number(writer, line, "findings", outcome->finding_count);
    object = put_object(writer, line, "by_rule");
    for (size_t i = 0; i < writer->tally->rule_count; i++)
        put_number(writer, object, writer->tally->rules[i].rule->id,
                   writer->tally->rules[i].findings);
    put_number(writer, line, "credentials", writer->tally->credentials);
    put_coverage(writer, line, &outcome->coverage);
    put(writer, line, "complete", cJSON_CreateBool(outcome_complete(outcome)));
    object = put_object(writer, line, "tool");
    put_text(writer, object, "name", "leaktrawl");
    put_text(writer, object, "version", LEAKTRAWL_VERSION);
    return end_line(writer, line);
}

enum status jsonl_write(struct writer *writer)
{
    const struct outcome *outcome = writer->outcome;
    enum status status = STATUS_OK;

    for (size_t i = 0; !status && i < outcome->finding_count; i++)
        status = write_finding(writer, i);
    for (size_t i = 0; !status && i < outcome->trouble_count; i++)
        status = write_error(writer, &outcome->troubles[i]);
    return status ? status : write_summary(writer);
}
