/* test_zip.c - of which zip files the directory tells all, and what their members hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/buf.h"
#include "decode/zip.h"

/* --- zip files made by hand --- */

static void put16(struct buf *out, unsigned n)
{
    buf_byte(out, (uint8_t)n);
    buf_byte(out, (uint8_t)(n >> 8));
}

static void put32(struct buf *out, uint32_t n)
{
    put16(out, n & 0xffff);
    put16(out, n >> 16);
}

/* A stored member; what stands in its two headers. */
struct made {
    const char *name, *local_name; /* the second NULL: the same */
    const char *content;
    uint32_t crc; /* of it */
    unsigned flags, method;
    uint32_t attributes;
    struct slice extra;
    bool described; /* sizes stand behind the member */
};

/* What is wrong with the file. */
struct flaw {
    int count, size, offset; /* added to what the end tells */
    const char *before, *between, *behind, *comment;
    int overlap; /* added to where the directory says the last one stands */
};

static void put_header(struct buf *out, const struct made *m, bool central, uint32_t at)
{
    const char *name = central || !m->local_name ? m->name : m->local_name;
    uint32_t size = (uint32_t)strlen(m->content);
    bool told = central || !m->described;

    put32(out, central ? 0x02014b50 : 0x04034b50);
    if (central)
        put16(out, 3 << 8 | 20);
    put16(out, 20);
    put16(out, m->flags | (m->described ? 8 : 0));
    put16(out, m->method);
    put32(out, 0);
    put32(out, told ? m->crc : 0);
    put32(out, told ? size : 0);
    put32(out, told ? size : 0);
    put16(out, (unsigned)strlen(name));
    put16(out, (unsigned)m->extra.len);
    if (central) {
        put32(out, 0);
        put16(out, 0);
        put32(out, m->attributes);
        put32(out, at);
    }
    buf_text(out, name);
    buf_append(out, m->extra);
}

/* The file of `n` members, of which there are at most 8; `out` is empty. */
static void put_zip(struct buf *out, const struct made *members, size_t n, const struct flaw *flaw)
{
    uint32_t at[8], directory;

    buf_text(out, flaw->before ? flaw->before : "");
    for (size_t i = 0; i < n; i++) {
        const struct made *m = &members[i];

        at[i] = (uint32_t)out->len;
        put_header(out, m, false, 0);
        buf_text(out, m->content);
        if (m->described) {
            put32(out, 0x08074b50);
            put32(out, m->crc);
            put32(out, (uint32_t)strlen(m->content));
            put32(out, (uint32_t)strlen(m->content));
        }
        buf_text(out, flaw->between ? flaw->between : "");
    }
    directory = (uint32_t)out->len;
    at[n - 1] += (uint32_t)flaw->overlap;
    for (size_t i = n; i-- > 0;) /* the order in the directory is not that in the file */
        put_header(out, &members[i], true, at[i]);
    put32(out, 0x06054b50);
    put32(out, 0);
    put16(out, (unsigned)((int)n + flaw->count));
    put16(out, (unsigned)((int)n + flaw->count));
    put32(out, (uint32_t)((int)(out->len - 12 - directory) + flaw->size));
    put32(out, (uint32_t)((int)directory + flaw->offset));
    put16(out, flaw->comment ? (unsigned)strlen(flaw->comment) : 0);
    buf_text(out, flaw->comment ? flaw->comment : "");
    buf_text(out, flaw->behind ? flaw->behind : "");
    assert_int_equal(buf_status(out), STATUS_OK);
}

#define HELLO .content = "hello", .crc = 0x3610a686

static enum status open_bytes(struct zip **zip, struct slice *bytes)
{
    struct seekable source = seekable_of_bytes(bytes);

    *zip = NULL;
    return zip_open(zip, &source);
}

/* --- which files --- */

