/* test_aws_xml.c - elements in order, and everything refused that could grow or reach out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws/xml.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/limits.h"

static enum status on_begin(void *ctx, unsigned depth, struct slice name)
{
    buf_printf(ctx, "%u<%.*s ", depth, (int)name.len, name.ptr);
    return STATUS_OK;
}

static enum status on_end(void *ctx, unsigned depth, struct slice name, struct slice text)
{
    buf_printf(ctx, "%u>%.*s=%.*s ", depth, (int)name.len, name.ptr, (int)text.len,
               text.len ? (const char *)text.ptr : "");
    return slice_eq(name, SLICE("Stop")) ? err_set(STATUS_INVALID, "stopped") : STATUS_OK;
}

static enum status parse(const char *document, struct buf *log)
{
    struct xml_handler handler = { log, on_begin, on_end };

    return xml_parse(slice_of(document), &handler);
}

static void test_xml__leaves_have_their_text(void **state)
{
    struct buf log = { 0 };

    (void)state;
    assert_int_equal(parse("<?xml version='1.0' encoding='UTF-8'?>\n<x:L xmlns:x='http://x/'>"
                           "<K>a&amp;b&lt;<![CDATA[c&]]></K><E/></x:L>",
                           &log),
                     STATUS_OK);
    assert_string_equal(buf_cstr(&log), "0<L 1<K 1>K=a&b<c& 1<E 1>E= 0>L= ");
    buf_release(&log);
}

static void test_xml__what_is_no_answer_of_aws_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "no xml",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a>&unknown;</a>",
        "<!DOCTYPE a [<!ENTITY b 'cc'>]><a>&b;</a>",
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        "<a>\x01</a>",
        "<a>\xff</a>",
    };
    struct buf log = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (parse(bad[i], &log) != STATUS_CORRUPT)
            fail_msg("%s was accepted", bad[i]);
    buf_release(&log);
}

static void test_xml__depth_and_text_have_their_limits(void **state)
{
    struct buf log = { 0 }, document = { 0 };

    (void)state;
    for (unsigned i = 0; i <= LIMIT_XML_DEPTH; i++)
        buf_text(&document, "<a>");
    for (unsigned i = 0; i <= LIMIT_XML_DEPTH; i++)
        buf_text(&document, "</a>");
    assert_int_equal(parse(buf_cstr(&document), &log), STATUS_CORRUPT);
    buf_reset(&document);
    buf_text(&document, "<a>");
    for (unsigned i = 0; i <= LIMIT_XML_TEXT_BYTES; i++)
        buf_byte(&document, 'x');
    buf_text(&document, "</a>");
    assert_int_equal(parse(buf_cstr(&document), &log), STATUS_CORRUPT);
    buf_release(&document);
    buf_release(&log);
}

static void test_xml__the_handler_can_end_it(void **state)
{
    struct buf log = { 0 };

    (void)state;
    assert_int_equal(parse("<a><Stop/><After/></a>", &log), STATUS_INVALID);
    assert_string_equal(err_text(), "stopped");
    assert_string_equal(buf_cstr(&log), "0<a 1<Stop 1>Stop= ");
    buf_release(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_xml__leaves_have_their_text),
        cmocka_unit_test(test_xml__what_is_no_answer_of_aws_is_refused),
        cmocka_unit_test(test_xml__depth_and_text_have_their_limits),
        cmocka_unit_test(test_xml__the_handler_can_end_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
