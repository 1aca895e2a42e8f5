/*
 * baseline_parse.c - a baseline's lines, each taken whole or refused by its number.
 *
 * The file is committed by many hands and may be anyone's: nothing of it is printed but through
 * err_set(), whose text is escaped before it reaches a terminal.
 */
#include <stdio.h>

#include "base/hex.h"
#include "base/printable.h"
#include "report/baseline_private.h"

/* Where the reading is. */
struct parser {
    struct baseline *baseline;
    const char *file;
    size_t line; /* from 1 */
    struct buf comment;
};

static enum status refuse(const struct parser *p, const char *what)
{
    return err_set(STATUS_INVALID, "%s:%zu: %s", p->file, p->line, what);
}

/* --- words --- */

static bool starts(struct slice line, const char *text)
{
    return slice_starts(line, slice_of(text));
}

/* Take the bytes before the next blank, and the blank, off `rest`. */
static struct slice next_word(struct slice *rest)
{
    const uint8_t *blank = rest->len ? memchr(rest->ptr, ' ', rest->len) : NULL;
    size_t len = blank ? (size_t)(blank - rest->ptr) : rest->len;
    struct slice word = slice_sub(*rest, 0, len);

    *rest = slice_sub(*rest, blank ? len + 1 : len, rest->len);
    return word;
}

