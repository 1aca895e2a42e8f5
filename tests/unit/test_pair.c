/* test_pair.c - an assignment and never a product: which secret goes with which id, and which not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

#include "detect/pair.h"
#include "detect_scene.h"

#define PART(name, role)                                                                   \
    "{\"name\": \"" name "\", \"role\": \"" role "\", \"forms\": [{\"anchors\": [\"x\"], " \
    "\"pattern\": \"(?<value>x)\"}]}"
#define RULE(id, parts) \
    "{\"id\": \"" id "\", \"description\": \"d\", \"severity\": \"low\", \"parts\": {" parts "}}"

static const char rules[] =
    "{\"format\": 1, \"parts\": [" PART("id", "id") "," PART("temporary", "id") "," PART("secret", "secret") "," PART(
        "token",
        "token") "," PART("stranger",
                          "secret") "],"
                                    "\"rules\": [" RULE(
                                        "pair",
                                        "\"id\": \"id\", \"secret\": "
                                        "\"secret\"") "," RULE("session",
                                                               "\"id\": \"temporary\", \"secret\": "
                                                               "\"secret\", \"token\": "
                                                               "\"token\"") "," RULE("lone",
                                                                                     "\"id\": "
                                                                                     "\"id\"") "]}";

enum kind { ID, TEMPORARY, SECRET, TOKEN, STRANGER };

static const enum role roles[] = { ROLE_ID, ROLE_ID, ROLE_SECRET, ROLE_TOKEN, ROLE_SECRET };
static const size_t lengths[] = { 20, 20, 40, 400, 40 };

struct bench {
    struct ruleset *set;
    struct arena arena;
};

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));

    assert_non_null(b);
    b->set = ruleset_from(rules);
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;

    arena_release(&b->arena);
    ruleset_free(b->set);
    free(b);
    return 0;
}

static struct part part_at(enum kind kind, uint64_t offset)
{
    struct part part = { .kind = kind,
                         .role = roles[kind],
                         .offset = offset,
                         .end = offset + lengths[kind],
                         .here = offset + 1,
                         .row = offset + 1 };

    part.label = kind == SECRET ? LABEL_STRONG : LABEL_NONE;
    return part;
}

static struct pairing *pair(struct bench *b, const struct part *parts, size_t n, size_t *count)
{
    struct pairing *pairings;

    arena_reset(&b->arena);
    assert_int_equal(pair_parts(b->set, parts, n, &b->arena, &pairings, count), STATUS_OK);
    return pairings;
}

/*
 * What must hold of any result: each part once, a token by itself or beside an id and a secret, in
 * the order of the first part.
 */
static void check_assignment(const struct part *parts, size_t n, const struct pairing *pairings,
                             size_t count)
{
    uint8_t *used = calloc(n + 1, 1);
    size_t last = 0, got = 0;

    assert_non_null(used);
    for (size_t i = 0; i < count; i++) {
        const struct pairing *p = &pairings[i];
        size_t first = p->id < p->secret ? p->id : p->secret;

        first = first == SIZE_MAX ? p->token : first;
        if (first >= n || (i && first <= last))
            fail_msg("pairing %zu of %zu begins at part %zu, the one before at %zu", i, count,
                     first, last);
        last = first;
        for (size_t k = 0; k < 3; k++) {
            size_t at = k == 0 ? p->id : k == 1 ? p->secret : p->token;

            if (at == SIZE_MAX)
                continue;
            if (at >= n || used[at]++ || (size_t)parts[at].role != k)
                fail_msg("pairing %zu: part %zu stands there twice, or in the wrong place", i, at);
            got++;
        }
        if (p->token != SIZE_MAX && (p->id == SIZE_MAX) != (p->secret == SIZE_MAX))
            fail_msg("pairing %zu: a token beside half a pair", i);
    }
    if (got != n)
        fail_msg("expected %zu parts, each once, got %zu", n, got);
    free(used);
}

/* --- small scenes --- */

