/*
 * inventory_json.c - JSON read as it comes, and the few members of it that are of use.
 *
 * Only as much of the syntax is checked as is needed to keep strings and nesting apart: strings,
 * brackets, and everything else as words. A row is an object in an array called Contents (of
 * list-objects) or Versions (of list-object-versions), whatever stands round it.
 */
#include <stdio.h>

#include "base/hex.h"
#include "base/limits.h"
#include "base/printable.h"
#include "source/inventory_private.h"

/* Objects and arrays in one another. The deepest listing has 4. */
enum { DEPTH_MAX = 32, NAME_SIZE = 24 };

struct level {
    bool array;
    char name[NAME_SIZE]; /* of the member that is being read, cut */
};

struct reader {
    struct input *input;
    const struct inventory_callbacks *callbacks;
    struct level levels[DEPTH_MAX];
    size_t depth;   /* open levels */
    size_t row;     /* depth of the open row; 0: none is open */
    bool versioned; /* the row lies in an array called Versions */
    struct buf text;
    struct buf fields[COLUMN_COUNT];
    struct buf schema, files; /* of a manifest */
    size_t file_count;
    bool known; /* something was seen that only an inventory holds */
};

static const char *const names[COLUMN_COUNT] = {
    [COLUMN_KEY] = "Key",
    [COLUMN_VERSION_ID] = "VersionId",
    [COLUMN_IS_LATEST] = "IsLatest",
    [COLUMN_SIZE] = "Size",
    [COLUMN_LAST_MODIFIED] = "LastModified",
    [COLUMN_ETAG] = "ETag",
};

static bool is_called(const struct reader *r, size_t depth, const char *name)
{
    return depth < r->depth && strcmp(r->levels[depth].name, name) == 0;
}

/* --- text --- */

