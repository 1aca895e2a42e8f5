/* test_ruleset.c - what rule files become, and how each fault in them is named. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "detect_scene.h"

/* Parts and rules that every table below builds on. */
#define FORM "{\"anchors\": [\"ID\"], \"pattern\": \"(?<value>ID[0-9]+)\"}"
#define PART(name, role) "{\"name\": \"" name "\", \"role\": \"" role "\", \"forms\": [" FORM "]}"
#define RULE(id, parts) \
    "{\"id\": \"" id "\", \"description\": \"d\", \"severity\": \"low\", \"parts\": {" parts "}}"
#define RULES_OF_A "\"rules\": [" RULE("r", "\"id\": \"a\"") "]"
#define WITH_PART(part) "{\"format\": 1, \"parts\": [" part "], " RULES_OF_A "}"
#define WITH_FORM(form) \
    WITH_PART("{\"name\": \"a\", \"role\": \"id\", \"forms\": [" FORM ", " form "]}")
#define WITH_RULES(rules)                                                            \
    "{\"format\": 1, \"parts\": [" PART("a", "id") "," PART("s", "secret") "," PART( \
        "t", "token") "], \"rules\": [" rules "]}"

static const char whole[] =
    "{\"format\": 1,\n"
    " \"documented\": {\"source\": \"a page\", \"containing\": [\"SAMPLE\", \"nobody\"]},\n"
    " \"marks\": [{\"anchor\": \"ok\", \"covers\": \"line\"},\n"
    "           {\"anchor\": \"off\", \"covers\": \"begin\"},\n"
    "           {\"anchor\": \"on\", \"covers\": \"end\"}],\n"
    " \"parts\": [\n"
    "  {\"name\": \"id\", \"role\": \"id\", \"entropy_min\": 2.5, \"forms\": [\n"
    "    {\"anchors\": [\"ID\", \"KEY\"], \"pattern\": \"(?<value>ID)\", \"before\": 7}]},\n"
    "  {\"name\": \"secret\", \"role\": \"secret\", \"random\": true, \"forms\": [\n"
    "    {\"label\": \"strong\", \"anchors\": [\"S\"], \"pattern\": [\"(?<value>\", \"S)\"]},\n"
    "    {\"label\": \"weak\", \"anchors\": [\"W\"], \"pattern\": \"(?<value>W)\", \"after\": 9},\n"
    "    {\"run\": 40, \"pattern\": \"(?<value>.{40})\"}]},\n"
    "  {\"name\": \"token\", \"role\": \"token\", \"forms\": [" FORM "]}],\n"
    " \"rules\": [\n"
    "  {\"id\": \"pair\", \"description\": \"both\", \"severity\": \"critical\",\n"
    "   \"parts\": {\"id\": \"id\", \"secret\": \"secret\"},\n"
    "   \"examples\": [\"one\", \"two\"], \"counterexamples\": [\"three\"]},\n"
    "  {\"id\": \"lone\", \"description\": \"one\", \"severity\": \"medium\",\n"
    "   \"parts\": {\"id\": \"id\"}, \"examples\": [\"four\"]}]}\n";

