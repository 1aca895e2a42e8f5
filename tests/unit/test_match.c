/* test_match.c - where the windows lie round what was hit, and the marks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "detect_scene.h"

/* Form 0: 10 bytes before an anchor's end and 20 behind; form 1: 5 and 5; form 2, of an id: 1
 * and 2. */
static const char rules[] =
    "{\"format\": 1, \"marks\": [{\"anchor\": \"ok\", \"covers\": \"line\"},"
    " {\"anchor\": \"off\", \"covers\": \"begin\"}],"
    " \"parts\": [{\"name\": \"s\", \"role\": \"secret\", \"forms\": ["
    "  {\"anchors\": [\"AB\"], \"pattern\": \"(?<value>AB)\", \"before\": 10, \"after\": 20},"
    "  {\"anchors\": [\"CD\", \"cd\"], \"pattern\": \"(?<value>CD)\", \"before\": 5, \"after\": "
    "5}]},"
    " {\"name\": \"i\", \"role\": \"id\", \"forms\": ["
    "  {\"anchors\": [\"ID\"], \"pattern\": \"(?<value>ID)\", \"before\": 1, \"after\": 2}]}],"
    " \"rules\": [{\"id\": \"r\", \"description\": \"d\", \"severity\": \"low\","
    "  \"parts\": {\"secret\": \"s\"}}]}";

enum { AB = 1, CD = 2, ID = 4, TEXT = 20000, HITS_MAX = 6, WINDOWS_MAX = 4 };

struct bench {
    struct ruleset *set;
    struct databases databases;
    struct matcher *matcher;
    struct arena arena;
    uint8_t text[TEXT];
};

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));

    assert_non_null(b);
    b->set = ruleset_from(rules);
    if (databases_get(&b->databases, b->set, NULL, NULL) ||
        matcher_new(&b->matcher, b->set, &b->databases))
        fail_msg("expected a matcher, got: %s", err_text());
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;

    matcher_free(b->matcher);
    matcher_free(NULL);
    databases_release(&b->databases);
    ruleset_free(b->set);
    arena_release(&b->arena);
    free(b);
    return 0;
}

struct expected {
    size_t start, end;
    unsigned forms; /* a bit each */
};

/* Words at their offsets in `len` dots. */
struct row {
    const char *name;
    size_t len;
    struct {
        const char *word;
        size_t at;
    } hits[HITS_MAX];
    struct expected windows[WINDOWS_MAX]; /* end 0: no more */
    struct expected near[WINDOWS_MAX];    /* likewise, round ids */
};

static struct slice write_text(struct bench *b, const struct row *row)
{
    memset(b->text, '.', row->len);
    for (size_t i = 0; i < HITS_MAX && row->hits[i].word; i++)
        memcpy(b->text + row->hits[i].at, row->hits[i].word, strlen(row->hits[i].word));
    return (struct slice){ b->text, row->len };
}

static void expect_windows(const char *name, const struct windows *got, size_t kind,
                           const struct expected *expected)
{
    size_t n = 0;

    while (n < WINDOWS_MAX && expected[n].end)
        n++;
    if (got->count[kind] != n)
        fail_msg("%s: expected %zu windows of kind %zu, got %zu", name, n, kind, got->count[kind]);
    for (size_t i = 0; i < n; i++) {
        const struct window *w = &got->list[kind][i];
        const struct expected *e = &expected[i];

        if (w->start != e->start || w->end != e->end || w->forms.bits[0] != e->forms)
            fail_msg("%s, window %zu of kind %zu: expected [%zu, %zu) forms %x, got [%zu, %zu) "
                     "forms %lx",
                     name, i, kind, e->start, e->end, e->forms, w->start, w->end,
                     (unsigned long)w->forms.bits[0]);
    }
}

static void check(struct bench *b, const struct row *row)
{
    static const struct expected none[WINDOWS_MAX] = { { 0 } };
    struct windows got;

    arena_reset(&b->arena);
    assert_int_equal(matcher_windows(b->matcher, &b->arena, write_text(b, row), &got), STATUS_OK);
    for (size_t kind = 0; kind < WINDOW_KINDS; kind++)
        expect_windows(row->name, &got, kind,
                       kind == CODEC_NONE     ? row->windows
                       : kind == WINDOWS_NEAR ? row->near
                                              : none);
}

#define NONE  \
    {         \
        {     \
            0 \
        }     \
    }

