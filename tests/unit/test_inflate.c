/* test_inflate.c - deflated streams in any pieces, their ends, and damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "decode/inflate.h"

enum { CONTENT = 300 * 1024 };

/* Text that repeats itself in parts, and noise. */
static struct buf made_up(unsigned seed, size_t len)
{
    struct buf out = { 0 };

    srand(seed);
    while (out.len < len) {
        if (rand() % 3)
            buf_printf(&out, "line %d of some log\n", rand() % 1000);
        else
            buf_byte(&out, (uint8_t)rand());
    }
    buf_truncate(&out, len);
    return out;
}

static void pack(struct buf *out, struct slice content, bool bare)
{
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(6);
    size_t most = libdeflate_gzip_compress_bound(c, content.len), n;

    buf_reserve(out, most);
    n = bare ? libdeflate_deflate_compress(c, content.ptr, content.len, out->ptr + out->len, most)
             : libdeflate_gzip_compress(c, content.ptr, content.len, out->ptr + out->len, most);
    assert_true(n > 0);
    out->len += n;
    libdeflate_free_compressor(c);
}

/* A source that gives a few bytes at a time. */
struct dripping {
    struct slice rest;
    size_t most;
};

static ssize_t drip(void *ctx, uint8_t *out, size_t n)
{
    struct dripping *d = ctx;

    n = n < d->most ? n : d->most;
    n = n < d->rest.len ? n : d->rest.len;
    memcpy(out, d->rest.ptr, n);
    d->rest = slice_sub(d->rest, n, d->rest.len);
    return (ssize_t)n;
}

/* Inflate all of it; what the last read returned. */
static ssize_t inflate(struct slice packed, size_t in, size_t most, bool bare, struct buf *out)
{
    struct dripping dripping = { packed, in };
    struct stream source = { drip, &dripping }, plain;
    struct inflate_reader *reader = NULL;
    ssize_t n = 1;

    assert_int_equal(inflate_reader_new(&reader, &source, bare), STATUS_OK);
    plain = inflate_reader_stream(reader);
    buf_reset(out);
    while (n > 0) {
        buf_reserve(out, most);
        n = plain.read(plain.ctx, out->ptr + out->len, most);
        out->len += n > 0 ? (size_t)n : 0;
    }
    assert_int_equal(plain.read(plain.ctx, out->ptr, 1), n); /* and again */
    inflate_reader_free(reader);
    return n;
}

static bool is_beginning(const struct buf *of, const struct buf *buf)
{
    return buf->len <= of->len && !memcmp(of->ptr, buf->ptr, buf->len);
}

static void members_in_any_pieces(void **state)
{
    static const size_t sizes[] = { 1, 2, 3, 17, 4096, 65536, 1000000 };
    static const size_t ends[] = { 0, 1, 7, 1000, CONTENT };
    struct buf content = made_up(1, CONTENT), packed = { 0 }, out = { 0 };

    (void)state;
    for (size_t i = 0; i + 1 < sizeof(ends) / sizeof(ends[0]); i++) {
        pack(&packed, slice_sub(buf_view(&content), ends[i], ends[i + 1]), false);
        pack(&packed, slice_sub(buf_view(&content), 0, 0), false);
        if (i == 2)
            for (unsigned zeros = 0; zeros < 70000; zeros++)
                buf_byte(&packed, 0);
    }
    for (size_t i = 0; i < 7; i++)
        for (size_t o = i < 2 ? 3 : 0; o < 7; o++) {
            assert_int_equal(inflate(buf_view(&packed), sizes[i], sizes[o], false, &out), 0);
            assert_true(out.len == content.len && is_beginning(&content, &out));
        }
    buf_byte(&packed, 'x');
    assert_int_equal(inflate(buf_view(&packed), 4096, 4096, false, &out), -1);
    assert_true(out.len == content.len && is_beginning(&content, &out));
    buf_release(&content);
    buf_release(&packed);
    buf_release(&out);
}

static void what_is_cut_off_is_read_up_to_there(void **state)
{
    struct buf content = made_up(2, CONTENT), packed = { 0 }, out = { 0 };

    (void)state;
    pack(&packed, buf_view(&content), false);
    for (size_t len = 0; len < packed.len; len += 1 + len / 50) {
        assert_int_equal(inflate(slice_sub(buf_view(&packed), 0, len), 1000, 5000, false, &out),
                         -1);
        assert_true(is_beginning(&content, &out));
        /* no more is missing than what a block's codes may stand for */
        assert_true(out.len + 4096 >= (len < 4096 ? 0 : (len - 4096) * (content.len / packed.len)));
    }
    buf_release(&content);
    buf_release(&packed);
    buf_release(&out);
}

static void damage_is_told(void **state)
{
    struct buf content = made_up(3, 20000), packed = { 0 }, out = { 0 };

    (void)state;
    pack(&packed, buf_view(&content), false);
    for (size_t at = 10; at < packed.len - 4; at++) { /* from the header to the length */
        packed.ptr[at] ^= 0x10;
        /* Bits before a stored block mean nothing. */
        if (inflate(buf_view(&packed), 4096, 4096, false, &out) != -1 &&
            (out.len != content.len || !is_beginning(&content, &out)))
            fail_msg("damage at %zu of %zu is not told", at, packed.len);
        packed.ptr[at] ^= 0x10;
    }
    assert_int_equal(inflate(buf_view(&packed), 4096, 4096, false, &out), 0);
    buf_release(&content);
    buf_release(&packed);
    buf_release(&out);
}

static void a_bare_stream(void **state)
{
    struct buf content = made_up(4, CONTENT), packed = { 0 }, out = { 0 };

    (void)state;
    pack(&packed, buf_view(&content), true);
    assert_int_equal(inflate(buf_view(&packed), 777, 4096, true, &out), 0);
    assert_true(out.len == content.len && is_beginning(&content, &out));
    buf_byte(&packed, 'x'); /* is not looked at */
    assert_int_equal(inflate(buf_view(&packed), 777, 4096, true, &out), 0);
    buf_truncate(&packed, packed.len - 2);
    assert_int_equal(inflate(buf_view(&packed), 777, 4096, true, &out), -1);
    buf_release(&content);
    buf_release(&packed);
    buf_release(&out);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_in_any_pieces),
        cmocka_unit_test(what_is_cut_off_is_read_up_to_there),
        cmocka_unit_test(damage_is_told),
        cmocka_unit_test(a_bare_stream),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