static void test_ruleset__holds_what_the_file_says(void **state)
{
    static const struct form forms[] = {
        { 0, LABEL_NONE, "(?<value>ID)", 0, 7, 256 },
        { 1, LABEL_STRONG, "(?<value>S)", 0, 256, 256 },
        { 1, LABEL_WEAK, "(?<value>W)", 0, 256, 9 },
        { 1, LABEL_NONE, "(?<value>.{40})", 40, 256, 256 },
        { 2, LABEL_NONE, "(?<value>ID[0-9]+)", 0, 256, 256 },
    };
    struct ruleset *set = ruleset_from(whole);

    (void)state;
    assert_int_equal(ruleset_parts(set), 3);
    assert_string_equal(ruleset_part(set, 0)->name, "id");
    assert_int_equal(ruleset_part(set, 0)->role, ROLE_ID);
    assert_true(ruleset_part(set, 0)->entropy_min == 2.5);
    assert_false(ruleset_part(set, 0)->random);
    assert_int_equal(ruleset_part(set, 1)->role, ROLE_SECRET);
    assert_true(ruleset_part(set, 1)->random);
    assert_int_equal(ruleset_part(set, 2)->role, ROLE_TOKEN);
    assert_int_equal(ruleset_forms(set), COUNT_OF(forms));
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        const struct form *got = ruleset_form(set, i);

        if (got->part != forms[i].part || got->label != forms[i].label ||
            got->run != forms[i].run || got->before != forms[i].before ||
            got->after != forms[i].after || strcmp(got->pattern, forms[i].pattern) != 0)
            fail_msg("form %zu: expected part %zu, label %d, %s, run %zu, %u, %u; got part %zu, "
                     "label %d, %s, run %zu, %u, %u",
                     i, forms[i].part, forms[i].label, forms[i].pattern, forms[i].run,
                     forms[i].before, forms[i].after, got->part, got->label, got->pattern, got->run,
                     got->before, got->after);
    }
    assert_int_equal(ruleset_check_patterns(set), STATUS_OK);
    ruleset_free(set);
}

static void expect_expression(const struct ruleset *set, enum engine engine, size_t i,
                              const char *text, size_t number)
{
    size_t got_number;
    const char *got = ruleset_expression(set, engine, i, &got_number);

    if (strcmp(got, text) != 0 || got_number != number)
        fail_msg("expression %zu: expected %s, number %zu; got %s, number %zu", i, text, number,
                 got, got_number);
}

static void test_ruleset__numbers_expressions_by_form_and_mark(void **state)
{
    struct ruleset *set = ruleset_from(whole);

    (void)state;
    assert_int_equal(ruleset_expressions(set, ENGINE_ANCHORS), 7);
    expect_expression(set, ENGINE_ANCHORS, 0, "off", RULESET_BLOCK_MARK);
    expect_expression(set, ENGINE_ANCHORS, 1, "on", RULESET_BLOCK_MARK);
    expect_expression(set, ENGINE_ANCHORS, 2, "ID", 0);
    expect_expression(set, ENGINE_ANCHORS, 3, "KEY", 0);
    expect_expression(set, ENGINE_ANCHORS, 4, "S", 1);
    expect_expression(set, ENGINE_ANCHORS, 5, "W", 2);
    expect_expression(set, ENGINE_ANCHORS, 6, "ID", 4);
    assert_int_equal(ruleset_expressions(set, ENGINE_MARKS), 3);
    expect_expression(set, ENGINE_MARKS, 1, "off", 1);
    assert_int_equal(ruleset_mark(set, 0), COVERS_LINE);
    assert_int_equal(ruleset_mark(set, 1), COVERS_BEGIN);
    assert_int_equal(ruleset_mark(set, 2), COVERS_END);
    ruleset_free(set);
}

static void test_ruleset__keeps_rules_and_examples_in_order(void **state)
{
    static const struct example examples[] = {
        { 0, "one", false }, { 0, "two", false }, { 0, "three", true }, { 1, "four", false }
    };
    struct ruleset *set = ruleset_from(whole);

    (void)state;
    assert_int_equal(ruleset_rules(set), 2);
    assert_string_equal(ruleset_rule(set, 0)->rule.id, "pair");
    assert_string_equal(ruleset_rule(set, 0)->rule.description, "both");
    assert_int_equal(ruleset_rule(set, 0)->rule.severity, SEVERITY_CRITICAL);
    assert_int_equal(ruleset_rule(set, 1)->rule.severity, SEVERITY_MEDIUM);
    assert_int_equal(ruleset_examples(set), COUNT_OF(examples));
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        assert_int_equal(ruleset_example(set, i)->rule, examples[i].rule);
        assert_string_equal(ruleset_example(set, i)->text, examples[i].text);
        assert_int_equal(ruleset_example(set, i)->counter, examples[i].counter);
    }
    ruleset_free(set);
}

