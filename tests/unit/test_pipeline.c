/*
 * test_pipeline.c - a document gives the same findings however it is cut and whoever reads it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "detect_scene.h"
#include "scan/shared_file.h"
#include "source/pieces.h"

enum { PIECE = LIMIT_PIECE_BYTES, CONTEXT = LIMIT_CONTEXT_BYTES, SIZE = PIECE + 4 * CONTEXT };

struct bench {
    struct scene scene;
    struct rules_values values;
    uint8_t *text, *prose; /* SIZE bytes each */
};

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    uint64_t seed = 77;

    assert_non_null(b);
    scene_begin_builtin(&b->scene);
    rules_values_make(&b->values, &seed);
    b->text = malloc(SIZE);
    b->prose = malloc(SIZE);
    assert_non_null(b->text);
    assert_non_null(b->prose);
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;

    scene_end(&b->scene);
    free(b->text);
    free(b->prose);
    free(b);
    return 0;
}

/* --- the seams --- */

/* Fill prose and text with lines of words that mean nothing, with `end` between them. */
static void write_prose(struct bench *b, const char *end)
{
    static const char words[] = "the quick brown fox, and so on; ";
    size_t len = strlen(end);

    for (size_t i = 0; i < SIZE; i++) {
        size_t at = i % (61 + len);

        b->prose[i] = (uint8_t)(at < 61 ? words[i % (sizeof(words) - 1)] : end[at - 61]);
    }
    memcpy(b->text, b->prose, SIZE);
}

/* Counted byte by byte from `from`, which is a place before `offset`. */
static struct place place_behind(struct place from, const uint8_t *text, size_t offset)
{
    for (; from.offset < offset; from.offset++) {
        size_t i = from.offset;
        bool ends = text[i] == '\n' || (text[i] == '\r' && text[i + 1] != '\n');

        from.column = ends ? 1 : from.column + 1;
        from.line += ends;
    }
    return from;
}

static bool place_eq(struct place a, struct place b)
{
    return a.offset == b.offset && a.line == b.line && a.column == b.column;
}

/* The one pair of `text`, at its right place; it stands behind `from`. `name`, `at`: which text. */
static void expect_pair(const struct bench *b, const char *name, size_t at, struct slice text,
                        struct place from)
{
    const struct outcome *got = &b->scene.outcome;
    const struct finding *f = got->findings;
    struct slice rest = slice_sub(text, from.offset, text.len);
    const uint8_t *id = memmem(rest.ptr, rest.len, b->values.id, strlen(b->values.id));
    const uint8_t *secret = memmem(rest.ptr, rest.len, b->values.secret, 40);
    struct place place, secret_place;

    assert_non_null(id);
    assert_non_null(secret);
    if (got->finding_count != 1 || strcmp(f->rule->id, "aws-key-pair") != 0)
        fail_msg("%s at %zu: expected one pair, got %zu findings, the first of %s", name, at,
                 got->finding_count, got->finding_count ? f->rule->id : "none");
    place = place_behind(from, text.ptr, (size_t)(id - text.ptr));
    secret_place = place_behind(from, text.ptr, (size_t)(secret - text.ptr));
    if (!slice_eq(f->id, slice_of(b->values.id)) ||
        !slice_eq(f->secret, slice_of(b->values.secret)) || !place_eq(f->place, place) ||
        !place_eq(f->secret_place, secret_place))
        fail_msg("%s at %zu: expected the id at %lu:%lu (%lu), the secret at %lu:%lu (%lu); got "
                 "%.*s at %lu:%lu (%lu), %lu:%lu (%lu)",
                 name, at, place.line, place.column, place.offset, secret_place.line,
                 secret_place.column, secret_place.offset, (int)f->id.len, (const char *)f->id.ptr,
                 f->place.line, f->place.column, f->place.offset, f->secret_place.line,
                 f->secret_place.column, f->secret_place.offset);
}

