/* test_report.c - what hostile names and values become in every format, and failed writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/printable.h"
#include "json_lines.h"
#include "report_scene.h"

/* --- hostile input --- */

struct name_row {
    const char *raw;  /* as it lies in the file system */
    const char *text; /* in the text report */
    const char *json; /* in JSON, once parsed */
    bool percent;     /* "path_encoding" is set */
};

static const struct name_row names[] = {
    { "plain/name", "plain/name", "plain/name", false },
    { "50% off", "50% off", "50% off", false },
    { "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f", false },
    { "\xf0\x9f\x94\x91", "\xf0\x9f\x94\x91", "\xf0\x9f\x94\x91", false },
    { "\x1b[2J\a\b", "\\x1b[2J\\x07\\x08", "\x1b[2J\a\b", false },
    { "two\nlines\r\tx", "two\\x0alines\\x0d\\x09x", "two\nlines\r\tx", false },
    { "del\x7f", "del\\x7f", "del\x7f", false },
    { "c1\xc2\x9b"
      "31m",
      "c1\\xc2\\x9b31m",
      "c1\xc2\x9b"
      "31m",
      false },
    { "bidi\xe2\x80\xae"
      "txt.exe\xe2\x81\xa6",
      "bidi\\xe2\\x80\\xaetxt.exe\\xe2\\x81\\xa6",
      "bidi\xe2\x80\xae"
      "txt.exe\xe2\x81\xa6",
      false },
    { "sep\xe2\x80\xa8", "sep\\xe2\\x80\\xa8", "sep\xe2\x80\xa8", false },
    { "quote\"back\\slash", "quote\"back\\slash", "quote\"back\\slash", false },
    { "latin\xfc%", "latin\\xfc%", "latin%FC%25", true },
    { "cut\xe2\x82", "cut\\xe2\\x82", "cut%E2%82", true },
    { "long\xc0\xaf", "long\\xc0\\xaf", "long%C0%AF", true },
    { "half\xed\xa0\x80", "half\\xed\\xa0\\x80", "half%ED%A0%80", true },
    { "far\xf4\x90\x80\x80", "far\\xf4\\x90\\x80\\x80", "far%F4%90%80%80", true },
    { "\xff\xfe\x80", "\\xff\\xfe\\x80", "%FF%FE%80", true },
};

static void test_report__hostile_names_are_escaped_in_text(void **state)
{
    struct report_options options = { 0 };
    struct rules_values values[VALUES];

    (void)state;
    make_values(values);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct finding finding = pair_of(&values[PAIR], names[i].raw, 1);
        struct git_origin git = { .kind = "blob", .author = names[i].raw };
        struct outcome outcome = { 0 };
        struct buf heading = { 0 };
        char *got;

        finding.git = &git;
        finding.secret_path = names[i].raw;
        git.repository = names[i].raw;
        outcome_add(&outcome, &finding);
        outcome_add(&outcome, &finding);
        got = report(&outcome, &options);
        buf_printf(&heading, "%s:1:21 (history of %s)  ", names[i].text, names[i].text);
        if (strncmp(got, buf_cstr(&heading), heading.len))
            fail_msg("expected %s, got %s", names[i].text, got);
        for (const char *c = got; *c; c++)
            if (((unsigned char)*c < 0x20 && *c != '\n') || *c == 0x7f)
                fail_msg("control character 0x%02x in: %s", *c, got);
        assert_true(printable_is_utf8(slice_of(got)));
        assert_null(strstr(got, "\xe2\x80\xae"));
        assert_null(strstr(got, "\xc2\x9b"));
        free(got);
        buf_release(&heading);
        outcome_release(&outcome);
    }
}

static void test_report__hostile_names_are_valid_json(void **state)
{
    struct report_options options = { .format = REPORT_JSONL };
    struct rules_values values[VALUES];

    (void)state;
    make_values(values);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const struct name_row *row = &names[i];
        const char *encoding = row->percent ? "percent" : NULL;
        struct git_origin git = { .kind = "blob", .paths = (const char **)(uintptr_t)&row->raw };
        struct finding finding = pair_of(&values[PAIR], row->raw, 1);
        struct outcome outcome = { 0 };
        cJSON *line, *paths;

        git.path_count = 1;
        finding.git = &git;
        outcome_add(&outcome, &finding);
        outcome_trouble(&outcome, SKIP_UNREADABLE, row->raw, row->raw, "%s", row->raw);
        line = first_line(&outcome, &options);
        expect_text("path", row->json, text_at(line, "location", "path"));
        expect_text("encoding", encoding, text_at(line, "location", "path_encoding"));
        expect_text("secret's path", row->json, text_at(line, "secret_location", "path"));
        expect_text("encoding", encoding, text_at(line, "secret_location", "path_encoding"));
        paths = cJSON_GetObjectItem(cJSON_GetObjectItem(line, "git"), "paths");
        expect_text("git's path", row->json, cJSON_GetStringValue(cJSON_GetArrayItem(paths, 0)));
        expect_text("encoding", encoding, text_at(line, "git", "path_encoding"));
        cJSON_Delete(line);
        outcome_release(&outcome);
    }
}