static void test_ruleset__knows_documented_values(void **state)
{
    static const struct {
        const char *value;
        bool documented;
    } rows[] = { { "xxSAMPLExx", true }, { "SAMPLE", true }, { "sample", true },
                 { "NoBoDy", true },     { "SAMPL", false }, { "", false } };
    struct ruleset *set = ruleset_from(whole);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (ruleset_is_documented(set, slice_of(rows[i].value)) != rows[i].documented)
            fail_msg("\"%s\": expected %d, got %d", rows[i].value, rows[i].documented,
                     !rows[i].documented);
    ruleset_free(set);
}

/* --- faults --- */

struct fault_row {
    const char *json, *fault;
};

/* The failure text without line and column (test_position.c), and without the number of others. */
static const char *fault_text(void)
{
    static char text[1200];
    const char *colon = strchr(err_text(), ':'), *more = strstr(err_text(), " (and ");
    size_t place = colon ? strspn(colon, ":0123456789") : 0;
    size_t len = more ? (size_t)(more - err_text()) : strlen(err_text());

    if (place < 4 || strstr(err_text(), "not valid JSON")) /* ":1:1" */
        return err_text();
    snprintf(text, sizeof(text), "%.*s:%.*s", (int)(colon - err_text()), err_text(),
             (int)(len - (size_t)(colon - err_text()) - place), colon + place);
    return text;
}

static void check_faults(const struct fault_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct rule_source source = { "team.json", slice_of(rows[i].json) };
        struct ruleset *set = NULL;
        enum status status = ruleset_new(&set, &source, 1);

        if (!status)
            status = ruleset_check_patterns(set);
        if (status != STATUS_INVALID || strcmp(fault_text(), rows[i].fault) != 0)
            fail_msg("%s\nexpected fault: %s\ngot status %d: %s", rows[i].json, rows[i].fault,
                     status, status ? err_text() : "");
        ruleset_free(set);
    }
}

static void test_ruleset__names_where_json_is_broken(void **state)
{
    static const struct fault_row rows[] = {
        { "", "team.json:1:1: not valid JSON" },
        { "x", "team.json:1:1: not valid JSON" },
        { "{\n  \"format\": 1,\n  \"parts\": x\n}", "team.json:3:12: not valid JSON" },
        { "{\"format\": 1,\n}", "team.json:2:1: not valid JSON" },
        { "{} {}", "team.json:1:4: not valid JSON" },
        { "{}\n\n  x", "team.json:3:3: not valid JSON" },
    };

    (void)state;
    check_faults(rows, COUNT_OF(rows));
}

static void test_ruleset__names_the_member_at_fault(void **state)
{
    static const struct fault_row rows[] = {
        { "[]", "team.json: must be an object" },
        { "{}", "team.json: \"format\" must be 1" },
        { "{\"format\": 2}", "team.json: \"format\" must be a number from 1 to 1" },
        { "{\"format\": \"1\"}", "team.json: \"format\" must be a number from 1 to 1" },
        { "{\"format\": 1}", "team.json: there is no rule in it" },
        { "{\"format\": 1, \"rule\": []}", "team.json: unknown member \"rule\"" },
        { "{\"format\": 1, \"parts\": {}}", "team.json: \"parts\" must be a list" },
        { "{\"format\": 1, \"rules\": 1}", "team.json: \"rules\" must be a list" },
        { "{\"format\": 1, \"documented\": []}", "team.json: documented: must be an object" },
        { "{\"format\": 1, \"documented\": {\"holding\": []}}",
          "team.json: documented: unknown member \"holding\"" },
        { "{\"format\": 1, \"documented\": {\"containing\": [\"abc\"]}}",
          "team.json: documented: \"containing\" must be a list of texts of 4 bytes and more" },
        { "{\"format\": 1, \"documented\": {\"containing\": [1]}}",
          "team.json: documented: \"containing\" must be a list of texts of 4 bytes and more" },
    };

    (void)state;
    check_faults(rows, COUNT_OF(rows));
}