/* The same text as one piece, however long. */
static void scan_as_one(struct bench *b, struct slice text)
{
    const struct finding origin = scene_origin();
    struct piece piece = { text, 0, text.len, 0 };
    struct piece_parts parts;
    struct document document;

    scene_forget(&b->scene);
    document_init(&document, &origin);
    assert_int_equal(lane_piece(b->scene.lane, &piece, &parts), STATUS_OK);
    assert_int_equal(document_add(&document, b->scene.lane, &parts), STATUS_OK);
    piece_parts_release(&parts);
    assert_int_equal(document_end(&document, b->scene.lane), STATUS_OK);
    outcome_sort(&b->scene.outcome, &scene_target, 1);
}

static const struct {
    const char *name, *text, *end;
} layouts[] = {
    { "ini", "\naws_access_key_id = {{id}}\naws_secret_access_key = {{secret}}\n", "\n" },
    { "ini, CR LF", "\r\naws_access_key_id = {{id}}\r\naws_secret_access_key = {{secret}}\r\n",
      "\r\n" },
    { "ini, CR", "\raws_access_key_id = {{id}}\raws_secret_access_key = {{secret}}\r", "\r" },
    { "bare", "\n{{id}}\n{{secret}}\n", "\n" },
    { "json, escaped",
      "{\\\"SecretAccessKey\\\":\\\"{{secret}}\\\",\\\"AccessKeyId\\\":\\\"{{id}}\\\"}", "\n" },
};

/* The pair begins at every offset from well before the end of the first piece to well behind it. */
static void test_pipeline__finds_a_pair_at_every_offset_round_a_seam(void **state)
{
    const struct slice text = { ((struct bench *)*state)->text, PIECE + 3000 };
    const struct place start = { .line = 1, .column = 1 };
    struct bench *b = *state;

    for (size_t l = 0; l < COUNT_OF(layouts); l++) {
        struct buf pair = { 0 };
        struct place from;

        values_fill(&pair, layouts[l].text, &b->values);
        write_prose(b, layouts[l].end);
        from = place_behind(start, b->text, PIECE - pair.len - 50);
        for (size_t at = PIECE - pair.len - 30; at < PIECE + 30; at++) {
            memcpy(b->text + at, pair.ptr, pair.len);
            scene_scan(&b->scene, text);
            expect_pair(b, layouts[l].name, at, text, from);
            if (at % 16 == 0) {
                scan_as_one(b, text);
                expect_pair(b, layouts[l].name, at, text, from);
            }
            memcpy(b->text + at, b->prose + at, pair.len);
        }
        buf_release(&pair);
    }
}

/* Minified code is one line of any length: its column counts through all pieces before. */
static void test_pipeline__a_line_may_span_pieces(void **state)
{
    enum { ENDS = 10 }; /* the only line's end is there */
    const size_t at = 3 * PIECE + 5000;
    struct bench *b = *state;
    struct buf text = { 0 };
    const struct finding *f;

    while (text.len < at)
        buf_text(&text, text.len == ENDS ? "\n" : ".");
    values_fill(&text, "{{id}} {{secret}}", &b->values);
    scene_scan(&b->scene, buf_view(&text));
    assert_int_equal(b->scene.outcome.finding_count, 1);
    f = b->scene.outcome.findings;
    if (f->place.line != 2 || f->place.column != at - ENDS)
        fail_msg("expected 2:%zu, got %lu:%lu", at - ENDS, f->place.line, f->place.column);
    buf_release(&text);
}

static void write_at(struct bench *b, size_t at, const char *format)
{
    struct buf out = { 0 };

    values_fill(&out, format, &b->values);
    memcpy(b->text + at, out.ptr, out.len);
    buf_release(&out);
}

/* The halves lie apart, the seam between them; a section's header far before both, or none. */
static void test_pipeline__pairs_over_a_seam(void **state)
{
    static const size_t headers[] = { 0, 300, 5000, 12000 };
    const struct slice text = { ((struct bench *)*state)->text, SIZE };
    const struct place start = { .line = 1, .column = 1 };
    struct bench *b = *state;

    write_prose(b, "\n");
    for (size_t h = 0; h < COUNT_OF(headers); h++) {
        for (size_t gap = 10; gap < 7900; gap += 797) {
            for (size_t before = 60; before < gap; before += 1000) {
                size_t id = PIECE - before, secret = id + 60 + gap;
                struct place from = place_behind(start, b->text, id - 20000);

                memcpy(b->text, b->prose, SIZE);
                if (headers[h])
                    memcpy(b->text + id - headers[h], "\n[profile a]\n", 13);
                write_at(b, id, "\naws_access_key_id = {{id}}\n");
                write_at(b, secret, "\naws_secret_access_key = {{secret}}\n");
                scene_scan(&b->scene, text);
                expect_pair(b, headers[h] ? "with a header" : "without a header", gap, text, from);
            }
        }
    }
}