/*
 * A document drawn as text: I an id, T a temporary id, S a labelled secret, B a bare one, W a
 * weakly labelled one, X a stranger's, K a token; a digit behind it is its stem; { } objects, a
 * letter in [ ] a section, | an end of line, _ a blank line, - 10 bytes of nothing, = 1,000 bytes.
 */
static size_t draw(const char *drawing, struct part *parts)
{
    uint64_t at = 1, row = 1, section = 0, paragraph = 0, open[8] = { 0 };
    size_t depth = 0, n = 0;

    for (const char *c = drawing; *c; c++) {
        const char *letter = strchr("ITSKXBW", *c);
        size_t which = letter ? (size_t)(letter - "ITSKXBW") : 0;
        struct part *part = &parts[n];

        if (*c == '{') {
            open[++depth] = at++;
        } else if (*c == '}') {
            depth--;
            at++;
        } else if (*c == '[') {
            section = paragraph = at;
            at += 5;
        } else if (*c == '|') {
            row = ++at;
        } else if (*c == '_') {
            row = paragraph = ++at;
        } else if (*c == '-' || *c == '=') {
            at += *c == '-' ? 10 : 1000;
        } else if (*c >= '0' && *c <= '9') {
            parts[n - 1].stem = (uint64_t)(*c - '0');
        } else if (letter) {
            *part = part_at(which < 5 ? (enum kind)which : SECRET, at);
            part->label = which == 5 ? LABEL_NONE : which == 6 ? LABEL_WEAK : part->label;
            part->row = row;
            part->section = section;
            part->paragraph = paragraph;
            part->object = open[depth];
            part->outer = depth ? open[depth - 1] : 0;
            at = part->end + 1;
            n++;
        }
    }
    return n;
}

/* The result as text: each pairing as the numbers of its parts, "." for none. */
static void describe(const struct pairing *pairings, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        const size_t at[] = { pairings[i].id, pairings[i].secret, pairings[i].token };

        buf_text(out, i ? " " : "");
        for (size_t k = 0; k < 3 && (k < 2 || at[k] != SIZE_MAX); k++)
            if (at[k] == SIZE_MAX)
                buf_text(out, ".");
            else
                buf_printf(out, "%zu", at[k]);
    }
}

struct row {
    const char *name, *drawing, *expected;
};

static void check_rows(struct bench *b, const struct row *rows, size_t n)
{
    struct buf got = { 0 };

    for (size_t i = 0; i < n; i++) {
        struct part parts[16] = { { 0 } };
        size_t count, drawn = draw(rows[i].drawing, parts);
        struct pairing *pairings = pair(b, parts, drawn, &count);

        check_assignment(parts, drawn, pairings, count);
        buf_reset(&got);
        describe(pairings, count, &got);
        if (strcmp(buf_cstr(&got), rows[i].expected) != 0)
            fail_msg("%s (%s): expected \"%s\", got \"%s\"", rows[i].name, rows[i].drawing,
                     rows[i].expected, buf_cstr(&got));
    }
    buf_release(&got);
}

static void test_pair__goes_by_order_and_distance(void **state)
{
    static const struct row rows[] = {
        { "nothing", "", "" },
        { "one id", "I", "0." },
        { "one secret", "S", ".0" },
        { "one token", "K", "..0" },
        { "a pair", "I|S", "01" },
        { "the secret first", "S|I", "10" },
        { "two pairs", "I|S|_I|S", "01 23" },
        { "two pairs, the secrets first", "S|I|_S|I", "10 32" },
        { "an id, then a pair", "I|_I|S", "0. 12" },
        { "columns", "I|I|I|_S|S|S", "03 14 25" },
        { "columns, the secrets first", "S|S|S|_I|I|I", "30 41 52" },
        { "columns again and again", "I|I|I|B|B|B|I|I|I|B|B|B", "03 14 25 69 710 811" },
        { "the secrets' first", "B|B|B|I|I|I|B|B|B|I|I|I", "30 41 52 96 107 118" },
        { "one secret for two ids", "I|--|I|S", "0. 12" },
        { "two secrets for one id", "I|S|--|S", "01 .2" },
        { "one secret between two ids", "I|S|I", "01 2." },
        { "an id far away", "I=========S", "0. .1" },
        { "a label reaches far", "I====S", "01" },
        { "none does not", "I===B", "0. .1" },
        { "none near by", "I|B", "01" },
        { "a label goes before nearness", "I|B|S", "02 .1" },
        { "a stranger's secret is no partner", "I|X", "0. .1" },
        { "nor does it stand in the way", "I|X|S", "02 .1" },
    };

    check_rows(*state, rows, COUNT_OF(rows));
}

