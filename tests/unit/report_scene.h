/*
 * report_scene.h - the outcome that the tests of the reports write, and a way to expect bytes.
 *
 * Golden texts name the made-up values: {pair.id}, {pair.secret} and so on stand for a whole
 * value, {pair.secret:4} for its first four characters. To be included after cmocka.h.
 */
#ifndef TESTS_REPORT_SCENE_H
#define TESTS_REPORT_SCENE_H

#include <stdio.h>
#include <stdlib.h>

#include "base/account.h"
#include "base/buf.h"
#include "made_up.h"
#include "report/report.h"

static const struct rule pair_rule = { "aws-key-pair", "a pair", SEVERITY_CRITICAL };
static const struct rule session_rule = { "aws-session-credentials", "a set", SEVERITY_HIGH };
static const struct rule secret_rule = { "aws-secret-access-key", "a secret", SEVERITY_HIGH };
static const struct rule lone_rule = { "aws-access-key-id", "an id", SEVERITY_LOW };
static const struct rule token_rule = { "bedrock-api-key", "one token", SEVERITY_MEDIUM };

/* --- the scene --- */

struct rules_values {
    const char *name;
    char id[MADE_UP_SIZE], secret[MADE_UP_SIZE], token[MADE_UP_SIZE];
    char account[ACCOUNT_SIZE];
};

enum { PAIR, OTHER, SESSION, LONE, SECRET, TOKEN, VALUES };

static const char *const targets[] = { "site" };

static inline void make_values(struct rules_values values[VALUES])
{
    static const char *const names[] = { "pair", "other", "session", "lone", "secret", "token" };
    uint64_t seed = 20;

    for (size_t i = 0; i < VALUES; i++) {
        values[i].name = names[i];
        made_up_id(&seed, i == SESSION ? "ASIA" : "AKIA", values[i].id);
        made_up_secret(&seed, i == TOKEN ? 132 : 40, values[i].secret);
        made_up_secret(&seed, 400, values[i].token);
        account_of(slice_of(values[i].id), values[i].account);
    }
}

/* A finding of the whole pair, whose secret stands a line below its id. */
static inline struct finding pair_of(const struct rules_values *values, const char *path,
                                     uint64_t line)
{
    return (struct finding){ .rule = &pair_rule,
                             .confidence = CONFIDENCE_HIGH,
                             .id = slice_of(values->id),
                             .secret = slice_of(values->secret),
                             .target = targets[0],
                             .path = path,
                             .place = { line * 40, line, 21 },
                             .secret_place = { line * 40 + 45, line + 1, 25 },
                             .count = 1 };
}

static inline void add_files(struct outcome *outcome, const struct rules_values *values)
{
    struct finding finding = pair_of(&values[PAIR], "site/conf/prod.env", 2);

    outcome_add(outcome, &finding);
    finding = pair_of(&values[PAIR], "site/deploy/old.env", 7);
    outcome_add(outcome, &finding);
    finding = pair_of(&values[OTHER], "site/k8s/access_key", 1);
    finding.confidence = CONFIDENCE_MEDIUM;
    finding.secret_path = "site/k8s/secret_key";
    finding.secret_place = (struct place){ .offset = 0, .line = 1, .column = 1 };
    outcome_add(outcome, &finding);
    finding = pair_of(&values[SESSION], "site/conf/prod.env", 118);
    finding.rule = &session_rule;
    finding.token = slice_of(values[SESSION].token);
    finding.secret_place.line = 118;
    outcome_add(outcome, &finding);
    finding = pair_of(&values[LONE], "site/logs/app.log", 90);
    finding.rule = &lone_rule;
    finding.secret = (struct slice){ 0 };
    finding.count = 1204;
    outcome_add(outcome, &finding);
    finding = pair_of(&values[SECRET], "site/logs/app.log", 91);
    finding.rule = &secret_rule;
    finding.id = (struct slice){ 0 };
    outcome_add(outcome, &finding);
    finding = pair_of(&values[TOKEN], "site/logs/app.log", 92);
    finding.rule = &token_rule;
    finding.id = (struct slice){ 0 };
    outcome_add(outcome, &finding);
}

