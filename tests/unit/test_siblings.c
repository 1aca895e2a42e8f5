/* test_siblings.c - values that lie one a file: what is kept back, and what is paired. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "detect_scene.h"
#include "scan/siblings.h"

enum { FILES_MAX = 6 };

struct file {
    const char *path, *text; /* with placeholders */
};

static const struct row {
    const char *what;
    struct file files[FILES_MAX];
    size_t kept; /* files that are kept back */
    const char *found;
} rows[] = {
    { "a pair",
      { { "m/access_key", "{{id}}" }, { "m/secret_key", "{{secret}}\n" } },
      2,
      "aws-key-pair m/access_key m/secret_key medium\n" },
    { "names that say nothing",
      { { "m/a", "{{id}}" }, { "m/b", "{{secret}}" } },
      2,
      "aws-key-pair m/a m/b low\n" },
    { "members of an archive",
      { { "x/d.zip!id", "{{id}}" }, { "x/d.zip!secret", "{{secret}}" }, { "x/b", "{{secret}}" } },
      3,
      "aws-key-pair x/d.zip!id x/d.zip!secret medium\n" },
    { "a session",
      { { "id", "{{temporary_id}}" }, { "secret", "{{secret}}" }, { "token", "{{token}}" } },
      3,
      "aws-session-credentials id secret medium token\n" },
    { "a token beside a lasting pair",
      { { "id", "{{id}}" }, { "secret", "{{secret}}" }, { "token", "{{token}}" } },
      3,
      "aws-key-pair id secret medium\naws-session-token token - high\n" },
    { "two folders",
      { { "m/access_key", "{{id}}" }, { "n/secret_key", "{{secret}}" } },
      2,
      "aws-access-key-id m/access_key - high\n" },
    { "more than one value",
      { { "m/access_key", "id {{id}}" }, { "m/secret_key", "{{secret}} {{secret}}" } },
      0,
      "" },
    { "an id too many",
      { { "m/a", "{{id}}" }, { "m/b", "{{temporary_id}}" }, { "m/c", "{{secret}}" } },
      3,
      "aws-access-key-id m/a - high\n" },
    { "names that agree",
      { { "m/access_key", "{{id}}" },
        { "m/secret_key", "{{secret}}" },
        { "m/prod_access_key", "{{temporary_id}}" },
        { "m/prod_secret_key", "{{secret}}" } },
      4,
      "aws-key-pair m/access_key m/secret_key medium\n"
      "aws-session-credentials m/prod_access_key m/prod_secret_key medium\n" },
    { "names that do not",
      { { "m/prod_access_key", "{{id}}" }, { "m/test_secret_key", "{{secret}}" } },
      2,
      "aws-access-key-id m/prod_access_key - high\n" },
    { "a value of another service",
      { { "m/access_key", "{{id}}" }, { "m/github_token", "{{secret}}" } },
      1,
      "aws-access-key-id m/access_key - high\n" },
    { "a digest",
      { { "m/access_key", "{{id}}" },
        { "m/secret_key", "4f1c0a2b9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f40" } },
      1,
      "aws-access-key-id m/access_key - high\n" },
};

static bool note(struct siblings *siblings, struct scene *s, const char *path, struct slice text)
{
    const struct finding origin = { .target = scene_target, .path = path };

    return siblings_note(siblings, s->lane, &origin, text);
}

static void dump(struct scene *s, struct buf *out)
{
    static const char *const confidences[] = { "low", "medium", "high" };

    outcome_sort(&s->outcome, &scene_target, 1);
    for (size_t i = 0; i < s->outcome.finding_count; i++) {
        const struct finding *f = &s->outcome.findings[i];

        buf_printf(out, "%s %s %s %s%s\n", f->rule->id, f->path,
                   f->secret_path ? f->secret_path : "-", confidences[f->confidence],
                   f->token.ptr ? " token" : "");
    }
}