/* --- whole documents --- */

/* All that a report could tell, as text. */
static void describe(const struct outcome *outcome, struct buf *out)
{
    buf_reset(out);
    for (size_t i = 0; i < outcome->finding_count; i++) {
        const struct finding *f = &outcome->findings[i];

        buf_printf(out, "%s %d %s %lu:%lu (%lu) ", f->rule->id, f->confidence, f->path,
                   f->place.line, f->place.column, f->place.offset);
        buf_append(out, f->id);
        buf_text(out, " ");
        buf_append(out, f->secret);
        buf_printf(out, " %lu:%lu (%lu) %lu ", f->secret_place.line, f->secret_place.column,
                   f->secret_place.offset, f->count);
        buf_append(out, f->token);
        buf_text(out, "\n");
    }
    buf_printf(out, "allowed %lu, temporary %lu\n", outcome->coverage.allowed,
               outcome->coverage.temporary_ids);
    assert_int_equal(buf_status(out), STATUS_OK);
}

static void expect_same(const char *what, const struct buf *expected, const struct buf *got)
{
    const char *e = buf_cstr(expected), *g = buf_cstr(got);

    if (slice_eq(buf_view(expected), buf_view(got)))
        return;
    while (*e && *e == *g)
        e++, g++;
    while (e > buf_cstr(expected) && e[-1] != '\n')
        e--, g--;
    fail_msg("%s: expected %.300s\ngot %.300s", what, e, g);
}

/* Credentials in many ways of writing, far and near, in `size` bytes of lines. */
static void write_document(struct buf *out, uint64_t *seed, size_t size)
{
    static const char *const texts[] = {
        "[{{id}}]\naws_access_key_id = {{id}}\naws_secret_access_key = {{secret}}\n",
        "{\"AccessKeyId\": \"{{id}}\",\r\n \"SecretAccessKey\": \"{{secret}}\"}\r\n",
        "AWS_ACCESS_KEY_ID={{temporary_id}}\nAWS_SECRET_ACCESS_KEY={{secret}}\nAWS_SESSION_TOKEN="
        "{{token}}\n",
        "user,{{id}},{{secret}}\n",
        "only {{id}} here\n",
        "aws_secret_access_key: {{secret}}\n",
        "aws_secret_access_key: {{secret}} # gitleaks:allow\n",
        "\"accessKeyId\":\"{{temporary_id}}\"\n",
        "key=%22{{id}}%22&secret_key=%22{{secret}}%22\n",
        "\n\n",
    };

    buf_reset(out);
    while (out->len < size) {
        struct rules_values values;
        size_t far = made_up_next(seed) % 8 ? 300 : 30000;

        rules_values_make(&values, seed);
        values_fill(out, texts[made_up_next(seed) % COUNT_OF(texts)], &values);
        for (size_t lines = made_up_next(seed) % far / 40; lines > 0; lines--)
            buf_text(out, "some words of no meaning at all, as ever\n");
    }
    buf_truncate(out, size);
}

static void test_pipeline__a_document_is_the_same_in_pieces(void **state)
{
    struct buf text = { 0 }, expected = { 0 }, got = { 0 };
    struct bench *b = *state;
    uint64_t seed = 78;

    for (int round = 0; round < 6; round++) {
        write_document(&text, &seed, 2 * PIECE + made_up_next(&seed) % PIECE);
        scan_as_one(b, buf_view(&text));
        describe(&b->scene.outcome, &expected);
        assert_true(b->scene.outcome.finding_count > 100);
        assert_true(b->scene.outcome.coverage.allowed > 10);
        scene_scan(&b->scene, buf_view(&text));
        describe(&b->scene.outcome, &got);
        expect_same("in pieces", &expected, &got);
    }
    buf_release(&text);
    buf_release(&expected);
    buf_release(&got);
}

