/*
 * context.c - one reader that walks from part to part and remembers what is open.
 */
#include "detect/context.h"

/* Where the reader starts before the first part of a group, and how wide a gap ends a group, in
 * bytes. */
enum { LEAD_BYTES = 4096, GAP_BYTES = 16384 };

/* Open braces that are remembered; deeper ones fall off the bottom. */
enum { DEPTH = 64 };

/* Bytes of a row of a table in which columns are counted. */
enum { COLUMN_BYTES = 1024 };

/* Lines that others are indented under; deeper ones are not remembered. */
enum { INDENTS = 32 };

/* Bytes between a value and braces that stand for quotes, and how many such braces. */
enum { TIGHT_BYTES = 8, TIGHT_DEPTH = 3 };

/* A mark on a line counts so far from the value: a line of minified code is no line. */
enum { MARK_BYTES = 1024 };

/* Bytes whose line ends are counted in one byte: at most 255, and a multiple of a vector. */
enum { BLOCK = 224 };

/* What stands round the byte at `at`; offsets plus 1 within the text. */
struct reader {
    struct slice text;
    size_t at;
    size_t open[DEPTH];
    size_t depth; /* braces open; those at DEPTH and deeper are only counted */
    size_t section, paragraph;
    size_t line_start;
    struct indented {
        size_t indent, start; /* of a line; start is an offset plus 1 */
    } above[INDENTS];         /* each further in than the one before it */
    size_t above_count;
};

/* Does a line end with the byte at `at`? Of CR LF it is the LF. */
static bool ends_line(struct slice text, size_t at)
{
    uint8_t next = at + 1 < text.len ? text.ptr[at + 1] : 0;

    return text.ptr[at] == '\n' || (text.ptr[at] == '\r' && next != '\n');
}

/* The line ends among BLOCK bytes, which have one more behind them; a loop that compilers
 * vectorise. */
static unsigned count_block(const uint8_t *text)
{
    uint8_t lines = 0;

    for (size_t i = 0; i < BLOCK; i++)
        lines =
            (uint8_t)(lines + ((text[i] == '\n') | ((text[i] == '\r') & (text[i + 1] != '\n'))));
    return lines;
}

uint64_t context_count_lines(struct slice text, size_t from, size_t to, uint64_t *tail)
{
    uint64_t lines = 0;
    size_t at = from, last = from;

    assert(from <= to && to <= text.len);
    for (; at + BLOCK < to; at += BLOCK)
        lines += count_block(text.ptr + at);
    for (; at < to; at++)
        lines += ends_line(text, at);
    if (lines)
        for (last = to; !ends_line(text, last - 1);)
            last--;
    *tail = to - last;
    return lines;
}

/* Is bytes [start, end) an INI section's header? "[name]" and nothing else but white space. */
static bool is_section(struct slice text, size_t start, size_t end)
{
    while (start < end && (text.ptr[start] == ' ' || text.ptr[start] == '\t'))
        start++;
    while (end > start && (text.ptr[end - 1] == ' ' || text.ptr[end - 1] == '\t'))
        end--;
    if (end - start < 3 || end - start > 200 || text.ptr[start] != '[' || text.ptr[end - 1] != ']')
        return false;
    for (size_t i = start + 1; i < end - 1; i++)
        if (strchr("[]{},\"'", text.ptr[i]) || !text.ptr[i])
            return false;
    return true;
}

static bool is_blank(struct slice text, size_t start, size_t end)
{
    while (start < end && (text.ptr[start] == ' ' || text.ptr[start] == '\t'))
        start++;
    return start == end;
}

/* White space before the first sign of the line that begins at `start`; `end` bounds it. */
static size_t indent_of(struct slice text, size_t start, size_t end)
{
    size_t at = start;

    while (at < end && (text.ptr[at] == ' ' || text.ptr[at] == '\t'))
        at++;
    return at - start;
}

/* The last line before the current one that is less far in; an offset plus 1, 0: there is none. */
static size_t block_of(struct reader *r, size_t end)
{
    size_t indent = indent_of(r->text, r->line_start, end), n = r->above_count;

    while (n && r->above[n - 1].indent >= indent)
        n--;
    return n ? r->above[n - 1].start : 0;
}

static void remember_indent(struct reader *r, size_t end)
{
    size_t indent = indent_of(r->text, r->line_start, end);

    while (r->above_count && r->above[r->above_count - 1].indent >= indent)
        r->above_count--;
    if (r->above_count < INDENTS)
        r->above[r->above_count++] = (struct indented){ indent, r->line_start + 1 };
}

/* The line [line_start, end) is over; the next one begins at `next`. */
static void end_line(struct reader *r, size_t end, size_t next)
{
    bool blank = is_blank(r->text, r->line_start, end);

    if (!blank)
        remember_indent(r, end);
    if (blank)
        r->paragraph = next + 1;
    else if (is_section(r->text, r->line_start, end))
        r->section = r->paragraph = r->line_start + 1;
    r->line_start = next;
}

static void read_to(struct reader *r, size_t to)
{
    for (; r->at < to; r->at++) {
        switch (r->text.ptr[r->at]) {
        case '{':
            if (r->depth < DEPTH)
                r->open[r->depth] = r->at + 1;
            r->depth++;
            break;
        case '}':
            r->depth -= r->depth > 0;
            break;
        case '\n':
            end_line(r, r->at - (r->at > r->line_start && r->text.ptr[r->at - 1] == '\r'),
                     r->at + 1);
            break;
        case '\r':
            if (r->at + 1 < r->text.len && r->text.ptr[r->at + 1] != '\n')
                end_line(r, r->at, r->at + 1);
            break;
        default:
            break;
        }
    }
}

