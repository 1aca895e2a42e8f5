/* test_lookup.c - single objects by their ids, from repositories that git makes at test time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <nettle/sha1.h>

#include "base/array.h"
#include "base/limits.h"
#include "damage.h"
#include "git/store/idx.h"
#include "git/store/lookup.h"

/* Twelve commits of one growing file, and a large one: deltas on deltas. */
static const char prelude[] =
    "export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 HOME=\"$PWD\" LC_ALL=C\n"
    "export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=A\n"
    "export GIT_COMMITTER_EMAIL=a@example.org\n"
    "export GIT_AUTHOR_DATE='1700000000 +0000' GIT_COMMITTER_DATE='1700000000 +0000'\n"
    "unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY\n"
    "grow() { for i in $(seq $1 $2); do seq $((i * 7)) >> f; mkdir -p d$i; echo $i > d$i/g\n"
    "git add -A; git commit -qm $i; done; }\n"
    "git init -q -b main r; cd r; git config gc.auto 0; seq 20000 > large; grow 1 12\n"
    "git tag -a -m tag v\n";

struct scene {
    char dir[64];
    char objects[96]; /* the folder */
};

/* Run `script` in the repository, and list its objects in "list". */
static void begin(struct scene *scene, const char *script)
{
    char path[128];
    FILE *file;

    strcpy(scene->dir, "/tmp/test_lookup.XXXXXX");
    assert_non_null(mkdtemp(scene->dir));
    snprintf(scene->objects, sizeof(scene->objects), "%s/r/.git/objects", scene->dir);
    snprintf(path, sizeof(path), "%s/script", scene->dir);
    file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file,
            "%s%s\ncd \"$HOME/r\"; chmod -R u+w .git\n"
            "git cat-file --batch-all-objects --batch-check='%%(objectname)' > ../list\n",
            prelude, script);
    fclose(file);
    snprintf(path, sizeof(path), "cd %s && sh -eu ./script > log 2>&1 || { cat log >&2; false; }",
             scene->dir);
    assert_int_equal(system(path), 0);
}

static void end(struct scene *scene)
{
    char command[128];

    snprintf(command, sizeof(command), "rm -rf %s", scene->dir);
    assert_int_equal(system(command), 0);
}

/* --- reading --- */

static bool is_whole(const struct object_id *id, const struct object *object)
{
    static const char *const names[] = { "", "commit", "tree", "blob", "tag" };
    struct object_id sum;
    struct sha1_ctx sha;
    char head[64];
    int len = snprintf(head, sizeof(head), "%s %zu", names[object->type], object->content.len);

    sha1_init(&sha);
    sha1_update(&sha, (size_t)len + 1, (const uint8_t *)head);
    sha1_update(&sha, object->content.len, object->content.ptr);
    sha1_digest(&sha, ID_BYTES, sum.byte);
    return id_eq(id, &sum);
}

struct sums {
    size_t read, whole, absent;
};

/* Look up every object of the list, in an order that is none of a pack's. */
static struct sums read_all(const struct scene *scene)
{
    struct objects_places places = { .folders = { scene->objects } };
    struct lookup_reader *reader;
    struct lookup *lookup;
    struct sums sums = { 0 };
    char path[128], line[64];
    FILE *list;

    assert_int_equal(lookup_open(&lookup, &places), STATUS_OK);
    assert_int_equal(lookup_reader_new(&reader, lookup), STATUS_OK);
    snprintf(path, sizeof(path), "%s/list", scene->dir);
    list = fopen(path, "r");
    assert_non_null(list);
    while (fgets(line, sizeof(line), list)) {
        struct object object;
        struct object_id id;
        enum status status;

        assert_true(id_parse(&id, slice_of(line)));
        status = lookup_read(reader, &id, LIMIT_BLOB_BYTES, &object);
        sums.read++;
        sums.absent += status == STATUS_ABSENT;
        sums.whole += !status && is_whole(&id, &object);
    }
    fclose(list);
    lookup_reader_free(reader);
    lookup_free(lookup);
    return sums;
}