static void test_pair__goes_by_structure(void **state)
{
    static const struct row rows[] = {
        { "objects in a row", "{I|S}|{I|S}", "01 23" },
        { "an object without a secret", "{I}|{I|S}", "0. 12" },
        { "an object without an id", "{S}|{I|S}", ".0 12" },
        { "reversed in each", "{S|I}|{S|I}", "10 32" },
        { "a bare secret of another object", "{I}|{B}", "0. .1" },
        { "an object inside of one", "{I|{S}}", "01" },
        { "a section each", "[a]|I|S|[b]|I|S", "01 23" },
        { "sections forbid", "[a]|I|[b]|S", "0. .1" },
        { "before the first section", "I|[b]|S", "0. .1" },
        { "sections forbid in between", "[a]|I|[b]|I|S|[c]|S", "0. 12 .3" },
        { "a name goes over sections", "[a]|I1|[b]|S1", "01" },
    };

    check_rows(*state, rows, COUNT_OF(rows));
}

static void test_pair__goes_by_names(void **state)
{
    static const struct row rows[] = {
        { "crossing", "I1|I2|S2|S1", "03 12" },
        { "crossing, far apart", "I1|I2|==S2|==S1", "03 12" },
        { "three, turned round", "I1|I2|I3|S3|S1|S2", "04 15 23" },
        { "a name and what is left", "I1|I|S|S1", "03 12" },
        { "another name than the near one", "I1|S2|S1", "02 .1" },
        { "the secrets first", "S1|S2|I2|I1", "30 21" },
        { "one name for all goes by order", "I1|S1|_I1|S1", "01 23" },
    };

    check_rows(*state, rows, COUNT_OF(rows));
}

static void test_pair__adds_tokens_to_sessions(void **state)
{
    static const struct row rows[] = {
        { "a session", "T|S|K", "012" },
        { "in any order", "K|S|T", "210" },
        { "without a token", "T|S", "01" },
        { "without a secret", "T|K", "0. ..1" },
        { "without an id", "S|K", ".0 ..1" },
        { "two sessions", "T|S|K|_T|S|K", "012 345" },
        { "objects", "{T|S|K}|{T|S|K}", "012 345" },
        { "a pair takes no token", "I|S|K", "01 ..2" },
        { "a pair and a session", "I|S|_T|S|K", "01 234" },
        { "by name", "T1|S1|T2|S2|K2|K1", "015 234" },
    };

    check_rows(*state, rows, COUNT_OF(rows));
}

static void test_pair__says_how_sure_it_is(void **state)
{
    static const struct {
        const char *drawing;
        enum confidence confidence;
    } rows[] = {
        { "I|S", CONFIDENCE_HIGH },
        { "I|==S", CONFIDENCE_MEDIUM },
        { "{I|==S}", CONFIDENCE_HIGH },
        { "I1|==S1", CONFIDENCE_HIGH },
        { "I==S", CONFIDENCE_HIGH },
        { "I|B", CONFIDENCE_HIGH },
        { "I|--------------------B", CONFIDENCE_MEDIUM },
        { "I|=B", CONFIDENCE_LOW },
        { "I=B", CONFIDENCE_MEDIUM },
        { "I|W", CONFIDENCE_HIGH },
        { "I|=W", CONFIDENCE_MEDIUM },
    };
    struct bench *b = *state;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct part parts[4] = { { 0 } };
        size_t count, n = draw(rows[i].drawing, parts);
        struct pairing *pairings = pair(b, parts, n, &count);

        assert_int_equal(count, 1);
        if (pairings[0].confidence != rows[i].confidence)
            fail_msg("%s: expected confidence %d, got %d", rows[i].drawing, rows[i].confidence,
                     pairings[0].confidence);
    }
}

