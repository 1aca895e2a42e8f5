/* test_baseline.c - the lines of a baseline read, refused, asked, added to, pruned and printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

#include "base/array.h"
#include "report/baseline.h"

#define HEADER "leaktrawl baseline 1\n"
#define NAME_A "lt1:00000000000000000000000000000001"
#define NAME_B "lt1:0000000000000000000000000000000b"

static const struct rule pair_rule = { "test-pair", "a pair", SEVERITY_CRITICAL };
static const struct rule own_rule = { "team-word", "a weak word", SEVERITY_HIGH };
static const char *const targets[] = { "here" };

static bool is_own(void *ctx, const struct rule *rule)
{
    (void)ctx;
    return rule == &own_rule;
}

static enum status add(struct baseline *baseline, const struct outcome *outcome, const char *reason,
                       size_t *added)
{
    const struct baseline_terms terms = { .reason = reason, .is_weak = is_own };

    return baseline_add(baseline, outcome, &terms, added);
}

static struct finding finding_of(const struct rule *rule, const char *secret, const char *path)
{
    return (struct finding){
        .rule = rule, .secret = slice_of(secret), .target = targets[0], .path = path, .count = 1
    };
}

static void fill(struct outcome *outcome)
{
    const struct finding findings[] = { finding_of(&pair_rule, "first", "here/a"),
                                        finding_of(&pair_rule, "first", "here/b"),
                                        finding_of(&pair_rule, "second", "here/a"),
                                        finding_of(&own_rule, "word", "here/c") };

    for (size_t i = 0; i < COUNT_OF(findings); i++)
        outcome_add(outcome, &findings[i]);
    outcome_sort(outcome, targets, 1);
}

static void parse(struct baseline *baseline, const char *text)
{
    if (baseline_parse(baseline, "file", slice_of(text)))
        fail_msg("%s", err_text());
}

static void assert_prints(const struct baseline *baseline, const char *expected)
{
    struct buf got = { 0 };

    baseline_put(&got, baseline);
    assert_string_equal(buf_cstr(&got), expected);
    buf_release(&got);
}

static void test_baseline__prints_what_it_read_in_order(void **state)
{
    struct baseline baseline;

    (void)state;
    parse(&baseline, HEADER "\n# of b\n" NAME_B " test-pair\r\n"
                            "# of a\n#  two lines\n" NAME_A
                            " test-pair expires=2028-02-29 reason=a word, or two\n# the end\n");
    assert_prints(&baseline, HEADER "# of a\n#  two lines\n" NAME_A
                                    " test-pair expires=2028-02-29 reason=a word, or two\n"
                                    "# of b\n" NAME_B " test-pair\n# the end\n");
    baseline_release(&baseline);
}

static void test_baseline__refuses_by_line(void **state)
{
    static const struct {
        const char *text, *expected;
        enum status status;
    } rows[] = {
        { "", "file:1: no baseline", STATUS_INVALID },
        { "[]", "file:1: no baseline", STATUS_INVALID },
        { "leaktrawl baseline 2\n", "file:1: \"leaktrawl baseline 2\"", STATUS_UNSUPPORTED },
        { HEADER "lt1:0 test-pair", "file:2: neither", STATUS_INVALID },
        { HEADER NAME_A, "file:2: neither", STATUS_INVALID },
        { HEADER NAME_A " ", "file:2: neither", STATUS_INVALID },
        { HEADER "lt1:0000000000000000000000000000000A r", "file:2: neither", STATUS_INVALID },
        { HEADER "lts1:00000000000000000000000000000001 r", "file:2: a salted", STATUS_INVALID },
        { HEADER NAME_A " r because", "file:2: behind the rule", STATUS_INVALID },
        { HEADER NAME_A " r expires=2027-02-29", "file:2: expires=", STATUS_INVALID },
        { HEADER NAME_A " r expires=2027-13-01", "file:2: expires=", STATUS_INVALID },
        { HEADER NAME_A " r expires=2027-1-1", "file:2: expires=", STATUS_INVALID },
        { HEADER NAME_A " r reason=a\x1b[31m", "file:2: control", STATUS_INVALID },
        { HEADER NAME_A " r reason=a\xff", "file:2: control", STATUS_INVALID },
        { HEADER "salt 00", "file:2: the salt must", STATUS_INVALID },
        { HEADER NAME_A " r\nsalt 00000000000000000000000000000001", "file:3: the salt stands",
          STATUS_INVALID },
        { HEADER NAME_B " r\n" NAME_A " r\n" NAME_B " r reason=x\n",
          "file:4: the credential of line 2 again", STATUS_INVALID },
        { HEADER "<<<<<<< HEAD\n", "file:2: a merge conflict", STATUS_INVALID },
        { HEADER NAME_A " r\n=======\n", "file:3: a merge conflict", STATUS_INVALID },
        { HEADER ">>>>>>> theirs\n", "file:2: a merge conflict", STATUS_INVALID },
        { "<<<<<<< HEAD\n" HEADER, "file:1: a merge conflict", STATUS_INVALID },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct baseline baseline;
        enum status status = baseline_parse(&baseline, "file", slice_of(rows[i].text));

        if (status != rows[i].status ||
            strncmp(err_text(), rows[i].expected, strlen(rows[i].expected)) != 0)
            fail_msg("row %zu: expected %d \"%s\", got %d \"%s\"", i, rows[i].status,
                     rows[i].expected, status, err_text());
        assert_null(baseline.entries);
    }
}

static void test_baseline__adds_each_credential_once_and_then_suppresses_it(void **state)
{
    struct baseline baseline = { 0 };
    struct outcome outcome = { 0 };
    struct baseline_use use;
    struct buf first = { 0 };
    size_t added;

    (void)state;
    fill(&outcome);
    assert_int_equal(add(&baseline, &outcome, "known", &added), STATUS_OK);
    assert_int_equal(added, 3);
    assert_int_equal(add(&baseline, &outcome, "again", &added), STATUS_OK);
    assert_int_equal(added, 0);
    baseline_put(&first, &baseline);
    assert_null(strstr(buf_cstr(&first), "again"));
    baseline_release(&baseline);

    parse(&baseline, buf_cstr(&first));
    use = baseline_suppress(&baseline, &outcome, "2026-01-01");
    assert_int_equal(use.suppressed, 4);
    assert_int_equal(outcome.finding_count, 0);
    assert_int_equal(outcome.coverage.baselined, 4);
    assert_int_equal(baseline_prune(&baseline), 0);
    assert_prints(&baseline, buf_cstr(&first));
    buf_release(&first);
    baseline_release(&baseline);
    outcome_release(&outcome);
}

/* The words of a team's own rule: their plain fingerprint stands nowhere, and salts differ. */
static void test_baseline__salts_what_a_team_s_rule_finds(void **state)
{
    const struct finding finding = finding_of(&own_rule, "word", "here/c");
    char plain[FINGERPRINT_SIZE];
    struct baseline baselines[2] = { 0 };
    struct buf texts[2] = { 0 };

    (void)state;
    fingerprint_of(&finding, plain);
    for (size_t i = 0; i < 2; i++) {
        struct outcome outcome = { 0 };
        size_t added;

        outcome_add(&outcome, &finding);
        assert_int_equal(add(&baselines[i], &outcome, NULL, &added), STATUS_OK);
        baseline_put(&texts[i], &baselines[i]);
        assert_non_null(strstr(buf_cstr(&texts[i]), "\nsalt "));
        assert_non_null(strstr(buf_cstr(&texts[i]), "\nlts1:"));
        assert_null(strstr(buf_cstr(&texts[i]), plain + strlen("lt1:")));
        assert_int_equal(baseline_suppress(&baselines[i], &outcome, "2026-01-01").suppressed, 1);
        baseline_release(&baselines[i]);
        outcome_release(&outcome);
    }
    assert_string_not_equal(buf_cstr(&texts[0]), buf_cstr(&texts[1]));
    buf_release(&texts[0]);
    buf_release(&texts[1]);
}