static void test_ruleset__names_the_mark_at_fault(void **state)
{
#define WITH_MARK(mark) \
    "{\"format\": 1, \"marks\": [{\"anchor\": \"x\", \"covers\": \"end\"}, " mark "]}"
#define COVERS_FAULT \
    "team.json: marks[1]: \"covers\" must be one of line, next-line, around, begin, end"
    static const struct fault_row rows[] = {
        { WITH_MARK("1"), "team.json: marks[1]: must be an object" },
        { WITH_MARK("{\"covers\": \"line\"}"),
          "team.json: marks[1]: an anchor must be a text that is not empty" },
        { WITH_MARK("{\"covers\": \"line\", \"anchor\": \"\"}"),
          "team.json: marks[1]: an anchor must be a text that is not empty" },
        { WITH_MARK("{\"anchor\": \"y\"}"), COVERS_FAULT },
        { WITH_MARK("{\"anchor\": \"y\", \"covers\": \"Line\"}"), COVERS_FAULT },
        { WITH_MARK("{\"anchor\": \"y\", \"covers\": 1}"), COVERS_FAULT },
        { WITH_MARK("{\"anchor\": \"y\", \"covers\": \"line\", \"text\": 1}"),
          "team.json: marks[1]: unknown member \"text\"" },
    };

    (void)state;
    check_faults(rows, COUNT_OF(rows));
}

static void test_ruleset__names_the_part_at_fault(void **state)
{
    static const struct fault_row rows[] = {
        { WITH_PART("1"), "team.json: parts[0]: must be an object" },
        { WITH_PART("{\"role\": \"id\"}"),
          "team.json: parts[0]: \"name\" must be a text that is not empty" },
        { WITH_PART("{\"name\": \"\", \"role\": \"id\"}"),
          "team.json: parts[0]: \"name\" must be a text that is not empty" },
        { WITH_PART("{\"name\": \"a\"}"),
          "team.json: parts[0]: \"role\" must be one of id, secret, token" },
        { WITH_PART("{\"name\": \"a\", \"role\": \"key\"}"),
          "team.json: parts[0]: \"role\" must be one of id, secret, token" },
        { WITH_PART("{\"name\": \"a\", \"role\": \"id\", \"entropy_min\": 9}"),
          "team.json: parts[0]: \"entropy_min\" must be a number from 0 to 8" },
        { WITH_PART("{\"name\": \"a\", \"role\": \"id\"}"),
          "team.json: parts[0]: \"forms\" must be a list of at least one form" },
        { WITH_PART("{\"name\": \"a\", \"role\": \"id\", \"forms\": []}"),
          "team.json: parts[0]: \"forms\" must be a list of at least one form" },
        { WITH_PART("{\"name\": \"a\", \"role\": \"id\", \"form\": []}"),
          "team.json: parts[0]: unknown member \"form\"" },
        { WITH_PART(PART("a", "id") "," PART("a", "secret")),
          "team.json: parts[1]: there is a part \"a\" already" },
    };

    (void)state;
    check_faults(rows, COUNT_OF(rows));
}

