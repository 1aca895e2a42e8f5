/* test_outcome.c - copying, lone ids, merging in any order, sorting and the limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/outcome.h"
#include "made_up.h"

static const struct rule pair_rule = { "aws-key-pair", "a pair", SEVERITY_CRITICAL };
static const struct rule lone_rule = { "aws-access-key-id", "an id", SEVERITY_LOW };

static struct finding lone_at(const char *id, const char *target, const char *path, uint64_t offset)
{
    return (struct finding){ .rule = &lone_rule,
                             .id = slice_of(id),
                             .target = target,
                             .path = path,
                             .place = { offset, 1, offset + 1 },
                             .count = 1 };
}

static struct finding pair_at(const char *id, const char *secret, const char *target,
                              const char *path, uint64_t offset)
{
    struct finding finding = lone_at(id, target, path, offset);

    finding.rule = &pair_rule;
    finding.secret = slice_of(secret);
    return finding;
}

/* What a report could print of an outcome. */
static void dump(const struct outcome *outcome, struct buf *out)
{
    for (size_t i = 0; i < outcome->finding_count; i++) {
        const struct finding *f = &outcome->findings[i];

        buf_printf(out, "%s|%s|%s|%zu|%.*s|%.*s|%zu|%s\n", f->target, f->path, f->rule->id,
                   (size_t)f->place.offset, (int)f->id.len, (const char *)f->id.ptr,
                   (int)f->secret.len, f->secret.ptr ? (const char *)f->secret.ptr : "",
                   (size_t)f->count, f->git ? f->git->blob : "-");
    }
    for (size_t i = 0; i < outcome->trouble_count; i++)
        buf_printf(out, "! %s %s\n", outcome->troubles[i].path ? outcome->troubles[i].path : "-",
                   outcome->troubles[i].message);
    for (size_t i = 0; i < SKIP_COUNT; i++)
        if (outcome->coverage.skipped[i])
            buf_printf(out, "%s=%zu ", skip_name((enum skip)i),
                       (size_t)outcome->coverage.skipped[i]);
    buf_printf(out, "files=%zu errors=%zu complete=%d\n", (size_t)outcome->coverage.files,
               (size_t)outcome->coverage.errors, outcome_complete(outcome));
}

/* --- copies --- */

static void test_outcome__copies_candidates_and_verification(void **state)
{
    char secret[] = "another secret", arn[] = "arn", error[] = "doubt";
    struct candidate candidates[] = { { slice_of(secret), { .offset = 7, .line = 8 } } };
    struct verification known = { .verdict = VERDICT_LIVE, .arn = arn, .error = error };
    struct finding finding = pair_at("id", "secret", "t", "p", 1);
    struct outcome part = { 0 }, whole = { 0 };

    (void)state;
    finding.candidates = candidates;
    finding.candidate_count = 1;
    finding.account_label = "ours";
    outcome_add(&part, &finding);
    assert_int_equal(outcome_verify(&part, 0, &known), STATUS_OK);
    secret[0] = arn[0] = error[0] = '?';
    candidates[0].place.line = 1;
    outcome_add(&whole, &part.findings[0]);
    outcome_release(&part);
    assert_int_equal(whole.findings[0].candidate_count, 1);
    assert_true(slice_eq(whole.findings[0].candidates[0].secret, SLICE("another secret")));
    assert_int_equal(whole.findings[0].candidates[0].place.line, 8);
    assert_int_equal(finding_verdict(&whole.findings[0]), VERDICT_LIVE);
    assert_string_equal(whole.findings[0].verification->arn, "arn");
    assert_string_equal(whole.findings[0].verification->error, "doubt");
    assert_null(whole.findings[0].verification->account);
    assert_string_equal(whole.findings[0].account_label, "ours");
    outcome_release(&whole);
}

