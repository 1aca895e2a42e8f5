/* test_trail_text.c - logs of JSON strings and of UTF-16, turned into JSON as UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/buf.h"
#include "trail/text_log.h"

static void test_text_log__knows_what_it_is(void **state)
{
    static const struct {
        const char *head;
        enum text_log_kind kind;
    } rows[] = {
        { "", TEXT_LOG_NONE },
        { "{\"Records\":[{", TEXT_LOG_NONE },
        { "[{\"eventName\"", TEXT_LOG_NONE },
        { "eventname,eventsource\n\"{", TEXT_LOG_NONE },
        { "\"eventname\",\"eventsource\"", TEXT_LOG_NONE },
        { "[", TEXT_LOG_NONE },
        { "[\"", TEXT_LOG_NONE },
        { "\"{\\\"eventVersion", TEXT_LOG_STRINGS },
        { "[\"{\\\"eventVersion", TEXT_LOG_STRINGS },
        { " [\r\n\t\"  {\\u0022", TEXT_LOG_STRINGS },
        { "\xef\xbb\xbf[\"{", TEXT_LOG_STRINGS },
        { "\xff\xfe{", TEXT_LOG_UTF16 },
        { "\xfe\xff", TEXT_LOG_UTF16 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (text_log_look(slice_of(rows[i].head)) != rows[i].kind)
            fail_msg("row %zu: expected %d, got %d", i, rows[i].kind,
                     text_log_look(slice_of(rows[i].head)));
}

/* What comes out of a log, however few bytes are asked for. */
static void check(struct slice bytes, enum text_log_kind kind, const char *expected)
{
    for (size_t step = 1; step < 9; step += 3) {
        struct slice rest = bytes;
        struct stream stream = stream_of_bytes(&rest), text;
        struct buf got = { 0 };
        struct text_log *log;
        uint8_t block[8];
        ssize_t n;

        assert_int_equal(text_log_new(&log, &stream, kind), STATUS_OK);
        text = text_log_stream(log);
        while ((n = text.read(text.ctx, block, step)) > 0)
            buf_append(&got, (struct slice){ block, (size_t)n });
        assert_int_equal(n, 0);
        assert_string_equal(buf_cstr(&got), expected);
        buf_release(&got);
        text_log_free(log);
    }
}

static void test_text_log__strings_are_lines(void **state)
{
    static const struct {
        const char *log, *expected;
    } rows[] = {
        { "[\"{\\\"a\\\": 1}\", \"{}\"]", "{\"a\": 1}\n{}\n" },
        { "\"{1}\"\n\"{2}\"\n", "{1}\n{2}\n" },
        { "[\"{\\n\\t\\\"a\\\": \\\"\\\\n\\\"}\"]", "{  \"a\": \"\\n\"}\n" },
        { "\"{\\u0022a\\u0022: \\u0022\\u00e9\\u003c\\u0022}\"", "{\"a\": \"\\u00e9<\"}\n" },
        { "\"{\\u000a}\"", "{ }\n" },
        { "\"{cut\n\"{whole}\"", "{cut\n{whole}\n" },
        { "\"{\\u00", "{\\u00" },
        { "\"{\\", "{" },
        { "\"{\\u00g\"", "{\\u00g\n" },
        { "[]", "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check(slice_of(rows[i].log), TEXT_LOG_STRINGS, rows[i].expected);
}

static void test_text_log__utf16_becomes_utf8(void **state)
{
    static const char little[] = "\xff\xfe"
                                 "{\0\xe9\0\xac\x20\x3d\xd8\x00\xde}\0";
    static const char big[] = "\xfe\xff"
                              "\0{\0\xe9\x20\xac\xd8\x3d\xde\x00\0}";
    static const char broken[] = "\xff\xfe"
                                 "a\0\x00\xde\x3d\xd8"
                                 "b\0c\0\x3d\xd8";
    static const char odd[] = "\xff\xfe"
                              "a\0b";

    (void)state;
    check((struct slice){ (const uint8_t *)little, sizeof(little) - 1 }, TEXT_LOG_UTF16,
          "{\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80}");
    check((struct slice){ (const uint8_t *)big, sizeof(big) - 1 }, TEXT_LOG_UTF16,
          "{\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80}");
    check((struct slice){ (const uint8_t *)broken, sizeof(broken) - 1 }, TEXT_LOG_UTF16,
          "a\xef\xbf\xbd\xef\xbf\xbd"
          "c\xef\xbf\xbd");
    check((struct slice){ (const uint8_t *)odd, sizeof(odd) - 1 }, TEXT_LOG_UTF16, "a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_log__knows_what_it_is),
        cmocka_unit_test(test_text_log__strings_are_lines),
        cmocka_unit_test(test_text_log__utf16_becomes_utf8),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