bool baseline_is_date(const char *text)
{
    static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int year, month, day;

    if (strspn(text, "0123456789") != 4 || text[4] != '-' || strspn(text + 5, "0123456789") != 2 ||
        text[7] != '-' || strspn(text + 8, "0123456789") != 2 || text[10])
        return false;
    sscanf(text, "%d-%d-%d", &year, &month, &day);
    if (month < 1 || month > 12 || day < 1 || day > days[month - 1])
        return false;
    return month != 2 || day < 29 || (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

static bool is_name(struct slice word)
{
    size_t prefix = starts(word, "lt1:") ? 4 : starts(word, "lts1:") ? 5 : 0;
    uint8_t digest[16];

    return prefix && hex_take(slice_sub(word, prefix, word.len), digest, sizeof(digest));
}

bool baseline_is_text(struct slice text)
{
    struct buf shown = { 0 };
    bool plain;

    printable_text(&shown, text);
    plain = !buf_status(&shown) && slice_eq(buf_view(&shown), text);
    buf_release(&shown);
    return plain;
}

/* --- lines --- */

static const char *copy(struct parser *p, struct slice text)
{
    return (const char *)arena_copy(&p->baseline->arena, text).ptr;
}

static enum status take_salt(struct parser *p, struct slice word)
{
    struct baseline *baseline = p->baseline;

    if (baseline->salted || baseline->count)
        return refuse(p, "the salt stands once, above the entries");
    if (!hex_take(word, baseline->salt, sizeof(baseline->salt)))
        return refuse(p, "the salt must be 32 hex digits");
    baseline->salted = true;
    return STATUS_OK;
}

static enum status take_expiry(struct parser *p, struct slice *rest, struct baseline_entry *entry)
{
    struct slice word;

    if (!starts(*rest, BASELINE_EXPIRES))
        return STATUS_OK;
    word = next_word(rest);
    entry->expires = copy(p, slice_sub(word, strlen(BASELINE_EXPIRES), word.len));
    if (!entry->expires)
        return err_nomem();
    if (!baseline_is_date(entry->expires))
        return refuse(p, "expires= must be a day such as 2027-01-31");
    return STATUS_OK;
}

static enum status take_entry(struct parser *p, struct slice rest)
{
    struct slice name = next_word(&rest), rule = next_word(&rest);
    struct baseline_entry *entry;
    enum status status;

    if (!is_name(name) || !rule.len)
        return refuse(p, "neither an entry (\"lt1:<32 hex digits> RULE\") nor a comment (#)");
    if (starts(name, "lts1:") && !p->baseline->salted)
        return refuse(p, "a salted entry, and no salt above it");
    entry = baseline_append(p->baseline);
    if (!entry)
        return err_nomem();
    entry->line = p->line;
    if ((status = take_expiry(p, &rest, entry)))
        return status;
    if (starts(rest, BASELINE_REASON))
        entry->reason = copy(p, slice_sub(rest, strlen(BASELINE_REASON), rest.len));
    else if (rest.len)
        return refuse(p, "behind the rule may stand expires=YYYY-MM-DD, then reason=TEXT");
    entry->name = copy(p, name);
    entry->rule = copy(p, rule);
    entry->comment = copy(p, buf_view(&p->comment));
    if (!entry->name || !entry->rule || !entry->comment || buf_status(&p->comment))
        return err_nomem();
    buf_reset(&p->comment);
    return STATUS_OK;
}

static bool is_conflict(struct slice line)
{
    return starts(line, "<<<<<<< ") || starts(line, "||||||| ") || starts(line, ">>>>>>> ") ||
           slice_eq(line, SLICE("======="));
}

static enum status take_header(const struct parser *p, struct slice line)
{
    if (slice_eq(line, SLICE(BASELINE_HEADER BASELINE_VERSION)))
        return STATUS_OK;
    if (starts(line, BASELINE_HEADER))
        return err_set(
            STATUS_UNSUPPORTED,
            "%s:1: \"%.*s\" is not known to this program, which reads version " BASELINE_VERSION,
            p->file, line.len < 60 ? (int)line.len : 60, (const char *)line.ptr);
    return refuse(p, "no baseline: its first line is \"" BASELINE_HEADER BASELINE_VERSION
                     "\" (\"leaktrawl baseline import\" reads other programs' files)");
}

static enum status take_line(struct parser *p, struct slice line)
{
    if (line.len && line.ptr[line.len - 1] == '\r')
        line.len--;
    if (is_conflict(line))
        return refuse(p, "a merge conflict that is not resolved: keep the entries of both sides");
    if (p->line == 1)
        return take_header(p, line);
    if (!line.len)
        return STATUS_OK;
    if (!baseline_is_text(line))
        return refuse(p, "control characters, or bytes that are not UTF-8");
    if (line.ptr[0] == '#') {
        buf_append(&p->comment, line);
        buf_byte(&p->comment, '\n');
        return STATUS_OK;
    }
    if (starts(line, BASELINE_SALT))
        return take_salt(p, slice_sub(line, strlen(BASELINE_SALT), line.len));
    return take_entry(p, line);
}

/* One credential on two lines says two things: which of them holds is for people to say. */
static enum status check_repeats(struct parser *p)
{
    const struct baseline *baseline = p->baseline;

    for (size_t i = 1; i < baseline->count; i++) {
        size_t first = baseline->entries[i - 1].line, second = baseline->entries[i].line;

        if (!baseline_same(&baseline->entries[i - 1], &baseline->entries[i]))
            continue;
        p->line = first > second ? first : second;
        return err_set(STATUS_INVALID, "%s:%zu: the credential of line %zu again: keep one of them",
                       p->file, p->line, first > second ? second : first);
    }
    return STATUS_OK;
}

static enum status parse(struct parser *p, struct slice rest)
{
    enum status status = STATUS_OK;

    do {
        const uint8_t *end = rest.len ? memchr(rest.ptr, '\n', rest.len) : NULL;
        size_t len = end ? (size_t)(end - rest.ptr) : rest.len;

        p->line++;
        status = take_line(p, slice_sub(rest, 0, len));
        rest = slice_sub(rest, end ? len + 1 : len, rest.len);
    } while (!status && rest.len);
    if (status)
        return status;
    p->baseline->end = copy(p, buf_view(&p->comment));
    if (!p->baseline->end || buf_status(&p->comment))
        return err_nomem();
    baseline_sort(p->baseline);
    return check_repeats(p);
}

enum status baseline_parse(struct baseline *baseline, const char *file, struct slice text)
{
    struct parser p = { .baseline = baseline, .file = file };
    enum status status;

    *baseline = (struct baseline){ 0 };
    status = parse(&p, text);
    buf_release(&p.comment);
    if (status)
        baseline_release(baseline);
    return status;
}