static void test_ruleset__names_the_form_at_fault(void **state)
{
#define EITHER "team.json: parts[0].forms[1]: a form has either \"anchors\" or a \"run\""
    static const struct fault_row rows[] = {
        { WITH_FORM("[]"), "team.json: parts[0].forms[1]: must be an object" },
        { WITH_FORM("{\"patterns\": 1}"),
          "team.json: parts[0].forms[1]: unknown member \"patterns\"" },
        { WITH_FORM("{\"label\": \"big\"}"),
          "team.json: parts[0].forms[1]: \"label\" must be one of none, weak, strong" },
        { WITH_FORM("{\"run\": 15}"),
          "team.json: parts[0].forms[1]: \"run\" must be a number from 16 to 256" },
        { WITH_FORM("{\"before\": -1}"),
          "team.json: parts[0].forms[1]: \"before\" must be a number from 0 to 8192" },
        { WITH_FORM("{\"after\": 8193}"),
          "team.json: parts[0].forms[1]: \"after\" must be a number from 0 to 8192" },
        { WITH_FORM("{\"pattern\": \"(?<value>x)\"}"), EITHER },
        { WITH_FORM("{\"pattern\": \"(?<value>x)\", \"anchors\": []}"), EITHER },
        { WITH_FORM("{\"pattern\": \"(?<value>x)\", \"anchors\": [\"x\"], \"run\": 40}"), EITHER },
        { WITH_FORM("{\"pattern\": \"(?<value>x)\", \"anchors\": [1]}"),
          "team.json: parts[0].forms[1].anchors[0]: an anchor must be a text that is not empty" },
        { WITH_FORM("{\"anchors\": [\"x\"]}"),
          "team.json: parts[0].forms[1]: \"pattern\" must be a text or a list of texts" },
        { WITH_FORM("{\"anchors\": [\"x\"], \"pattern\": \"\"}"),
          "team.json: parts[0].forms[1]: \"pattern\" must be a text that is not empty" },
        { WITH_FORM("{\"anchors\": [\"x\"], \"pattern\": [\"a\", 1]}"),
          "team.json: parts[0].forms[1]: \"pattern\" must be a text or a list of texts" },
        /* Faults of the patterns themselves show when they are compiled. */
        { WITH_FORM("{\"anchors\": [\"x\"], \"pattern\": \"(?<value>x\"}"),
          "team.json: parts[0].forms[1]: part \"a\": pattern, at character 11: missing closing "
          "parenthesis" },
        { WITH_FORM("{\"anchors\": [\"x\"], \"pattern\": \"x\"}"),
          "team.json: parts[0].forms[1]: part \"a\": the pattern has no group (?<value>...)" },
    };

    (void)state;
    check_faults(rows, COUNT_OF(rows));
}

static void test_ruleset__names_the_rule_at_fault(void **state)
{
    static const struct fault_row rows[] = {
        { WITH_RULES("{}"), "team.json: rules[0]: \"id\" must be a text that is not empty" },
        { WITH_RULES("{\"id\": \"r\"}"),
          "team.json: rules[0]: \"description\" must be a text that is not empty" },
        { WITH_RULES("{\"id\": \"r\", \"description\": \"d\"}"),
          "team.json: rules[0]: \"severity\" must be one of low, medium, high, critical" },
        { WITH_RULES("{\"id\": \"r\", \"description\": \"d\", \"severity\": \"low\"}"),
          "team.json: rules[0].parts: must be an object" },
        { WITH_RULES("{\"id\": \"r\", \"name\": \"n\"}"),
          "team.json: rules[0]: unknown member \"name\"" },
        { WITH_RULES(RULE("r", "")),
          "team.json: rules[0].parts: must have an \"id\", a \"secret\" or a \"token\"" },
        { WITH_RULES(RULE("r", "\"key\": \"a\"")),
          "team.json: rules[0].parts: unknown member \"key\"" },
        { WITH_RULES(RULE("r", "\"id\": \"b\"")),
          "team.json: rules[0].parts: \"id\" must name one of the parts" },
        { WITH_RULES(RULE("r", "\"id\": 1")),
          "team.json: rules[0].parts: \"id\" must name one of the parts" },
        { WITH_RULES(RULE("r", "\"id\": \"s\"")),
          "team.json: rules[0].parts: \"id\" names a part of another role" },
        { WITH_RULES(RULE("r", "\"id\": \"a\"") "," RULE("r", "\"secret\": \"s\"")),
          "team.json: rules[1]: there is a rule \"r\" already" },
        { WITH_RULES(RULE("r", "\"id\": \"a\"") "," RULE("q", "\"id\": \"a\"")),
          "team.json: rules[1]: rule \"r\" has the same parts" },
        { WITH_RULES("{\"id\": \"r\", \"description\": \"d\", \"severity\": \"low\", \"parts\": "
                     "{\"id\": \"a\"}, \"examples\": \"x\"}"),
          "team.json: rules[0]: \"examples\" must be a list of texts" },
        { WITH_RULES("{\"id\": \"r\", \"description\": \"d\", \"severity\": \"low\", \"parts\": "
                     "{\"id\": \"a\"}, \"counterexamples\": [1]}"),
          "team.json: rules[0]: \"counterexamples\" must be a list of texts" },
    };

    (void)state;
    check_faults(rows, COUNT_OF(rows));
}