static void test_outcome__copies_what_the_document_holds(void **state)
{
    char id[] = "the id", secret[] = "the secret", token[] = "the token", path[] = "a/path";
    char blob[] = "0123", kind[] = "blob", author[] = "A <a@b>", in_tree[] = "tree/path";
    const char *paths[] = { in_tree };
    struct git_origin git = {
        .blob = blob, .kind = kind, .author = author, .paths = paths, .path_count = 1
    };
    char bucket[] = "a-bucket", key[] = "a/key", version[] = "v1", etag[] = "0123";
    struct s3_origin s3 = {
        .bucket = bucket, .key = slice_of(key), .version_id = version, .etag = etag
    };
    struct finding finding = pair_at(id, secret, "t", path, 4);
    struct outcome outcome = { 0 };

    (void)state;
    finding.s3 = &s3;
    finding.token = slice_of(token);
    finding.secret_path = path;
    finding.git = &git;
    outcome_add(&outcome, &finding);
    memset(id, 'x', sizeof(id) - 1);
    memset(secret, 'x', sizeof(secret) - 1);
    memset(token, 'x', sizeof(token) - 1);
    memset(path, 'x', sizeof(path) - 1);
    memset(author, 'x', sizeof(author) - 1);
    memset(in_tree, 'x', sizeof(in_tree) - 1);
    memset(bucket, 'x', sizeof(bucket) - 1);
    memset(key, 'x', sizeof(key) - 1);
    memset(version, 'x', sizeof(version) - 1);
    memset(etag, 'x', sizeof(etag) - 1);
    s3 = (struct s3_origin){ 0 };
    assert_int_equal(outcome.finding_count, 1);
    assert_true(slice_eq(outcome.findings[0].id, SLICE("the id")));
    assert_true(slice_eq(outcome.findings[0].secret, SLICE("the secret")));
    assert_true(slice_eq(outcome.findings[0].token, SLICE("the token")));
    assert_string_equal(outcome.findings[0].path, "a/path");
    assert_string_equal(outcome.findings[0].secret_path, "a/path");
    assert_string_equal(outcome.findings[0].git->author, "A <a@b>");
    assert_string_equal(outcome.findings[0].git->paths[0], "tree/path");
    assert_null(outcome.findings[0].git->date);
    assert_string_equal(outcome.findings[0].s3->bucket, "a-bucket");
    assert_true(slice_eq(outcome.findings[0].s3->key, SLICE("a/key")));
    assert_string_equal(outcome.findings[0].s3->version_id, "v1");
    assert_string_equal(outcome.findings[0].s3->etag, "0123");
    assert_null(outcome.findings[0].s3->last_modified);
    outcome_release(&outcome);
}

/* --- lone ids --- */

static void test_outcome__counts_a_lone_id_once_per_target_and_rule(void **state)
{
    static const struct rule other_rule = { "other", "another", SEVERITY_LOW };
    struct finding rows[] = {
        lone_at("ID1", "one", "b", 5), lone_at("ID1", "one", "a", 9), lone_at("ID1", "one", "a", 7),
        lone_at("ID1", "two", "z", 1), lone_at("ID2", "one", "a", 1), lone_at("ID1", "one", "c", 0),
    };
    struct finding last = lone_at("ID1", "one", "a", 7);
    static const char *const targets[] = { "one", "two" };
    struct outcome outcome = { 0 };
    struct buf got = { 0 };

    (void)state;
    last.rule = &other_rule;
    last.count = 4;
    /* Equal literals may be one or two pointers: take those of the list. */
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        rows[i].target = strcmp(rows[i].target, "one") ? targets[1] : targets[0];
        outcome_add(&outcome, &rows[i]);
    }
    last.target = targets[0];
    outcome_add(&outcome, &last);
    outcome_sort(&outcome, targets, 2);
    dump(&outcome, &got);
    assert_string_equal(buf_cstr(&got), "one|a|aws-access-key-id|1|ID2||1|-\n"
                                        "one|a|aws-access-key-id|7|ID1||4|-\n"
                                        "one|a|other|7|ID1||4|-\n"
                                        "two|z|aws-access-key-id|1|ID1||1|-\n"
                                        "files=0 errors=0 complete=1\n");
    buf_release(&got);
    outcome_release(&outcome);
}