/* Parts wait for their partners; more than may wait are parted where nothing is lost. */
static void test_pipeline__takes_more_parts_than_may_wait(void **state)
{
    enum { PAIRS = LIMIT_PAIR_PARTS };
    struct bench *b = *state;
    struct buf text = { 0 };
    uint64_t seed = 79;

    for (int i = 0; i < PAIRS; i++) {
        struct rules_values values;

        rules_values_make(&values, &seed);
        values_fill(&text, "{{id}},{{secret}}\n", &values);
        if (i % 5 == 0)
            buf_text(&text, "\n");
    }
    scene_scan(&b->scene, buf_view(&text));
    if (b->scene.outcome.finding_count != PAIRS)
        fail_msg("expected %d pairs, got %zu findings", PAIRS, b->scene.outcome.finding_count);
    for (size_t i = 0; i < PAIRS; i++) {
        const struct finding *f = &b->scene.outcome.findings[i];

        if (!f->secret.ptr || f->place.line != f->secret_place.line)
            fail_msg("finding %zu: expected id and secret on one line, got %lu and %lu", i,
                     f->place.line, f->secret_place.line);
    }
    buf_release(&text);
}

/* Columns without anything between them are cut where one pair of them ends. */
static void test_pipeline__cuts_columns_between_pairs(void **state)
{
    enum { ROWS = 30, BLOCKS = LIMIT_PAIR_PARTS / ROWS };
    struct bench *b = *state;
    struct buf text = { 0 };
    uint64_t seed = 80;

    for (int block = 0; block < BLOCKS; block++) {
        struct rules_values values[ROWS];

        for (int i = 0; i < ROWS; i++)
            rules_values_make(&values[i], &seed);
        for (int i = 0; i < ROWS; i++)
            values_fill(&text, "{{id}}\n", &values[i]);
        for (int i = 0; i < ROWS; i++)
            values_fill(&text, "{{secret}}\n", &values[i]);
    }
    scene_scan(&b->scene, buf_view(&text));
    assert_int_equal(b->scene.outcome.finding_count, ROWS * BLOCKS);
    for (size_t i = 0; i < ROWS * BLOCKS; i++) {
        const struct finding *f = &b->scene.outcome.findings[i];

        if (!f->secret.ptr || f->secret_place.line != f->place.line + ROWS)
            fail_msg("finding %zu: expected the secret %d lines behind line %lu, got line %lu", i,
                     ROWS, f->place.line, f->secret_place.line);
    }
    buf_release(&text);
}

static void test_pipeline__an_empty_document_has_nothing(void **state)
{
    struct bench *b = *state;

    scene_scan(&b->scene, (struct slice){ 0 });
    assert_int_equal(b->scene.outcome.finding_count, 0);
    assert_int_equal(b->scene.outcome.trouble_count, 0);
}

/* --- what is reported and what is counted --- */

static void test_pipeline__reports_and_counts(void **state)
{
    static const struct {
        const char *text;
        size_t findings;
        uint64_t temporary, allowed;
        const char *rule; /* of the first finding */
    } rows[] = {
        { "{{id}}", 1, 0, 0, "aws-access-key-id" },
        { "{{temporary_id}} {{temporary_id}}", 0, 2, 0, NULL },
        { "{{secret}}", 0, 0, 0, NULL },
        { "{{token}}", 1, 0, 0, "aws-session-token" },
        { "{{temporary_id}} {{token}}", 1, 1, 0, "aws-session-token" },
        { "aws_secret_access_key={{secret}}", 1, 0, 0, "aws-secret-access-key" },
        { "{{id}} {{secret}}", 1, 0, 0, "aws-key-pair" },
        { "{{id}} {{secret}} # gitleaks:allow", 0, 0, 1, NULL },
        { "{{id}}\n{{secret}} # gitleaks:allow", 0, 0, 1, NULL },
        { "{{id}} {{secret}}\n# gitleaks:allow", 1, 0, 0, "aws-key-pair" },
        { "{{temporary_id}} {{secret}}", 1, 0, 0, "aws-session-credentials" },
        { "{{temporary_id}} {{secret}} {{token}}", 1, 0, 0, "aws-session-credentials" },
    };
    struct bench *b = *state;
    struct buf text = { 0 };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct outcome *got = &b->scene.outcome;
        const char *rule;

        buf_reset(&text);
        values_fill(&text, rows[i].text, &b->values);
        scene_scan(&b->scene, buf_view(&text));
        rule = got->finding_count ? got->findings[0].rule->id : "none";
        if (got->finding_count != rows[i].findings ||
            got->coverage.temporary_ids != rows[i].temporary ||
            got->coverage.allowed != rows[i].allowed ||
            strcmp(rule, rows[i].rule ? rows[i].rule : "none") != 0)
            fail_msg("%s: expected %zu findings (%s), %lu temporary, %lu allowed; got %zu (%s), "
                     "%lu, %lu",
                     rows[i].text, rows[i].findings, rows[i].rule ? rows[i].rule : "none",
                     rows[i].temporary, rows[i].allowed, got->finding_count, rule,
                     got->coverage.temporary_ids, got->coverage.allowed);
    }
    buf_release(&text);
}

