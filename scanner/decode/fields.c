/*
 * fields.c - records of SQLite by their headers; ids and secrets by counts before them, and, where
 * nothing is counted, by standing side by side.
 */
#include "decode/fields.h"

#include "base/array.h"
#include "decode/block.h"
#include "decode/value_bytes.h"

/* Characters of an access key id, and of its secret. */
enum { ID = 20, SECRET = 40 };

/* Characters of base64 that a neighbour in one word may have; more are a blob. */
enum { NEIGHBOUR_MAX = 15 };

/* Bytes before and behind an id in which others are counted as it is. */
enum { COUNTED_REACH = 512 };

/* Bytes of a record's header: of more columns it would begin with a letter; and of a record, which
 * is as long as a page at most. */
enum { HEADER_MAX = 31, RECORD_MAX = 4096 };

static bool is_capital(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7');
}

/* Of control characters texts have tab, line ends and ESC. */
static bool is_control(uint8_t c)
{
    return c <= 8 || (c >= 14 && c <= 26);
}

/* Is there a byte from 0x80 to 0xbf that continues no character of UTF-8? */
static bool is_odd(struct slice s, size_t at)
{
    return (s.ptr[at] & 0xc0) == 0x80 && (at == 0 || s.ptr[at - 1] < 0x80);
}

/* Has the text bytes that no text has? */
static bool is_binary(struct slice s)
{
    for (size_t i = 0; i < s.len; i += BLOCK_BYTES) {
        size_t end = s.len - i > BLOCK_BYTES ? i + BLOCK_BYTES : s.len;

        if (end - i == BLOCK_BYTES) {
            struct block b = block_load(s.ptr + i);
            struct block set = block_or(block_between(b, 0, 8), block_between(b, 14, 26));

            if (!block_any(block_or(set, block_between(b, 0x80, 0xbf))))
                continue;
        }
        for (size_t k = i; k < end; k++)
            if (is_control(s.ptr[k]) || is_odd(s, k))
                return true;
    }
    return false;
}

/* Characters of base64 from `at` on, at most `max`. */
static size_t digits_from(struct slice s, size_t at, size_t max)
{
    size_t n = 0;

    while (n < max && at + n < s.len && IS_BASE64(s.ptr[at + n]))
        n++;
    return n;
}

static size_t digits_before(struct slice s, size_t at, size_t max)
{
    size_t n = 0;

    while (n < max && n < at && IS_BASE64(s.ptr[at - n - 1]))
        n++;
    return n;
}

static bool is_id(struct slice s, size_t at)
{
    if (at + ID > s.len || s.ptr[at] != 'A' || s.ptr[at + 3] != 'A')
        return false;
    for (size_t i = 0; i < ID; i++)
        if (!is_capital(s.ptr[at + i]))
            return false;
    return true;
}

static bool mark(uint8_t *marks, size_t at, size_t len)
{
    marks[at] = marks[at + len] = 1;
    return true;
}

/* --- SQLite (https://www.sqlite.org/fileformat2.html, 2.1) --- */

/* A number of seven bits a byte at *at, at most `max` bytes long; *at goes behind it. */
static bool take_varint(struct slice s, size_t *at, size_t max, uint64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < max && *at < s.len; i++) {
        uint8_t c = s.ptr[(*at)++];

        *value = *value << 7 | (c & 0x7f);
        if (c < 0x80)
            return true;
    }
    return false;
}

/* The serial type of a text of `n` bytes. */
#define TEXT(n) (2 * (n) + 13)

/* Bytes of a column of serial type `type`. */
static uint64_t column_bytes(uint64_t type)
{
    static const uint8_t sizes[] = { 0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0 };

    return type < sizeof(sizes) ? sizes[type] : (type - 12) / 2;
}

/*
 * Columns of the header at `header` whose record ends at `end`; with `marks` those of text are
 * marked. False: it is no such header, or has no column as long as an id or a secret: other records
 * are of no use, and what is none may look like one by chance.
 */
static bool read_columns(struct slice s, size_t header, size_t end, uint8_t *marks)
{
    size_t at = header, first, column;
    uint64_t len, type;
    bool values = false;

    if (!take_varint(s, &at, 1, &len) || len < 2 || len > HEADER_MAX || header + len > end)
        return false;
    first = column = header + (size_t)len;
    while (at < first) {
        if (!take_varint(s, &at, 4, &type) || at > first || type == 10 || type == 11)
            return false;
        if (column + column_bytes(type) > end)
            return false;
        if (marks && type > 13 && type % 2)
            mark(marks, column, (size_t)column_bytes(type));
        values |= (type == TEXT(ID) && is_id(s, column)) ||
                  (type == TEXT(SECRET) && digits_from(s, column, SECRET) == SECRET);
        column += (size_t)column_bytes(type);
    }
    return values && column == end;
}

/* Mark the record of `bytes` at `at`, if it is one. Returns its end, or 0. */
static size_t mark_columns(struct slice s, size_t at, uint64_t bytes, uint8_t *marks)
{
    size_t end = at + (size_t)bytes;

    if (end > s.len || !read_columns(s, at, end, NULL))
        return 0;
    read_columns(s, at, end, marks);
    return end;
}