static void test_outcome__shows_a_lone_id_in_a_file_before_one_in_history(void **state)
{
    static const struct git_origin history = { .blob = "0123", .kind = "blob" };
    static const struct git_origin tree = { .blob = "0123", .in_work_tree = true };
    struct finding past = lone_at("ID1", "t", "a", 0), now = lone_at("ID1", "t", "z", 9);

    (void)state;
    past.git = &history;
    for (int i = 0; i < 4; i++) {
        struct outcome outcome = { 0 };

        now.target = past.target;
        now.git = i & 2 ? &tree : NULL;
        outcome_add(&outcome, i & 1 ? &past : &now);
        outcome_add(&outcome, i & 1 ? &now : &past);
        assert_int_equal(outcome.finding_count, 1);
        assert_string_equal(outcome.findings[0].path, "z");
        assert_int_equal(outcome.findings[0].count, 2);
        outcome_release(&outcome);
    }
}

static void test_outcome__pairs_are_never_joined(void **state)
{
    struct finding finding = pair_at("ID1", "S", "t", "a", 3);
    struct outcome outcome = { 0 };

    (void)state;
    for (int i = 0; i < 3; i++)
        outcome_add(&outcome, &finding);
    assert_int_equal(outcome.finding_count, 3);
    outcome_release(&outcome);
}

/* --- merging --- */

enum { WORKERS = 4, SEEN = 4000 };

/* The same sightings in an order, and shared out among workers, that `seed` decides. */
static void scan(struct outcome *whole, uint64_t seed, const char *const *targets)
{
    struct outcome workers[WORKERS] = { 0 };
    size_t start = made_up_next(&seed) % SEEN, order = made_up_next(&seed);

    for (size_t i = 0; i < SEEN; i++) {
        size_t k = (start + i * 1999) % SEEN; /* 1999 is prime to SEEN: every k once */
        struct outcome *worker = &workers[made_up_next(&seed) % WORKERS];
        const char *target = targets[k % 2];
        char id[32], path[32];
        struct finding finding;

        snprintf(id, sizeof(id), "ID%04zu", k % 300);
        snprintf(path, sizeof(path), "dir%zu/file%zu", k % 7, k % 101);
        finding = k % 5 ? lone_at(id, target, path, k % 11)
                        : pair_at(id, k % 10 ? "one" : "two", target, path, k % 11);
        outcome_add(worker, &finding);
        if (k % 50 == 0)
            outcome_trouble(worker, k % 100 ? SKIP_UNREADABLE : SKIP_SYMLINK, target, path,
                            "error %zu", k % 3);
        worker->coverage.files++;
    }
    for (size_t i = 0; i < WORKERS; i++)
        outcome_merge(whole, &workers[(i + order) % WORKERS]);
    for (size_t i = 0; i < WORKERS; i++) {
        assert_int_equal(workers[i].finding_count, 0);
        outcome_release(&workers[i]);
    }
}

static void test_outcome__merge_order_leaves_no_trace(void **state)
{
    static const char *const targets[] = { "two", "one" };
    struct buf expected = { 0 };

    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct outcome whole = { 0 };
        struct buf got = { 0 };

        scan(&whole, seed, targets);
        outcome_sort(&whole, targets, 2);
        dump(&whole, &got);
        if (seed == 1) {
            buf_append(&expected, buf_view(&got));
            assert_string_not_equal(buf_cstr(&got), "");
        }
        if (strcmp(buf_cstr(&expected), buf_cstr(&got)))
            fail_msg("seed %u: another order gave another result", (unsigned)seed);
        buf_release(&got);
        outcome_release(&whole);
    }
    buf_release(&expected);
}

