/*
 * read_finding.c - the line of a finding back into the record, and what records share.
 */
#include <search.h>
#include <stdlib.h>

#include "report/fingerprint.h"
#include "report/read_field.h"
#include "report/record.h"

/* --- what findings point to --- */

static int cmp_target(const void *a, const void *b)
{
    return strcmp(a, b);
}

static int cmp_rule(const void *left, const void *right)
{
    const struct rule *a = left, *b = right;
    int order = strcmp(a->id, b->id);

    return order ? order : (int)a->severity - (int)b->severity;
}

static void *keep(struct line *line, const void *bytes, size_t size)
{
    return (void *)(uintptr_t)arena_copy(&line->pool->arena, (struct slice){ bytes, size }).ptr;
}

const char *read_target(struct line *line, const char *text)
{
    void *found = text ? tfind(text, &line->pool->targets, cmp_target) : NULL;

    if (text && !found) {
        const char *copy = keep(line, text, strlen(text));

        found = copy ? tsearch(copy, &line->pool->targets, cmp_target) : NULL;
        line->starved |= !found;
    }
    return found ? *(const char *const *)found : NULL;
}

/* What this program knows of the rule, its own severity aside; else the rule's id. */
static const char *describe(const struct report_pool *pool, const char *id)
{
    for (size_t i = 0; i < pool->known_count; i++)
        if (strcmp(pool->known[i]->id, id) == 0)
            return pool->known[i]->description;
    return id;
}

static const struct rule *keep_rule(struct line *line, const char *id, enum severity severity)
{
    struct rule rule = { .id = id, .severity = severity };
    void *found = tfind(&rule, &line->pool->rules, cmp_rule);
    struct rule *copy;

    if (found)
        return *(const struct rule *const *)found;
    rule.id = keep(line, id, strlen(id));
    rule.description = rule.id ? describe(line->pool, rule.id) : NULL;
    copy = arena_alloc(&line->pool->arena, sizeof(*copy));
    if (copy)
        *copy = rule;
    found = copy && rule.id ? tsearch(copy, &line->pool->rules, cmp_rule) : NULL;
    line->starved |= !found;
    return found ? copy : NULL;
}

static void free_nothing(void *node)
{
    (void)node;
}

void report_pool_release(struct report_pool *pool)
{
    tdestroy(pool->targets, free_nothing);
    tdestroy(pool->rules, free_nothing);
    free(pool->baselines.names);
    free(pool->settings.names);
    arena_release(&pool->arena);
    *pool = (struct report_pool){ 0 };
}

/* --- findings --- */

static void take_place(struct line *line, const cJSON *object, struct place *place)
{
    const cJSON *list = field_member(object, "decoded");
    const cJSON *item;

    place->line = field_number(line, object, "line");
    place->column = field_number(line, object, "column");
    place->offset = field_number(line, object, "offset");
    if (list && !cJSON_IsArray(list))
        field_blame(line, "decoded");
    cJSON_ArrayForEach(item, list) {
        const char *name = cJSON_GetStringValue(item);
        unsigned codec = 1;

        while (name && codec < CODEC_COUNT && strcmp(codec_name(codec), name))
            codec++;
        if (!name || codec == CODEC_COUNT || place->decoded_count == CODEC_DEPTH_MAX) {
            field_blame(line, "decoded");
            return;
        }
        place->decoded[place->decoded_count++] = (uint8_t)codec;
    }
}

static void take_paths(struct line *line, const cJSON *object, struct git_origin *git)
{
    const cJSON *list = field_member(object, "paths");
    bool percent = field_is_percent(line, object, "path_encoding");
    const cJSON *item;
    int count = cJSON_GetArraySize(list);

    if (!list)
        return;
    git->paths = arena_alloc(line->arena, (size_t)count * sizeof(*git->paths));
    line->starved |= !git->paths;
    if (!cJSON_IsArray(list))
        field_blame(line, "paths");
    if (!cJSON_IsArray(list) || !git->paths)
        return;
    cJSON_ArrayForEach(item, list) {
        if (cJSON_IsString(item))
            git->paths[git->path_count++] = field_decode(line, item->valuestring, percent);
        else
            field_blame(line, "paths");
    }
}

static const struct git_origin *take_git(struct line *line, const cJSON *object)
{
    struct git_origin *git = object ? arena_alloc(line->arena, sizeof(*git)) : NULL;

    if (!git) {
        line->starved |= object != NULL;
        return NULL;
    }
    *git = (struct git_origin){
        .repository = field_name(line, object, "repository"),
        .blob = field_text(line, object, "blob"),
        .kind = field_text(line, object, "kind"),
        .first_commit = field_text(line, object, "first_commit"),
        .last_commit = field_text(line, object, "last_commit"),
        .author = field_text(line, object, "author"),
        .date = field_text(line, object, "date"),
        .last_date = field_text(line, object, "last_date"),
        .commits = field_number(line, object, "commits"),
        .at_head = field_known(line, object, "at_head"),
        .on_remote = field_known(line, object, "on_remote"),
        .in_work_tree = field_bool(line, object, "in_work_tree"),
    };
    take_paths(line, object, git);
    return git;
}

