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
#include "detect/pair.h"
#include "detect_scene.h"
#include "shared_file.h"
#include "source/pieces.h"

enum { PIECE = LIMIT_PIECE_BYTES, CONTEXT = LIMIT_CONTEXT_BYTES, SIZE = PIECE + 4 * CONTEXT };

struct bench {
    struct scene scene;
    struct values values;
    uint8_t *text; /* SIZE bytes and some */
};

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    uint64_t seed = 77;

    assert_non_null(b);
    scene_begin_builtin(&b->scene);
    values_make(&b->values, &seed);
    b->text = malloc(2 * SIZE);
    assert_non_null(b->text);
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;

    scene_end(&b->scene);
    free(b->text);
    free(b);
    return 0;
}

/* --- the seams --- */

/* Lines of words that mean nothing, with `end` between them. */
static void write_prose(uint8_t *text, size_t size, const char *end)
{
    static const char words[] = "the quick brown fox, and so on; ";
    size_t len = strlen(end);

    for (size_t i = 0; i < size; i++) {
        size_t at = i % (61 + len);

        text[i] = (uint8_t)(at < 61 ? words[i % (sizeof(words) - 1)] : end[at - 61]);
    }
}

static struct place place_at(const uint8_t *text, size_t offset)
{
    struct place place = { offset, 1, 1 };

    for (size_t i = 0; i < offset; i++) {
        bool ends = text[i] == '\n' || (text[i] == '\r' && text[i + 1] != '\n');

        place.column = ends ? 1 : place.column + 1;
        place.line += ends;
    }
    return place;
}

static bool place_eq(struct place a, struct place b)
{
    return a.offset == b.offset && a.line == b.line && a.column == b.column;
}

/* The one pair of `text`, at its right place. `name` and `at` say which text that is. */
static void expect_pair(const struct bench *b, const char *name, size_t at, struct slice text)
{
    const struct outcome *got = &b->scene.outcome;
    const struct finding *f = got->findings;
    const uint8_t *id = memmem(text.ptr, text.len, b->values.id, strlen(b->values.id));
    const uint8_t *secret = memmem(text.ptr, text.len, b->values.secret, 40);
    struct place place, secret_place;

    assert_non_null(id);
    assert_non_null(secret);
    if (got->finding_count != 1 || strcmp(f->rule->id, "aws-key-pair") != 0)
        fail_msg("%s at %zu: expected one pair, got %zu findings, the first of %s", name, at,
                 got->finding_count, got->finding_count ? f->rule->id : "none");
    place = place_at(text.ptr, (size_t)(id - text.ptr));
    secret_place = place_at(text.ptr, (size_t)(secret - text.ptr));
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
    struct bench *b = *state;

    for (size_t l = 0; l < COUNT_OF(layouts); l++) {
        struct buf pair = { 0 };

        values_fill(&pair, layouts[l].text, &b->values);
        for (size_t at = PIECE - pair.len - 30; at < PIECE + 30; at++) {
            struct slice text = { b->text, PIECE + 3000 };

            if (at == PIECE - pair.len - 30)
                write_prose(b->text, SIZE, layouts[l].end);
            memcpy(b->text + at, pair.ptr, pair.len);
            scene_scan(&b->scene, text);
            expect_pair(b, layouts[l].name, at, text);
            if (at % 16 == 0) {
                scan_as_one(b, text);
                expect_pair(b, layouts[l].name, at, text);
            }
            write_prose(b->text + at, 0, layouts[l].end);
            /* Put the prose back: it repeats, so it lies unspoiled one period further on. */
            write_prose(b->text, 0, layouts[l].end);
            memset(b->text + at, 'x', 1);
            memcpy(b->text + at, "x", 1);
        }
        buf_release(&pair);
    }
}

int main(void)
{
    return 0;
}
