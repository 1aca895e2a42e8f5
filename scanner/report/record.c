/* record.c - every field of a finding, an error and the summary, in its order. */
#include "report/record.h"

#include <stddef.h>

#include "base/account.h"
#include "base/arn.h"
#include "base/printable.h"
#include "base/version.h"
#include "report/remedy.h"

const char *const severity_names[SEVERITY_CRITICAL + 1] = {
    [SEVERITY_LOW] = "low",
    [SEVERITY_MEDIUM] = "medium",
    [SEVERITY_HIGH] = "high",
    [SEVERITY_CRITICAL] = "critical",
};

const char *const confidence_names[CONFIDENCE_HIGH + 1] = {
    [CONFIDENCE_LOW] = "low",
    [CONFIDENCE_MEDIUM] = "medium",
    [CONFIDENCE_HIGH] = "high",
};

/* --- names of files, which may be no UTF-8 --- */

/* The names of one object are all encoded or none, so that a target still begins its paths. */
static bool needs_percent(const char *a, const char *b)
{
    return !printable_is_utf8(slice_of(a)) || !printable_is_utf8(slice_of(b));
}

static void put_encoding(struct writer *writer, cJSON *object, bool percent)
{
    if (percent)
        json_text(writer, object, "path_encoding", "percent");
}

/* The encodings that were undone, the outermost first. */
static void put_decoded(struct writer *writer, cJSON *object, const struct place *place)
{
    cJSON *list = json_array(writer, object, "decoded");

    for (size_t i = 0; !writer->starved && i < place->decoded_count; i++)
        json_add(writer, list, cJSON_CreateString(codec_name(place->decoded[i])));
}

/* --- a finding --- */

static void put_place(struct writer *writer, cJSON *object, const struct place *place)
{
    json_number(writer, object, "line", place->line);
    json_number(writer, object, "column", place->column);
    json_number(writer, object, "offset", place->offset);
}

static void put_location(struct writer *writer, cJSON *line, const struct finding *finding)
{
    cJSON *object = json_object(writer, line, "location");
    bool percent = needs_percent(finding->target, finding->path);

    json_name(writer, object, "target", finding->target, percent);
    json_name(writer, object, "path", finding->path, percent);
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
        json_text(writer, line, "secret_location", NULL);
        return;
    }
    object = json_object(writer, line, "secret_location");
    json_name(writer, object, "path", path, percent);
    put_encoding(writer, object, percent);
    put_place(writer, object, &finding->secret_place);
    if (finding->secret_place.decoded_count)
        put_decoded(writer, object, &finding->secret_place);
}

static void put_paths(struct writer *writer, cJSON *object, const struct git_origin *git,
                      bool percent)
{
    cJSON *array = json_array(writer, object, "paths");

    for (size_t i = 0; !writer->starved && i < git->path_count; i++)
        json_add_name(writer, array, git->paths[i], percent);
}

static void put_git(struct writer *writer, cJSON *line, const struct git_origin *git)
{
    bool percent;
    cJSON *object;

    if (!git) {
        json_text(writer, line, "git", NULL);
        return;
    }
    percent = needs_percent(git->repository, NULL);
    for (size_t i = 0; !percent && i < git->path_count; i++)
        percent = needs_percent(git->paths[i], NULL);
    object = json_object(writer, line, "git");
    json_name(writer, object, "repository", git->repository, percent);
    json_text(writer, object, "first_commit", git->first_commit);
    json_text(writer, object, "last_commit", git->last_commit);
    json_text(writer, object, "author", git->author);
    json_text(writer, object, "date", git->date);
    json_text(writer, object, "last_date", git->last_date);
    json_text(writer, object, "blob", git->blob);
    json_text(writer, object, "kind", git->kind);
    json_bool(writer, object, "in_work_tree", git->in_work_tree);
    json_known(writer, object, "at_head", git->at_head);
    json_known(writer, object, "on_remote", git->on_remote);
    if (git->commits)
        json_number(writer, object, "commits", git->commits);
    else
        json_text(writer, object, "commits", NULL);
    put_encoding(writer, object, percent);
    put_paths(writer, object, git, percent);
}

