/* test_hex.c - bytes to digits and back, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/hex.h"

static void test_hex__every_byte_comes_back(void **state)
{
    uint8_t bytes[256], back[256];
    struct buf buf = { 0 };
    char text[2 * 256 + 1];

    (void)state;
    for (unsigned i = 0; i < 256; i++)
        bytes[i] = (uint8_t)i;
    hex_put(text, bytes, sizeof(bytes));
    buf_hex(&buf, bytes, sizeof(bytes));
    assert_int_equal(strlen(text), 512);
    assert_memory_equal(text, "000102", 6);
    assert_string_equal(text + 506, "fdfeff");
    assert_string_equal(buf_cstr(&buf), text);
    assert_true(hex_take(slice_of(text), back, sizeof(back)));
    assert_memory_equal(back, bytes, sizeof(bytes));
    buf_release(&buf);
}

static void test_hex__takes_exactly_what_was_put(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } rows[] = { { "00ff", true },   { "0aF0", false }, { "00f", false },
                 { "00ff0", false }, { "", false },     { "0g00", false },
                 { "00f ", false },  { "0x00", false }, { "\xb0\xb0\xb0\xb0", false } };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t bytes[2];

        if (hex_take(slice_of(rows[i].text), bytes, sizeof(bytes)) != rows[i].good)
            fail_msg("\"%s\": expected %d", rows[i].text, rows[i].good);
    }
}

static void test_hex__digits_of_either_case(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        const char *digits = "0123456789abcdefABCDEF", *at = c ? strchr(digits, c) : NULL;
        int expected = !at ? -1 : at - digits < 16 ? (int)(at - digits) : (int)(at - digits) - 6;

        assert_int_equal(hex_digit((uint8_t)c), expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hex__every_byte_comes_back),
        cmocka_unit_test(test_hex__takes_exactly_what_was_put),
        cmocka_unit_test(test_hex__digits_of_either_case),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