/* The record whose cell, of a table or an index, begins at `at`: mark it. Returns its end, or 0. */
static size_t mark_record(struct slice s, size_t at, uint8_t *marks)
{
    size_t table = at, index, end = 0;
    uint64_t payload, row;

    if (!take_varint(s, &table, 2, &payload) || payload < 4 || payload > RECORD_MAX)
        return 0;
    index = table;
    if (take_varint(s, &table, 9, &row))
        end = mark_columns(s, table, payload, marks);
    return end ? end : mark_columns(s, index, payload, marks);
}

static bool mark_records(struct slice s, uint8_t *marks)
{
    bool any = false;

    for (size_t at = 0, end; at < s.len; at = end ? end : at + 1) {
        end = mark_record(s, at, marks);
        any |= end != 0;
    }
    return any;
}

/* --- ids and secrets --- */

static bool stands_before(struct slice s, size_t at, const char *count, size_t len)
{
    return at >= len && memcmp(s.ptr + at - len, count, len) == 0;
}

/* Is there a secret at `at`, with no more behind it than a neighbour has? */
static bool is_secret(struct slice s, size_t at)
{
    size_t n = digits_from(s, at, SECRET + NEIGHBOUR_MAX + 1);

    return n >= SECRET && n <= SECRET + NEIGHBOUR_MAX;
}

/* How formats write the number of characters right before an id, and before a secret. */
static const struct scheme {
    const char *id, *secret;
    size_t id_len, secret_len;
} schemes[] = {
    { "\x14", "\x28", 1, 1 },             /* a byte, or more of them: the last, big endian */
    { "\x14\0\0\0", "\x28\0\0\0", 4, 4 }, /* little endian: pickle, Parquet */
    { "\x28", "\x50", 1, 1 },             /* zigzag: Avro */
    { "\x2b", "\x53", 1, 1 },             /* with itself, shifted: PostgreSQL's varlena */
    { "\x19", "\x2d", 1, 1 },             /* five more: Ruby's Marshal */
    { "\x74", "\x78\x28", 1, 2 },         /* with the type: CBOR */
};

/* Mark the secrets round the id at `at` that are counted as it is. False: there are none. */
static bool mark_counted(struct slice s, size_t at, const struct scheme *scheme, uint8_t *marks)
{
    size_t start = at > COUNTED_REACH ? at - COUNTED_REACH : 0;
    size_t end = s.len - at > COUNTED_REACH ? at + COUNTED_REACH : s.len;

    size_t last = SIZE_MAX; /* not marked yet */

    for (size_t i = start; i < end; i++) {
        if (!stands_before(s, i, scheme->secret, scheme->secret_len) || !is_secret(s, i))
            continue;
        /* A letter that counts may stand in the word before it, too. */
        if (last != SIZE_MAX && i >= last + SECRET)
            mark(marks, last, SECRET);
        last = i;
    }
    return last != SIZE_MAX && mark(marks, last, SECRET);
}

/* Is there a small letter? All but one in a billion secrets have one, and base32 has none. */
static bool has_small(struct slice s, size_t at, size_t n)
{
    for (size_t i = at; i < at + n; i++)
        if (s.ptr[i] >= 'a' && s.ptr[i] <= 'z')
            return true;
    return false;
}

/* Mark the id at `at` where its end is known; and secrets by it. */
static bool mark_id(struct slice s, size_t at, uint8_t *marks)
{
    size_t behind = digits_from(s, at + ID, SECRET + NEIGHBOUR_MAX + 1);
    bool any = false;

    for (size_t i = 0; i < COUNT_OF(schemes); i++) {
        const struct scheme *scheme = &schemes[i];

        if (!stands_before(s, at, scheme->id, scheme->id_len) ||
            digits_before(s, at - scheme->id_len, NEIGHBOUR_MAX + 1) > NEIGHBOUR_MAX)
            continue;
        /* A sign or a letter in front of an id is a count where others are counted so. */
        if (mark_counted(s, at, scheme, marks) || scheme->id[0] < ' ')
            any = mark(marks, at, ID);
    }
    if (any || digits_before(s, at, NEIGHBOUR_MAX + 1) > NEIGHBOUR_MAX)
        return any;
    if (behind >= SECRET && behind <= SECRET + NEIGHBOUR_MAX && has_small(s, at + ID, SECRET))
        return mark(marks, at, ID) && mark(marks, at + ID, SECRET);
    return false;
}

bool fields_mark(struct slice text, struct arena *arena, const uint8_t **marks)
{
    uint8_t *made;
    bool any;

    *marks = NULL;
    if (!is_binary(text))
        return true;
    made = arena_alloc(arena, text.len + 1);
    if (!made)
        return false;
    memset(made, 0, text.len + 1);
    any = mark_records(text, made);
    for (size_t at = 0; at + ID <= text.len; at++)
        if (is_id(text, at) && !made[at])
            any |= mark_id(text, at, made);
    *marks = any ? made : NULL;
    return true;
}