/* A header too far away to be seen forbids nothing: see part.h. */
static void test_pair__knows_the_other_candidates(void **state)
{
    static const struct {
        const char *drawing;
        size_t id, secret; /* that it was paired with */
        size_t same;       /* a part with the value of another; 0: none */
        const char *expected;
    } rows[] = {
        { "I|S", 0, 1, 0, "" },         { "I|S|S|S", 0, 1, 0, "2 3" },
        { "I|S|B|S", 0, 1, 0, "3 2" },  { "S|S|I|S|S|S|S|S", 2, 3, 0, "1 4 0 5" },
        { "I|S|X|T|I|K", 0, 1, 0, "" }, { "I|S=========S", 0, 1, 0, "" },
        { "I|S|S|S", 0, 1, 3, "2" },
    };
    struct bench *b = *state;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct part parts[16] = { { 0 } };
        size_t found[4], n = draw(rows[i].drawing, parts), count;
        struct buf got = { 0 };
        char values[16] = "0123456789abcde";

        for (size_t k = 0; k < n; k++)
            parts[k].value = (struct slice){ (const uint8_t *)&values[k], 1 };
        if (rows[i].same)
            parts[rows[i].same].value = parts[rows[i].same - 1].value;
        count = pair_candidates(b->set, parts, n, rows[i].id, rows[i].secret, found, 4);
        for (size_t k = 0; k < count; k++)
            buf_printf(&got, "%s%zu", k ? " " : "", found[k]);
        if (strcmp(buf_cstr(&got), rows[i].expected))
            fail_msg("%s: expected \"%s\", got \"%s\"", rows[i].drawing, rows[i].expected,
                     buf_cstr(&got));
        buf_release(&got);
    }
}

static void test_pair__an_unseen_section_forbids_nothing(void **state)
{
    struct part parts[2] = { part_at(ID, 9000), part_at(SECRET, 9100) };
    struct bench *b = *state;
    size_t count;

    parts[0].section = 101; /* before both: the second did not see so far */
    pair(b, parts, 2, &count);
    assert_int_equal(count, 1);
    parts[0].section = 0;
    parts[1].section = 9050; /* between them */
    pair(b, parts, 2, &count);
    assert_int_equal(count, 2);
}

/* In a decoded text, far behind in the document, offsets of that text alone are compared. */
static void test_pair__compares_sections_in_their_own_text(void **state)
{
    struct part parts[2] = { part_at(ID, 500000), part_at(SECRET, 500100) };
    struct bench *b = *state;
    size_t count;

    parts[0].layer = parts[1].layer = 7;
    parts[0].here = 100;
    parts[1].here = 200;
    parts[1].section = 150; /* between them */
    pair(b, parts, 2, &count);
    assert_int_equal(count, 2);
    parts[1].section = 50; /* before both */
    pair(b, parts, 2, &count);
    assert_int_equal(count, 1);
}

/* --- many --- */

enum { PROFILES = 40 };

/* 0: profiles with a section each; 1: a column of ids and one of secrets; 2: secrets first. */
static void lay_out(struct part *parts, int layout)
{
    uint64_t at = 100;

    for (size_t i = 0; i < 2 * PROFILES; i++) {
        bool id = layout == 1 ? i < PROFILES : (i % 2 == 0) == (layout == 0);

        parts[i] = part_at(id ? ID : SECRET, at);
        parts[i].section = layout == 1 ? 0 : 1 + i / 2;
        at = parts[i].end + 30;
    }
}