static void test_zip__directories_that_tell_all(void **state)
{
    static const uint8_t zip64[] = { 1, 0, 0, 0 }, bad[] = { 7, 7, 9, 0 },
                         time[] = { 'U', 'T', 0, 0 };
    static const struct {
        const char *what;
        enum status status;
        struct made second;
        struct flaw flaw;
    } rows[] = {
        { "plain", STATUS_OK, { "b", NULL, HELLO }, { 0 } },
        { "sizes behind", STATUS_OK, { "b", NULL, HELLO, .described = true }, { 0 } },
        { "a comment", STATUS_OK, { "b", NULL, HELLO }, { .comment = "made today" } },
        { "an empty field", STATUS_OK, { "b", NULL, HELLO, .extra = { zip64, 4 } }, { 0 } },
        { "zeros in place of a field",
          STATUS_OK,
          { "b", NULL, HELLO, .extra = { (const uint8_t *)"\0\0", 2 } },
          { 0 } },
        { "a field that is cut", STATUS_ABSENT, { "b", NULL, HELLO, .extra = { bad, 4 } }, { 0 } },
        { "a time without time", STATUS_ABSENT, { "b", NULL, HELLO, .extra = { time, 4 } }, { 0 } },
        { "another name before it", STATUS_ABSENT, { "b", "c", HELLO }, { 0 } },
        { "one too few", STATUS_ABSENT, { "b", NULL, HELLO }, { .count = -1 } },
        { "one too many", STATUS_ABSENT, { "b", NULL, HELLO }, { .count = 1 } },
        { "many too many", STATUS_ABSENT, { "b", NULL, HELLO }, { .count = 60000 } },
        { "a long directory", STATUS_ABSENT, { "b", NULL, HELLO }, { .size = 1 } },
        { "a directory elsewhere", STATUS_ABSENT, { "b", NULL, HELLO }, { .offset = -1 } },
        { "bytes before", STATUS_ABSENT, { "b", NULL, HELLO }, { .before = "PK" } },
        { "bytes between", STATUS_ABSENT, { "b", NULL, HELLO }, { .between = "hidden" } },
        { "many bytes between",
          STATUS_ABSENT,
          { "b", NULL, HELLO },
          { .between = "hidden where nobody looks for it" } },
        { "bytes behind", STATUS_ABSENT, { "b", NULL, HELLO }, { .behind = "x" } },
        { "members that overlap", STATUS_ABSENT, { "b", NULL, HELLO }, { .overlap = -36 } },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct made members[] = { { "a", NULL, HELLO }, rows[i].second };
        struct buf file = { 0 };
        struct slice bytes;
        struct zip *zip;
        enum status status;

        put_zip(&file, members, 2, &rows[i].flaw);
        bytes = buf_view(&file);
        status = open_bytes(&zip, &bytes);
        if (status != rows[i].status)
            fail_msg("%s: expected %d, got %d", rows[i].what, rows[i].status, status);
        if (!status)
            zip_free(zip);
        buf_release(&file);
    }
}

static void test_zip__cut_anywhere_is_refused(void **state)
{
    const struct made members[] = { { "a", NULL, HELLO }, { "b", NULL, HELLO, .described = true } };
    struct buf file = { 0 };
    struct slice bytes;
    struct zip *zip;

    (void)state;
    put_zip(&file, members, 2, &(struct flaw){ 0 });
    for (size_t len = 0; len < file.len; len++) {
        bytes = slice_sub(buf_view(&file), 0, len);
        assert_int_equal(open_bytes(&zip, &bytes), STATUS_ABSENT);
        bytes = slice_sub(buf_view(&file), file.len - len, file.len);
        assert_int_equal(open_bytes(&zip, &bytes), STATUS_ABSENT);
    }
    buf_release(&file);
}

/* --- which members --- */

