/* test_database.c - where databases come from: the program, the cache, the compiler; and trust. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <nettle/sha2.h>

#include "detect_scene.h"

/* Where a cache file's parts begin: the magic, a digest of what follows, the key, the database. */
enum { DIGEST_AT = 17, KEY_AT = DIGEST_AT + 32, DATABASE_AT = KEY_AT + 32 };

/* A ruleset whose only anchor is `word`. */
#define RULES(word)                                                                              \
    "{\"format\": 1, \"parts\": [{\"name\": \"a\", \"role\": \"id\", \"forms\": [{\"anchors\": " \
    "[\"" word "\"], \"pattern\": \"(?<value>" word ")\"}]}], \"rules\": [{\"id\": \"r\", "      \
    "\"description\": \"d\", \"severity\": \"low\", \"parts\": {\"id\": \"a\"}}]}"

struct bench {
    char dir[64], cache[96];
    struct ruleset *alpha, *bravo;
};

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));

    assert_non_null(b);
    strcpy(b->dir, "/tmp/test_database.XXXXXX");
    assert_non_null(mkdtemp(b->dir));
    snprintf(b->cache, sizeof(b->cache), "%s/cache/leaktrawl", b->dir);
    b->alpha = ruleset_from(RULES("alpha"));
    b->bravo = ruleset_from(RULES("bravo"));
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;
    char command[128];

    ruleset_free(b->alpha);
    ruleset_free(b->bravo);
    snprintf(command, sizeof(command), "rm -rf %s", b->dir);
    assert_int_equal(system(command), 0);
    free(b);
    return 0;
}

static int on_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                  void *ctx)
{
    (void)id;
    (void)from;
    (void)flags;
    *(unsigned long long *)ctx = to;
    return 0;
}

/* The word that `databases` find: the only way to tell them apart. */
static const char *word_of(const struct databases *databases)
{
    static const char text[] = "alpha bravo";
    hs_scratch_t *scratch = NULL;
    unsigned long long to = 0;

    assert_non_null(databases->engine[ENGINE_ANCHORS]);
    assert_null(databases->engine[ENGINE_MARKS]); /* no marks, no database */
    assert_int_equal(hs_alloc_scratch(databases->engine[ENGINE_ANCHORS], &scratch), HS_SUCCESS);
    assert_int_equal(hs_scan(databases->engine[ENGINE_ANCHORS], text, sizeof(text) - 1, 0, scratch,
                             on_hit, &to),
                     HS_SUCCESS);
    hs_free_scratch(scratch);
    return to == 5 ? "alpha" : to == 11 ? "bravo" : "nothing";
}

static void expect_word(const char *what, const struct ruleset *set, const char *cache,
                        const struct embedded *embedded, const char *word)
{
    struct databases databases;

    if (databases_get(&databases, set, embedded, cache))
        fail_msg("%s: expected databases, got: %s", what, err_text());
    if (strcmp(word_of(&databases), word) != 0)
        fail_msg("%s: expected a database of %s, got one of %s", what, word, word_of(&databases));
    databases_release(&databases);
}

/* --- the cache --- */