static void test_ruleset__has_a_limit_of_forms(void **state)
{
    struct buf json = { 0 };
    struct rule_source source = { .name = "team.json" };
    struct ruleset *set;

    (void)state;
    for (int over = 0; over < 2; over++) {
        buf_reset(&json);
        buf_text(&json,
                 "{\"format\": 1, \"parts\": [{\"name\": \"a\", \"role\": \"id\", \"forms\": [");
        for (int i = 1; i < RULESET_FORMS_MAX + over; i++)
            buf_text(&json, FORM ",");
        buf_text(&json, FORM "]}], " RULES_OF_A "}");
        source.text = buf_view(&json);
        set = NULL;
        assert_int_equal(ruleset_new(&set, &source, 1), over ? STATUS_INVALID : STATUS_OK);
        ruleset_free(set);
    }
    assert_string_equal(fault_text(), "team.json: parts[0].forms[256]: more than 256 forms");
    buf_release(&json);
}

/* --- several files --- */

static const char first_file[] =
    "{\"format\": 1, \"parts\": [" PART("a", "id") "], \"rules\": [" RULE("r",
                                                                          "\"id\": \"a\"") "]}";

static void test_ruleset__reads_two_files_as_one_set(void **state)
{
    static const char second_file[] = "{\"format\": 1, \"parts\": [" PART(
        "s", "secret") "], \"rules\": [" RULE("pair", "\"id\": \"a\", \"secret\": \"s\"") "]}";
    const struct rule_source sources[] = { { "first.json", slice_of(first_file) },
                                           { "second.json", slice_of(second_file) } };
    struct ruleset *set = NULL;

    (void)state;
    assert_int_equal(ruleset_new(&set, sources, 2), STATUS_OK);
    assert_int_equal(ruleset_parts(set), 2);
    assert_int_equal(ruleset_rules(set), 2);
    assert_int_equal(ruleset_rule(set, 1)->part[ROLE_ID], 0);
    assert_int_equal(ruleset_rule(set, 1)->part[ROLE_SECRET], 1);
    assert_int_equal(ruleset_expressions(set, ENGINE_ANCHORS), 2);
    ruleset_free(set);
}

static void test_ruleset__names_the_file_at_fault(void **state)
{
    static const struct fault_row rows[] = {
        { "{\"format\": 1,\n\"x\"", "second.json:2:3: not valid JSON" },
        { "{\"format\": 1, \"parts\": [" PART("a", "id") "]}",
          "second.json: parts[0]: there is a part \"a\" already" },
        { "{\"format\": 1, \"rules\": [" RULE("r", "\"id\": \"a\"") "]}",
          "second.json: rules[0]: there is a rule \"r\" already" },
        { "{\"format\": 1, \"rules\": [" RULE("q", "\"id\": \"a\"") "]}",
          "second.json: rules[0]: rule \"r\" has the same parts" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct rule_source sources[] = { { "first.json", slice_of(first_file) },
                                               { "second.json", slice_of(rows[i].json) } };
        struct ruleset *set = NULL;

        assert_int_equal(ruleset_new(&set, sources, 2), STATUS_INVALID);
        if (strcmp(strstr(rows[i].fault, ":2:3:") ? err_text() : fault_text(), rows[i].fault) != 0)
            fail_msg("expected: %s, got: %s", rows[i].fault, err_text());
    }
}

/* --- compositions --- */

#define PAIR_RULE RULE("pair", "\"id\": \"a\", \"secret\": \"s\"")
#define SESSION_RULE RULE("session", "\"id\": \"b\", \"secret\": \"s\", \"token\": \"t\"")

static const char compositions[] =
    "{\"format\": 1, \"parts\": [" PART("a", "id") "," PART("s", "secret") "," PART(
        "t", "token") "," PART("b", "id") "], \"rules\": [" PAIR_RULE
                                          "," RULE("lone", "\"id\": \"a\"") "," RULE(
                                              "secret", "\"secret\": \"s\"") "," SESSION_RULE "]}";

static void test_ruleset__composes_parts_to_rules(void **state)
{
    enum { A, S, T, B, NO = -1 };
    static const struct {
        int id, secret, token;
        const char *rule; /* NULL: none */
    } rows[] = {
        { A, S, NO, "pair" },   { A, NO, NO, "lone" },   { NO, S, NO, "secret" },
        { B, S, T, "session" }, { B, S, NO, "session" }, /* a token is optional */
        { B, NO, NO, NULL },    { A, S, T, NULL },       { NO, S, T, NULL },
        { B, NO, T, NULL },     { A, T, NO, NULL },
    };
    struct ruleset *set = ruleset_from(compositions);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct composition *rule =
            ruleset_compose(set, (size_t)rows[i].id, (size_t)rows[i].secret, (size_t)rows[i].token);
        const char *got = rule ? rule->rule.id : "none";
        const char *expected = rows[i].rule ? rows[i].rule : "none";

        if (strcmp(got, expected) != 0)
            fail_msg("parts %d, %d, %d: expected %s, got %s", rows[i].id, rows[i].secret,
                     rows[i].token, expected, got);
    }
    ruleset_free(set);
}

