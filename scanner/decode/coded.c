/*
 * coded.c - view_decode(): runs of an encoding inside a text, decoded where they stand.
 *
 * What is decoded must make text, else it stays as it is: words of a program look like base64 too,
 * and their decoding is noise. A run whose beginning is not seen is tried in every alignment.
 */
#include <libdeflate.h>

#include "base/limits.h"
#include "decode/builder.h"

/* Digits of the shortest runs that are decoded where the caller does not say: an id has 28 and 40.
 */
enum { BASE64_MIN = 20, HEX_MIN = 32 };

/* Deflate cannot make more of a byte. */
enum { DEFLATE_RATIO_MAX = 1032 };

/* A line of wrapped base64 has at least so many characters; shorter ones end the run. */
enum { WRAP_MIN = 40 };

/* --- what makes text --- */

static bool is_printable(uint8_t c)
{
    return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t';
}

static bool is_gzip(struct slice s)
{
    return s.len >= 18 && s.ptr[0] == 0x1f && s.ptr[1] == 0x8b && s.ptr[2] == 8;
}

/* Nearly all printable, or every other byte 0 as UTF-16 has it. */
static bool is_text(struct slice s)
{
    size_t printable = 0, zeros = 0;

    for (size_t i = 0; i < s.len; i++) {
        printable += is_printable(s.ptr[i]);
        zeros += s.ptr[i] == 0;
    }
    return printable * 16 >= s.len * 15 ||
           (zeros * 16 >= s.len * 7 && (printable + zeros) * 16 >= s.len * 15);
}

/* --- base64 and hex --- */

/* By byte: 1 + the value of that digit (of either base64 alphabet, RFC 4648), 0 for no digit. */
/* clang-format off */
static const int8_t base64_digits[256] = {
     0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
     0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
     0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0, 63,  0, 63,  0, 64, /*  !"#$%&'()*+,-./ */
    53, 54, 55, 56, 57, 58, 59, 60, 61, 62,  0,  0,  0,  0,  0,  0, /* 0123456789:;<=>? */
     0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, /* @ABCDEFGHIJKLMNO */
    16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,  0,  0,  0,  0, 64, /* PQRSTUVWXYZ[\]^_ */
     0, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, /* `abcdefghijklmno */
    42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,  0,  0,  0,  0,  0, /* pqrstuvwxyz{|}~ */
};
static const int8_t hex_digits[256] = {
     0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
     0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
     0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0, /*  !"#$%&'()*+,-./ */
     1,  2,  3,  4,  5,  6,  7,  8,  9, 10,  0,  0,  0,  0,  0,  0, /* 0123456789:;<=>? */
     0, 11, 12, 13, 14, 15, 16,  0,  0,  0,  0,  0,  0,  0,  0,  0, /* @ABCDEFGHIJKLMNO */
     0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0, /* PQRSTUVWXYZ[\]^_ */
     0, 11, 12, 13, 14, 15, 16,  0,  0,  0,  0,  0,  0,  0,  0,  0, /* `abcdefghijklmno */
     0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0, /* pqrstuvwxyz{|}~ */
};
/* clang-format on */

/* A positional code: `bits` a digit; groups of digits make whole bytes. */
struct code {
    const int8_t *digits;
    unsigned bits;
    size_t digits_min;
    size_t alignments; /* digits to a group */
};

static const struct code base64_code = { base64_digits, 6, BASE64_MIN, 4 };
static const struct code hex_code = { hex_digits, 4, HEX_MIN, 2 };

/* Does the line that begins at `at` begin with a patch's sign, which is a digit of base64 too? */
static bool is_sign(struct slice s, size_t at)
{
    return at < s.len && s.ptr[at] == '+' && (at == 0 || s.ptr[at - 1] == '\n');
}

/*
 * The place behind a line's end and the white space and signs that a mail's quotes or comments have
 * behind it (a patch's where `sign` says so), or `at` where there is no line's end.
 */
static size_t skip_line_end(struct slice s, size_t at, bool sign)
{
    size_t i = at;

    while (i < s.len && (s.ptr[i] == '\r' || s.ptr[i] == '\n'))
        i++;
    if (i == at)
        return at;
    i += sign && is_sign(s, i);
    while (i < s.len && s.ptr[i] && strchr(" \t>#*|", s.ptr[i]))
        i++;
    return i;
}