/* The cache's only file (asserted), as a path. */
static void only_file(const char *cache, char *path, size_t size)
{
    DIR *dir = opendir(cache);
    const struct dirent *entry;
    int n = 0;

    assert_non_null(dir);
    while ((entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        n++;
        snprintf(path, size, "%s/%s", cache, entry->d_name);
    }
    closedir(dir);
    if (n != 1)
        fail_msg("expected one file in the cache, got %d", n);
}

static size_t read_file(const char *path, uint8_t **bytes)
{
    FILE *file = fopen(path, "rb");
    size_t size;

    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    size = (size_t)ftell(file);
    rewind(file);
    *bytes = malloc(size);
    assert_non_null(*bytes);
    assert_int_equal(fread(*bytes, 1, size, file), size);
    fclose(file);
    return size;
}

static void write_file(const char *path, const uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* Make bravo's file say that it is alpha's, whose file is at `path`. */
static void forge(const char *path, uint8_t *bytes, size_t size)
{
    struct sha256_ctx sha;
    uint8_t *own;

    assert_true(read_file(path, &own) > DATABASE_AT && size > DATABASE_AT);
    memcpy(bytes + KEY_AT, own + KEY_AT, DATABASE_AT - KEY_AT);
    free(own);
    sha256_init(&sha);
    sha256_update(&sha, size - KEY_AT, bytes + KEY_AT);
    sha256_digest(&sha, KEY_AT - DIGEST_AT, bytes + DIGEST_AT);
}

/*
 * A cache in which bravo's database lies in alpha's file, forged to be good: alpha's database is
 * bravo's exactly where the file is believed. `*bytes` are the caller's.
 */
static size_t lay_bravo_for_alpha(struct bench *b, const char *name, char *path, size_t path_size,
                                  uint8_t **bytes)
{
    char other[128], from[512];
    size_t size;

    snprintf(other, sizeof(other), "%s/%s-b", b->dir, name);
    snprintf(b->cache, sizeof(b->cache), "%s/%s-a", b->dir, name);
    expect_word("made for bravo", b->bravo, other, NULL, "bravo");
    expect_word("made for alpha", b->alpha, b->cache, NULL, "alpha");
    only_file(other, from, sizeof(from));
    only_file(b->cache, path, path_size);
    size = read_file(from, bytes);
    forge(path, *bytes, size);
    write_file(path, *bytes, size);
    return size;
}

static void test_database__is_cached_and_read_back(void **state)
{
    struct bench *b = *state;
    char path[512];
    uint8_t *bytes;
    struct stat st;

    expect_word("no cache yet", b->alpha, b->cache, NULL, "alpha");
    only_file(b->cache, path, sizeof(path));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 077, 0);
    assert_int_equal(stat(b->cache, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    expect_word("its own file", b->alpha, b->cache, NULL, "alpha");
    only_file(b->cache, path, sizeof(path)); /* and no second one */
    lay_bravo_for_alpha(b, "believed", path, sizeof(path), &bytes);
    expect_word("a good file", b->alpha, b->cache, NULL, "bravo");
    free(bytes);
}

/* A whole file of other rules, under this name. */
static void test_database__a_foreign_file_is_not_believed(void **state)
{
    struct bench *b = *state;
    char path[512], from[512], other[128];
    uint8_t *bytes, *after;
    size_t size;

    snprintf(other, sizeof(other), "%s/foreign-b", b->dir);
    snprintf(b->cache, sizeof(b->cache), "%s/foreign-a", b->dir);
    expect_word("made for bravo", b->bravo, other, NULL, "bravo");
    expect_word("made for alpha", b->alpha, b->cache, NULL, "alpha");
    only_file(other, from, sizeof(from));
    only_file(b->cache, path, sizeof(path));
    size = read_file(from, &bytes);
    write_file(path, bytes, size);
    expect_word("bravo's file", b->alpha, b->cache, NULL, "alpha");
    read_file(path, &after);
    assert_memory_not_equal(bytes, after, DATABASE_AT); /* and it was replaced */
    free(bytes);
    free(after);
}

static void truncate_to(const char *path, off_t size)
{
    assert_int_equal(truncate(path, size), 0);
}

enum spoil {
    EMPTY,
    HEADER_ONLY,
    ONE_SHORT,
    ONE_MORE,
    MAGIC,
    DIGEST,
    BODY,
    LAST_BYTE,
    GROUP_WRITES,
    OTHERS_WRITE,
    LINK,
    DANGLING_LINK,
    FIFO,
    FOLDER,
    SPOILS
};

static const char *const spoil_names[SPOILS] = {
    "empty",           "cut behind the header",
    "one byte short",  "one byte more",
    "magic",           "digest",
    "a byte flipped",  "the last byte flipped",
    "group writes",    "others write",
    "a symbolic link", "a link to nothing",
    "a pipe",          "a folder",
};

static void spoil(enum spoil how, const char *path, uint8_t *bytes, size_t size)
{
    char aside[600];

    snprintf(aside, sizeof(aside), "%s.aside", path);
    switch (how) {
    case EMPTY:
        truncate_to(path, 0);
        break;
    case HEADER_ONLY:
        truncate_to(path, DATABASE_AT);
        break;
    case ONE_SHORT:
        truncate_to(path, (off_t)size - 1);
        break;
    case ONE_MORE:
        truncate_to(path, (off_t)size + 1);
        break;
    case MAGIC:
    case DIGEST:
    case BODY:
    case LAST_BYTE:
        bytes[how == MAGIC ? 3 : how == DIGEST ? 20 : how == BODY ? size / 2 : size - 1] ^= 1;
        write_file(path, bytes, size);
        break;
    case GROUP_WRITES:
        assert_int_equal(chmod(path, 0620), 0);
        break;
    case OTHERS_WRITE:
        assert_int_equal(chmod(path, 0602), 0);
        break;
    case LINK:
        assert_int_equal(rename(path, aside), 0);
        assert_int_equal(symlink(aside, path), 0);
        break;
    case DANGLING_LINK:
        assert_int_equal(unlink(path), 0);
        assert_int_equal(symlink("nowhere", path), 0);
        break;
    case FIFO:
        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkfifo(path, 0600), 0);
        break;
    case FOLDER:
        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkdir(path, 0700), 0);
        break;
    default:
        fail();
    }
}

static void test_database__cache_is_not_believed_blindly(void **state)
{
    struct bench *b = *state;

    for (int how = 0; how < SPOILS; how++) {
        char path[512], name[32];
        uint8_t *bytes;
        struct stat st;
        size_t size;

        snprintf(name, sizeof(name), "spoil-%d", how);
        size = lay_bravo_for_alpha(b, name, path, sizeof(path), &bytes);
        spoil((enum spoil)how, path, bytes, size);
        expect_word(spoil_names[how], b->alpha, b->cache, NULL, "alpha");
        /* It was replaced by a good one, where it could be. */
        assert_int_equal(lstat(path, &st), 0);
        if (how != FOLDER && (!S_ISREG(st.st_mode) || (st.st_mode & 022)))
            fail_msg("%s: expected a file of our own in its place, got mode %o", spoil_names[how],
                     (unsigned)st.st_mode);
        expect_word(spoil_names[how], b->alpha, b->cache, NULL, "alpha");
        free(bytes);
    }
}

/* A link's target must not be written through. */
static void test_database__cache_does_not_write_through_links(void **state)
{
    struct bench *b = *state;
    char path[512], victim[128];
    uint8_t *bytes, *after;
    size_t size;

    size = lay_bravo_for_alpha(b, "through", path, sizeof(path), &bytes);
    snprintf(victim, sizeof(victim), "%s/victim", b->dir);
    write_file(victim, (const uint8_t *)"precious", 8);
    assert_true(size > 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink(victim, path), 0);
    expect_word("a link", b->alpha, b->cache, NULL, "alpha");
    assert_int_equal(read_file(victim, &after), 8);
    assert_memory_equal(after, "precious", 8);
    free(bytes);
    free(after);
}

static void test_database__a_cache_that_cannot_be_is_no_failure(void **state)
{
    static const char *const dirs[] = { "/dev/null/cache", "/proc/self/nothing", "", "/proc" };
    struct bench *b = *state;
    char file[128];

    for (size_t i = 0; i < COUNT_OF(dirs); i++)
        expect_word(dirs[i], b->alpha, dirs[i], NULL, "alpha");
    snprintf(file, sizeof(file), "%s/file", b->dir);
    write_file(file, (const uint8_t *)"x", 1);
    expect_word("a file in its place", b->alpha, file, NULL, "alpha");
    expect_word("no cache", b->alpha, NULL, NULL, "alpha");
}

/* --- embedded --- */

/* What bravo's rules compile to, under the hash of `hashed`, behind an image that does not fit. */
static void embed(const struct ruleset *set, const struct ruleset *hashed, struct slice *images,
                  struct embedded *out)
{
    hs_database_t *database = NULL;
    char *bytes = NULL;
    size_t size;

    assert_int_equal(database_compile(&database, set, ENGINE_ANCHORS, NULL), STATUS_OK);
    assert_int_equal(hs_serialize_database(database, &bytes, &size), HS_SUCCESS);
    hs_free_database(database);
    images[0] = SLICE("no database at all, as of another version");
    images[1] = (struct slice){ (uint8_t *)bytes, size };
    *out = (struct embedded){ .images = { images, images }, .image_count = 2 };
    database_hash(hashed, ENGINE_ANCHORS, out->hash[ENGINE_ANCHORS]);
    database_hash(hashed, ENGINE_MARKS, out->hash[ENGINE_MARKS]);
}

static void test_database__embedded_is_used_where_the_rules_are_the_same(void **state)
{
    struct bench *b = *state;
    struct slice images[2];
    struct embedded embedded;

    embed(b->bravo, b->alpha, images, &embedded);
    expect_word("the same rules", b->alpha, NULL, &embedded, "bravo");
    embedded.image_count = 1;
    expect_word("none that fits", b->alpha, NULL, &embedded, "alpha");
    embedded.image_count = 2;
    embedded.hash[ENGINE_ANCHORS][31] ^= 1;
    expect_word("other rules", b->alpha, NULL, &embedded, "alpha");
    free((void *)(uintptr_t)images[1].ptr);
}

static void test_database__embedded_needs_no_cache(void **state)
{
    struct bench *b = *state;
    struct ruleset *set = NULL;
    struct databases databases;
    char cache[128];
    struct stat st;

    snprintf(cache, sizeof(cache), "%s/unused", b->dir);
    assert_int_equal(ruleset_new(&set, embedded_rules.sources, embedded_rules.source_count),
                     STATUS_OK);
    for (size_t i = 0; i < ENGINE_COUNT; i++) {
        uint8_t hash[32];

        database_hash(set, (enum engine)i, hash);
        assert_memory_equal(hash, embedded_rules.hash[i], sizeof(hash));
    }
    assert_int_equal(databases_get(&databases, set, &embedded_rules, cache), STATUS_OK);
    assert_non_null(databases.engine[ENGINE_ANCHORS]);
    assert_non_null(databases.engine[ENGINE_MARKS]);
    assert_int_not_equal(stat(cache, &st), 0);
    databases_release(&databases);
    ruleset_free(set);
}

static void test_database__hash_tells_rulesets_apart(void **state)
{
    struct bench *b = *state;
    struct ruleset *again = ruleset_from(RULES("alpha"));
    uint8_t alpha[32], bravo[32], same[32];

    database_hash(b->alpha, ENGINE_ANCHORS, alpha);
    database_hash(b->bravo, ENGINE_ANCHORS, bravo);
    database_hash(again, ENGINE_ANCHORS, same);
    assert_memory_equal(alpha, same, sizeof(alpha));
    assert_memory_not_equal(alpha, bravo, sizeof(alpha));
    ruleset_free(again);
}

static void test_database__names_the_expression_that_is_refused(void **state)
{
    struct ruleset *set = ruleset_from(
        "{\"format\": 1, \"parts\": [{\"name\": \"a\", \"role\": \"id\", \"forms\": [{\"anchors\": "
        "[\"good\", \"(?<=a)b\"], \"pattern\": \"(?<value>a)\"}]}], \"rules\": [{\"id\": \"r\", "
        "\"description\": \"d\", \"severity\": \"low\", \"parts\": {\"id\": \"a\"}}]}");
    struct databases databases;

    (void)state;
    assert_int_equal(databases_get(&databases, set, NULL, NULL), STATUS_INVALID);
    if (!strstr(err_text(), "(?<=a)b"))
        fail_msg("expected the expression (?<=a)b named, got: %s", err_text());
    assert_null(databases.engine[ENGINE_ANCHORS]);
    ruleset_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_database__is_cached_and_read_back),
        cmocka_unit_test(test_database__a_foreign_file_is_not_believed),
        cmocka_unit_test(test_database__cache_is_not_believed_blindly),
        cmocka_unit_test(test_database__cache_does_not_write_through_links),
        cmocka_unit_test(test_database__a_cache_that_cannot_be_is_no_failure),
        cmocka_unit_test(test_database__embedded_is_used_where_the_rules_are_the_same),
        cmocka_unit_test(test_database__embedded_needs_no_cache),
        cmocka_unit_test(test_database__hash_tells_rulesets_apart),
        cmocka_unit_test(test_database__names_the_expression_that_is_refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
