/* test_trail.c - where records stand, which are picked, what they say, and each indicator. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "trail/indicators.h"
#include "trail/pick.h"
#include "trail/record.h"
#include "trail/split.h"

/* --- split --- */

struct units {
    struct slice bytes;
    char text[4096]; /* each record found, in angle brackets */
};

static void add_unit(void *ctx, size_t from, size_t to)
{
    struct units *units = ctx;
    size_t len = strlen(units->text);

    snprintf(units->text + len, sizeof(units->text) - len, "<%.*s>", (int)(to - from),
             (const char *)units->bytes.ptr + from);
}

static void test_split__finds_records(void **state)
{
    static const struct {
        const char *name, *text, *expected;
    } rows[] = {
        { "CloudTrail's file", "{\"Records\":[{\"a\":1},{\"b\":{}}]}", "<{\"a\":1}><{\"b\":{}}>" },
        { "with white space", "{ \"Records\" : [ {\"a\":1} ,\n {\"b\":2} ] }",
          "<{\"a\":1}><{\"b\":2}>" },
        { "behind other members", "{\"next\":{\"x\":[1]},\"Events\":[{\"a\":1}]}", "<{\"a\":1}>" },
        { "JSON Lines", "{\"a\":[{}]}\n{\"b\":1}\n", "<{\"a\":[{}]}><{\"b\":1}>" },
        { "an array", "[{\"a\":1},{\"b\":[{}]}]", "<{\"a\":1}><{\"b\":[{}]}>" },
        { "behind a time", "2024-05-01T10:00:00Z {\"a\":1}\n", "<{\"a\":1}>" },
        { "behind a time in brackets", "[2024-05-01] {\"a\":1}\n", "<{\"a\":1}>" },
        { "brackets in strings", "{\"a\":\"}]{\"}{\"b\":\"\\\"}\"}",
          "<{\"a\":\"}]{\"}><{\"b\":\"\\\"}\"}>" },
        { "a list's name as a value", "{\"x\":\"Records\",\"y\":[{\"a\":1}]}",
          "<{\"x\":\"Records\",\"y\":[{\"a\":1}]}>" },
        { "a list's name deeper in a record", "{\"x\":{\"Records\":[{\"a\":1}]}}",
          "<{\"x\":{\"Records\":[{\"a\":1}]}}>" },
        { "a line cut in a string", "{\"a\":\"b\n{\"c\":1}\n", "<{\"c\":1}>" },
        { "a line cut in an object", "{\"a\":{\"b\":1\n{\"c\":1}\n", "<{\"c\":1}>" },
        { "other text, which is for the parser to refuse", "ERROR [x: {{ \"no\n}}} ]]\n{\"c\":1}\n",
          "<{{ \"no\n}}><{\"c\":1}>" },
        { "indented without indent", "{\n\"a\": [\n{\n\"b\": 1\n},\n{\n\"c\": 2\n}\n]\n}",
          "<{\n\"a\": [\n{\n\"b\": 1\n},\n{\n\"c\": 2\n}\n]\n}>" },
        { "nothing", "", "" },
        { "an end alone", "}}]]\"\\", "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct units units = { .bytes = slice_of(rows[i].text) };
        struct splitter splitter;

        split_init(&splitter);
        split_run(&splitter, units.bytes, 0, add_unit, &units);
        if (strcmp(units.text, rows[i].expected))
            fail_msg("%s: expected %s, got %s", rows[i].name, rows[i].expected, units.text);
    }
}

/* Blocks of 64 bytes and single bytes, at every cut of the text, say the same. */
static void test_split__is_the_same_in_blocks_and_at_any_cut(void **state)
{
    static const char alphabet[] = "{}[]\"\\\n:, aR";
    unsigned seed = 7;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        char text[400];
        struct units whole = { .bytes = { (uint8_t *)text, sizeof(text) } }, plain = whole;
        struct splitter a, b;
        size_t cut;

        for (size_t i = 0; i < sizeof(text); i++) {
            seed = seed * 1103515245 + 12345;
            text[i] = alphabet[(seed >> 16) % (sizeof(alphabet) - 1)];
        }
        cut = (seed >> 8) % sizeof(text);
        split_init(&a);
        split_init(&b);
        split_run(&a, slice_sub(whole.bytes, 0, cut), 0, add_unit, &whole);
        split_run(&a, whole.bytes, cut, add_unit, &whole);
        split_run_plainly(&b, plain.bytes, 0, add_unit, &plain);
        if (strcmp(whole.text, plain.text) || a.depth != b.depth || a.broken != b.broken)
            fail_msg("round %d: expected %s, got %s", round, plain.text, whole.text);
    }
}

/* --- pick --- */