static void test_lookup__every_object_of_every_layout(void **state)
{
    static const char *const scripts[] = {
        "",
        "git repack -adfq --depth=50",
        "git -c repack.useDeltaBaseOffset=false repack -adfq --depth=50",
        "git -c pack.indexVersion=1 repack -adfq",
        "git repack -adq; grow 13 15; git repack -dq; grow 16 16; git multi-pack-index write",
        "git repack -adq; git clone -q --shared . ../s; cd ../s; grow 17 18; cd ..\n"
        "mv r o; mv s r; sed -i 's,/r/,/o/,' r/.git/objects/info/alternates",
        "git repack -adq; mv .git/objects ../o; mkdir -p .git/objects/info\n"
        "echo ../../../o > .git/objects/info/alternates",
        "git repack -adq; echo \"$PWD/.git/objects\" > .git/objects/info/alternates",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(scripts); i++) {
        struct scene scene;
        struct sums sums;

        begin(&scene, scripts[i]);
        sums = read_all(&scene);
        if (sums.read < 60 || sums.whole != sums.read)
            print_error("\"%s\": %zu of %zu are whole\n", scripts[i], sums.whole, sums.read);
        assert_true(sums.read >= 60);
        assert_int_equal(sums.whole, sums.read);
        end(&scene);
    }
}

static void test_lookup__what_is_not_there_and_what_is_too_large(void **state)
{
    struct scene scene;
    struct objects_places places = { .folders = { scene.objects } };
    struct lookup_reader *reader;
    struct lookup *lookup;
    struct object object;
    /* "hello\n" of every tutorial, which is not there, and `seq 20000`. */
    static const char absent[] = "ce013625030ba8dba906f756967f9e9ca394464a";
    struct object_id id;
    char path[128], line[64] = { 0 };
    FILE *file;

    (void)state;
    begin(&scene, "git repack -adq; git rev-parse HEAD:large > ../large");
    assert_int_equal(lookup_open(&lookup, &places), STATUS_OK);
    assert_int_equal(lookup_reader_new(&reader, lookup), STATUS_OK);
    assert_true(id_parse(&id, slice_of(absent)));
    assert_int_equal(lookup_read(reader, &id, LIMIT_BLOB_BYTES, &object), STATUS_ABSENT);
    snprintf(path, sizeof(path), "%s/large", scene.dir);
    file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof(line), file));
    fclose(file);
    assert_true(id_parse(&id, slice_of(line)));
    assert_int_equal(lookup_read(reader, &id, 1000, &object), STATUS_STOPPED);
    assert_int_equal(lookup_read(reader, &id, LIMIT_BLOB_BYTES, &object), STATUS_OK);
    lookup_reader_free(reader);
    lookup_free(lookup);
    end(&scene);
}

/* --- an index --- */

/* An index of version 1 of `n` ids that begin with the same byte: a fan's step of several blocks.
 */
