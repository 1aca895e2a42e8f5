/* test_cache.c - what is kept, for how long, and which files are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "verify/cache.h"

#define KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define FIRST "leaktrawl verify cache 1 " KEY "\n"
#define NAME "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

enum { NOW = 1800000000 };

struct file {
    char folder[32], path[48];
};

static int set_up(void **state)
{
    struct file *file = calloc(1, sizeof(*file));

    assert_non_null(file);
    strcpy(file->folder, "/tmp/test-cache-XXXXXX");
    assert_non_null(mkdtemp(file->folder));
    snprintf(file->path, sizeof(file->path), "%s/cache", file->folder);
    *state = file;
    return 0;
}

static int tear_down(void **state)
{
    struct file *file = *state;

    unlink(file->path);
    rmdir(file->folder);
    free(file);
    return 0;
}

static void write_file(const struct file *file, const char *text, mode_t mode)
{
    FILE *out = fopen(file->path, "w");

    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    fclose(out);
    assert_int_equal(chmod(file->path, mode), 0);
}

static struct cache open_cache(const struct file *file, time_t now)
{
    struct cache cache;

    if (cache_read(&cache, file->path, now))
        fail_msg("%s", err_text());
    return cache;
}

static struct cache_name name_of(const struct cache *cache, const char *secret)
{
    return cache_name_of(cache, "https://a/ ", SLICE("id"), slice_of(secret), SLICE(""));
}

static void test_cache__keeps_what_is_certain_for_its_time(void **state)
{
    static const struct {
        enum verdict verdict;
        int age_s;
        bool kept;
    } rows[] = {
        { VERDICT_LIVE, CACHE_LIVE_S - 1, true },
        { VERDICT_LIVE, CACHE_LIVE_S, false },
        { VERDICT_DEAD, CACHE_OTHER_S - 1, true },
        { VERDICT_DEAD, CACHE_OTHER_S, false },
        { VERDICT_MISMATCH, CACHE_OTHER_S - 1, true },
        { VERDICT_EXPIRED, CACHE_LIVE_S, true },
        { VERDICT_UNKNOWN, 0, false },
        { VERDICT_CANARY, 0, false },
        { VERDICT_UNVERIFIED, 0, false },
        { VERDICT_DEAD, -1, false },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct verification known = { .verdict = rows[i].verdict,
                                      .arn = "arn:x",
                                      .user_id = "u",
                                      .checked_at = "then",
                                      .error = "a doubt" };
        struct cache cache = open_cache(*state, NOW);
        struct cache_name name = name_of(&cache, "secret");
        const struct verification *got;

        assert_int_equal(cache_put(&cache, &name, &known, NOW), STATUS_OK);
        assert_int_equal(cache_write(&cache), STATUS_OK);
        cache_release(&cache);
        cache = open_cache(*state, NOW + rows[i].age_s);
        name = name_of(&cache, "secret");
        got = cache_get(&cache, &name);
        if ((got != NULL) != rows[i].kept)
            fail_msg("%s after %d s: %s", verdict_names[rows[i].verdict], rows[i].age_s,
                     got ? "it is there" : "it is gone");
        if (got) {
            assert_int_equal(got->verdict, rows[i].verdict);
            assert_string_equal(got->arn, "arn:x");
            assert_string_equal(got->user_id, "u");
            assert_null(got->account);
            assert_null(got->error);
            assert_string_equal(got->checked_at, "2027-01-15T08:00:00Z");
        }
        cache_release(&cache);
        unlink(((struct file *)*state)->path);
    }
}

static void test_cache__names_depend_on_every_part(void **state)
{
    struct cache cache = open_cache(*state, NOW), other;
    struct cache_name names[8];

    names[0] = cache_name_of(&cache, "s", SLICE("id"), SLICE("secret"), SLICE("token"));
    names[1] = cache_name_of(&cache, "t", SLICE("id"), SLICE("secret"), SLICE("token"));
    names[2] = cache_name_of(&cache, "s", SLICE("ie"), SLICE("secret"), SLICE("token"));
    names[3] = cache_name_of(&cache, "s", SLICE("id"), SLICE("secreu"), SLICE("token"));
    names[4] = cache_name_of(&cache, "s", SLICE("id"), SLICE("secret"), SLICE("tokeo"));
    names[5] = cache_name_of(&cache, "s", SLICE("ids"), SLICE("ecret"), SLICE("token"));
    names[6] = cache_name_of(&cache, "s", SLICE("id"), SLICE("secrettoken"), SLICE(""));
    other = open_cache(*state, NOW);
    names[7] = cache_name_of(&other, "s", SLICE("id"), SLICE("secret"), SLICE("token"));
    for (size_t i = 0; i < COUNT_OF(names); i++)
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(&names[i], &names[k], sizeof(names[i]));
    cache_release(&cache);
    cache_release(&other);
}

static void test_cache__finds_among_many(void **state)
{
    struct cache cache = open_cache(*state, NOW);
    char secret[16];

    for (int i = 0; i < 1000; i++) {
        struct verification known = { .verdict = i % 2 ? VERDICT_DEAD : VERDICT_MISMATCH };
        struct cache_name name;

        snprintf(secret, sizeof(secret), "%d", i % 700);
        name = name_of(&cache, secret);
        assert_int_equal(cache_put(&cache, &name, &known, NOW), STATUS_OK);
    }
    assert_int_equal(cache.count, 700);
    assert_int_equal(cache_write(&cache), STATUS_OK);
    cache_release(&cache);
    cache = open_cache(*state, NOW + 1);
    assert_int_equal(cache.count, 700);
    for (int i = 0; i < 700; i++) {
        struct cache_name name;

        snprintf(secret, sizeof(secret), "%d", i);
        name = name_of(&cache, secret);
        assert_int_equal(cache_get(&cache, &name)->verdict,
                         i % 2 ? VERDICT_DEAD : VERDICT_MISMATCH);
    }
    cache_release(&cache);
}

static void test_cache__the_file_is_ours_alone(void **state)
{
    const struct file *file = *state;
    struct cache cache = open_cache(file, NOW);
    struct stat st;

    assert_int_equal(cache_write(&cache), STATUS_OK);
    assert_int_equal(stat(file->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    cache_release(&cache);
    write_file(file, FIRST, 0640);
    assert_int_equal(cache_read(&cache, file->path, NOW), STATUS_INVALID);
    assert_non_null(strstr(err_text(), file->path));
    write_file(file, FIRST, 0604);
    assert_int_equal(cache_read(&cache, file->path, NOW), STATUS_INVALID);
    assert_int_equal(cache_read(&cache, file->folder, NOW), STATUS_INVALID);
    write_file(file, FIRST, 0600);
    assert_int_equal(cache_read(&cache, file->path, NOW), STATUS_OK);
    cache_release(&cache);
}

static void test_cache__other_forms_are_refused(void **state)
{
    static const struct {
        const char *text;
        enum status expected;
    } rows[] = {
        { "", STATUS_OK },
        { FIRST, STATUS_OK },
        { FIRST NAME " dead 1800000000 - - -\n", STATUS_OK },
        { FIRST NAME " dead 1 - - -\n", STATUS_OK },
        { "leaktrawl verify cache 2 " KEY "\n", STATUS_INVALID },
        { "leaktrawl verify cache 1 00\n", STATUS_INVALID },
        { "leaktrawl verify cache 1 " KEY "0\n", STATUS_INVALID },
        { "my diary\n", STATUS_INVALID },
        { FIRST "\n", STATUS_INVALID },
        { FIRST "x dead 1 - - -\n", STATUS_INVALID },
        { FIRST NAME " dad 1 - - -\n", STATUS_INVALID },
        { FIRST NAME " dead x - - -\n", STATUS_INVALID },
        { FIRST NAME " dead 9999999999999 - - -\n", STATUS_INVALID },
        { FIRST NAME " dead 1 - -\n", STATUS_INVALID },
        { FIRST NAME " dead 1 - - - -\n", STATUS_INVALID },
        { FIRST NAME " dead 1  - -\n", STATUS_INVALID },
        { FIRST NAME " live 1 \033[31m - -\n", STATUS_INVALID },
    };
    const struct file *file = *state;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct cache cache;
        enum status got;

        write_file(file, rows[i].text, 0600);
        got = cache_read(&cache, file->path, NOW);
        if (got != rows[i].expected)
            fail_msg("row %zu (%s): expected %d, got %d", i, rows[i].text, (int)rows[i].expected,
                     (int)got);
        cache_release(&cache);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_cache__##name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keeps_what_is_certain_for_its_time),
        TEST(names_depend_on_every_part),
        TEST(finds_among_many),
        TEST(the_file_is_ours_alone),
        TEST(other_forms_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
