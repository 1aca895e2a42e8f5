/*
 * inventory.h - read what lists the objects of a bucket: its keys, versions, dates and ETags.
 *
 * Three forms are told apart by their content: the JSON that `aws s3api list-objects-v2` and
 * `list-object-versions` print, S3 Inventory's CSV, and the manifest.json of an S3 Inventory, which
 * names the CSV files and their columns. Any size is read in one pass and little memory. Forms:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
 *
 * May include: base. Threads: pure.
 */
#ifndef SOURCE_INVENTORY_H
#define SOURCE_INVENTORY_H

#include "base/slice.h"
#include "base/status.h"
#include "base/stream.h"

/* Columns of S3 Inventory that are looked at, by their names in a fileSchema. */
enum inventory_column {
    COLUMN_BUCKET,
    COLUMN_KEY,
    COLUMN_VERSION_ID,
    COLUMN_IS_LATEST,
    COLUMN_IS_DELETE_MARKER,
    COLUMN_SIZE,
    COLUMN_LAST_MODIFIED,
    COLUMN_ETAG,
    COLUMN_COUNT
};

/* One version of one object. Texts are empty where they are not told, and die with the call. */
struct inventory_row {
    struct slice bucket;
    struct slice key;           /* raw bytes */
    struct slice version_id;    /* never empty where versions are listed */
    struct slice last_modified; /* as it stands */
    struct slice etag;          /* without quotes */
    struct slice size;          /* decimal digits, as it stands */
    bool latest;                /* the current version; true where versions are not listed */
};

struct inventory_callbacks {
    void *ctx;
    /* A version of an object; delete markers are left out. Below 0 ends the reading. */
    enum status (*row)(void *ctx, const struct inventory_row *row);
    /*
     * The manifest of a CSV inventory: its column names, separated by commas, and the `count` keys
     * of its files, each ended by a NUL, behind one another at `files`.
     */
    enum status (*manifest)(void *ctx, struct slice schema, const char *files, size_t count);
};

/*
 * Read an inventory from `stream` to its end. `schema` names the columns of a CSV as a manifest
 * does; NULL: the file's first line, where it holds names, or the columns that S3 Inventory writes
 * first: Bucket, Key, and then VersionId, IsLatest, IsDeleteMarker if the fourth column is true or
 * false, and Size, LastModifiedDate, ETag. Returns what a callback returned below 0; STATUS_CORRUPT
 * where it is no inventory, STATUS_UNSUPPORTED where it is one in ORC or Parquet, STATUS_LIMIT for
 * a value longer than any key, STATUS_IO with the stream's text, STATUS_NOMEM.
 */
enum status inventory_read(const struct stream *stream, const char *schema,
                           const struct inventory_callbacks *callbacks);

#endif
