/* test_git_files.c - what a repository's files say: index, bundle, settings, times, coverage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "git/covered.h"
#include "git/files/bundle.h"
#include "git/files/config.h"
#include "git/files/index.h"
#include "git/graph/revision.h"
#include "git/store/content.h"
#include "scan/pushed.h"
#include "scan/since_last.h"

#define HEX_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HEX_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define HEX_0 "0000000000000000000000000000000000000000"

static void expect_text(struct slice got, const char *expected)
{
    if (slice_eq(got, slice_of(expected)))
        return;
    print_error("expected \"%s\", got \"%.*s\"\n", expected, (int)got.len, (const char *)got.ptr);
    fail();
}

/* --- the index --- */

static void be32(struct buf *out, uint32_t n)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        buf_byte(out, (uint8_t)(n >> shift));
}

static void fill(struct buf *out, uint8_t byte, size_t n)
{
    while (n-- > 0)
        buf_byte(out, byte);
}

static void index_head(struct buf *out, uint32_t version, uint32_t count)
{
    buf_text(out, "DIRC");
    be32(out, version);
    be32(out, count);
}

/* An entry of version 2 whose id is `id` twenty times. */
static void add_entry(struct buf *out, const char *path, uint8_t id, uint32_t mode)
{
    size_t len = strlen(path);

    fill(out, 0, 24);
    be32(out, mode);
    fill(out, 0, 12);
    fill(out, id, ID_BYTES);
    buf_byte(out, (uint8_t)(len >> 8));
    buf_byte(out, (uint8_t)len);
    buf_text(out, path);
    fill(out, 0, 8 - (62 + len) % 8);
}

/* A bitmap of one word as it is: two markers' worth would be more than these tests need. */
static void add_bitmap(struct buf *out, uint32_t bits, uint32_t word)
{
    be32(out, bits);
    be32(out, 2);
    be32(out, 1u << 1); /* one literal word, in the highest 31 bits */
    be32(out, 0);
    be32(out, 0);
    be32(out, word);
    be32(out, 0);
}

static enum status parse(struct index *index, struct buf *bytes)
{
    fill(bytes, 9, ID_BYTES); /* the checksum */
    return index_parse(index, bytes);
}

static void test_index__entries_of_version_2(void **state)
{
    struct buf bytes = { 0 };
    struct index index;

    (void)state;
    index_head(&bytes, 2, 3);
    add_entry(&bytes, "a", 1, 0100644);
    add_entry(&bytes, "dir/b", 2, 0100755);
    add_entry(&bytes, "out/", 3, 0040000);
    assert_int_equal(parse(&index, &bytes), STATUS_OK);
    assert_int_equal(index.count, 3);
    expect_text(index.entries[1].path, "dir/b");
    assert_int_equal(index.entries[1].id->byte[19], 2);
    assert_int_equal(index.entries[2].mode, 0040000);
    index_release(&index);
}

static void test_index__paths_of_version_4_share_their_beginnings(void **state)
{
    struct buf bytes = { 0 };
    struct index index;

    (void)state;
    index_head(&bytes, 4, 2);
    for (int i = 0; i < 2; i++) {
        fill(&bytes, 0, 62);
        buf_byte(&bytes, i ? 2 : 0); /* how many bytes of the last path are dropped */
        buf_text(&bytes, i ? "zz" : "dir/ab");
        buf_byte(&bytes, 0);
    }
    assert_int_equal(parse(&index, &bytes), STATUS_OK);
    expect_text(index.entries[1].path, "dir/zz");
    index_release(&index);
}

static void test_index__what_stood_before_the_damage_is_kept(void **state)
{
    struct buf bytes = { 0 };
    struct index index;

    (void)state;
    index_head(&bytes, 2, 2);
    add_entry(&bytes, "b", 1, 0100644);
    add_entry(&bytes, "a", 2, 0100644); /* out of order */
    assert_int_equal(parse(&index, &bytes), STATUS_CORRUPT);
    assert_int_equal(index.count, 1);
    index_release(&index);
}

static void test_index__versions_and_extensions_that_are_not_known_are_refused(void **state)
{
    static const char *const extensions[] = { "link", "sdir", "FSMN", "what" };
    struct index index;

    (void)state;
    for (uint32_t version = 1; version < 6; version++) {
        struct buf bytes = { 0 };

        index_head(&bytes, version, 0);
        assert_int_equal(parse(&index, &bytes),
                         version >= 2 && version <= 4 ? STATUS_OK : STATUS_UNSUPPORTED);
        index_release(&index);
    }
    for (size_t i = 0; i < COUNT_OF(extensions); i++) {
        struct buf bytes = { 0 };

        index_head(&bytes, 2, 0);
        buf_text(&bytes, extensions[i]);
        be32(&bytes, ID_BYTES);
        fill(&bytes, 0, ID_BYTES);
        assert_int_equal(parse(&index, &bytes), i == 3 ? STATUS_UNSUPPORTED : STATUS_OK);
        index_release(&index);
    }
}

