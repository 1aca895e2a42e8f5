/* text_log.c - a byte or a letter at a time, from one block into another. */
#include "trail/text_log.h"

#include <stdlib.h>

#include "base/hex.h"
#include "base/input.h"
#include "base/printable.h"
#include "trail/split.h"

/* The most that one step makes: "\uNNNN". */
enum { STEP_MAX = 6 };

struct text_log {
    struct input input;
    enum text_log_kind kind;
    bool big;        /* UTF-16: the high byte is first */
    bool inside;     /* of a string */
    uint8_t made[8]; /* by the last step: len bytes of it, of which `at` were read */
    size_t len, at;
};

/* --- what it is --- */

static const uint8_t marks[][2] = { { 0xff, 0xfe }, { 0xfe, 0xff } };

static bool begins_with_mark(struct slice head, size_t which)
{
    return head.len >= 2 && memcmp(head.ptr, marks[which], 2) == 0;
}

static size_t over_space(struct slice text, size_t at)
{
    while (at < text.len && split_is_space(text.ptr[at]))
        at++;
    return at;
}

enum text_log_kind text_log_look(struct slice head)
{
    size_t at = over_space(head, 0);

    if (begins_with_mark(head, 0) || begins_with_mark(head, 1))
        return TEXT_LOG_UTF16;
    if (head.len >= 3 && memcmp(head.ptr, "\xef\xbb\xbf", 3) == 0)
        at = over_space(head, 3);
    if (at < head.len && head.ptr[at] == '[')
        at = over_space(head, at + 1);
    if (at == head.len || head.ptr[at] != '"')
        return TEXT_LOG_NONE;
    at = over_space(head, at + 1);
    return at < head.len && head.ptr[at] == '{' ? TEXT_LOG_STRINGS : TEXT_LOG_NONE;
}

/* --- strings --- */

static void make(struct text_log *log, int c)
{
    log->made[log->len++] = (uint8_t)c;
}

/* Behind "\u". A letter beyond ASCII stands in a string of the record, where its escape says the
 * same. */
static void unescape_number(struct text_log *log)
{
    unsigned value = 0;

    make(log, '\\');
    make(log, 'u');
    while (log->len < STEP_MAX) {
        int c = input_peek(&log->input), digit = c < 0 ? -1 : hex_digit((uint8_t)c);

        if (digit < 0)
            return;
        value = value << 4 | (unsigned)digit;
        make(log, input_next(&log->input));
    }
    if (value >= 0x80)
        return;
    log->len = 0;
    make(log, value < ' ' ? ' ' : (int)value);
}

static void unescape(struct text_log *log)
{
    int c = input_next(&log->input);

    if (c == 'u')
        unescape_number(log);
    else if (c == 'n' || c == 'r' || c == 't' || c == 'b' || c == 'f') /* between its members */
        make(log, ' ');
    else if (c >= 0)
        make(log, c);
}

/* One byte of it taken; it may make nothing. False: there is none. */
static bool step_string(struct text_log *log)
{
    int c = input_next(&log->input);

    if (c < 0)
        return false;
    if (!log->inside) {
        log->inside = c == '"';
    } else if (c == '\\') {
        unescape(log);
    } else if (c == '"' || c == '\n') { /* which cannot stand in a string: it was cut */
        log->inside = false;
        make(log, '\n');
    } else {
        make(log, c);
    }
    return true;
}

/* --- UTF-16 --- */

/* -1: there is none. */
static int32_t next_unit(struct text_log *log)
{
    int first = input_next(&log->input), second = input_next(&log->input);

    if (second < 0)
        return -1;
    return log->big ? first << 8 | second : second << 8 | first;
}

static void make_utf8(struct text_log *log, uint32_t code)
{
    log->len += printable_put_utf8(log->made + log->len, code);
}

/* A letter. Halves of a pair that stand alone become U+FFFD, together with what is no other half.
 */
static bool step_utf16(struct text_log *log)
{
    int32_t unit = next_unit(log), low;

    if (unit < 0)
        return false;
    if (unit < 0xd800 || unit > 0xdfff) {
        make_utf8(log, (uint32_t)unit);
        return true;
    }
    low = unit < 0xdc00 ? next_unit(log) : -1;
    make_utf8(log, low >= 0xdc00 && low <= 0xdfff
                       ? 0x10000 + ((uint32_t)(unit - 0xd800) << 10) + (uint32_t)(low - 0xdc00)
                       : 0xfffd);
    return true;
}

/* --- a stream --- */

enum status text_log_new(struct text_log **out, const struct stream *stream,
                         enum text_log_kind kind)
{
    struct text_log *log = calloc(1, sizeof(*log));

    if (!log || input_init(&log->input, stream)) {
        free(log);
        return err_nomem();
    }
    log->kind = kind;
    if (kind == TEXT_LOG_UTF16) {
        log->big = input_next(&log->input) == marks[1][0];
        input_next(&log->input);
    }
    *out = log;
    return STATUS_OK;
}

void text_log_free(struct text_log *log)
{
    if (!log)
        return;
    input_release(&log->input);
    free(log);
}

static bool step(struct text_log *log)
{
    log->len = log->at = 0;
    return log->kind == TEXT_LOG_UTF16 ? step_utf16(log) : step_string(log);
}

static ssize_t read_text(void *ctx, uint8_t *out, size_t n)
{
    struct text_log *log = ctx;
    size_t got = 0;

    while (got < n && (log->at < log->len || step(log)))
        while (got < n && log->at < log->len)
            out[got++] = log->made[log->at++];
    return !got && log->input.failed ? -1 : (ssize_t)got;
}

struct stream text_log_stream(struct text_log *log)
{
    return (struct stream){ read_text, log };
}