static void test_report__hostile_values_are_valid_json(void **state)
{
    static const struct {
        struct slice value;
        const char *shown, *redacted;
    } rows[] = {
        { { (const uint8_t *)"a\0b", 3 },
          "a\xef\xbf\xbd"
          "b",
          "…" },
        { { (const uint8_t *)"\xff\xc3\"\\", 4 }, "\xef\xbf\xbd\xef\xbf\xbd\"\\", "…" },
        { { (const uint8_t *)"short", 5 }, "short", "…" },
        { { (const uint8_t *)"", 0 }, "", "" },
        { { (const uint8_t *)"0123456789abcdef", 16 }, "0123456789abcdef", "0123…" },
        { { (const uint8_t *)"\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc and twenty-four more bytes", 35 },
          "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc and twenty-four more bytes",
          "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc…" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (int show = 0; show < 2; show++) {
            struct report_options options = { .format = REPORT_JSONL, .show_secrets = show };
            struct git_origin git = { .author = "\xff <a\xc2\x9b@b>" };
            struct finding finding = { .rule = &token_rule, .secret = rows[i].value, .path = "p" };
            struct outcome outcome = { 0 };
            cJSON *line;

            finding.git = &git;
            outcome_add(&outcome, &finding);
            line = first_line(&outcome, &options);
            expect_text("value", show ? rows[i].shown : rows[i].redacted,
                        text_at(line, NULL, "value"));
            expect_text("author", "\xef\xbf\xbd <a\xc2\x9b@b>", text_at(line, "git", "author"));
            cJSON_Delete(line);
            outcome_release(&outcome);
        }
    }
}

/* --- troubles and failures --- */

static void test_report__troubles_are_lines(void **state)
{
    static const char golden[] = "leaktrawl: out of order\n"
                                 "leaktrawl: site: too deep\n"
                                 "leaktrawl: a\\x1b[0m: denied\\x0aagain\n"
                                 "leaktrawl: and 2 errors more\n";
    struct outcome outcome = { 0 };
    char *got = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&got, &len);

    (void)state;
    outcome_trouble(&outcome, SKIP_LIMIT, targets[0], NULL, "too deep");
    outcome_trouble(&outcome, SKIP_LIMIT, NULL, NULL, "out of order");
    outcome_trouble(&outcome, SKIP_UNREADABLE, targets[0], "a\x1b[0m", "denied\nagain");
    outcome.coverage.errors += 2;
    outcome_sort(&outcome, targets, 1);
    assert_int_equal(report_troubles_write(&outcome, out), STATUS_OK);
    fclose(out);
    expect(NULL, golden, got);
    free(got);
    outcome_release(&outcome);
}

static void test_report__a_full_disk_is_an_error(void **state)
{
    struct rules_values values[VALUES];
    struct outcome outcome;

    (void)state;
    make_values(values);
    make_outcome(&outcome, values);
    for (int i = 0; i < 4; i++) {
        struct report_options options = { .format = i & 1 ? REPORT_JSONL : REPORT_TEXT };
        FILE *out = fopen("/dev/full", "w");

        assert_non_null(out);
        if (i & 2)
            setvbuf(out, NULL, _IONBF, 0);
        assert_int_equal(report_write(&outcome, &options, out), STATUS_IO);
        assert_non_null(strstr(err_text(), "No space left"));
        fclose(out);
    }
    outcome_release(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_report__hostile_names_are_escaped_in_text),
        cmocka_unit_test(test_report__hostile_names_are_valid_json),
        cmocka_unit_test(test_report__hostile_values_are_valid_json),
        cmocka_unit_test(test_report__troubles_are_lines),
        cmocka_unit_test(test_report__a_full_disk_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