static void test_siblings__pairs_what_is_clear(void **state)
{
    struct scene s;

    (void)state;
    scene_begin_builtin(&s);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (int reversed = 0; reversed < 2; reversed++) {
            struct siblings *siblings;
            struct buf got = { 0 };
            struct rules_values values;
            uint64_t seed = i + 1;
            size_t kept = 0;

            assert_int_equal(siblings_new(&siblings, s.set), STATUS_OK);
            rules_values_make(&values, &seed);
            scene_forget(&s);
            for (size_t k = 0; k < FILES_MAX; k++) {
                const struct file *file = &rows[i].files[reversed ? FILES_MAX - 1 - k : k];
                struct buf text = { 0 };

                if (!file->path)
                    continue;
                values_fill(&text, file->text, &values);
                kept += note(siblings, &s, file->path, buf_view(&text));
                buf_release(&text); /* what is kept back was copied */
            }
            assert_int_equal(siblings_finish(siblings, s.lane, &s.outcome), STATUS_OK);
            dump(&s, &got);
            if (kept != rows[i].kept || strcmp(buf_cstr(&got), rows[i].found) != 0)
                fail_msg("%s: expected %zu kept back and:\n%sgot %zu and:\n%s", rows[i].what,
                         rows[i].kept, rows[i].found, kept, buf_cstr(&got));
            buf_release(&got);
            siblings_free(siblings);
        }
    }
    scene_end(&s);
}

static void test_siblings__places_are_those_of_the_files(void **state)
{
    struct siblings *siblings;
    struct rules_values values;
    struct buf text = { 0 };
    uint64_t seed = 7;
    struct scene s;

    (void)state;
    scene_begin_builtin(&s);
    assert_int_equal(siblings_new(&siblings, s.set), STATUS_OK);
    rules_values_make(&values, &seed);
    values_fill(&text, "\r\n\r \n \"{{id}}\"\n", &values);
    assert_true(note(siblings, &s, "id", buf_view(&text)));
    buf_reset(&text);
    values_fill(&text, "\xef\xbb\xbf'{{secret}}'", &values);
    assert_true(note(siblings, &s, "secret", buf_view(&text)));
    assert_int_equal(siblings_finish(siblings, s.lane, &s.outcome), STATUS_OK);
    assert_int_equal(s.outcome.finding_count, 1);
    assert_int_equal(s.outcome.findings[0].place.line, 4);
    assert_int_equal(s.outcome.findings[0].place.column, 3);
    assert_int_equal(s.outcome.findings[0].place.offset, 7);
    assert_int_equal(s.outcome.findings[0].secret_place.line, 1);
    assert_int_equal(s.outcome.findings[0].secret_place.offset, 4);
    buf_release(&text);
    siblings_free(siblings);
    siblings_free(NULL);
    scene_end(&s);
}

/* Three times the limit, from both ends: the first folders by name are paired, no id is lost. */
static void test_siblings__the_limit_decides_by_name(void **state)
{
    enum { FOLDERS = 3 * LIMIT_SIBLINGS / 2 };
    struct scene s;

    (void)state;
    scene_begin_builtin(&s);
    for (int reversed = 0; reversed < 2; reversed++) {
        struct siblings *siblings;
        size_t pairs = 0;

        assert_int_equal(siblings_new(&siblings, s.set), STATUS_OK);
        scene_forget(&s);
        for (size_t i = 0; i < FOLDERS; i++) {
            size_t number = reversed ? FOLDERS - 1 - i : i;
            uint64_t seed = number + 1;
            struct rules_values values;
            char path[32];

            rules_values_make(&values, &seed);
            snprintf(path, sizeof(path), "%06zu/id", number);
            assert_true(note(siblings, &s, path, slice_of(values.id)));
            snprintf(path, sizeof(path), "%06zu/secret", number);
            assert_true(note(siblings, &s, path, slice_of(values.secret)));
        }
        assert_int_equal(siblings_finish(siblings, s.lane, &s.outcome), STATUS_OK);
        outcome_sort(&s.outcome, &scene_target, 1);
        assert_int_equal(s.outcome.finding_count, FOLDERS);
        for (size_t i = 0; i < FOLDERS; i++)
            pairs += s.outcome.findings[i].secret.ptr != NULL;
        assert_int_equal(pairs, LIMIT_SIBLINGS / 2 - 1); /* the last folder may not be whole */
        assert_non_null(s.outcome.findings[pairs - 1].secret.ptr);
        assert_int_equal(s.outcome.coverage.skipped[SKIP_LIMIT], 1);
        siblings_free(siblings);
    }
    scene_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_siblings__pairs_what_is_clear),
        cmocka_unit_test(test_siblings__places_are_those_of_the_files),
        cmocka_unit_test(test_siblings__the_limit_decides_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