static void test_pipeline__ignores_marks_where_it_shall(void **state)
{
    const struct pipeline_options options = { .ignore_marks = true };
    const struct finding origin = scene_origin();
    struct outcome outcome = { 0 };
    struct bench *b = *state;
    struct buf text = { 0 };
    struct lane *lane;

    values_fill(&text, "{{id}} {{secret}} # gitleaks:allow", &b->values);
    assert_int_equal(lane_new(&lane, b->scene.set, &b->scene.databases, &options, &outcome),
                     STATUS_OK);
    assert_int_equal(lane_document(lane, &origin, buf_view(&text)), STATUS_OK);
    assert_int_equal(outcome.finding_count, 1);
    assert_int_equal(outcome.coverage.allowed, 0);
    lane_free(lane);
    lane_free(NULL);
    outcome_release(&outcome);
    buf_release(&text);
}

static void test_pipeline__findings_go_where_they_are_sent(void **state)
{
    const struct finding origin = scene_origin();
    struct outcome other = { 0 };
    struct bench *b = *state;

    scene_forget(&b->scene);
    lane_redirect(b->scene.lane, &other);
    assert_int_equal(lane_document(b->scene.lane, &origin, slice_of(b->values.id)), STATUS_OK);
    lane_redirect(b->scene.lane, &b->scene.outcome);
    assert_int_equal(other.finding_count, 1);
    assert_int_equal(b->scene.outcome.finding_count, 0);
    assert_string_equal(other.findings[0].path, "path");
    assert_ptr_equal(other.findings[0].target, scene_target);
    outcome_release(&other);
}

/* --- many workers --- */

enum { WORKERS_MAX = 8, START = 777 };

struct shared_task {
    struct task task;
    struct pool *pool;
    struct reader *readers;
    int fd;
    uint64_t size;
};

static void run_shared(struct task *task, unsigned worker)
{
    struct shared_task *t = (struct shared_task *)task;
    const struct finding origin = scene_origin();

    shared_file_scan(t->pool, worker, t->readers, t->fd, START, t->size, &origin);
}

/* `text`, lying START bytes deep in a file, scanned by so many workers; the merged outcome. */
static void scan_shared(const struct scene *scene, struct slice text, uint64_t size,
                        unsigned workers, struct outcome *out)
{
    const struct pipeline_options options = { 0 };
    struct reader readers[WORKERS_MAX];
    struct outcome *outcomes = calloc(workers, sizeof(*outcomes));
    struct pool *pool = pool_new(workers);
    struct shared_task task = {
        { run_shared }, pool, readers, memfd_create("shared", MFD_CLOEXEC), size
    };

    assert_non_null(outcomes);
    assert_non_null(pool);
    assert_true(task.fd >= 0);
    for (size_t at = 0; at < text.len;) {
        ssize_t n = pwrite(task.fd, text.ptr + at, text.len - at, (off_t)(START + at));

        assert_true(n > 0);
        at += (size_t)n;
    }
    for (unsigned i = 0; i < workers; i++) {
        readers[i] =
            (struct reader){ .buffer = malloc(PIECES_BUFFER_BYTES), .outcome = &outcomes[i] };
        assert_non_null(readers[i].buffer);
        assert_int_equal(lane_new(&readers[i].lane, scene->set, &scene->databases, &options,
                                  &outcomes[i]),
                         STATUS_OK);
    }
    pool_submit(pool, 0, &task.task);
    pool_run(pool);
    pool_free(pool);
    *out = (struct outcome){ 0 };
    for (unsigned i = 0; i < workers; i++) {
        outcome_merge(out, &outcomes[i]);
        outcome_release(&outcomes[i]);
        lane_free(readers[i].lane);
        free(readers[i].buffer);
    }
    outcome_sort(out, &scene_target, 1);
    free(outcomes);
}

