/* test_confirm.c - which values of a view are reported, with which label and stem, and which not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "detect/confirm.h"
#include "detect/label.h"
#include "detect_scene.h"

enum { ID, SECRET, PLAIN, ROLES_END }; /* parts */
enum { ID_FORM, LABELLED, RUN, PLAIN_FORM, SLOW };

/*
 * `i` is an id with a floor of entropy; `s` a random secret of 40 by its label or beside an id; `p`
 * is anything between brackets or semicolons. The form SLOW never ends.
 */
static const char rules[] =
    "{\"format\": 1, \"documented\": {\"containing\": [\"SAMPLE\"]}, \"parts\": ["
    " {\"name\": \"i\", \"role\": \"id\", \"entropy_min\": 2, \"forms\": ["
    "  {\"anchors\": [\"ID\"], \"pattern\": "
    "\"(?<![A-Za-z0-9])(?<value>ID[A-Z2-7]{10})(?![A-Za-z0-9])\"}]},"
    " {\"name\": \"s\", \"role\": \"secret\", \"entropy_min\": 4.25, \"random\": true, \"forms\": ["
    "  {\"label\": \"strong\", \"anchors\": [\"secret\"],"
    "   \"pattern\": \"(?<name>secret_key)\\\\W+(?<value>[A-Za-z0-9+/]{40})(?![A-Za-z0-9+/])\"},"
    "  {\"run\": 40, \"pattern\": \"(?<![.-])(?<value>[A-Za-z0-9+/]{40})(?![.=-])\"}]},"
    " {\"name\": \"p\", \"role\": \"token\", \"forms\": ["
    "  {\"label\": \"weak\", \"anchors\": [\"<\"], \"pattern\": \"[<;](?<value>[^<>;]*)[>;]\"},"
    "  {\"anchors\": [\"slow\"], \"pattern\": \"(?<value>slow(?:x+x+)+y)\"}]}],"
    " \"rules\": [{\"id\": \"r\", \"description\": \"d\", \"severity\": \"low\","
    "  \"parts\": {\"id\": \"i\", \"secret\": \"s\"}}]}";

enum { PARTS_MAX = 16 };

struct bench {
    struct ruleset *set;
    struct confirmer *confirmer;
    struct part parts[PARTS_MAX];
    size_t n;
    char id[16], secret[MADE_UP_SIZE], other[MADE_UP_SIZE];
};

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    uint64_t seed = 6;

    assert_non_null(b);
    b->set = ruleset_from(rules);
    assert_int_equal(confirmer_new(&b->confirmer, b->set, 0), STATUS_OK);
    strcpy(b->id, "ID");
    made_up_run(&seed, MADE_UP_BASE32, 32, 10, b->id + 2);
    made_up_plain_secret(&seed, b->secret);
    made_up_plain_secret(&seed, b->other);
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;

    confirmer_free(b->confirmer);
    confirmer_free(NULL);
    ruleset_free(b->set);
    free(b);
    return 0;
}

static void take(void *ctx, const struct part *part)
{
    struct bench *b = ctx;

    assert_true(b->n < PARTS_MAX);
    b->parts[b->n++] = *part;
}

static struct form_set forms_of(unsigned bits)
{
    return (struct form_set){ { bits } };
}

static enum status confirm(struct bench *b, struct slice view, unsigned forms)
{
    struct form_set set = forms_of(forms);

    b->n = 0;
    return confirm_view(b->confirmer, view, &set, take, b);
}

/* And the runs beside ids, as the pipeline does. */
static void confirm_all(struct bench *b, struct slice view, unsigned forms)
{
    bool id = false;

    assert_int_equal(confirm(b, view, forms), STATUS_OK);
    for (size_t i = 0; i < b->n; i++)
        id |= b->parts[i].role == ROLE_ID;
    if (id)
        assert_int_equal(confirm_runs(b->confirmer, view, take, b), STATUS_OK);
}

/* `text` with {i}, {s} and {o} for the bench's id, secret and other secret. */
static struct slice fill(struct bench *b, struct buf *out, const char *text)
{
    buf_reset(out);
    for (; *text; text++) {
        bool named = text[0] == '{' && text[1] && text[2] == '}';

        if (!named)
            buf_byte(out, (uint8_t)*text);
        else
            buf_text(out, text[1] == 'i' ? b->id : text[1] == 's' ? b->secret : b->other);
        text += named ? 2 : 0;
    }
    assert_int_equal(buf_status(out), STATUS_OK);
    return buf_view(out);
}

/* What is reported, one letter a part: i, s (its label strong), w (weak), n (none), p. */
static void describe(const struct bench *b, char *out)
{
    for (size_t i = 0; i < b->n; i++) {
        const struct part *part = &b->parts[i];

        *out++ = part->kind == ID              ? 'i'
                 : part->kind == PLAIN         ? 'p'
                 : part->label == LABEL_STRONG ? 's'
                 : part->label == LABEL_WEAK   ? 'w'
                                               : 'n';
    }
    *out = '\0';
}