static void write_index(const char *path, uint32_t n)
{
    FILE *file = fopen(path, "wb");
    static const uint8_t trailer[40];

    assert_non_null(file);
    for (uint32_t i = 0; i < 256 + n; i++) {
        uint32_t value = i < 256 ? (i < 7 ? 0 : n) : (i - 256) * 2;
        uint8_t bytes[24] = { (uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                              (uint8_t)value, 7 };

        memcpy(bytes + 20, bytes, 4); /* the id: 7, zeros, and the offset */
        assert_int_equal(fwrite(bytes, i < 256 ? 4 : 24, 1, file), 1);
    }
    assert_int_equal(fwrite(trailer, sizeof(trailer), 1, file), 1);
    fclose(file);
}

static void test_idx__halves_down_to_a_block(void **state)
{
    static const uint32_t counts[] = { 0, 1, 255, 256, 257, 1000, 5000 };
    char path[] = "/tmp/test_lookup.XXXXXX";
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    for (size_t c = 0; c < COUNT_OF(counts); c++) {
        struct idx idx;

        write_index(path, counts[c]);
        assert_int_equal(idx_open(&idx, path), STATUS_OK);
        for (uint32_t i = 0; i < counts[c] * 2 + 2; i++) {
            struct object_id id = { { 7 } };
            uint64_t offset = 0;
            enum status expected = i % 2 == 0 && i < counts[c] * 2 ? STATUS_OK : STATUS_ABSENT;

            id.byte[18] = (uint8_t)(i >> 8);
            id.byte[19] = (uint8_t)i;
            assert_int_equal(idx_find(&idx, &id, &offset), expected);
            assert_int_equal(offset, expected ? 0 : i);
            id.byte[0] = 8;
            assert_int_equal(idx_find(&idx, &id, &offset), STATUS_ABSENT);
        }
        idx_release(&idx);
    }
    assert_int_equal(truncate(path, 1040), 0);
    assert_int_equal(idx_open(&(struct idx){ 0 }, path), STATUS_CORRUPT);
    unlink(path);
    assert_int_equal(idx_open(&(struct idx){ 0 }, path), STATUS_ABSENT);
}

/* --- damage --- */

/* The file that `find` prints for `pattern`. */
static void load(const struct scene *scene, const char *pattern, struct victim *victim)
{
    char command[256];
    FILE *file;

    snprintf(command, sizeof(command), "find %s -type f -name '%s'", scene->objects, pattern);
    file = popen(command, "r");
    assert_non_null(file);
    assert_non_null(fgets(victim->path, sizeof(victim->path), file));
    pclose(file);
    victim->path[strcspn(victim->path, "\n")] = 0;
    victim_load(victim);
}

/* Every ref-delta is made to name the object that is one: the pack's checksum stays as it is. */
static void test_lookup__deltas_in_a_circle_end(void **state)
{
    struct victim victim;
    struct object_id delta, base;
    struct scene scene;
    struct sums sums;
    char path[128], line[96] = { 0 };
    size_t changed = 0;
    FILE *file;

    (void)state;
    begin(&scene, "git -c repack.useDeltaBaseOffset=false repack -adfq --depth=50\n"
                  "git verify-pack -v .git/objects/pack/*.idx | awk 'NF == 7 { print $1, $7 }' |\n"
                  "head -n 1 > ../pair");
    snprintf(path, sizeof(path), "%s/pair", scene.dir);
    file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof(line), file));
    fclose(file);
    assert_true(id_parse(&delta, slice_of(line)) && id_parse(&base, slice_of(line + 41)));
    load(&scene, "*.pack", &victim);
    for (size_t i = 0; i + ID_BYTES <= victim.len; i++) {
        if (memcmp(victim.bytes + i, base.byte, ID_BYTES) != 0)
            continue;
        memcpy(victim.bytes + i, delta.byte, ID_BYTES);
        changed++;
    }
    assert_true(changed > 0);
    victim_store(&victim, victim.len);
    alarm(20);
    sums = read_all(&scene);
    alarm(0);
    assert_true(sums.whole < sums.read && sums.whole > 0);
    assert_int_equal(sums.absent, 0);
    free(victim.bytes);
    end(&scene);
}

static void look(void *ctx, unsigned round)
{
    (void)round;
    read_all(ctx);
}

static void test_lookup__random_damage_is_survived(void **state)
{
    static const char *const patterns[] = { "*.pack", "*.idx",
                                            "??????????????????????????????????????" };
    struct victim victims[3];
    struct scene scene;

    (void)state;
    begin(&scene, "git -c repack.useDeltaBaseOffset=false repack -adfq --depth=9; grow 13 13");
    for (size_t i = 0; i < 3; i++)
        load(&scene, patterns[i], &victims[i]);
    damage(victims, 3, 600, look, &scene);
    assert_int_equal(read_all(&scene).whole, read_all(&scene).read);
    for (size_t i = 0; i < 3; i++)
        free(victims[i].bytes);
    end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lookup__every_object_of_every_layout),
        cmocka_unit_test(test_lookup__what_is_not_there_and_what_is_too_large),
        cmocka_unit_test(test_idx__halves_down_to_a_block),
        cmocka_unit_test(test_lookup__deltas_in_a_circle_end),
        cmocka_unit_test(test_lookup__random_damage_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