static void test_pair__forty_profiles_are_forty_pairs(void **state)
{
    static const char *const names[] = { "profiles", "columns", "secrets first" };
    struct part parts[2 * PROFILES];
    struct bench *b = *state;

    for (int layout = 0; layout < 3; layout++) {
        struct pairing *pairings;
        size_t count;

        lay_out(parts, layout);
        pairings = pair(b, parts, 2 * PROFILES, &count);
        check_assignment(parts, 2 * PROFILES, pairings, count);
        if (count != PROFILES)
            fail_msg("%s: expected %d pairs, got %zu pairings", names[layout], PROFILES, count);
        for (size_t i = 0; i < PROFILES; i++) {
            size_t id = layout == 1 ? i : 2 * i + (layout == 2);
            size_t secret = layout == 1 ? PROFILES + i : 2 * i + (layout == 0);

            if (pairings[i].id != id || pairings[i].secret != secret)
                fail_msg("%s, pair %zu: expected %zu with %zu, got %zu with %zu", names[layout], i,
                         id, secret, pairings[i].id, pairings[i].secret);
        }
    }
}

/* Parts at random, with all that is weighed at random too. */
static void scatter(struct part *parts, size_t n, uint64_t *seed, unsigned spread)
{
    uint64_t at = made_up_next(seed) % 1000;

    for (size_t i = 0; i < n; i++) {
        parts[i] = part_at((enum kind)(made_up_next(seed) % 5), at);
        if (roles[parts[i].kind] == ROLE_SECRET)
            parts[i].label = (enum label)(made_up_next(seed) % 3);
        parts[i].row = at / 100 + 1;
        parts[i].object = made_up_next(seed) % 2 ? at / 300 * 300 + 1 : 0;
        parts[i].outer = made_up_next(seed) % 2 ? at / 900 * 900 + 1 : 0;
        parts[i].section = made_up_next(seed) % 4 ? 0 : at / 2000 * 2000 + 1;
        parts[i].paragraph = at / 500;
        parts[i].stem = made_up_next(seed) % 3 ? 0 : 1 + made_up_next(seed) % 4;
        at += made_up_next(seed) % spread;
    }
}

static void test_pair__is_an_assignment_of_anything(void **state)
{
    enum { MOST = 120 };
    struct part parts[MOST];
    struct bench *b = *state;
    uint64_t seed = 10;

    for (int round = 0; round < 1500; round++) {
        size_t n = made_up_next(&seed) % (MOST + 1), count, again;
        struct pairing *pairings, *copy;

        scatter(parts, n, &seed, round % 3 ? 400 : 5000);
        pairings = pair(b, parts, n, &count);
        check_assignment(parts, n, pairings, count);
        for (size_t i = 0; i < count; i++) {
            const struct part *id, *secret;

            if (pairings[i].id == SIZE_MAX || pairings[i].secret == SIZE_MAX)
                continue;
            id = &parts[pairings[i].id];
            secret = &parts[pairings[i].secret];
            if (secret->kind == STRANGER || (secret->offset > id->end + PAIR_REACH_BYTES) ||
                (id->offset > secret->end + PAIR_REACH_BYTES))
                fail_msg("round %d: %zu and %zu cannot be a pair", round, pairings[i].id,
                         pairings[i].secret);
        }
        copy = malloc((count + 1) * sizeof(*copy));
        assert_non_null(copy);
        for (size_t i = 0; i < count; i++)
            copy[i] = pairings[i];
        pairings = pair(b, parts, n, &again);
        assert_int_equal(again, count);
        for (size_t i = 0; i < count; i++)
            assert_true(copy[i].id == pairings[i].id && copy[i].secret == pairings[i].secret &&
                        copy[i].token == pairings[i].token &&
                        copy[i].confidence == pairings[i].confidence);
        free(copy);
    }
}