struct row {
    const char *text, *parts;
};

static void check_rows(struct bench *b, const struct row *rows, size_t n)
{
    const unsigned forms = 1 << ID_FORM | 1 << LABELLED | 1 << PLAIN_FORM;
    struct buf text = { 0 };

    for (size_t i = 0; i < n; i++) {
        struct slice view = fill(b, &text, rows[i].text);
        char got[PARTS_MAX + 1];

        confirm_all(b, view, forms);
        describe(b, got);
        if (strcmp(got, rows[i].parts) != 0)
            fail_msg("%s: expected \"%s\", got \"%s\"", rows[i].text, rows[i].parts, got);
        for (size_t k = 0; k < b->n; k++) {
            const struct part *part = &b->parts[k];

            assert_ptr_equal(part->value.ptr, view.ptr + part->offset);
            assert_int_equal(part->value.len, part->end - part->offset);
            assert_int_equal(part->role, ruleset_part(b->set, part->kind)->role);
        }
    }
    buf_release(&text);
}

static void test_confirm__reports_every_value(void **state)
{
    static const struct row rows[] = {
        { "", "" },
        { "{i}", "i" },
        { "{i} {i}\n{i}", "iii" },
        { "x{i}", "" },
        { "{i}x", "" },
        { "secret_key={s}", "s" },
        { "secret_key={s} secret_key: {o}", "ss" },
        { "secret_key={s}x", "" },
        /* What follows a value may begin the next match. */
        { ";ab12;cd34;ef56;", "ppp" },
        { "<ab12><cd34><ef56>", "ppp" },
        { "<>", "" },
        /* The order is by form and then by offset; runs beside ids come last. */
        { "<ab12> secret_key={s} {i}", "ispw" },
    };

    check_rows(*state, rows, COUNT_OF(rows));
}

/* Without a label, only beside an id; a value that two forms confirm is reported by both. */
static void test_confirm__finds_runs_beside_ids(void **state)
{
    static const struct row rows[] = {
        { "{s}", "" },
        { "<{s}>", "p" },
        { "{i} {s}", "in" },
        { "{s} {i}", "in" },
        { "{i} {s} {o}", "inn" },
        { "{i} {s}x", "i" },
        { "{i} x{s}", "i" },
        { "{i} .{s}", "i" },
        { "{i} {s}=", "i" },
        { "{i}\n{s}", "in" },
        { "{i} my_secret: {s}", "iw" },
        { "{i} secret_key={s}", "isw" },
        { "{i} sha1: {s}", "i" },
        { "{i} commit={s} key={o}", "in" },
    };

    check_rows(*state, rows, COUNT_OF(rows));
}

static void test_confirm__drops_what_is_no_credential(void **state)
{
    static const struct row rows[] = {
        { "ID"
          "AAAAABBBBB",
          "" }, /* its entropy */
        { "ID"
          "SAMPLE2345",
          "" },                                                        /* documented */
        { "secret_key=sample/{s}", "" },                               /* of another length */
        { "secret_key=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "" }, /* filler */
        { "secret_key=4f1c0a2b9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f40", "" }, /* its entropy */
        { "secret_key=src/main/java/org/project/service/Handle", "" }, /* a path */
        { "{i}/{s}", "i" },                                            /* an id and its secret */
        { "{s}/{o}/{i}", "" },                                         /* inside of base64 */
        { "<xxxxxxxxxxxxxxxxxxxx>", "" },                              /* filler */
        { "<SAMPLE>", "" },
    };

    check_rows(*state, rows, COUNT_OF(rows));
}

/* Only what was asked for; a run is no form of it. */
static void test_confirm__looks_for_the_forms_it_is_given(void **state)
{
    struct bench *b = *state;
    struct buf text = { 0 };
    struct slice view = fill(b, &text, "{i} <ab12> {s}");
    static const struct {
        unsigned forms;
        const char *parts;
    } rows[] = { { 0, "" },
                 { 1 << PLAIN_FORM, "p" },
                 { 1 << LABELLED, "" },
                 { 1 << ID_FORM, "i" },
                 { 1 << ID_FORM | 1 << PLAIN_FORM, "ip" } };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char got[PARTS_MAX + 1];

        assert_int_equal(confirm(b, view, rows[i].forms), STATUS_OK);
        describe(b, got);
        if (strcmp(got, rows[i].parts) != 0)
            fail_msg("forms %x: expected \"%s\", got \"%s\"", rows[i].forms, rows[i].parts, got);
    }
    buf_release(&text);
}