/* The base holds a, b, c and d; b is gone, c is another one, and bb is new. */
static enum status join_example(struct index *index, struct index *base, uint32_t gone,
                                uint32_t replaced)
{
    struct buf bytes = { 0 }, more = { 0 };

    index_head(&bytes, 2, 4);
    for (uint8_t i = 0; i < 4; i++)
        add_entry(&bytes, (char[]){ (char)('a' + i), 0 }, i + 1u, 0100644);
    assert_int_equal(parse(base, &bytes), STATUS_OK);
    index_head(&more, 2, 2);
    add_entry(&more, "", 33, 0100644);
    add_entry(&more, "bb", 22, 0100644);
    buf_text(&more, "link");
    be32(&more, ID_BYTES + 2 * 28);
    fill(&more, 9, ID_BYTES);
    add_bitmap(&more, 4, gone);
    add_bitmap(&more, 4, replaced);
    assert_int_equal(parse(index, &more), STATUS_OK);
    assert_int_equal(index->link.len, ID_BYTES + 2 * 28);
    return index_join(index, base);
}

static void test_index__a_split_one_is_joined_with_its_base(void **state)
{
    static const struct {
        const char *path;
        uint8_t id;
    } expected[] = { { "a", 1 }, { "bb", 22 }, { "c", 33 }, { "d", 4 } };
    struct index index, base;

    (void)state;
    assert_int_equal(join_example(&index, &base, 1u << 1, 1u << 2), STATUS_OK);
    assert_int_equal(index.count, 4);
    for (size_t i = 0; i < 4; i++) {
        expect_text(index.entries[i].path, expected[i].path);
        assert_int_equal(index.entries[i].id->byte[0], expected[i].id);
    }
    index_release(&index);
    index_release(&base);
}

static void test_index__bitmaps_that_do_not_fit_are_damage(void **state)
{
    static const struct {
        uint32_t gone, replaced;
    } cases[] = { { 1u << 4, 4 }, { 0, 0 }, { 0, 12 }, { 0, 1u << 31 } };
    struct index index, base;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(join_example(&index, &base, cases[i].gone, cases[i].replaced),
                         STATUS_CORRUPT);
        index_release(&index);
        index_release(&base);
    }
}

/* --- bundles --- */

static void test_bundle__heads(void **state)
{
    static const struct {
        const char *text;
        enum status status;
        size_t refs, before;
    } cases[] = {
        { "# v2 git bundle\n" HEX_A " refs/heads/main\n\nPACK", STATUS_OK, 1, 0 },
        { "# v2 git bundle\n-" HEX_B " older\n" HEX_A " HEAD\n\nPACK", STATUS_OK, 1, 1 },
        { "# v2 git bundle\n-" HEX_B "\n" HEX_A " HEAD\n\n", STATUS_OK, 1, 1 },
        { "# v3 git bundle\n@object-format=sha1\n@filter=blob:none\n\n", STATUS_OK, 0, 0 },
        { "# v3 git bundle\n@object-format=sha256\n\n", STATUS_UNSUPPORTED, 0, 0 },
        { "# v3 git bundle\n@else\n\n", STATUS_UNSUPPORTED, 0, 0 },
        { "# v2 git bundle\n" HEX_A HEX_A " HEAD\n\n", STATUS_UNSUPPORTED, 0, 0 },
        { "# v2 git bundle\n" HEX_A "\n\n", STATUS_CORRUPT, 0, 0 },
        { "# v2 git bundle\n" HEX_0 " HEAD\n\n", STATUS_CORRUPT, 0, 0 },
        { "# v2 git bundle\n" HEX_A " HEAD\n", STATUS_CORRUPT, 0, 0 },
        { "# v2 git bundle\nword\n\n", STATUS_CORRUPT, 0, 0 },
        { "# v4 git bundle\n\n", STATUS_ABSENT, 0, 0 },
        { "text", STATUS_ABSENT, 0, 0 },
        { "", STATUS_ABSENT, 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct bundle bundle;
        enum status status = bundle_parse(&bundle, slice_of(cases[i].text));

        print_message("%s\n", cases[i].text);
        assert_int_equal(status, cases[i].status);
        if (status)
            continue;
        assert_int_equal(bundle.ref_count, cases[i].refs);
        assert_int_equal(bundle.before.count, cases[i].before);
        assert_int_equal(bundle.pack_start, strstr(cases[i].text, "\n\n") + 2 - cases[i].text);
        bundle_release(&bundle);
    }
}

/* --- settings --- */

static void test_config__sections_names_and_values(void **state)
{
    static const char text[] = "[core]\n\tbare = true\n# no\n; no\n[branch \"a b\"] remote = x\n"
                               "merge=\"refs/heads/m\"\n[ flag ]\nalone\n[broken\nkey = v";
    static const char *const expected[][4] = {
        { "core", "", "bare", "true" },
        { "branch", "a b", "remote", "x" },
        { "branch", "a b", "merge", "refs/heads/m" },
        { "flag", "", "alone", "true" },
        { "broken", "", "key", "v" },
    };
    struct slice rest = slice_of(text);
    struct config_line line = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        assert_true(config_next(&rest, &line));
        expect_text(line.section, expected[i][0]);
        expect_text(line.name, expected[i][1]);
        expect_text(line.key, expected[i][2]);
        expect_text(line.value, expected[i][3]);
    }
    assert_false(config_next(&rest, &line));
}