/* Key and URI as they are, or both percent-encoded where the key is no UTF-8. */
static void put_key(struct writer *writer, cJSON *object, const struct s3_origin *s3)
{
    bool percent = !printable_is_utf8(s3->key);
    struct buf key = { 0 }, uri = { 0 };

    if (percent)
        printable_percent(&key, s3->key);
    else
        buf_append(&key, s3->key);
    buf_printf(&uri, "s3://%s/", s3->bucket);
    buf_append(&uri, buf_view(&key));
    writer->starved |= buf_status(&key) || buf_status(&uri);
    json_bytes(writer, object, "key", key.ptr ? buf_view(&key) : SLICE(""));
    if (percent)
        json_text(writer, object, "key_encoding", "percent");
    json_text(writer, object, "version_id", s3->version_id);
    json_bytes(writer, object, "uri", buf_view(&uri));
    buf_release(&key);
    buf_release(&uri);
}

static void put_s3(struct writer *writer, cJSON *line, const struct s3_origin *s3)
{
    cJSON *object;

    if (!s3) {
        json_text(writer, line, "s3", NULL);
        return;
    }
    object = json_object(writer, line, "s3");
    json_text(writer, object, "bucket", s3->bucket);
    put_key(writer, object, s3);
    json_text(writer, object, "last_modified", s3->last_modified);
    json_text(writer, object, "etag", s3->etag);
}

static void put_verification(struct writer *writer, cJSON *line, const struct finding *finding)
{
    static const struct verification none = { .verdict = VERDICT_UNVERIFIED };
    const struct verification *known = finding->verification ? finding->verification : &none;
    cJSON *object = json_object(writer, line, "verification");
    struct arn arn;
    bool principal = arn_parse(slice_of(known->arn), &arn);

    json_text(writer, object, "status", verdict_names[known->verdict]);
    json_text(writer, object, "arn", known->arn);
    json_text(writer, object, "account", known->account);
    json_text(writer, object, "user_id", known->user_id);
    json_text(writer, object, "checked_at", known->checked_at);
    json_text(writer, object, "error", known->error);
    json_text(writer, object, "kind", principal ? principal_name(arn.principal) : NULL);
}

/* What to do about a credential that works: null for any other. */
static void put_next_steps(struct writer *writer, cJSON *line, const struct finding *finding)
{
    struct buf command = { 0 };
    const char *name;
    cJSON *array;

    if (finding_verdict(finding) != VERDICT_LIVE) {
        json_text(writer, line, "next_steps", NULL);
        return;
    }
    array = json_array(writer, line, "next_steps");
    for (size_t i = 0; (name = remedy_step(finding, i, &command)); i++) {
        cJSON *step = json_element(writer, array);

        json_text(writer, step, "step", name);
        json_text(writer, step, "command", buf_cstr(&command));
        writer->starved |= buf_status(&command) != STATUS_OK;
        buf_reset(&command);
    }
    buf_release(&command);
}

bool record_is_key(const struct finding *finding)
{
    return finding->id.ptr || strcmp(finding->rule->id, "aws-secret-access-key") == 0;
}

/* The parts of the credential. What a rule of one token found is no secret access key: "value". */
static void put_credential(struct writer *writer, cJSON *line, const struct finding *finding)
{
    bool key = record_is_key(finding);
    struct slice none = { 0 };
    char account[ACCOUNT_SIZE];

    json_bytes(writer, line, "access_key_id", finding->id);
    json_secret(writer, line, "secret_access_key", finding, key ? finding->secret : none);
    json_secret(writer, line, "session_token", finding, finding->token);
    json_secret(writer, line, "value", finding, key ? none : finding->secret);
    json_text(writer, line, "account", account_of(finding->id, account) ? account : NULL);
    json_text(writer, line, "account_label", finding->account_label);
    json_number(writer, line, "count", finding->count);
}