static void test_zip__members_of_each_kind(void **state)
{
    static const uint8_t aes[] = { 0x01, 0x99, 0, 0 };
    static const struct {
        struct made made;
        enum zip_member_kind kind;
    } rows[] = {
        { { "a", NULL, HELLO }, ZIP_FILE },
        { { "empty", NULL, .content = "" }, ZIP_FILE },
        { { "pipe", NULL, HELLO, .attributes = 0010644u << 16 }, ZIP_FILE },
        { { "link", NULL, HELLO, .attributes = 0120777u << 16 }, ZIP_OTHER },
        { { "device", NULL, HELLO, .attributes = 0020644u << 16 }, ZIP_OTHER },
        { { "folder/", NULL, .content = "" }, ZIP_FOLDER },
        { { "folder", NULL, .content = "", .attributes = 0040755u << 16 }, ZIP_FOLDER },
        { { "folder/", NULL, HELLO }, ZIP_FILE },
        { { "locked", NULL, HELLO, .flags = 1 }, ZIP_OTHER },
        { { "locked", NULL, HELLO, .flags = 1 << 6 }, ZIP_OTHER },
        { { "locked", NULL, HELLO, .extra = { aes, 4 } }, ZIP_OTHER },
        { { "bzip2", NULL, HELLO, .method = 12 }, ZIP_OTHER },
        { { "windows\\a", NULL, HELLO }, ZIP_OTHER },
        { { "\xff", NULL, HELLO }, ZIP_FILE },
        { { "\xff", NULL, HELLO, .flags = 1 << 11 }, ZIP_OTHER },
        { { "\xc3\xa9", NULL, HELLO, .flags = 1 << 11 }, ZIP_FILE },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct buf file = { 0 };
        struct slice bytes;
        struct zip *zip;

        put_zip(&file, &rows[i].made, 1, &(struct flaw){ 0 });
        bytes = buf_view(&file);
        assert_int_equal(open_bytes(&zip, &bytes), STATUS_OK);
        if (zip->members[0].kind != rows[i].kind)
            fail_msg("%s: expected %d, got %d", rows[i].made.name, rows[i].kind,
                     zip->members[0].kind);
        assert_true(slice_eq(zip_name(zip, &zip->members[0]), slice_of(rows[i].made.name)));
        zip_free(zip);
        buf_release(&file);
    }
}

/* --- content --- */

static void test_zip__content_is_checked(void **state)
{
    /* "hello", deflated without compression */
    static const uint8_t deflated[] = { 1, 5, 0, 0xfa, 0xff, 'h', 'e', 'l', 'l', 'o' };
    struct zip_member m = {
        .packed = 10, .size = 5, .crc = 0x3610a686, .deflated = true, .kind = ZIP_FILE
    };
    struct slice packed = { deflated, sizeof(deflated) };
    struct buf out = { 0 };

    (void)state;
    buf_text(&out, "> ");
    assert_int_equal(zip_unpack(&m, packed, &out), STATUS_OK);
    assert_string_equal(buf_cstr(&out), "> hello");
    m.crc++;
    assert_int_equal(zip_unpack(&m, packed, &out), STATUS_ABSENT);
    m.crc--;
    m.size = 4;
    assert_int_equal(zip_unpack(&m, packed, &out), STATUS_ABSENT);
    m.size = 6;
    assert_int_equal(zip_unpack(&m, packed, &out), STATUS_ABSENT);
    m = (struct zip_member){ .packed = 5, .size = 5, .crc = 0x3610a686, .kind = ZIP_FILE };
    assert_int_equal(zip_unpack(&m, SLICE("hellO"), &out), STATUS_ABSENT);
    assert_int_equal(out.len, 7);
    assert_int_equal(zip_unpack(&m, SLICE("hello"), &out), STATUS_OK);
    assert_string_equal((const char *)out.ptr + 2, "hellohello");
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zip__directories_that_tell_all),
        cmocka_unit_test(test_zip__cut_anywhere_is_refused),
        cmocka_unit_test(test_zip__members_of_each_kind),
        cmocka_unit_test(test_zip__content_is_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