static const struct s3_origin *take_s3(struct line *line, const cJSON *object)
{
    struct s3_origin *s3 = object ? arena_alloc(line->arena, sizeof(*s3)) : NULL;

    if (!s3) {
        line->starved |= object != NULL;
        return NULL;
    }
    *s3 = (struct s3_origin){
        .bucket = field_needed(line, object, "bucket"),
        .key = slice_of(field_decode(line, field_needed(line, object, "key"),
                                     field_is_percent(line, object, "key_encoding"))),
        .version_id = field_text(line, object, "version_id"),
        .last_modified = field_text(line, object, "last_modified"),
        .etag = field_text(line, object, "etag"),
    };
    return s3;
}

/* NULL for what nobody asked about. */
static const struct verification *take_verification(struct line *line, const cJSON *object)
{
    struct verification *known = object ? arena_alloc(line->arena, sizeof(*known)) : NULL;

    if (!known) {
        line->starved |= object != NULL;
        return NULL;
    }
    *known = (struct verification){
        .verdict = (enum verdict)field_word(line, object, "status", verdict_names, VERDICT_COUNT),
        .arn = field_text(line, object, "arn"),
        .account = field_text(line, object, "account"),
        .user_id = field_text(line, object, "user_id"),
        .checked_at = field_text(line, object, "checked_at"),
        .error = field_text(line, object, "error"),
    };
    return known->verdict == VERDICT_UNVERIFIED && !known->error ? NULL : known;
}

static struct slice take_part(struct line *line, const cJSON *object, const char *key)
{
    return slice_of(field_text(line, object, key));
}

/* Take the mark of what is hidden off the end of `value`. */
static struct slice without_mark(struct slice value)
{
    static const char mark[] = "…";
    size_t len = sizeof(mark) - 1;

    if (value.len >= len && memcmp(value.ptr + value.len - len, mark, len) == 0)
        value.len -= len;
    return value;
}

/* The parts are whole where their fingerprint says so; a token is no part of it. */
static void take_credential(struct line *line, const cJSON *object, struct finding *finding)
{
    char computed[FINGERPRINT_SIZE];
    struct slice token;

    finding->id = take_part(line, object, "access_key_id");
    finding->secret = take_part(line, object, "secret_access_key");
    if (!finding->secret.ptr)
        finding->secret = take_part(line, object, "value");
    finding->token = take_part(line, object, "session_token");
    token = without_mark(finding->token);
    if (!finding->id.ptr && !finding->secret.ptr)
        field_blame(line, "access_key_id");
    if (!finding->rule)
        return;
    fingerprint_of(finding, computed);
    finding->fingerprint = field_needed(line, object, "fingerprint");
    if (strlen(finding->fingerprint) != FINGERPRINT_SIZE - 1 ||
        strncmp(finding->fingerprint, computed, 4) ||
        strspn(finding->fingerprint + 4, "0123456789abcdef") != FINGERPRINT_SIZE - 5)
        field_blame(line, "fingerprint");
    finding->redacted =
        strcmp(finding->fingerprint, computed) != 0 || token.len < finding->token.len;
    if (finding->redacted) {
        finding->secret = without_mark(finding->secret);
        finding->token = token;
    }
}

void read_finding(struct line *line, const cJSON *object)
{
    const cJSON *where = field_object(line, object, "location");
    const cJSON *secret = field_object(line, object, "secret_location");
    enum severity severity =
        (enum severity)field_word(line, object, "severity", severity_names, SEVERITY_CRITICAL + 1);
    struct finding finding = {
        .rule = keep_rule(line, field_needed(line, object, "rule"), severity),
        .confidence = (enum confidence)field_word(line, object, "confidence", confidence_names,
                                                  CONFIDENCE_HIGH + 1),
        .count = field_number(line, object, "count"),
        .target = read_target(line, field_name(line, where, "target")),
        .path = field_name(line, where, "path"),
        .git = take_git(line, field_object(line, object, "git")),
        .s3 = take_s3(line, field_object(line, object, "s3")),
        .verification = take_verification(line, field_object(line, object, "verification")),
        .account_label = field_text(line, object, "account_label"),
    };

    take_credential(line, object, &finding);
    if (!finding.path)
        field_blame(line, "location");
    take_place(line, where, &finding.place);
    take_place(line, secret, &finding.secret_place);
    finding.secret_path = field_name(line, secret, "path");
    if (finding.path && finding.secret_path && strcmp(finding.path, finding.secret_path) == 0)
        finding.secret_path = NULL;
    if (!line->fault && !line->starved)
        outcome_add(line->outcome, &finding);
}