static size_t count_picks(enum pick_kind kind, const char *text, const char *json)
{
    struct pick_list list = { 0 };
    struct picker_scratch *scratch = NULL;
    struct picker *picker = NULL;
    struct picks picks = { 0 };
    size_t count;

    pick_list_add(&list, kind, text);
    assert_int_equal(picker_new(&picker, &list), STATUS_OK);
    assert_int_equal(picker_scratch_new(&scratch, picker), STATUS_OK);
    assert_int_equal(picker_run(picker, scratch, slice_of(json), 0, &picks), STATUS_OK);
    count = picks.count;
    picks_release(&picks);
    picker_scratch_free(scratch);
    picker_free(picker);
    pick_list_release(&list);
    return count;
}

static void test_pick__sees_through_escapes(void **state)
{
    static const struct {
        enum pick_kind kind;
        const char *text, *json;
        bool picked;
    } rows[] = {
        { PICK_TEXT, "IDENTIFIER", "\"accessKeyId\":\"IDENTIFIER\"", true },
        { PICK_TEXT, "IDENTIFIER", "\"accessKeyId\":\"identifier\"", false },
        { PICK_TEXT, "a/b=c", "\"a/b=c\"", true },
        { PICK_TEXT, "a/b=c", "\"a\\/b\\u003dc\"", true },
        { PICK_TEXT, "a/b=c", "\\\"a\\\\/b\\\\u003Dc\\\"", true },
        { PICK_TEXT, "a.b", "\"axb\"", false },
        { PICK_TEXT, "user", "\"\\u0075ser\"", true }, /* any letter that was escaped is picked */
        { PICK_TEXT, "user", "\"a \\u0026 b \\u003c\"", false },
        { PICK_CASELESS, "Kali", "x86_64.KALI.2023", true },
        { PICK_VALUE, "bob", "\"bob\"", true },
        { PICK_VALUE, "bob", "\\\"userName\\\": \\\"bob\\\"", true },
        { PICK_VALUE, "bob", "\"bo\"", false },
        { PICK_VALUE, "bob", "bob\"", false },
        { PICK_VALUE, "bob", "\"bobby\"", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool picked = count_picks(rows[i].kind, rows[i].text, rows[i].json) > 0;

        if (picked != rows[i].picked)
            fail_msg("row %zu: %s in %s: expected %d, got %d", i, rows[i].text, rows[i].json,
                     rows[i].picked, picked);
    }
}

/* --- record --- */

static void keep_name(void *ctx, const struct record *record)
{
    snprintf(ctx, 64, "%s", record->name);
}

#define CALL "\"eventSource\":\"s\",\"eventTime\":\"2024-05-01T10:00:00Z\""

static void test_record__is_read_in_whatever_wraps_it(void **state)
{
    static const struct {
        const char *json;
        enum record_kind kind;
        const char *name;
    } rows[] = {
        { "{\"eventName\":\"A\"," CALL "}", RECORD_CALL, "A" },
        { "{\"EventId\":\"1\",\"CloudTrailEvent\":\"{\\\"eventName\\\":\\\"B\\\","
          "\\\"eventSource\\\":"
          "\\\"s\\\",\\\"eventTime\\\":\\\"t\\\"}\"}",
          RECORD_CALL, "B" },
        { "{\"detail-type\":\"x\",\"detail\":{\"eventName\":\"C\"," CALL "}}", RECORD_CALL, "C" },
        { "{\"message\":\"no JSON\"}", RECORD_NONE, "" },
        { "{\"message\":\"{no JSON\"}", RECORD_NONE, "" },
        { "{\"message\":\"{eventName, no JSON\"}", RECORD_BROKEN, "" },
        { "{\"eventName\":\"A\",\"eventType\":\"AwsCloudTrailInsight\"," CALL "}", RECORD_INSIGHT,
          "" },
        { "{\"awsAccountId\":\"1\",\"digestStartTime\":\"x\"}", RECORD_NONE, "" },
        { "{\"eventName\":", RECORD_BROKEN, "" },
        { "{\"a\":{\"b\":[1,[{\"c\":{\"eventName\":\"D\"," CALL "}}]]}}", RECORD_CALL, "D" },
        { "[[[[[[[[[[[[[[[[[{\"eventName\":\"E\",\"eventVersion\":\"1\"," CALL "}]]]]]]]]]]]]]]]]]",
          RECORD_UNKNOWN, "" },
        { "{\"eventName\":\"F\",\"requestParameters\":{\"eventName\":\"G\"," CALL "}," CALL "}",
          RECORD_CALL, "F" },
        { "{\"eventVersion\":\"2.1\",\"eventName\":\"Put\",\"eventSource\":\"aws:s3\","
          "\"eventTime\":\"t\"}",
          RECORD_NONE, "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char name[64] = "";
        enum record_kind kind = record_read(slice_of(rows[i].json), keep_name, name);

        if (kind != rows[i].kind || strcmp(name, rows[i].name))
            fail_msg("row %zu: expected %d %s, got %d %s", i, (int)rows[i].kind, rows[i].name,
                     (int)kind, name);
    }
}

static void test_record__times(void **state)
{
    static const struct {
        const char *text;
        int64_t expected;
    } rows[] = {
        { "2024-05-01T10:00:00Z", 1714557600 },
        { "2024-05-01 10:00:00.000", 1714557600 },
        { "May 1, 2024 10:00:00 AM", 1714557600 },
        { "May 1, 2024, 10:00:00 AM", 1714557600 },
        { "May 1, 2024, 12:00:00 AM", 1714521600 },
        { "May 1, 2024 10:00:00 PM", 1714600800 },
        { "2024-13-01T10:00:00Z", RECORD_NO_TIME },
        { "99999-01-01T10:00:00Z", RECORD_NO_TIME },
        { "yesterday", RECORD_NO_TIME },
        { "", RECORD_NO_TIME },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (record_time(rows[i].text) != rows[i].expected)
            fail_msg("%s: expected %lld, got %lld", rows[i].text, (long long)rows[i].expected,
                     (long long)record_time(rows[i].text));
}

/* --- indicators --- */

static void check_examples(const struct indicator *indicator, const cJSON *item, const char *member,
                           bool expected)
{
    const cJSON *examples = cJSON_GetObjectItemCaseSensitive(item, member), *example;

    assert_true(!indicator->when || cJSON_GetArraySize(examples) > 0);
    cJSON_ArrayForEach(example, examples) {
        const char *evidence;
        char *text = cJSON_PrintUnformatted(example);

        if (indicator_matches(indicator, example, &evidence) != expected)
            fail_msg("%s: %s of %s: expected %d", indicator->id, text, member, expected);
        free(text);
    }
}

static void test_indicators__hold_for_their_examples(void **state)
{
    struct indicators indicators;
    const cJSON *item;
    size_t i = 0;

    (void)state;
    assert_int_equal(indicators_read(&indicators, indicators_builtin(), "built-in"), STATUS_OK);
    assert_true(indicators.count <= 64); /* a suspect's seeds are bits */
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(indicators.json, "indicators")) {
        check_examples(&indicators.list[i], item, "examples", true);
        check_examples(&indicators.list[i], item, "counterexamples", false);
        i++;
    }
    assert_int_equal(i, indicators.count);
    for (enum context context = CONTEXT_FIRST_CALL; context < CONTEXT_COUNT; context++)
        assert_true(indicators_context(&indicators, context) != SIZE_MAX);
    indicators_release(&indicators);
}

/* Whatever a seed matches, a hunt's first pass must pick. */
static void test_indicators__seeds_are_picked(void **state)
{
    struct picker_scratch *scratch = NULL;
    struct indicators indicators;
    struct pick_list list = { 0 };
    struct picker *picker = NULL;
    struct picks picks = { 0 };
    const cJSON *item, *example;
    size_t i = 0;

    (void)state;
    assert_int_equal(indicators_read(&indicators, indicators_builtin(), "built-in"), STATUS_OK);
    indicators_pick(&indicators, &list);
    assert_int_equal(picker_new(&picker, &list), STATUS_OK);
    assert_int_equal(picker_scratch_new(&scratch, picker), STATUS_OK);
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(indicators.json, "indicators")) {
        if (!indicators.list[i++].seed)
            continue;
        cJSON_ArrayForEach(example, cJSON_GetObjectItemCaseSensitive(item, "examples")) {
            char *text = cJSON_PrintUnformatted(example);

            assert_int_equal(picker_run(picker, scratch, slice_of(text), 0, &picks), STATUS_OK);
            if (!picks.count)
                fail_msg("not picked: %s", text);
            free(text);
        }
    }
    picks_release(&picks);
    picker_scratch_free(scratch);
    picker_free(picker);
    pick_list_release(&list);
    indicators_release(&indicators);
}

static void test_indicators__refuse_what_is_incomplete(void **state)
{
    static const char *const rows[] = {
        "",
        "{}",
        "{\"hunt_score\":1}",
        "{\"hunt_score\":1,\"indicators\":[{}]}",
        "{\"hunt_score\":1,\"indicators\":[{\"id\":\"a\",\"title\":\"b\",\"source\":\"c\","
        "\"severity\":\"loud\",\"when\":[{\"eventName\":[\"x\"]}]}]}",
        "{\"hunt_score\":1,\"indicators\":[{\"id\":\"a\",\"title\":\"b\",\"source\":\"c\","
        "\"severity\":\"low\",\"when\":[{}]}]}",
        "{\"hunt_score\":1,\"indicators\":[{\"id\":\"a\",\"title\":\"b\",\"source\":\"c\","
        "\"severity\":\"low\",\"context\":\"nothing\"}]}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct indicators indicators;

        if (indicators_read(&indicators, slice_of(rows[i]), "test") != STATUS_INVALID)
            fail_msg("row %zu was taken", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split__finds_records),
        cmocka_unit_test(test_split__is_the_same_in_blocks_and_at_any_cut),
        cmocka_unit_test(test_pick__sees_through_escapes),
        cmocka_unit_test(test_record__is_read_in_whatever_wraps_it),
        cmocka_unit_test(test_record__times),
        cmocka_unit_test(test_indicators__hold_for_their_examples),
        cmocka_unit_test(test_indicators__seeds_are_picked),
        cmocka_unit_test(test_indicators__refuse_what_is_incomplete),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