/* The stem comes from the pattern's group `name`, whole; or from the label before the value. */
static void test_confirm__takes_the_stem_of_the_name(void **state)
{
    static const struct {
        const char *text, *name;
        size_t part; /* the one that is looked at */
    } rows[] = {
        { "prod.secret_key = {s}", "prod.secret_key", 0 },
        { "prod_id_key = {i}", "prod_id_key", 0 },
        { "{i} staging_secret: {s}", "staging_secret", 1 },
        { "secret_key = {s}", "", 0 },
    };
    struct bench *b = *state;
    struct buf text = { 0 };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint64_t expected = label_stem(slice_of(rows[i].name));

        confirm_all(b, fill(b, &text, rows[i].text), 1 << ID_FORM | 1 << LABELLED);
        assert_true(b->n > rows[i].part);
        assert_true(!expected == !*rows[i].name);
        if (b->parts[rows[i].part].stem != expected)
            fail_msg("%s: expected the stem of \"%s\", got another", rows[i].text, rows[i].name);
    }
    buf_release(&text);
}

/* Every run of 40, and no other, wherever it stands: against a search byte by byte. */
static void test_confirm__finds_each_run_of_its_length(void **state)
{
    struct bench *b = *state;
    uint64_t seed = 7;

    for (int round = 0; round < 3000; round++) {
        char text[700];
        size_t len = (size_t)snprintf(text, sizeof(text), "%s ", b->id), expected[PARTS_MAX];
        size_t n = 0, got = 0;

        while (len < 500) {
            size_t run = 1 + made_up_next(&seed) % (round % 2 ? 90 : 45);

            if (made_up_next(&seed) % 3 == 0)
                run = 40;
            if (run == 40) {
                made_up_plain_secret(&seed, text + len);
                if (n < PARTS_MAX)
                    expected[n++] = len;
            } else {
                made_up_run(&seed, MADE_UP_BASE64, 64, run, text + len);
            }
            len += run;
            text[len++] = ' ';
        }
        confirm_all(b, (struct slice){ (uint8_t *)text, len }, 1 << ID_FORM);
        for (size_t i = 0; i < b->n; i++) {
            if (b->parts[i].kind != SECRET)
                continue;
            if (got == n || b->parts[i].offset != expected[got])
                fail_msg("round %d, run %zu of %zu: expected it at %zu, got one at %lu: %.*s",
                         round, got, n, got < n ? expected[got] : 0,
                         (unsigned long)b->parts[i].offset, (int)len, text);
            got++;
        }
        if (got != n)
            fail_msg("round %d: expected %zu runs, got %zu: %.*s", round, n, got, (int)len, text);
    }
}

/* Values that begin in the range, and nothing that is dropped elsewhere too. */
static void test_confirm__counts_what_begins_in_a_range(void **state)
{
    struct bench *b = *state;
    struct buf text = { 0 };
    struct slice view = fill(b, &text, "{i} x{i} {i} IDAAAAAAAAAA {i}");
    static const struct {
        size_t from, to;
        uint64_t count;
    } rows[] = {
        { 0, 66, 3 }, { 0, 1, 1 }, { 1, 27, 0 }, { 1, 28, 1 }, { 28, 66, 1 }, { 5, 5, 0 }
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint64_t n = 7;

        assert_int_equal(confirm_count(b->confirmer, view, ID_FORM, rows[i].from, rows[i].to, &n),
                         STATUS_OK);
        if (n != 7 + rows[i].count)
            fail_msg("[%zu, %zu): expected %lu, got %lu", rows[i].from, rows[i].to, rows[i].count,
                     n - 7);
    }
    buf_release(&text);
}

static void test_confirm__says_that_a_pattern_gave_up(void **state)
{
    struct bench *b = *state;
    struct buf text = { 0 };
    char got[PARTS_MAX + 1];

    fill(b, &text, "<ab12> slow");
    for (int i = 0; i < 200; i++)
        buf_byte(&text, 'x');
    buf_text(&text, "z y");
    assert_int_equal(confirm(b, buf_view(&text), 1 << PLAIN_FORM | 1 << SLOW), STATUS_LIMIT);
    assert_string_equal(err_text(), "the pattern of part \"p\" took too many steps");
    describe(b, got);
    assert_string_equal(got, "p");
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_confirm__reports_every_value),
        cmocka_unit_test(test_confirm__finds_runs_beside_ids),
        cmocka_unit_test(test_confirm__drops_what_is_no_credential),
        cmocka_unit_test(test_confirm__looks_for_the_forms_it_is_given),
        cmocka_unit_test(test_confirm__takes_the_stem_of_the_name),
        cmocka_unit_test(test_confirm__finds_each_run_of_its_length),
        cmocka_unit_test(test_confirm__counts_what_begins_in_a_range),
        cmocka_unit_test(test_confirm__says_that_a_pattern_gave_up),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