/* Does the run go on in the line that begins at `at`? Not where that is a name, of YAML or a shell.
 */
static bool goes_on(struct slice s, size_t at, const struct code *code)
{
    size_t end = at, value;

    while (end < s.len && code->digits[s.ptr[end]])
        end++;
    if (end == at || (end < s.len && s.ptr[end] == ':'))
        return false;
    for (value = end; value < s.len && s.ptr[value] == '=';)
        value++;
    return value == end || value == s.len || !code->digits[s.ptr[value]];
}

/* Where the run of digits that begins at `at` ends; it goes on over line ends behind full lines. */
static size_t run_end(struct slice s, size_t at, const struct code *code)
{
    bool sign = is_sign(s, at);

    for (;;) {
        size_t line = at, next;

        while (at < s.len && code->digits[s.ptr[at]])
            at++;
        next = skip_line_end(s, at, sign);
        if (next == at || at - line < WRAP_MIN || !goes_on(s, next, code))
            return at;
        at = next;
    }
}

/* Decode the digits in [from, to) into `out`, which has room; `sources[i]` is where byte i began.
 */
static size_t decode_digits(struct slice s, size_t from, size_t to, const struct code *code,
                            uint8_t *out, uint32_t *sources)
{
    unsigned held = 0, value = 0;
    size_t n = 0, start = from;
    bool sign = from > 0 && is_sign(s, from - 1);

    for (size_t i = from; i < to; i++) {
        int digit = code->digits[s.ptr[i]] - 1;

        if (digit < 0 || (sign && is_sign(s, i)))
            continue; /* between lines */
        if (!held)
            start = i;
        value = value << code->bits | (unsigned)digit;
        held += code->bits;
        if (held >= 8) {
            held -= 8;
            sources[n] = (uint32_t)start;
            out[n++] = (uint8_t)(value >> held);
            start = i;
        }
    }
    return n;
}

/* The size of gzip's content as its last four bytes say it (RFC 1952); 0 where that cannot be. */
static size_t gzip_size(struct slice packed)
{
    const uint8_t *end = packed.ptr + packed.len;
    size_t size = end[-4] | (size_t)end[-3] << 8 | (size_t)end[-2] << 16 | (size_t)end[-1] << 24;

    return size <= LIMIT_ENCODED_GZIP_BYTES && size <= packed.len * DEFLATE_RATIO_MAX ? size : 0;
}

/* Show gzip's content, spread evenly over the [from, to) in which it lies packed. */
static bool show_gzip(struct builder *b, struct slice packed, size_t from, size_t to)
{
    size_t size = gzip_size(packed);
    struct libdeflate_decompressor *inflate = size ? libdeflate_alloc_decompressor() : NULL;
    uint8_t *out =
        inflate && b->arena->bytes < LIMIT_DECODED_BYTES ? arena_alloc(b->arena, size) : NULL;
    bool good = out && libdeflate_gzip_decompress(inflate, packed.ptr, packed.len, out, size,
                                                  NULL) == LIBDEFLATE_SUCCESS;

    libdeflate_free_decompressor(inflate);
    for (size_t i = 0; good && i < size; i++)
        builder_show(b, (struct slice){ out + i, 1 }, from + i * (to - from) / size);
    return good;
}

/* Decode the run [from, to) in the first alignment that makes text. False: none does. */
static bool show_run(struct builder *b, size_t from, size_t to, const struct code *code)
{
    uint8_t *out = arena_alloc(b->arena, to - from);
    uint32_t *sources = arena_alloc(b->arena, (to - from) * sizeof(*sources));

    if (!out || !sources) {
        b->failed = true;
        return false;
    }
    for (size_t skip = 0; skip < code->alignments && from + skip < to; skip++) {
        size_t n = decode_digits(b->source, from + skip, to, code, out, sources);
        struct slice decoded = { out, n };

        if (is_gzip(decoded)) {
            builder_replace(b, from, to);
            if (show_gzip(b, decoded, from, to))
                return true;
            builder_show(b, slice_sub(b->source, from, to), from);
            return true;
        }
        if (n < 12 || !is_text(decoded))
            continue;
        builder_replace(b, from, to);
        if (from > 0 && code == &hex_code) /* the x of 0x is no part of what follows */
            builder_show(b, SLICE(" "), from);
        for (size_t i = 0; i < n; i++)
            builder_show(b, slice_sub(decoded, i, i + 1), sources[i]);
        return true;
    }
    return false;
}

