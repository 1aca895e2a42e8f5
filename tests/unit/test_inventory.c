/* test_inventory.c - listings of buckets read in blocks of any size, and objects of mirrors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/buf.h"
#include "source/inventory.h"
#include "source/mirror.h"

/* A text that comes in reads of at most `step` bytes. */
struct slow {
    const char *text;
    size_t step;
};

static ssize_t read_slow(void *ctx, uint8_t *out, size_t n)
{
    struct slow *slow = ctx;
    size_t len = strlen(slow->text);

    n = n < slow->step ? n : slow->step;
    n = n < len ? n : len;
    memcpy(out, slow->text, n);
    slow->text += n;
    return (ssize_t)n;
}

static void put(struct buf *out, struct slice s)
{
    buf_append(out, s);
    buf_byte(out, '|');
}

static enum status on_row(void *ctx, const struct inventory_row *row)
{
    struct buf *out = ctx;

    put(out, row->bucket);
    put(out, row->key);
    put(out, row->version_id);
    put(out, row->last_modified);
    put(out, row->etag);
    put(out, row->size);
    buf_text(out, row->latest ? "latest\n" : "old\n");
    return STATUS_OK;
}

static enum status on_manifest(void *ctx, struct slice schema, const char *files, size_t count)
{
    struct buf *out = ctx;

    put(out, schema);
    for (; count; count--, files += strlen(files) + 1)
        put(out, slice_of(files));
    return STATUS_OK;
}

static void test_inventory__reads_every_form(void **state)
{
    static const struct {
        const char *text, *schema;
        enum status status;
        const char *expected;
    } rows[] = {
        { "{\"Contents\":[{\"Key\":\"a\",\"Size\":5},{\"ETag\":\"\\\"e\\\"\",\"Key\":\"b\"}]}",
          NULL, STATUS_OK, "|a||||5|latest\n|b|||e||latest\n" },
        { "\xef\xbb\xbf "
          "\n{\"Versions\":[{\"Owner\":{\"Key\":\"no\"},\"Key\":\"\\u00e9\\ud83d\\ude00\","
          "\"VersionId\":\"v\",\"IsLatest\":false,\"LastModified\":\"d\"}]}",
          NULL, STATUS_OK, "|\xc3\xa9\xf0\x9f\x98\x80|v|d|||old\n" },
        { "{\"DeleteMarkers\":[{\"Key\":\"a\"}],\"Contents\":[]}", NULL, STATUS_OK, "" },
        { "{\"Contents\":[{\"Key\":\"a\"}]}\n{\"Contents\":[{\"Key\":\"b\"}]}", NULL, STATUS_OK,
          "|a|||||latest\n|b|||||latest\n" },
        { "{\"files\":[{\"key\":\"x/1\"},{\"key\":\"x/2\"}],\"fileSchema\":\"Bucket, Key\"}", NULL,
          STATUS_OK, "Bucket, Key|x/1|x/2|" },
        { "\"b\",\"a%2Fb+c%zz\",\"v\",\"true\",\"false\",\"5\",\"d\",\"e\"\r\n"
          "\"b\",\"k\",\"\",\"false\",\"false\",\"\",\"d\",\"\"\n"
          "\"b\",\"gone\",\"v\",\"true\",\"true\",\"\",\"d\",\"\"\n",
          NULL, STATUS_OK, "b|a/b c%zz|v|d|e|5|latest\nb|k|null|d|||old\n" },
        { "b,\"say \"\"hi\"\", you\",5,d,e", NULL, STATUS_OK, "b|say \"hi\", you||d|e|5|latest\n" },
        { "e,k\n", "ETag, Key", STATUS_OK, "|k|||e||latest\n" },
        { "{\"Contents\":[{\"Key\":\"a", NULL, STATUS_CORRUPT, "" },
        { "{\"Contents\":[{\"Key\":\"\\ud83dx\"}]}", NULL, STATUS_CORRUPT, "" },
        { "{}", NULL, STATUS_CORRUPT, "" },
        { "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", NULL, STATUS_CORRUPT, "" },
        { "words\n", NULL, STATUS_CORRUPT, "" },
        { "", NULL, STATUS_CORRUPT, "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (size_t step = 1; step < 100; step += 31) {
            struct buf got = { 0 };
            struct slow slow = { rows[i].text, step };
            struct stream stream = { read_slow, &slow };
            struct inventory_callbacks callbacks = { &got, on_row, on_manifest };
            enum status status = inventory_read(&stream, rows[i].schema, &callbacks);

            if (status != rows[i].status || strcmp(buf_cstr(&got), rows[i].expected))
                fail_msg("row %zu: expected %d and\n%sgot %d and\n%s", i, rows[i].status,
                         rows[i].expected, status, buf_cstr(&got));
            buf_release(&got);
        }
    }
}

static void test_mirror__finds_objects_and_files(void **state)
{
    static const struct {
        const char *path, *bucket, *key;
    } rows[] = {
        { "/tmp/a", "outer", "p/a" },
        { "/tmp//./a/", "outer", "p/a" },
        { "/usr/../tmp/a/b", "outer", "p/a/b" },
        { "/tmp", NULL, NULL },
        { "/tmpx/a", NULL, NULL },
        { "/usr/bin/x", "inner", "x" },
        { "/usr/x", NULL, NULL },
        { "/../../tmp/a", "outer", "p/a" },
    };
    static const char *const texts[] = { "/tmp/=s3://outer/p", "/usr/bin=s3://inner/" };
    struct mirrors *mirrors;
    struct buf buf = { 0 };
    struct s3_origin s3;

    (void)state;
    assert_int_equal(mirrors_new(&mirrors, texts, 2), STATUS_OK);
    assert_null(mirrors_bucket(mirrors));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool found = mirrors_find(mirrors, rows[i].path, &buf, &s3);

        if (found != (rows[i].bucket != NULL) ||
            (found &&
             (strcmp(s3.bucket, rows[i].bucket) || !slice_eq(s3.key, slice_of(rows[i].key)))))
            fail_msg("%s: expected %s, got %.*s", rows[i].path, rows[i].key ? rows[i].key : "none",
                     found ? (int)s3.key.len : 4, found ? (const char *)s3.key.ptr : "none");
    }
    s3 = (struct s3_origin){ .bucket = "outer", .key = SLICE("p/a//b") };
    assert_true(mirrors_path(mirrors, &s3, &buf));
    assert_string_equal(buf_cstr(&buf), "/tmp/a//b");
    s3.key = SLICE("q/a");
    assert_false(mirrors_path(mirrors, &s3, &buf));
    buf_release(&buf);
    mirrors_free(mirrors);
    assert_int_equal(mirrors_new(&mirrors, texts, 1), STATUS_OK);
    assert_string_equal(mirrors_bucket(mirrors), "outer");
    mirrors_free(mirrors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inventory__reads_every_form),
        cmocka_unit_test(test_mirror__finds_objects_and_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