/* Start anew some way before `at`, at the beginning of a line if one is near. */
static void restart(struct reader *r, size_t at)
{
    size_t start = at > LEAD_BYTES ? at - LEAD_BYTES : 0;
    const uint8_t *newline = start ? memchr(r->text.ptr + start, '\n', at - start) : NULL;

    if (newline)
        start = (size_t)(newline - r->text.ptr) + 1;
    *r = (struct reader){ .text = r->text, .at = start, .line_start = start };
}

/* Twice the number, from 1, of the column of a table in which the byte at `at` stands; 0: in none,
 * for a binary has no rows. */
static uint64_t column_at(const struct reader *r, size_t at)
{
    uint64_t column = 1;

    if (at - r->line_start > COLUMN_BYTES)
        return 0;
    for (size_t i = r->line_start; i < at; i++) {
        uint8_t c = r->text.ptr[i];

        if (c < '\t')
            return 0;
        column += c == ',' || c == ';' || c == '|' || c == '\t';
    }
    return 2 * column;
}

static uint64_t open_at(const struct reader *r, size_t level, uint64_t origin)
{
    bool known = r->depth >= level && r->depth - level < DEPTH;

    return known ? origin + r->open[r->depth - level] : 0;
}

static bool is_word(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* How many braces hold nothing but the value [start, end): of {{value}} two, as of quotes. */
static size_t braces_for_quotes(const struct reader *r, size_t start, size_t end)
{
    size_t left = 0, right = 0;

    for (size_t i = start; i > 0 && start - i < TIGHT_BYTES && !is_word(r->text.ptr[i - 1]); i--)
        left += r->text.ptr[i - 1] == '{';
    for (size_t i = end; i < r->text.len && i - end < TIGHT_BYTES && !is_word(r->text.ptr[i]); i++)
        right += r->text.ptr[i] == '}';
    left = left < right ? left : right;
    return left < TIGHT_DEPTH ? left : TIGHT_DEPTH;
}

void context_structure(struct slice text, uint64_t origin, struct part *parts, size_t n)
{
    struct reader r = { .text = text };

    for (size_t i = 0; i < n; i++) {
        size_t at = (size_t)parts[i].offset, quotes, block;

        assert(at >= r.at && at <= text.len);
        if (i == 0 || at - r.at > GAP_BYTES)
            restart(&r, at);
        read_to(&r, at);
        parts[i].here = origin + at + 1;
        parts[i].row = origin + r.line_start + 1;
        quotes = braces_for_quotes(&r, at, (size_t)parts[i].end);
        parts[i].object = open_at(&r, quotes + 1, origin);
        parts[i].outer = open_at(&r, quotes + 2, origin);
        if (!parts[i].name)
            parts[i].name = column_at(&r, at);
        block = block_of(&r, at);
        parts[i].block = block ? origin + block : 0;
        parts[i].section = r.section ? origin + r.section : 0;
        parts[i].paragraph = r.paragraph ? origin + r.paragraph : 0;
    }
}

void context_lines(struct slice text, size_t from, struct part *parts, size_t n)
{
    uint64_t line = 1, column = 1;
    size_t counted = from;

    for (size_t i = 0; i < n; i++) {
        size_t at = (size_t)parts[i].offset;
        uint64_t tail, lines = context_count_lines(text, counted, at, &tail);

        column = lines ? tail + 1 : column + tail;
        line += lines;
        counted = at;
        parts[i].line = line;
        parts[i].column = column;
    }
}

/* Line ends in [from, to), of which more than two are as good as two. */
static int newlines_between(struct slice text, size_t from, size_t to)
{
    int n = 0;

    for (size_t i = from; i < to && n < 2; i++)
        n += ends_line(text, i);
    return n;
}

/* Does the mark speak for the value [start, end)? Those of blocks do not. */
static bool covers(struct slice text, const struct mark *mark, size_t start, size_t end)
{
    bool before = mark->end <= start;
    size_t from = before ? mark->end : end;
    size_t to = before ? start : mark->end;
    int lines;

    if (to > from && to - from > MARK_BYTES)
        return false;
    lines = to > from ? newlines_between(text, from, to) : 0;
    switch (mark->covers) {
    case COVERS_LINE:
        return lines == 0;
    case COVERS_NEXT:
        return before && lines == 1;
    case COVERS_AROUND:
        return lines <= 1;
    default:
        return false;
    }
}

/* The blocks that the marks up to byte `end` of the text open and close; `*next` goes along. */
static enum block read_blocks(const struct mark *marks, size_t count, size_t from, size_t end,
                              size_t *next, enum block block)
{
    for (; *next < count && marks[*next].end <= end; ++*next)
        if (marks[*next].covers >= COVERS_BEGIN && marks[*next].end > from)
            block = marks[*next].covers == COVERS_BEGIN ? BLOCK_OPENED : BLOCK_CLOSED;
    return block;
}

enum block context_apply_marks(struct slice text, size_t from, size_t to, const struct mark *marks,
                               size_t count, struct part *parts, size_t n)
{
    size_t first = 0; /* marks before this one end too far before the part */
    size_t next = 0;  /* marks before this one are in `block` */
    enum block block = BLOCK_AS_BEFORE;

    for (size_t i = 0; i < n; i++) {
        size_t start = (size_t)parts[i].offset;
        size_t end = (size_t)parts[i].end;

        block = read_blocks(marks, count, from, start, &next, block);
        parts[i].inherits = block == BLOCK_AS_BEFORE;
        parts[i].allowed = block == BLOCK_OPENED;
        while (first < count && marks[first].end + MARK_BYTES < start)
            first++;
        for (size_t k = first; k < count && marks[k].end <= end + MARK_BYTES; k++)
            parts[i].allowed |= covers(text, &marks[k], start, end);
    }
    return read_blocks(marks, count, from, to, &next, block);
}