/* The four digits of \uNNNN; -1 where they are none. */
static int32_t read_unit(struct reader *r)
{
    int32_t unit = 0;

    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(input_next(r->input));

        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

static void put_utf8(struct buf *out, uint32_t c)
{
    uint8_t bytes[4];

    buf_append(out, (struct slice){ bytes, printable_put_utf8(bytes, c) });
}

static bool read_unicode(struct reader *r)
{
    int32_t c = read_unit(r), low;

    if (c >= 0xd800 && c < 0xdc00) {
        if (input_next(r->input) != '\\' || input_next(r->input) != 'u')
            return false;
        low = read_unit(r);
        if (low < 0xdc00 || low > 0xdfff)
            return false;
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }
    if (c >= 0)
        put_utf8(&r->text, (uint32_t)c);
    return c >= 0;
}

/* A string, behind its first quote, into r->text. */
static enum status read_string(struct reader *r)
{
    static const char escapes[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";

    buf_reset(&r->text);
    for (;;) {
        int c = input_next(r->input);
        const char *escape;

        if (c == '"')
            return buf_status(&r->text);
        if (c < 0)
            return err_set(STATUS_CORRUPT, "the JSON is cut off");
        if (c != '\\') {
            buf_byte(&r->text, (uint8_t)c);
            continue;
        }
        c = input_next(r->input);
        escape = c > 0 ? strchr(escapes, c) : NULL;
        if (escape)
            buf_byte(&r->text, (uint8_t)values[escape - escapes]);
        else if (c != 'u' || !read_unicode(r))
            return err_set(STATUS_CORRUPT, "the JSON holds a wrong escape");
    }
}

/* A number, true, false or null, of which `first` has been taken. */
static enum status read_word(struct reader *r, int first)
{
    buf_reset(&r->text);
    buf_byte(&r->text, (uint8_t)first);
    for (int c; (c = input_peek(r->input)) > ' ' && !strchr(",:]}[{\"", c);)
        buf_byte(&r->text, (uint8_t)input_next(r->input));
    return buf_status(&r->text);
}

/* --- what it means --- */

static void begin_row(struct reader *r)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        buf_reset(&r->fields[i]);
    r->row = r->depth;
    r->known = true;
}

static enum status end_row(struct reader *r)
{
    struct inventory_row row = {
        .key = buf_view(&r->fields[COLUMN_KEY]),
        .version_id = buf_view(&r->fields[COLUMN_VERSION_ID]),
        .last_modified = buf_view(&r->fields[COLUMN_LAST_MODIFIED]),
        .etag = inventory_unquote(buf_view(&r->fields[COLUMN_ETAG])),
        .size = buf_view(&r->fields[COLUMN_SIZE]),
        .latest = !r->versioned || slice_eq(buf_view(&r->fields[COLUMN_IS_LATEST]), SLICE("true")),
    };

    r->row = 0;
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        if (buf_status(&r->fields[i]))
            return r->fields[i].failed;
    return row.key.len ? r->callbacks->row(r->callbacks->ctx, &row) : STATUS_OK;
}

static enum status open_level(struct reader *r, bool array)
{
    if (r->depth == DEPTH_MAX)
        return err_set(STATUS_CORRUPT, "the JSON is nested deeper than any inventory");
    r->levels[r->depth++] = (struct level){ .array = array };
    if (array || r->row || r->depth < 3 || !r->levels[r->depth - 2].array)
        return STATUS_OK;
    r->versioned = is_called(r, r->depth - 3, "Versions");
    if (r->versioned || is_called(r, r->depth - 3, "Contents"))
        begin_row(r);
    return STATUS_OK;
}

static enum status close_level(struct reader *r)
{
    enum status status = STATUS_OK;

    if (!r->depth)
        return err_set(STATUS_CORRUPT, "the JSON closes more than it opened");
    if (r->row == r->depth)
        status = end_row(r);
    r->depth--;
    return status;
}

/* A string or word, in r->text, that is the value of the innermost level's member. */
static enum status take_value(struct reader *r)
{
    struct slice text = buf_view(&r->text);

    if (r->row == r->depth && r->row) {
        for (size_t i = 0; i < COLUMN_COUNT; i++)
            if (names[i] && is_called(r, r->depth - 1, names[i])) {
                buf_reset(&r->fields[i]);
                buf_append(&r->fields[i], text);
            }
    } else if (r->depth == 1 && is_called(r, 0, "fileSchema")) {
        r->known = true;
        buf_reset(&r->schema);
        buf_append(&r->schema, text);
    } else if (r->depth == 3 && is_called(r, 0, "files") && is_called(r, 2, "key")) {
        buf_append(&r->files, (struct slice){ (const uint8_t *)buf_cstr(&r->text), text.len });
        buf_byte(&r->files, 0);
        r->file_count++;
    }
    return STATUS_OK;
}

/* A string is the name of a member where a colon follows it. */
static enum status take_string(struct reader *r)
{
    enum status status = read_string(r);
    struct level *level = r->depth ? &r->levels[r->depth - 1] : NULL;
    int c;

    if (status)
        return status;
    while ((c = input_peek(r->input)) == ' ' || c == '\t' || c == '\n' || c == '\r')
        input_next(r->input);
    if (c != ':' || !level || level->array)
        return take_value(r);
    input_next(r->input);
    snprintf(level->name, sizeof(level->name), "%s", buf_cstr(&r->text));
    r->known |= r->depth == 1 && (is_called(r, 0, "Contents") || is_called(r, 0, "Versions") ||
                                  is_called(r, 0, "DeleteMarkers"));
    return STATUS_OK;
}

static enum status read_all(struct reader *r)
{
    enum status status = STATUS_OK;

    while (status >= 0) {
        int c = input_next(r->input);

        if (c < 0)
            break;
        if (c == '{' || c == '[')
            status = open_level(r, c == '[');
        else if (c == '}' || c == ']')
            status = close_level(r);
        else if (c == '"')
            status = take_string(r);
        else if (c > ' ' && c != ',' && c != ':')
            status = (status = read_word(r, c)) ? status : take_value(r);
    }
    if (status < 0)
        return status;
    if (r->depth && !r->input->failed)
        return err_set(STATUS_CORRUPT, "the JSON is cut off");
    if (!r->known && !r->input->failed)
        return err_set(STATUS_CORRUPT, "JSON, but no listing of a bucket and no manifest");
    return STATUS_OK;
}

enum status inventory_json(struct input *input, const struct inventory_callbacks *callbacks)
{
    struct reader r = { .input = input,
                        .callbacks = callbacks,
                        .text.max = LIMIT_INVENTORY_VALUE_BYTES,
                        .schema.max = LIMIT_INVENTORY_VALUE_BYTES,
                        .files.max = LIMIT_INVENTORY_FILES_BYTES };
    enum status status = read_all(&r);

    if (!status && r.schema.len)
        status = buf_status(&r.schema) ? r.schema.failed : buf_status(&r.files);
    if (!status && r.schema.len && !input->failed)
        status = callbacks->manifest(callbacks->ctx, buf_view(&r.schema), buf_cstr(&r.files),
                                     r.file_count);
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        buf_release(&r.fields[i]);
    buf_release(&r.text);
    buf_release(&r.schema);
    buf_release(&r.files);
    return status;
}