/* Write the line of the first credential of fill() with `more` behind it, and what nobody has. */
static void put_known(struct buf *out, const char *rule, const char *more)
{
    const struct finding finding = finding_of(&pair_rule, "first", "");
    char name[FINGERPRINT_SIZE];

    fingerprint_of(&finding, name);
    buf_printf(out, HEADER "%s %s%s\n" NAME_B " test-pair\n", name, rule, more);
}

static void test_baseline__the_last_day_counts_and_the_next_does_not(void **state)
{
    static const struct {
        const char *rule, *more;
        size_t suppressed, expired, met;
    } rows[] = {
        { "test-pair", "", 2, 0, 1 },
        { "test-pair", " expires=2026-05-31", 2, 0, 1 },
        { "test-pair", " expires=2026-05-30", 0, 2, 1 },
        { "another-rule", "", 0, 0, 0 }, /* a line must not say what it does not do */
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct outcome outcome = { 0 };
        struct baseline baseline;
        struct baseline_use use;
        struct buf text = { 0 };

        fill(&outcome);
        put_known(&text, rows[i].rule, rows[i].more);
        parse(&baseline, buf_cstr(&text));
        use = baseline_suppress(&baseline, &outcome, "2026-05-31");
        assert_int_equal(use.suppressed, rows[i].suppressed);
        assert_int_equal(use.expired, rows[i].expired);
        assert_int_equal(use.lapsed ? use.lapsed->line : 0, use.expired ? 2 : 0);
        assert_int_equal(outcome.finding_count, 4 - rows[i].suppressed);
        assert_int_equal(baseline_prune(&baseline), 2 - rows[i].met);
        assert_int_equal(baseline.count, rows[i].met);
        buf_release(&text);
        baseline_release(&baseline);
        outcome_release(&outcome);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_baseline__prints_what_it_read_in_order),
        cmocka_unit_test(test_baseline__refuses_by_line),
        cmocka_unit_test(test_baseline__adds_each_credential_once_and_then_suppresses_it),
        cmocka_unit_test(test_baseline__salts_what_a_team_s_rule_finds),
        cmocka_unit_test(test_baseline__the_last_day_counts_and_the_next_does_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