static void test_outcome__counts_survive_sorting_and_adding_again(void **state)
{
    static const char *const targets[] = { "t" };
    struct outcome outcome = { 0 };

    (void)state;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 500; i++) {
            char id[32];
            struct finding finding;

            snprintf(id, sizeof(id), "ID%d", (i * 7 + round) % 500);
            finding = lone_at(id, targets[0], "p", (uint64_t)(500 - i));
            outcome_add(&outcome, &finding);
        }
        outcome_sort(&outcome, targets, 1);
    }
    assert_int_equal(outcome.finding_count, 500);
    for (size_t i = 0; i < outcome.finding_count; i++)
        assert_int_equal(outcome.findings[i].count, 3);
    outcome_release(&outcome);
}

/* --- order --- */

static void test_outcome__sorts_by_target_path_offset_rule_id_secret(void **state)
{
    static const char *const targets[] = { "z", "a", "m" };
    struct finding rows[] = {
        pair_at("I", "S", targets[0], "b", 1),   pair_at("I", "S", targets[0], "b", 2),
        pair_at("I", "S", targets[0], "b/c", 0), lone_at("I", targets[1], "a", 3),
        pair_at("I", "S", targets[1], "a", 3),   pair_at("J", "R", targets[1], "a", 3),
        pair_at("J", "S", targets[1], "a", 3),   pair_at("A", "A", targets[2], "a", 0),
    };
    size_t n = COUNT_OF(rows);
    struct outcome outcome = { 0 };

    (void)state;
    for (size_t i = 0; i < n; i++)
        outcome_add(&outcome, &rows[(i * 5 + 3) % n]);
    outcome_sort(&outcome, targets, 3);
    for (size_t i = 0; i < n; i++) {
        const struct finding *got = &outcome.findings[i];

        if (got->target != rows[i].target || strcmp(got->path, rows[i].path) ||
            got->place.offset != rows[i].place.offset || got->rule != rows[i].rule ||
            !slice_eq(got->id, rows[i].id) || !slice_eq(got->secret, rows[i].secret))
            fail_msg("place %zu: expected %s|%s|%zu, got %s|%s|%zu", i, rows[i].target,
                     rows[i].path, (size_t)rows[i].place.offset, got->target, got->path,
                     (size_t)got->place.offset);
    }
    outcome_release(&outcome);
}

static bool same_object(const struct finding *a, const struct finding *b)
{
    if (!a->s3 || !b->s3)
        return a->s3 == b->s3;
    return slice_eq(a->s3->key, b->s3->key) && strcmp(a->s3->version_id, b->s3->version_id) == 0 &&
           !a->s3->last_modified == !b->s3->last_modified && !a->s3->etag == !b->s3->etag;
}

/* Two findings that differ in one field that is printed are never in whatever order they came. */
static void test_outcome__every_field_takes_part_in_the_order(void **state)
{
    static const struct git_origin git = { .blob = "0", .kind = "blob" };
    static const struct s3_origin s3 = { .bucket = "b", .version_id = "1" };
    struct git_origin other = git;
    struct s3_origin others[4] = { s3, s3, s3, s3 };
    struct finding base = pair_at("I", "S", "t", "p", 1);
    struct finding variants[13];
    enum { COUNT = COUNT_OF(variants) };

    (void)state;
    other.date = "2020";
    others[0].key = SLICE("k");
    others[1].version_id = "2";
    others[2].last_modified = "2020";
    others[3].etag = "0";
    for (size_t i = 0; i < COUNT; i++)
        variants[i] = base;
    variants[0].token = SLICE("T");
    variants[1].confidence = CONFIDENCE_HIGH;
    variants[2].secret_path = "q";
    variants[3].secret_place.offset = 3;
    variants[4].git = &git;
    variants[5].git = &other;
    variants[6].place.line = 7;
    variants[7].count = 2;
    variants[8].s3 = &s3;
    for (size_t i = 0; i < 4; i++)
        variants[9 + i].s3 = &others[i];
    for (size_t i = 0; i < COUNT; i++) {
        struct outcome ab = { 0 }, ba = { 0 };
        struct finding *a, *b;

        base.git = i == 5 ? &git : NULL;
        base.s3 = i > 8 ? &s3 : NULL;
        outcome_add(&ab, &base);
        outcome_add(&ab, &variants[i]);
        outcome_add(&ba, &variants[i]);
        outcome_add(&ba, &base);
        outcome_sort(&ab, &base.target, 1);
        outcome_sort(&ba, &base.target, 1);
        a = ab.findings;
        b = ba.findings;
        if (a->token.len != b->token.len || a->confidence != b->confidence ||
            !a->secret_path != !b->secret_path || a->place.line != b->place.line ||
            a->secret_place.offset != b->secret_place.offset || !a->git != !b->git ||
            (a->git && !a->git->date != !b->git->date) || a->count != b->count ||
            !same_object(a, b))
            fail_msg("variant %zu: the order depends on who came first", i);
        outcome_release(&ab);
        outcome_release(&ba);
    }
}