/* --- threads --- */

static void *compile_all(void *ctx)
{
    const struct ruleset *set = ctx;

    for (size_t i = 0; i < ruleset_forms(set); i++)
        if (!ruleset_pattern(set, i))
            return NULL;
    return (void *)(uintptr_t)ruleset_pattern(set, 0);
}

static void test_ruleset__compiles_each_pattern_once_for_all_threads(void **state)
{
    enum { THREADS = 4 };
    struct ruleset *set = ruleset_from(whole);
    pthread_t threads[THREADS];
    void *first = NULL;

    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, compile_all, set), 0);
    for (int i = 0; i < THREADS; i++) {
        void *code = NULL;

        pthread_join(threads[i], &code);
        assert_non_null(code);
        assert_true(!first || code == first);
        first = code;
    }
    ruleset_free(set);
}

static void test_ruleset__takes_its_own_rules(void **state)
{
    struct ruleset *set = NULL;

    (void)state;
    if (ruleset_new(&set, embedded_rules.sources, embedded_rules.source_count) ||
        ruleset_check_patterns(set))
        fail_msg("expected the built-in rules to be good, got: %s", err_text());
    assert_int_equal(ruleset_examples(set), 0); /* only tests need them */
    assert_true(ruleset_rules(set) > 0);
    ruleset_free(set);
    ruleset_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ruleset__holds_what_the_file_says),
        cmocka_unit_test(test_ruleset__numbers_expressions_by_form_and_mark),
        cmocka_unit_test(test_ruleset__keeps_rules_and_examples_in_order),
        cmocka_unit_test(test_ruleset__knows_documented_values),
        cmocka_unit_test(test_ruleset__names_where_json_is_broken),
        cmocka_unit_test(test_ruleset__names_the_member_at_fault),
        cmocka_unit_test(test_ruleset__names_the_mark_at_fault),
        cmocka_unit_test(test_ruleset__names_the_part_at_fault),
        cmocka_unit_test(test_ruleset__names_the_form_at_fault),
        cmocka_unit_test(test_ruleset__names_the_rule_at_fault),
        cmocka_unit_test(test_ruleset__has_a_limit_of_forms),
        cmocka_unit_test(test_ruleset__reads_two_files_as_one_set),
        cmocka_unit_test(test_ruleset__names_the_file_at_fault),
        cmocka_unit_test(test_ruleset__composes_parts_to_rules),
        cmocka_unit_test(test_ruleset__compiles_each_pattern_once_for_all_threads),
        cmocka_unit_test(test_ruleset__takes_its_own_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