static inline void add_history(struct outcome *outcome, const struct rules_values *values)
{
    static const char *paths[] = { "conf/prod.env", "conf/settings.env" };
    static const struct git_origin git = {
        .blob = "5f0c1d2e3f405162738495a6b7c8d9eafb0c1d2e",
        .kind = "blob",
        .first_commit = "0123456789abcdef0123456789abcdef01234567",
        .last_commit = "89abcdef0123456789abcdef0123456789abcdef",
        .author = "Ann Example <ann@example.com>",
        .date = "2021-03-04T17:02:11+01:00",
        .paths = paths,
        .path_count = 2,
        .commits = 3,
        .at_head = KNOWN_NO,
        .on_remote = KNOWN_NOT,
    };
    struct finding finding = pair_of(&values[LONE], "conf/settings.env", 4);

    finding.git = &git;
    outcome_add(outcome, &finding);
}

static inline void make_outcome(struct outcome *outcome, const struct rules_values *values)
{
    *outcome = (struct outcome){ 0 };
    add_files(outcome, values);
    add_history(outcome, values);
    outcome_trouble(outcome, SKIP_UNREADABLE, targets[0], "site/private", "Permission denied");
    outcome_trouble(outcome, SKIP_LIMIT, targets[0], NULL, "too deep");
    outcome->coverage.files = 1204;
    outcome->coverage.bytes = 56349000;
    outcome->coverage.repositories = 1;
    outcome->coverage.blobs = 12001;
    outcome->coverage.blob_bytes = 987654321;
    outcome->coverage.commits = 320;
    outcome->coverage.merges = 20;
    outcome->coverage.tags = 3;
    outcome->coverage.refs = 5;
    outcome->coverage.allowed = 2;
    outcome->coverage.temporary_ids = 41;
    outcome->coverage.skipped[SKIP_SYMLINK] = 1;
    outcome_sort(outcome, targets, 1);
}

/* --- writing, expecting --- */

/* The report as text that the caller frees. */
static inline char *report(const struct outcome *outcome, const struct report_options *options)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    assert_non_null(out);
    assert_int_equal(report_write(outcome, options, out), STATUS_OK);
    fclose(out);
    assert_int_equal(strlen(text), len);
    return text;
}

/* Put the value that `name` (as "pair.secret:4") stands for. */
static inline void put_named(struct buf *out, const struct rules_values *values, const char *name)
{
    for (size_t i = 0; i < VALUES; i++) {
        size_t len = strlen(values[i].name);
        const char *part = name + len + 1;
        const char *value;
        const char *limit;

        if (strncmp(name, values[i].name, len) || name[len] != '.')
            continue;
        value = *part == 'i'   ? values[i].id
                : *part == 's' ? values[i].secret
                : *part == 't' ? values[i].token
                               : values[i].account;
        limit = strchr(part, ':');
        buf_printf(out, "%.*s", limit ? atoi(limit + 1) : MADE_UP_SIZE, value);
        return;
    }
    fail_msg("no value is called %s", name);
}

static inline void expand(struct buf *out, const struct rules_values *values, const char *golden)
{
    while (*golden) {
        size_t plain = strcspn(golden, "{");
        const char *end = strchr(golden + plain, '}');

        buf_printf(out, "%.*s", (int)plain, golden);
        golden += plain;
        if (!*golden)
            break;
        if (end && golden[1] >= 'a' && golden[1] <= 'z') {
            char name[64];

            snprintf(name, sizeof(name), "%.*s", (int)(end - golden - 1), golden + 1);
            put_named(out, values, name);
            golden = end + 1;
        } else {
            buf_byte(out, (uint8_t)*golden++);
        }
    }
}

static inline void expect(const struct rules_values *values, const char *golden, const char *got)
{
    struct buf expected = { 0 };

    expand(&expected, values, golden);
    if (strcmp(buf_cstr(&expected), got)) {
        print_error("--- expected\n%s--- got\n%s---\n", buf_cstr(&expected), got);
        fail();
    }
    buf_release(&expected);
}

#endif
