/*
 * inventory_csv.c - S3 Inventory's CSV: no first line of names of its own, every value in quotes,
 * keys encoded as in a URL.
 */
#include <strings.h>

#include "base/csv.h"
#include "base/hex.h"
#include "base/limits.h"
#include "source/inventory_private.h"

enum { NONE = -1 };

struct reader {
    const struct inventory_callbacks *callbacks;
    struct csv_row row;
    int columns[COLUMN_COUNT]; /* where each stands in a line; NONE: it does not */
};

static const char *const names[COLUMN_COUNT] = {
    [COLUMN_BUCKET] = "Bucket",
    [COLUMN_KEY] = "Key",
    [COLUMN_VERSION_ID] = "VersionId",
    [COLUMN_IS_LATEST] = "IsLatest",
    [COLUMN_IS_DELETE_MARKER] = "IsDeleteMarker",
    [COLUMN_SIZE] = "Size",
    [COLUMN_LAST_MODIFIED] = "LastModifiedDate",
    [COLUMN_ETAG] = "ETag",
};

/* --- columns --- */

static void name_column(struct reader *r, struct slice name, int at)
{
    while (name.len && *name.ptr == ' ')
        name = slice_sub(name, 1, name.len);
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        if (name.len == strlen(names[i]) &&
            strncasecmp((const char *)name.ptr, names[i], name.len) == 0)
            r->columns[i] = at;
}

static void no_columns(struct reader *r)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        r->columns[i] = NONE;
}

static void set_schema(struct reader *r, const char *schema)
{
    no_columns(r);
    for (int at = 0; *schema; at++) {
        size_t len = strcspn(schema, ",");

        name_column(r, (struct slice){ (const uint8_t *)schema, len }, at);
        schema += len + (schema[len] == ',');
    }
}

static bool is_flag(struct slice value)
{
    return slice_eq(value, SLICE("true")) || slice_eq(value, SLICE("false"));
}

/* Columns by the first line. True: it holds their names and no object. */
static bool guess_schema(struct reader *r)
{
    no_columns(r);
    for (size_t i = 0; i < r->row.count; i++)
        name_column(r, r->row.values[i], (int)i);
    if (r->columns[COLUMN_KEY] != NONE)
        return true;
    set_schema(r, r->row.count > 3 && is_flag(r->row.values[3])
                      ? "Bucket,Key,VersionId,IsLatest,IsDeleteMarker,Size,LastModifiedDate,ETag"
                      : "Bucket,Key,Size,LastModifiedDate,ETag");
    return false;
}

/* --- rows --- */

/* Undo the URL's encoding in place, in the reader's own line. */
static struct slice decode_key(const struct reader *r, struct slice key)
{
    uint8_t *out = key.len ? r->row.text.ptr + (key.ptr - r->row.text.ptr) : NULL;
    size_t len = 0;

    for (size_t i = 0; i < key.len; i++) {
        int high = i + 2 < key.len ? hex_digit(key.ptr[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(key.ptr[i + 2]) : -1;
        bool encoded = key.ptr[i] == '%' && low >= 0;

        out[len++] = encoded ? (uint8_t)(high << 4 | low) : key.ptr[i] == '+' ? ' ' : key.ptr[i];
        i += encoded ? 2 : 0;
    }
    return (struct slice){ out, len };
}

static struct slice value_of(const struct reader *r, enum inventory_column column)
{
    int at = r->columns[column];

    return at != NONE && (size_t)at < r->row.count ? r->row.values[at] : (struct slice){ 0 };
}

static enum status take_row(struct reader *r)
{
    struct slice latest = value_of(r, COLUMN_IS_LATEST);
    struct inventory_row row = {
        .bucket = value_of(r, COLUMN_BUCKET),
        .key = decode_key(r, value_of(r, COLUMN_KEY)),
        .version_id = value_of(r, COLUMN_VERSION_ID),
        .last_modified = value_of(r, COLUMN_LAST_MODIFIED),
        .etag = inventory_unquote(value_of(r, COLUMN_ETAG)),
        .size = value_of(r, COLUMN_SIZE),
        .latest = !latest.len || slice_eq(latest, SLICE("true")),
    };

    if (!row.key.len || slice_eq(value_of(r, COLUMN_IS_DELETE_MARKER), SLICE("true")))
        return STATUS_OK;
    /* What was written before the bucket had versions has an empty id there. */
    if (r->columns[COLUMN_VERSION_ID] != NONE && !row.version_id.len)
        row.version_id = SLICE("null");
    return r->callbacks->row(r->callbacks->ctx, &row);
}

enum status inventory_csv(struct input *input, const char *schema,
                          const struct inventory_callbacks *callbacks)
{
    struct reader r = { .callbacks = callbacks, .row.text.max = LIMIT_INVENTORY_VALUE_BYTES };
    enum status status = STATUS_OK;
    bool first = true;

    if (schema)
        set_schema(&r, schema);
    while (!status && csv_next(&r.row, input)) {
        bool heading = false;

        status = buf_status(&r.row.text);
        if (!status && first && !schema)
            heading = guess_schema(&r);
        if (!status && first && r.row.count < 2)
            status = err_set(STATUS_CORRUPT, "no inventory: neither JSON nor CSV");
        if (!status && !heading)
            status = take_row(&r);
        first = false;
    }
    if (first && !input->failed)
        status = err_set(STATUS_CORRUPT, "the inventory is empty");
    csv_release(&r.row);
    return status;
}