/*
 * Where the next run that may have `step` digits begins, from `at` on; s.len where there is none.
 * Such a run covers every step-th place, so most text is passed over in steps of that length.
 */
static size_t find_run(struct slice s, size_t at, size_t step, const struct code *code)
{
    for (size_t i = at + step - 1; i < s.len; i += step) {
        if (!code->digits[s.ptr[i]])
            continue;
        while (i > at && code->digits[s.ptr[i - 1]])
            i--;
        return i;
    }
    return s.len;
}

static enum status decode_runs(struct view *view, struct arena *arena, struct slice s,
                               const struct code *code, size_t digits_min)
{
    struct builder b = { .arena = arena, .source = s };
    size_t least = digits_min ? digits_min : code->digits_min;
    size_t step = least < WRAP_MIN ? least : WRAP_MIN;
    bool decoded = false;

    for (size_t i = find_run(s, 0, step, code); i < s.len;) {
        size_t end = run_end(s, i, code);

        if (end - i >= least && show_run(&b, i, end, code)) {
            decoded = true;
            for (; code->bits == 6 && end < s.len && s.ptr[end] == '='; end++)
                builder_replace(&b, end, end + 1);
        }
        i = find_run(s, end, step, code);
    }
    if (b.failed)
        return err_nomem();
    if (!decoded)
        return STATUS_ABSENT;
    return builder_finish(&b, view) ? STATUS_OK : err_nomem();
}

/* --- UTF-16 --- */

enum order { ORDER_NONE, ORDER_LITTLE, ORDER_BIG };

/* In which order of bytes an ASCII character stands at `at`. */
static enum order order_at(struct slice s, size_t at)
{
    if (at + 1 >= s.len)
        return ORDER_NONE;
    if (s.ptr[at] && s.ptr[at] < 0x80 && !s.ptr[at + 1])
        return ORDER_LITTLE;
    return !s.ptr[at] && s.ptr[at + 1] && s.ptr[at + 1] < 0x80 ? ORDER_BIG : ORDER_NONE;
}

/*
 * ASCII characters with a 0 before or after them become themselves; other bytes one that no token
 * has. Where the order changes there must be two characters of the new one: a string's length may
 * stand in front of it, and look like one in the other order.
 */
static enum status decode_utf16(struct view *view, struct arena *arena, struct slice s)
{
    struct builder b = { .arena = arena, .source = s };
    static const uint8_t other[] = { 0x80 };
    enum order last = ORDER_NONE;
    bool decoded = false;

    builder_replace(&b, 0, s.len);
    for (size_t i = 0; i < s.len;) {
        enum order order = order_at(s, i);

        if (order && last && order != last && order_at(s, i + 2) != order)
            order = ORDER_NONE;
        decoded |= order != ORDER_NONE;
        last = order ? order : last;
        if (order)
            builder_show(&b, slice_sub(s, i + (order == ORDER_BIG), i + 1 + (order == ORDER_BIG)),
                         i);
        else
            builder_show(&b, (struct slice){ other, 1 }, i);
        i += order ? 2 : 1;
    }
    if (!decoded)
        return STATUS_ABSENT;
    return builder_finish(&b, view) ? STATUS_OK : err_nomem();
}

enum status view_decode(struct view *view, struct arena *arena, const struct view *below,
                        enum codec codec, size_t digits_min)
{
    enum status status = STATUS_ABSENT;

    *view = (struct view){ 0 };
    switch (codec) {
    case CODEC_UTF16:
        status = decode_utf16(view, arena, below->text);
        break;
    case CODEC_BASE64:
        status = decode_runs(view, arena, below->text, &base64_code, digits_min);
        break;
    case CODEC_HEX:
        status = decode_runs(view, arena, below->text, &hex_code, digits_min);
        break;
    case CODEC_QUOTED_PRINTABLE:
        return view_make(view, arena, below, SIGHT_QUOTED_PRINTABLE);
    default:
        break;
    }
    view->below = below;
    return status;
}