/* --- times --- */

static void test_revision__times(void **state)
{
    static const int64_t now = 1700000000;
    static const struct {
        const char *text;
        int64_t seconds; /* -1: it is none */
    } cases[] = {
        { "1970-01-01", 0 },
        { "2024-02-29", 1709164800 },
        { "2024-02-29 12:30", 1709209800 },
        { "2024-02-29T12:30:15Z", 1709209815 },
        { "2024-02-29T12:30:15+02:00", 1709202615 },
        { "2024-02-29 12:30:15 -0130", 1709215215 },
        { "@12", 12 },
        { "now", 1700000000 },
        { "yesterday", 1700000000 - 86400 },
        { "2 weeks ago", 1700000000 - 1209600 },
        { "3.days", 1700000000 - 259200 },
        { "1 hour ago", 1700000000 - 3600 },
        { "2024-13-01", -1 },
        { "2024-00-10", -1 },
        { "2024-02-29T25:00", -1 },
        { "2024-02-29 junk", -1 },
        { "someday", -1 },
        { "", -1 },
        { "5 parsecs ago", -1 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t seconds = -1;
        bool good = revision_time(cases[i].text, now, &seconds);

        print_message("%s\n", cases[i].text);
        assert_int_equal(good, cases[i].seconds != -1);
        if (good)
            assert_int_equal(seconds, cases[i].seconds);
    }
}

static void test_content__persons(void **state)
{
    static const struct {
        const char *line, *who;
        int64_t seconds;
        int zone;
        bool dated;
    } cases[] = {
        { "A <a@b> 12 +0130", "A <a@b>", 12, 90, true },
        { "A <a@b> 12 -0200", "A <a@b>", 12, -120, true },
        { "A <a@b> -5 +0000", "A <a@b>", -5, 0, true },
        { "A <a> b> 7", "A <a> b>", 7, 0, true },
        { "A <a@b>", "A <a@b>", 0, 0, false },
        { "A <a@b> x", "A <a@b>", 0, 0, false },
        { "A <a@b> 99999999999999999999999", "A <a@b>", 0, 0, false },
        { "nobody", "nobody", 0, 0, false },
        { "", "", 0, 0, false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice who;
        int64_t seconds;
        int zone;

        print_message("%s\n", cases[i].line);
        assert_int_equal(person_parse(slice_of(cases[i].line), &who, &seconds, &zone),
                         cases[i].dated);
        expect_text(who, cases[i].who);
        assert_int_equal(seconds, cases[i].seconds);
        assert_int_equal(zone, cases[i].zone);
    }
}

/* --- what was covered --- */

static void test_covered__lines(void **state)
{
    static const struct {
        const char *line;
        enum status status;
    } cases[] = {
        { "tip " HEX_A, STATUS_OK },
        { "pack " HEX_A, STATUS_OK },
        { "loose " HEX_B, STATUS_OK },
        { "loose " HEX_B, STATUS_OK },
        { "shallow " HEX_B, STATUS_OK },
        { "tip " HEX_0, STATUS_INVALID },
        { "tip " HEX_A "0", STATUS_INVALID },
        { "tip --all", STATUS_INVALID },
        { "tip", STATUS_INVALID },
        { "else " HEX_A, STATUS_INVALID },
        { "", STATUS_INVALID },
    };
    struct covered covered = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(covered_take(&covered, slice_of(cases[i].line)), cases[i].status);
    assert_int_equal(covered.since.revision_count, 1);
    assert_string_equal(covered.since.revisions[0], "^" HEX_A);
    assert_true(covered.since.everything && covered.since.lenient);
    assert_int_equal(covered.packs.count, 1);
    assert_int_equal(covered.loose.count, 1);
    assert_int_equal(covered.shallow.count, 1);
    covered_release(&covered);
}

static void test_since_last__is_read_back_under_the_same_settings_only(void **state)
{
    struct scan_settings settings = { .max_bytes = 100, .archive_depth = 2 }, other = settings;
    char folder[] = "/tmp/test_since_last.XXXXXX", path[64];
    struct since_last since;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/state", folder);
    assert_int_equal(since_last_read(&since, path, &settings), STATUS_OK);
    assert_false(since.known);
    buf_text(&since.note, "tip " HEX_A "\npack " HEX_B "\n");
    assert_int_equal(since_last_write(&since), STATUS_OK);
    since_last_release(&since);
    assert_int_equal(since_last_read(&since, path, &settings), STATUS_OK);
    assert_true(since.known);
    assert_int_equal(since.covered.since.revision_count, 1);
    assert_int_equal(since.covered.packs.count, 1);
    since_last_release(&since);
    other.archive_depth = 3;
    assert_int_equal(since_last_read(&since, path, &other), STATUS_OK);
    assert_false(since.known);
    since_last_release(&since);
    unlink(path);
    rmdir(folder);
}

/* --- pushes --- */

static void test_pushed__lines(void **state)
{
    static const struct {
        const char *text, *revisions; /* NULL: refused */
        size_t updates, deletions;
        bool receives;
    } cases[] = {
        { "", "", 0, 0, false },
        { HEX_A " " HEX_B " refs/heads/x\n", HEX_B " ^" HEX_A, 1, 0, true },
        { HEX_0 " " HEX_B " refs/heads/x", HEX_B, 1, 0, true },
        { HEX_A " " HEX_0 " refs/heads/x\r\n\n", "", 0, 1, true },
        { "refs/heads/a " HEX_A " refs/heads/b " HEX_B "\n", HEX_A " ^" HEX_B, 1, 0, false },
        { "(delete) " HEX_0 " refs/heads/b " HEX_B "\n", "", 0, 1, false },
        { HEX_A " " HEX_B "\n", NULL, 0, 0, false },
        { "main topic x\n", NULL, 0, 0, false },
        { HEX_A " " HEX_B " a b c\n", NULL, 0, 0, false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        FILE *in = tmpfile();
        struct buf got = { 0 };
        struct pushed pushed;
        enum status status;

        print_message("%s\n", cases[i].text);
        assert_non_null(in);
        fputs(cases[i].text, in);
        rewind(in);
        status = pushed_read(&pushed, in, NULL);
        fclose(in);
        assert_int_equal(status, cases[i].revisions ? STATUS_OK : STATUS_INVALID);
        if (status)
            continue;
        for (size_t k = 0; k < pushed.range.revision_count; k++)
            buf_printf(&got, "%s%s", k ? " " : "", pushed.range.revisions[k]);
        expect_text(buf_view(&got), cases[i].revisions);
        assert_int_equal(pushed.updates, cases[i].updates);
        assert_int_equal(pushed.deletions, cases[i].deletions);
        assert_int_equal(pushed.receives, cases[i].receives);
        buf_release(&got);
        pushed_release(&pushed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_index__entries_of_version_2),
        cmocka_unit_test(test_index__paths_of_version_4_share_their_beginnings),
        cmocka_unit_test(test_index__what_stood_before_the_damage_is_kept),
        cmocka_unit_test(test_index__versions_and_extensions_that_are_not_known_are_refused),
        cmocka_unit_test(test_index__a_split_one_is_joined_with_its_base),
        cmocka_unit_test(test_index__bitmaps_that_do_not_fit_are_damage),
        cmocka_unit_test(test_bundle__heads),
        cmocka_unit_test(test_config__sections_names_and_values),
        cmocka_unit_test(test_revision__times),
        cmocka_unit_test(test_content__persons),
        cmocka_unit_test(test_covered__lines),
        cmocka_unit_test(test_since_last__is_read_back_under_the_same_settings_only),
        cmocka_unit_test(test_pushed__lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
