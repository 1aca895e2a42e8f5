/* gitallowed.c - POSIX expressions rewritten for PCRE2, which bounds the work of a match. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "report/gitallowed.h"

#include <fcntl.h>
#include <pcre2.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"

enum { EXPRESSION_MAX = 4096, LINE_ROUND = 16 * 1024 };

struct allowed_line {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *context;
};

/* --- the expression --- */

/* A backslash and `c`, outside of brackets. False: not of an extended regular expression. */
static bool put_escape(struct buf *out, uint8_t c)
{
    if (c == '<')
        buf_text(out, "\\b(?=\\w)");
    else if (c == '>')
        buf_text(out, "\\b(?<=\\w)");
    else if (strchr("bBwWsS", c) || !((c >= '0' && c <= '9') || (c | 32) >= 'a'))
        buf_printf(out, "\\%c", c);
    else
        return false;
    return c != 0;
}

/* What is between brackets, where a backslash stands for itself; returns the bytes taken, or 0. */
static size_t put_brackets(struct buf *out, struct slice text)
{
    size_t at = 1;

    buf_byte(out, '[');
    if (at < text.len && text.ptr[at] == '^')
        buf_byte(out, text.ptr[at++]);
    for (bool first = true; at < text.len; first = false) {
        uint8_t c = text.ptr[at++];

        if (c == '[' && at < text.len && text.ptr[at] == ':') {
            const uint8_t *end = memmem(text.ptr + at, text.len - at, ":]", 2);
            size_t stop = end ? (size_t)(end - text.ptr) + 2 : 0;

            if (!end)
                return 0;
            buf_append(out, slice_sub(text, at - 1, stop));
            at = stop;
            continue;
        }
        if (c == '[' && at < text.len && strchr(".=", text.ptr[at]))
            return 0;
        if (c == ']' && !first) {
            buf_byte(out, c);
            return at;
        }
        if (strchr("\\[]", c))
            buf_byte(out, '\\');
        buf_byte(out, c);
    }
    return 0;
}

/* `text` as PCRE2 writes it. False: it is no extended regular expression. */
static bool translate(struct buf *out, struct slice text)
{
    for (size_t at = 0; at < text.len;) {
        uint8_t c = text.ptr[at];
        size_t taken = 1;

        if (!c || (c == '(' && at + 1 < text.len && strchr("?*", text.ptr[at + 1])))
            return false;
        if (c == '[') {
            if (!(taken = put_brackets(out, slice_sub(text, at, text.len))))
                return false;
        } else if (c == '\\') {
            taken = 2;
            if (at + 1 == text.len || !put_escape(out, text.ptr[at + 1]))
                return false;
        } else {
            buf_byte(out, c);
        }
        at += taken;
    }
    return !buf_status(out);
}

struct allowed_line *gitallowed_new(struct slice expression)
{
    struct allowed_line *line = calloc(1, sizeof(*line));
    struct buf text = { 0 };
    PCRE2_SIZE at;
    int error;

    if (line && expression.len <= EXPRESSION_MAX && translate(&text, expression))
        line->code = pcre2_compile(text.ptr, text.len, 0, &error, &at, NULL);
    buf_release(&text);
    if (line && line->code) {
        line->data = pcre2_match_data_create(1, NULL);
        line->context = pcre2_match_context_create(NULL);
    }
    if (!line || !line->data || !line->context) {
        gitallowed_free(line);
        return NULL;
    }
    pcre2_set_match_limit(line->context, LIMIT_PCRE2_MATCH);
    return line;
}

void gitallowed_free(struct allowed_line *line)
{
    if (!line)
        return;
    pcre2_code_free(line->code);
    pcre2_match_data_free(line->data);
    pcre2_match_context_free(line->context);
    free(line);
}

bool gitallowed_matches(const struct allowed_line *line, struct slice text)
{
    return pcre2_match(line->code, text.ptr, text.len, 0, 0, line->data, line->context) >= 0;
}

/* --- the line --- */

/* The line of `bytes` that holds `value` at `at`. False: it does not, or goes on outside. */
static bool cut_line(struct slice *line, struct slice bytes, size_t at, struct slice value,
                     bool begins)
{
    const uint8_t *end;
    size_t from = at;

    if (at > bytes.len || value.len > bytes.len - at ||
        memcmp(bytes.ptr + at, value.ptr, value.len) != 0)
        return false;
    while (from && bytes.ptr[from - 1] != '\n')
        from--;
    end = memchr(bytes.ptr + at, '\n', bytes.len - at);
    *line = slice_sub(bytes, from, end ? (size_t)(end - bytes.ptr) : bytes.len);
    return (from || begins) && (end || bytes.len < at + LINE_ROUND);
}

bool gitallowed_read(struct buf *out, const char *path, uint64_t offset, struct slice value)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    uint64_t from = offset > LINE_ROUND ? offset - LINE_ROUND : 0;
    uint8_t *bytes = malloc(2 * LINE_ROUND);
    struct slice line;
    struct stat st;
    ssize_t n = -1;
    bool found;

    if (bytes && fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        n = pread(fd, bytes, 2 * LINE_ROUND, (off_t)from);
    if (fd >= 0)
        close(fd);
    found = n > 0 && cut_line(&line, (struct slice){ bytes, (size_t)n }, (size_t)(offset - from),
                              value, from == 0);
    if (found)
        buf_append(out, line);
    free(bytes);
    return found && !buf_status(out);
}
