/* test_trail_csv.c - rows of tables, printed structs, and the records that both make. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/csv.h"
#include "trail/csv_log.h"
#include "trail/struct_text.h"

/* --- rows --- */

/* A stream that gives a byte at a time. */
static ssize_t read_one(void *ctx, uint8_t *out, size_t n)
{
    struct slice *rest = ctx;

    (void)n;
    if (!rest->len)
        return 0;
    *out = *rest->ptr;
    *rest = slice_sub(*rest, 1, rest->len);
    return 1;
}

static void test_csv__reads_rows(void **state)
{
    static const struct {
        const char *name, *text, *expected; /* values in angle brackets, a line a row */
        size_t max;
    } rows[] = {
        { "plain", "a,b\nc,d\n", "<a><b>\n<c><d>\n", 0 },
        { "no line end", "a,b", "<a><b>\n", 0 },
        { "quotes", "\"a,b\",\"c\"\"d\"\r\ne,f\r\n", "<a,b><c\"d>\n<e><f>\n", 0 },
        { "line ends in quotes", "\"a\r\nb\",c\nd\n", "<a\r\nb><c>\n<d>\n", 0 },
        { "empty values", ",\"\",\n", "<><><>\n", 0 },
        { "an empty row", "a\n\nb\n", "<a>\n<>\n<b>\n", 0 },
        { "a quote inside", "a\"b,\"c\"d,e\n", "<a\"b><cd><e>\n", 0 },
        { "a quote without an end", "\"a,b\nc\n", "<a,b\nc\n>\n", 0 },
        { "one that is too long", "a,b\n\"xxx,\n,xxx\",y\nc,d\n", "<a><b>\n!\n<c><d>\n", 8 },
        { "nothing", "", "", 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice rest = slice_of(rows[i].text);
        struct stream stream = { read_one, &rest };
        struct csv_row row = { .text.max = rows[i].max };
        struct buf got = { 0 };
        struct input input;

        assert_int_equal(input_init(&input, &stream), STATUS_OK);
        while (csv_next(&row, &input)) {
            if (buf_status(&row.text))
                buf_text(&got, "!");
            for (size_t v = 0; v < row.count; v++)
                buf_printf(&got, "<%s>", (const char *)row.values[v].ptr);
            buf_byte(&got, '\n');
        }
        if (strcmp(buf_cstr(&got), rows[i].expected) != 0)
            fail_msg("%s: expected %s, got %s", rows[i].name, rows[i].expected, buf_cstr(&got));
        buf_release(&got);
        csv_release(&row);
        input_release(&input);
    }
}

/* --- structs --- */

static struct slice rename_arn(struct slice name)
{
    return slice_eq(name, SLICE("arn")) ? SLICE("ARN") : name;
}

static void test_struct_text__reads_what_athena_prints(void **state)
{
    static const struct {
        const char *text, *expected; /* NULL: it is none; behind a ? where it is doubtful */
    } rows[] = {
        { "{}", "{}" },
        { "{a=b}", "{\"a\":\"b\"}" },
        { "{type=IAMUser, arn=arn:aws:iam::1:user/x, invokedby=null, username=}",
          "{\"type\":\"IAMUser\",\"ARN\":\"arn:aws:iam::1:user/x\",\"invokedby\":null,"
          "\"username\":\"\"}" },
        { "{a={b={c=d}, e=null}, f=g}", "{\"a\":{\"b\":{\"c\":\"d\"},\"e\":null},\"f\":\"g\"}" },
        { "{a=[x, {b=c}, []], d=e}", "{\"a\":[\"x\",{\"b\":\"c\"},[]],\"d\":\"e\"}" },
        { "{s=role/a,b=c@d+e, t=f, g}", "{\"s\":\"role/a,b=c@d+e\",\"t\":\"f, g\"}" },
        { "{p={\"V\":[1,\"x, y=z\"]}, q=r}", "{\"p\":{\"V\":[1,\"x, y=z\"]},\"q\":\"r\"}" },
        { "{p={\"V\":, q=r}", "?{\"p\":\"{\\\"V\\\":\",\"q\":\"r\"}" },
        { "{p={no struct}, q=r}", "{\"p\":\"{no struct}\",\"q\":\"r\"}" },
        { "{k=a}, b=c}", "{\"k\":\"a}\",\"b\":\"c\"}" },
        { "", NULL },
        { "null", NULL },
        { "{", NULL },
        { "{a", NULL },
        { "{a=b", NULL },
        { "{a=b} ", NULL },
        { "{=b}", NULL },
        { "{a=b, }", "{\"a\":\"b, \"}" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *expected = rows[i].expected ? rows[i].expected : "none";
        cJSON *made = NULL;
        bool doubtful = false;
        enum status status = struct_text_read(&made, rows[i].text, rename_arn, &doubtful);
        char *text = status ? strdup("none") : cJSON_PrintUnformatted(made);
        bool right = doubtful == (expected[0] == '?') && strcmp(text, expected + doubtful) == 0;

        if (!right)
            fail_msg("%s: expected %s, got %s%s", rows[i].text, expected, doubtful ? "?" : "",
                     text);
        free(text);
        cJSON_Delete(made);
    }
}

static void test_struct_text__what_is_deeper_than_any_record_is_none(void **state)
{
    struct buf text = { 0 };
    cJSON *made = NULL;
    bool doubtful = false;

    (void)state;
    for (size_t i = 0; i < 100000; i++)
        buf_text(&text, "{a=");
    for (size_t i = 0; i < 100000; i++)
        buf_text(&text, "}");
    assert_int_equal(struct_text_read(&made, buf_cstr(&text), NULL, &doubtful), STATUS_CORRUPT);
    buf_release(&text);
}

/* --- tables --- */

static void test_csv_log__knows_its_tables(void **state)
{
    static const struct {
        const char *head;
        bool expected;
    } rows[] = {
        { "eventversion,useridentity,eventtime,eventsource,eventname\n", true },
        { "\"eventTime\",\"eventName\",\"useridentity.arn\"\n", true },
        { "\xef\xbb\xbf\"eventjson\"\n", true },
        { "User name,AWS access key,Event time,Event source,Event name\n", true },
        { "eventname,count\n", false },
        { "id,name,arn,username,type\n", false },
        { "{\"eventTime\":\"\",\"eventName\":\"\",\"eventSource\":\"\"}\n", false },
        { "x,\"eventTime\":\"\",\"eventName\":\"\",\"eventSource\":\"\"\n", false },
        { "", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool is;

        assert_int_equal(csv_log_look(slice_of(rows[i].head), &is), STATUS_OK);
        if (is != rows[i].expected)
            fail_msg("%s: expected %d", rows[i].head, rows[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv__reads_rows),
        cmocka_unit_test(test_struct_text__reads_what_athena_prints),
        cmocka_unit_test(test_struct_text__what_is_deeper_than_any_record_is_none),
        cmocka_unit_test(test_csv_log__knows_its_tables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