static void test_pipeline__a_shared_file_is_the_same_for_any_number_of_workers(void **state)
{
    static const unsigned workers[] = { 1, 2, WORKERS_MAX };
    static const size_t sizes[] = { 0, 1000, PIECE, 5 * PIECE + 333, 70 * PIECE + 1 };
    struct buf text = { 0 }, expected = { 0 }, got = { 0 };
    struct bench *b = *state;
    uint64_t seed = 80;

    write_document(&text, &seed, 6 * PIECE);
    while (text.len <= 70 * PIECE) /* more pieces than the ring holds; the rest is prose */
        buf_append(&text, (struct slice){ b->prose, PIECE / 2 });
    for (size_t s = 0; s < COUNT_OF(sizes); s++) {
        struct slice part = slice_sub(buf_view(&text), 0, sizes[s]);

        scene_scan(&b->scene, part);
        describe(&b->scene.outcome, &expected);
        for (size_t w = 0; w < COUNT_OF(workers); w++) {
            struct outcome outcome;
            char what[64];

            scan_shared(&b->scene, part, part.len, workers[w], &outcome);
            describe(&outcome, &got);
            snprintf(what, sizeof(what), "%zu bytes, %u workers", sizes[s], workers[w]);
            expect_same(what, &expected, &got);
            assert_int_equal(outcome.coverage.files, 1);
            assert_int_equal(outcome.coverage.bytes, sizes[s]);
            assert_int_equal(outcome.trouble_count, 0);
            outcome_release(&outcome);
        }
    }
    buf_release(&text);
    buf_release(&expected);
    buf_release(&got);
}

/* It was longer when it was measured. What is left is scanned as if it had always been all. */
static void test_pipeline__a_shared_file_may_shrink(void **state)
{
    struct buf text = { 0 }, expected = { 0 }, got = { 0 };
    struct bench *b = *state;
    struct outcome outcome;
    uint64_t seed = 81;

    write_document(&text, &seed, 2 * PIECE + 5000);
    scene_scan(&b->scene, buf_view(&text));
    describe(&b->scene.outcome, &expected);
    scan_shared(&b->scene, buf_view(&text), 7 * PIECE, 2, &outcome);
    describe(&outcome, &got);
    expect_same("a file that shrank", &expected, &got);
    assert_int_equal(outcome.coverage.bytes, text.len);
    outcome_release(&outcome);
    buf_release(&text);
    buf_release(&expected);
    buf_release(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pipeline__finds_a_pair_at_every_offset_round_a_seam),
        cmocka_unit_test(test_pipeline__a_line_may_span_pieces),
        cmocka_unit_test(test_pipeline__pairs_over_a_seam),
        cmocka_unit_test(test_pipeline__a_document_is_the_same_in_pieces),
        cmocka_unit_test(test_pipeline__takes_more_parts_than_may_wait),
        cmocka_unit_test(test_pipeline__cuts_columns_between_pairs),
        cmocka_unit_test(test_pipeline__an_empty_document_has_nothing),
        cmocka_unit_test(test_pipeline__reports_and_counts),
        cmocka_unit_test(test_pipeline__ignores_marks_where_it_shall),
        cmocka_unit_test(test_pipeline__findings_go_where_they_are_sent),
        cmocka_unit_test(test_pipeline__a_shared_file_is_the_same_for_any_number_of_workers),
        cmocka_unit_test(test_pipeline__a_shared_file_may_shrink),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