/* --- reasons and limits --- */

static bool keep_odd(void *ctx, const struct finding *finding)
{
    ++*(size_t *)ctx;
    return finding->place.offset % 2 == 1;
}

static void test_outcome__a_filtered_one_still_joins_lone_ids(void **state)
{
    struct outcome outcome = { 0 };
    struct finding lone;
    char id[MADE_UP_SIZE];
    size_t asked = 0;
    uint64_t seed = 3;

    (void)state;
    for (uint64_t i = 0; i < 10; i++) {
        made_up_id(&seed, "AKIA", id);
        lone = lone_at(id, "t", "t/a", i);
        outcome_add(&outcome, &lone);
    }
    assert_int_equal(outcome_filter(&outcome, keep_odd, &asked), 5);
    assert_int_equal(asked, 10);
    assert_int_equal(outcome.finding_count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(outcome.findings[i].place.offset, 2 * i + 1);
    lone.path = "t/b";
    outcome_add(&outcome, &lone);
    assert_int_equal(outcome.finding_count, 5);
    assert_int_equal(outcome.findings[4].count, 2);
    outcome_release(&outcome);
}

static void test_outcome__names_its_reasons(void **state)
{
    static const struct {
        enum skip reason;
        const char *name;
        bool loss;
    } rows[] = {
        { SKIP_TOO_LARGE, "too_large", false }, { SKIP_UNREADABLE, "unreadable", true },
        { SKIP_SYMLINK, "symlink", false },     { SKIP_SPECIAL, "special", false },
        { SKIP_PSEUDO_FS, "pseudo_fs", false }, { SKIP_IGNORED, "ignored", false },
        { SKIP_MISSING, "missing", true },      { SKIP_SHALLOW, "shallow", false },
        { SKIP_ENCRYPTED, "encrypted", true },  { SKIP_EXCLUDED, "excluded", false },
        { SKIP_ARCHIVED, "archived", true },    { SKIP_EMPTY, "empty", true },
        { SKIP_LIMIT, "limit", true },
    };

    (void)state;
    assert_int_equal(COUNT_OF(rows), SKIP_COUNT);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct outcome outcome = { 0 };

        if (strcmp(skip_name(rows[i].reason), rows[i].name))
            fail_msg("expected %s, got %s", rows[i].name, skip_name(rows[i].reason));
        if (skip_is_loss(rows[i].reason) != rows[i].loss)
            fail_msg("%s: expected loss %d", rows[i].name, rows[i].loss);
        assert_true(outcome_complete(&outcome));
        outcome.coverage.skipped[rows[i].reason] = 1;
        assert_int_equal(outcome_complete(&outcome), !rows[i].loss);
    }
}