cJSON *record_finding(struct writer *writer, size_t index)
{
    const struct finding *finding = &writer->outcome->findings[index];
    cJSON *line = cJSON_CreateObject();

    json_text(writer, line, "type", "finding");
    json_text(writer, line, "rule", finding->rule->id);
    json_text(writer, line, "severity", severity_names[finding->rule->severity]);
    json_text(writer, line, "confidence", confidence_names[finding->confidence]);
    json_text(writer, line, "fingerprint", writer->tally->mentions[index].fingerprint);
    put_credential(writer, line, finding);
    put_location(writer, line, finding);
    put_secret_location(writer, line, finding);
    put_git(writer, line, finding->git);
    put_s3(writer, line, finding->s3);
    put_verification(writer, line, finding);
    put_next_steps(writer, line, finding);
    return line;
}

/* --- errors and the summary --- */

cJSON *record_error(struct writer *writer, const struct trouble *trouble)
{
    cJSON *line = cJSON_CreateObject();
    bool percent = needs_percent(trouble->target, trouble->path);

    json_text(writer, line, "type", "error");
    json_name(writer, line, "target", trouble->target, percent);
    json_name(writer, line, "path", trouble->path, percent);
    put_encoding(writer, line, percent);
    json_text(writer, line, "message", trouble->message);
    return line;
}

#define FIELD(name)                            \
    {                                          \
#name, offsetof(struct coverage, name) \
    }

const struct coverage_field coverage_fields[COVERAGE_FIELDS] = {
    FIELD(files),      FIELD(bytes),     FIELD(repositories), FIELD(blobs),
    FIELD(blob_bytes), FIELD(commits),   FIELD(merges),       FIELD(tags),
    FIELD(refs),       FIELD(archives),  FIELD(objects),      FIELD(temporary_ids),
    FIELD(allowed),    FIELD(baselined), FIELD(rules_off),    FIELD(errors),
};

static void put_coverage(struct writer *writer, cJSON *line, const struct coverage *coverage)
{
    cJSON *skipped;

    for (size_t i = 0; i < COVERAGE_FIELDS; i++)
        json_number(writer, line, coverage_fields[i].name,
                    *(const uint64_t *)(const void *)((const char *)coverage +
                                                      coverage_fields[i].offset));
    skipped = json_object(writer, line, "skipped");
    for (size_t i = 0; i < SKIP_COUNT; i++)
        if (coverage->skipped[i])
            json_number(writer, skipped, skip_name((enum skip)i), coverage->skipped[i]);
}

static void put_settings(struct writer *writer, cJSON *line)
{
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < writer->options->settings_count && list; i++)
        json_add(writer, list, cJSON_CreateString(writer->options->settings[i]));
    json_put(writer, line, "settings", list);
}

cJSON *record_summary(struct writer *writer)
{
    const struct outcome *outcome = writer->outcome;
    cJSON *line = cJSON_CreateObject();
    cJSON *object;

    json_text(writer, line, "type", "summary");
    json_number(writer, line, "report_version", RECORD_VERSION);
    json_number(writer, line, "findings", outcome->finding_count);
    object = json_object(writer, line, "by_rule");
    for (size_t i = 0; i < writer->tally->rule_count; i++)
        json_number(writer, object, writer->tally->rules[i].rule->id,
                    writer->tally->rules[i].findings);
    json_number(writer, line, "credentials", writer->tally->credentials);
    object = json_object(writer, line, "by_verification");
    for (size_t i = 0; i < VERDICT_COUNT; i++)
        if (writer->tally->verdicts[i])
            json_number(writer, object, verdict_names[i], writer->tally->verdicts[i]);
    put_coverage(writer, line, &outcome->coverage);
    json_text(writer, line, "baseline", writer->options->baseline);
    put_settings(writer, line);
    json_bool(writer, line, "complete", outcome_complete(outcome));
    object = json_object(writer, line, "tool");
    json_text(writer, object, "name", "leaktrawl");
    json_text(writer, object, "version", LEAKTRAWL_VERSION);
    return line;
}