static void test_match__windows_lie_round_the_anchors(void **state)
{
    static const struct row rows[] = {
        { .name = "no text", .len = 0 },
        { .name = "no anchor", .len = 1000 },
        { "one", 1000, { { "AB", 100 } }, { { 92, 122, AB } }, NONE },
        { "at the beginning", 1000, { { "AB", 0 } }, { { 0, 22, AB } }, NONE },
        { "near it", 1000, { { "AB", 7 } }, { { 0, 29, AB } }, NONE },
        { "just off it", 1000, { { "AB", 9 } }, { { 1, 31, AB } }, NONE },
        { "at the end", 100, { { "AB", 98 } }, { { 90, 100, AB } }, NONE },
        { "near the end", 100, { { "AB", 79 } }, { { 71, 100, AB } }, NONE },
        { "all there is", 2, { { "AB", 0 } }, { { 0, 2, AB } }, NONE },
        { "cut off", 99, { { "A", 98 } }, NONE, NONE },
        { "apart",
          1000,
          { { "CD", 100 }, { "CD", 111 } },
          { { 97, 107, CD }, { 108, 118, CD } },
          NONE },
        { "touching", 1000, { { "CD", 100 }, { "CD", 110 } }, { { 97, 117, CD } }, NONE },
        { "over each other", 1000, { { "CD", 100 }, { "cd", 103 } }, { { 97, 110, CD } }, NONE },
        { "two forms", 1000, { { "AB", 100 }, { "CD", 105 } }, { { 92, 122, AB | CD } }, NONE },
        { "one inside the other",
          1000,
          { { "AB", 100 }, { "CD", 110 }, { "AB", 500 } },
          { { 92, 122, AB | CD }, { 492, 522, AB } },
          NONE },
        /* The later hit's window begins before the earlier ones', and joins what was apart. */
        { "a wide one behind narrow ones",
          1000,
          { { "CD", 98 }, { "CD", 109 }, { "AB", 112 }, { "cd", 400 } },
          { { 95, 134, AB | CD }, { 397, 407, CD } },
          NONE },
        { "an id",
          TEXT,
          { { "ID", 5000 } },
          { { 5001, 5004, ID } },
          { { 5002 - MATCH_NEAR_BYTES, 5002 + MATCH_NEAR_BYTES, 0 } } },
        { "ids near by",
          TEXT,
          { { "ID", 5000 }, { "ID", 6000 }, { "ID", 15000 } },
          { { 5001, 5004, ID }, { 6001, 6004, ID }, { 15001, 15004, ID } },
          { { 5002 - MATCH_NEAR_BYTES, 6002 + MATCH_NEAR_BYTES, 0 },
            { 15002 - MATCH_NEAR_BYTES, 15002 + MATCH_NEAR_BYTES, 0 } } },
        { "an id in a short text", 50, { { "ID", 0 } }, { { 1, 4, ID } }, { { 0, 50, 0 } } },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check(*state, &rows[i]);
    for (size_t i = COUNT_OF(rows); i-- > 0;) /* nothing is left over from the pass before */
        check(*state, &rows[i]);
}

/* Exactly the bytes that are `asked` for lie in windows that ascend without touching. */
static void expect_cover(const struct windows *got, size_t kind, const uint8_t *asked, int round)
{
    size_t last = 0, at = 0;

    for (size_t i = 0; i < got->count[kind]; i++) {
        const struct window *w = &got->list[kind][i];

        if (w->start >= w->end || w->end > TEXT || (i && w->start <= last))
            fail_msg("round %d, kind %zu, window %zu: [%zu, %zu) behind %zu", round, kind, i,
                     w->start, w->end, last);
        for (; at < w->start; at++)
            if (asked[at])
                fail_msg("round %d, kind %zu: byte %zu is asked for and in no window", round, kind,
                         at);
        for (; at < w->end; at++)
            if (!asked[at])
                fail_msg("round %d, kind %zu: byte %zu is in a window, and nobody asked for it",
                         round, kind, at);
        last = w->end;
    }
    for (; at < TEXT; at++)
        if (asked[at])
            fail_msg("round %d, kind %zu: byte %zu is asked for and in no window", round, kind, at);
}

static void ask(uint8_t *asked, size_t to, size_t before, size_t after)
{
    for (size_t at = to > before ? to - before : 0; at < to + after && at < TEXT; at++)
        asked[at] = 1;
}

/* Against each byte asked for by itself. */
static void test_match__windows_cover_what_every_hit_asks_for(void **state)
{
    static const char *const words[] = { "AB", "CD", "cd", "ID" };
    static const size_t before[] = { 10, 5, 5, 1 }, after[] = { 20, 5, 5, 2 };
    static uint8_t asked[TEXT], near[TEXT];
    struct bench *b = *state;
    uint64_t seed = 9;

    for (int round = 0; round < 200; round++) {
        size_t hits = made_up_next(&seed) % (round % 2 ? 60 : 2000);
        struct windows got;

        memset(b->text, '.', TEXT);
        memset(asked, 0, TEXT);
        memset(near, 0, TEXT);
        for (size_t i = 0; i < hits; i++) {
            size_t word = made_up_next(&seed) % (i % 10 ? 3 : 4);
            size_t to = made_up_next(&seed) % (TEXT - 2) / 4 * 4 + 2;

            if (b->text[to - 2] != '.')
                continue;
            memcpy(b->text + to - 2, words[word], 2);
            ask(asked, to, before[word], after[word]);
            if (word == 3)
                ask(near, to, MATCH_NEAR_BYTES, MATCH_NEAR_BYTES);
        }
        arena_reset(&b->arena);
        assert_int_equal(matcher_windows(b->matcher, &b->arena, (struct slice){ b->text, TEXT },
                                         &got),
                         STATUS_OK);
        expect_cover(&got, CODEC_NONE, asked, round);
        expect_cover(&got, WINDOWS_NEAR, near, round);
    }
}

static void test_match__hits_says_whether_there_is_an_anchor(void **state)
{
    static const struct {
        const char *text;
        bool hits;
    } rows[] = { { "", false },      { "a", false }, { "A B C D", false }, { "AB", true },
                 { "xxxxcd", true }, { "ID", true }, { "ok off", false } };
    struct bench *b = *state;

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (matcher_hits(b->matcher, slice_of(rows[i].text)) != rows[i].hits)
            fail_msg("\"%s\": expected %d, got %d", rows[i].text, rows[i].hits, !rows[i].hits);
}

static void test_match__reach_is_the_longest_anchor(void **state)
{
#define ANCHORS(list)                                                                            \
    "{\"format\": 1, \"parts\": [{\"name\": \"a\", \"role\": \"id\", \"forms\": [{\"anchors\": " \
    "[" list                                                                                     \
    "], \"pattern\": \"(?<value>a)\"}]}], \"rules\": [{\"id\": \"r\", \"description\": \"d\", "  \
    "\"severity\": \"low\", \"parts\": {\"id\": \"a\"}}]}"
    static const struct {
        const char *rules;
        size_t reach;
    } rows[] = {
        { ANCHORS("\"abc\""), 3 },
        { ANCHORS("\"abc\", \"a[b-z]{2,7}\", \"x\""), 8 },
        { ANCHORS("\"abc\", \"ab+\""), SIZE_MAX },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ruleset *set = ruleset_from(rows[i].rules);
        size_t got = matcher_reach(set);

        if (got != rows[i].reach)
            fail_msg("%s: expected %zu, got %zu", rows[i].rules, rows[i].reach, got);
        ruleset_free(set);
    }
}

static void test_match__marks_come_in_order(void **state)
{
    static const struct row row = {
        "marks", 100, { { "ok", 10 }, { "off", 30 }, { "ok", 98 } }, NONE, NONE
    };
    static const struct mark expected[] = { { 12, COVERS_LINE },
                                            { 33, COVERS_BEGIN },
                                            { 100, COVERS_LINE } };
    struct bench *b = *state;
    struct slice text = write_text(b, &row);
    const struct mark *marks;
    size_t n;

    assert_int_equal(matcher_marks(b->matcher, text, 0, text.len, &marks, &n), STATUS_OK);
    assert_int_equal(n, COUNT_OF(expected));
    for (size_t i = 0; i < n; i++)
        if (marks[i].end != expected[i].end || marks[i].covers != expected[i].covers)
            fail_msg("mark %zu: expected %d at %zu, got %d at %zu", i, expected[i].covers,
                     expected[i].end, marks[i].covers, marks[i].end);
    assert_int_equal(matcher_marks(b->matcher, text, 12, text.len, &marks, &n), STATUS_OK);
    assert_int_equal(n, 2);
    assert_int_equal(marks[0].end, 33);
    assert_int_equal(matcher_marks(b->matcher, (struct slice){ 0 }, 0, 0, &marks, &n), STATUS_OK);
    assert_int_equal(n, 0);
}

/* More hits than any table holds at first. */
static void test_match__takes_any_number_of_hits(void **state)
{
    struct bench *b = *state;
    const struct mark *marks;
    struct windows got;
    size_t n;

    memset(b->text, '.', TEXT);
    for (size_t at = 0; at + 20 <= TEXT; at += 20)
        memcpy(b->text + at, "cd......ok", 10);
    arena_reset(&b->arena);
    assert_int_equal(matcher_windows(b->matcher, &b->arena, (struct slice){ b->text, TEXT }, &got),
                     STATUS_OK);
    assert_int_equal(got.count[CODEC_NONE], TEXT / 20);
    assert_int_equal(matcher_marks(b->matcher, (struct slice){ b->text, TEXT }, 0, TEXT, &marks,
                                   &n),
                     STATUS_OK);
    assert_int_equal(n, TEXT / 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match__windows_lie_round_the_anchors),
        cmocka_unit_test(test_match__windows_cover_what_every_hit_asks_for),
        cmocka_unit_test(test_match__hits_says_whether_there_is_an_anchor),
        cmocka_unit_test(test_match__reach_is_the_longest_anchor),
        cmocka_unit_test(test_match__marks_come_in_order),
        cmocka_unit_test(test_match__takes_any_number_of_hits),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