static void test_outcome__troubles_beyond_the_limit_are_counted(void **state)
{
    size_t many = 5 * LIMIT_TROUBLES / 2;
    struct outcome outcome = { 0 };
    char message[32];

    (void)state;
    for (size_t i = many; i-- > 0;)
        outcome_trouble(&outcome, SKIP_UNREADABLE, "t", "p", "error %06zu", i);
    outcome_sort(&outcome, NULL, 0);
    assert_int_equal(outcome.trouble_count, LIMIT_TROUBLES);
    assert_int_equal(outcome.coverage.errors, many);
    assert_int_equal(outcome.coverage.skipped[SKIP_UNREADABLE], many);
    for (size_t i = 0; i < LIMIT_TROUBLES; i++) {
        snprintf(message, sizeof(message), "error %06zu", i);
        assert_string_equal(outcome.troubles[i].message, message);
    }
    outcome_release(&outcome);
}

/* Fills two workers over the limit from both ends; the result must be as if one had seen all. */
static void test_outcome__keeps_the_same_findings_at_the_limit(void **state)
{
    static const char *const targets[] = { "t" };
    size_t many = LIMIT_FINDINGS / 3 * 4;
    struct outcome workers[2] = { 0 };

    (void)state;
    for (size_t i = 0; i < 2 * many; i++) {
        size_t k = (i * 7919) % many; /* prime: each number twice in all */
        char id[32];
        struct finding finding;

        snprintf(id, sizeof(id), "ID%07zu", k);
        finding = k % 4 ? pair_at(id, "S", targets[0], "p", k) : lone_at(id, targets[0], "p", k);
        outcome_add(&workers[i % 8 == 0], &finding); /* the first one overflows by itself */
    }
    assert_true(workers[0].finding_count <= 2 * LIMIT_FINDINGS);
    outcome_merge(&workers[0], &workers[1]);
    outcome_sort(&workers[0], targets, 1);
    assert_int_equal(workers[0].finding_count, LIMIT_FINDINGS);
    assert_false(outcome_complete(&workers[0]));
    assert_int_equal(workers[0].coverage.skipped[SKIP_LIMIT], 1);
    assert_int_equal(workers[0].trouble_count, 1);
    /* Pairs come first: two of each number that is no multiple of 4, from the smallest on. */
    for (size_t i = 0; i < LIMIT_FINDINGS; i++) {
        size_t expected = i / 6 * 4 + i % 6 / 2 + 1;

        if (workers[0].findings[i].place.offset != expected)
            fail_msg("finding %zu: expected number %zu, got %zu", i, expected,
                     (size_t)workers[0].findings[i].place.offset);
    }
    outcome_release(&workers[0]);
}

/* Lone ids alone, so that some of them are kept: their counts must be whole. */
static void test_outcome__counts_at_the_limit_are_whole(void **state)
{
    static const char *const targets[] = { "t" };
    size_t many = 2 * (size_t)LIMIT_FINDINGS + 1000;
    struct outcome outcome = { 0 };

    (void)state;
    /* All of them once, then those that are kept once more. */
    for (size_t i = 0; i < many + LIMIT_FINDINGS; i++) {
        char id[32];
        struct finding finding;

        snprintf(id, sizeof(id), "ID%07zu", i < many ? i * 7919 % many : i - many);
        finding = lone_at(id, targets[0], "p", i);
        outcome_add(&outcome, &finding);
    }
    outcome_sort(&outcome, targets, 1);
    assert_int_equal(outcome.finding_count, LIMIT_FINDINGS);
    for (size_t i = 0; i < LIMIT_FINDINGS; i++)
        if (outcome.findings[i].count != 2)
            fail_msg("expected count 2, got %zu", (size_t)outcome.findings[i].count);
    outcome_release(&outcome);
}