/* A part more than PAIR_REACH_BYTES behind changes nothing: so large documents are cut there. */
static void test_pair__a_wide_gap_parts_the_document(void **state)
{
    enum { HALF = 30 };
    struct part parts[2 * HALF];
    struct bench *b = *state;
    uint64_t seed = 13;

    for (int round = 0; round < 300; round++) {
        struct buf whole = { 0 }, halves = { 0 };
        struct pairing *pairings;
        size_t count;

        scatter(parts, 2 * HALF, &seed, 300);
        for (size_t i = HALF; i < 2 * HALF; i++) {
            parts[i].offset += PAIR_REACH_BYTES + 1000;
            parts[i].end += PAIR_REACH_BYTES + 1000;
        }
        pairings = pair(b, parts, 2 * HALF, &count);
        describe(pairings, count, &whole);
        pairings = pair(b, parts, HALF, &count);
        describe(pairings, count, &halves);
        pairings = pair(b, parts + HALF, HALF, &count);
        for (size_t i = 0; i < count; i++) {
            pairings[i].id += pairings[i].id == SIZE_MAX ? 0 : HALF;
            pairings[i].secret += pairings[i].secret == SIZE_MAX ? 0 : HALF;
            pairings[i].token += pairings[i].token == SIZE_MAX ? 0 : HALF;
        }
        buf_text(&halves, count ? " " : "");
        describe(pairings, count, &halves);
        if (strcmp(buf_cstr(&whole), buf_cstr(&halves)) != 0)
            fail_msg("round %d: expected what the halves give, \"%s\", got \"%s\"", round,
                     buf_cstr(&halves), buf_cstr(&whole));
        buf_release(&whole);
        buf_release(&halves);
    }
}

/* No clock is read: of so many parts a product, or a square, is a matter of hours. */
static void test_pair__is_linear(void **state)
{
    enum { PARTS = 1000000, HANG_S = 600 };
    static const struct {
        const char *name;
        unsigned columns; /* ids before the first of so many secrets */
        uint64_t stem;
    } rows[] = { { "pairs", 1, 0 }, { "columns", 40, 0 }, { "pairs of one name", 1, 7 } };
    struct part *parts = calloc(PARTS, sizeof(*parts));
    struct bench *b = *state;

    assert_non_null(parts);
    for (size_t r = 0; r < COUNT_OF(rows); r++) {
        struct pairing *pairings;
        uint64_t at = 0;
        size_t count;

        for (size_t i = 0; i < PARTS; i++) {
            parts[i] = part_at(i / rows[r].columns % 2 ? SECRET : ID, at);
            parts[i].stem = rows[r].stem;
            parts[i].paragraph = 1 + i / (2 * rows[r].columns);
            at = parts[i].end + ((i + 1) % (2 * rows[r].columns) ? 1 : 100);
        }
        alarm(HANG_S);
        pairings = pair(b, parts, PARTS, &count);
        alarm(0);
        check_assignment(parts, PARTS, pairings, count);
        if (count != PARTS / 2)
            fail_msg("%s: expected %d pairs, got %zu pairings", rows[r].name, PARTS / 2, count);
    }
    free(parts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pair__goes_by_order_and_distance),
        cmocka_unit_test(test_pair__goes_by_structure),
        cmocka_unit_test(test_pair__goes_by_names),
        cmocka_unit_test(test_pair__adds_tokens_to_sessions),
        cmocka_unit_test(test_pair__says_how_sure_it_is),
        cmocka_unit_test(test_pair__knows_the_other_candidates),
        cmocka_unit_test(test_pair__an_unseen_section_forbids_nothing),
        cmocka_unit_test(test_pair__compares_sections_in_their_own_text),
        cmocka_unit_test(test_pair__forty_profiles_are_forty_pairs),
        cmocka_unit_test(test_pair__is_an_assignment_of_anything),
        cmocka_unit_test(test_pair__a_wide_gap_parts_the_document),
        cmocka_unit_test(test_pair__is_linear),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