/* Workers with a pot hold little by themselves, and all together give what one would have given. */
static void test_outcome__a_pot_bounds_all_workers_together(void **state)
{
    static const char *const targets[] = { "t" };
    enum { MANY = 3 * LIMIT_FINDINGS };
    struct outcome_pot pot;

    (void)state;
    for (size_t workers = 1; workers <= WORKERS; workers += WORKERS - 1) {
        struct outcome each[WORKERS] = { 0 };
        struct outcome result = { 0 };

        outcome_pot_init(&pot);
        for (size_t i = 0; i < workers; i++)
            each[i].pot = &pot;
        for (size_t i = 0; i < 2 * MANY; i++) {
            char id[32];
            struct finding finding;

            snprintf(id, sizeof(id), "ID%07zu", i * 7919 % MANY);
            finding = lone_at(id, targets[0], "p", i % MANY * 7919 % MANY);
            outcome_add(&each[i % workers], &finding);
            assert_true(each[i % workers].finding_count < LIMIT_FINDINGS_APART);
        }
        assert_true(pot.outcome.finding_count <= 2 * LIMIT_FINDINGS);
        outcome_merge(&result, &pot.outcome);
        for (size_t i = 0; i < workers; i++)
            outcome_merge(&result, &each[i]);
        outcome_sort(&result, targets, 1);
        assert_int_equal(result.finding_count, LIMIT_FINDINGS);
        for (size_t i = 0; i < LIMIT_FINDINGS; i++) {
            if (result.findings[i].count != 2 || result.findings[i].place.offset != i)
                fail_msg("finding %zu: count %zu, offset %zu", i, (size_t)result.findings[i].count,
                         (size_t)result.findings[i].place.offset);
        }
        outcome_pot_release(&pot);
        outcome_release(&result);
    }
}

static void test_outcome__long_values_are_bounded_by_their_bytes(void **state)
{
    static uint8_t token[4096];
    static const char *const targets[] = { "t" };
    struct outcome outcome = { 0 };
    size_t fit = LIMIT_FINDINGS_BYTES / sizeof(token);

    (void)state;
    memset(token, 'x', sizeof(token));
    for (size_t i = 3 * fit; i-- > 0;) {
        struct finding finding = pair_at("", "", targets[0], "p", i);

        finding.token = (struct slice){ token, sizeof(token) };
        outcome_add(&outcome, &finding);
        assert_true(outcome.arena.bytes < 3 * (size_t)LIMIT_FINDINGS_BYTES);
    }
    outcome_sort(&outcome, targets, 1);
    assert_in_range(outcome.finding_count, fit, fit + 1);
    assert_false(outcome_complete(&outcome));
    for (size_t i = 0; i < outcome.finding_count; i++)
        assert_int_equal(outcome.findings[i].place.offset, i);
    outcome_release(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outcome__copies_candidates_and_verification),
        cmocka_unit_test(test_outcome__copies_what_the_document_holds),
        cmocka_unit_test(test_outcome__counts_a_lone_id_once_per_target_and_rule),
        cmocka_unit_test(test_outcome__shows_a_lone_id_in_a_file_before_one_in_history),
        cmocka_unit_test(test_outcome__pairs_are_never_joined),
        cmocka_unit_test(test_outcome__merge_order_leaves_no_trace),
        cmocka_unit_test(test_outcome__counts_survive_sorting_and_adding_again),
        cmocka_unit_test(test_outcome__sorts_by_target_path_offset_rule_id_secret),
        cmocka_unit_test(test_outcome__every_field_takes_part_in_the_order),
        cmocka_unit_test(test_outcome__a_filtered_one_still_joins_lone_ids),
        cmocka_unit_test(test_outcome__names_its_reasons),
        cmocka_unit_test(test_outcome__troubles_beyond_the_limit_are_counted),
        cmocka_unit_test(test_outcome__keeps_the_same_findings_at_the_limit),
        cmocka_unit_test(test_outcome__counts_at_the_limit_are_whole),
        cmocka_unit_test(test_outcome__a_pot_bounds_all_workers_together),
        cmocka_unit_test(test_outcome__long_values_are_bounded_by_their_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
