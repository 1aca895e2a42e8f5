/* mirrored.c - a table of the objects with findings, and rows of inventories that go past it. */
#include "scan/mirrored.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "decode/archive.h"
#include "source/inventory.h"
#include "source/pieces.h"

/* How sure it is that a row tells of the version that the file holds. */
enum likeness { UNLIKE, CURRENT, SAME_DATE };

struct object {
    struct s3_origin s3; /* what findings will point to */
    uint64_t size;       /* of the file */
    time_t date;
    bool gone; /* the file is no longer there: no row can be compared with it */
    enum likeness likeness;
    struct slice true_key; /* that the file system could not keep; NULL: that of s3 */
};

struct describing {
    const struct mirrors *mirrors;
    struct arena *arena;
    struct outcome *outcome;
    struct object *objects; /* count of them, by bucket and key */
    size_t count;
    const char *inventory; /* the file being read */
    const char *schema;    /* of it, from its manifest; NULL: it tells itself */
    struct buf plain;      /* a key as a file system reads it */
    bool in_manifest;      /* what a manifest names is no manifest */
};

/* --- the table --- */

static int by_name(const void *a, const void *b)
{
    const struct object *left = a, *right = b;
    int order = strcmp(left->s3.bucket, right->s3.bucket);

    return order ? order : slice_cmp(left->s3.key, right->s3.key);
}

static struct object *find_object(const struct describing *d, const struct s3_origin *s3)
{
    struct object key = { .s3 = *s3 };

    return bsearch(&key, d->objects, d->count, sizeof(key), by_name);
}

static void look_at_file(const struct describing *d, struct object *object)
{
    struct buf path = { 0 };
    struct stat st;

    object->gone = !mirrors_path(d->mirrors, &object->s3, &path) || lstat(buf_cstr(&path), &st);
    if (!object->gone) {
        object->size = (uint64_t)st.st_size;
        object->date = st.st_mtime;
    }
    buf_release(&path);
}

static enum status list_objects(struct describing *d)
{
    size_t n = 0;
    bool good = true;

    d->objects = arena_alloc(d->arena, d->outcome->finding_count * sizeof(*d->objects));
    if (!d->objects)
        return err_nomem();
    for (size_t i = 0; i < d->outcome->finding_count; i++)
        if (d->outcome->findings[i].s3)
            d->objects[n++].s3 = *d->outcome->findings[i].s3;
    if (n)
        qsort(d->objects, n, sizeof(*d->objects), by_name);
    for (size_t i = 0; i < n; i++)
        if (!d->count || by_name(&d->objects[d->count - 1], &d->objects[i]))
            d->objects[d->count++] = d->objects[i];
    for (size_t i = 0; i < d->count; i++) {
        look_at_file(d, &d->objects[i]);
        d->objects[i].s3.key = arena_keep(d->arena, d->objects[i].s3.key, &good);
        d->objects[i].s3.bucket = arena_keep_text(d->arena, d->objects[i].s3.bucket, &good);
    }
    return good ? STATUS_OK : err_nomem();
}

/* --- rows --- */

/* Seconds since 1970 of an RFC 3339 date, as S3 writes it. False: it is none. */
static bool read_date(struct slice text, time_t *out)
{
    char copy[40];
    struct tm tm = { 0 };
    int hours = 0, minutes = 0;
    char *end;

    if (!text.len || text.len >= sizeof(copy))
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = 0;
    end = strptime(copy, "%Y-%m-%dT%H:%M:%S", &tm);
    if (end && *end == '.')
        end += 1 + strspn(end + 1, "0123456789");
    if (!end || (strcmp(end, "Z") && sscanf(end, "%3d:%2d", &hours, &minutes) != 2))
        return false;
    *out = timegm(&tm) - (hours * 60 + (hours < 0 ? -minutes : minutes)) * 60;
    return true;
}

static bool has_size(const struct inventory_row *row, uint64_t size)
{
    char digits[24];
    int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)size);

    return !row->size.len ||
           slice_eq(row->size, (struct slice){ (const uint8_t *)digits, (size_t)len });
}

static enum likeness compare(const struct object *object, const struct inventory_row *row)
{
    time_t date;

    if (object->gone || !has_size(row, object->size) || !read_date(row->last_modified, &date))
        return UNLIKE;
    if (date == object->date)
        return SAME_DATE;
    return row->latest && date < object->date ? CURRENT : UNLIKE;
}

/*
 * The object of a row. A key such as "a//b" or "./a" lies in the mirror as the file system reads
 * it: a/b, a.
 */
static struct object *object_of(struct describing *d, const char *bucket, struct slice key)
{
    struct s3_origin name = { .bucket = bucket, .key = key };
    struct object *object = find_object(d, &name);
    struct buf *plain = &d->plain;

    if (object)
        return object;
    buf_reset(plain);
    for (size_t at = 0, end; at < key.len; at = end + 1) {
        const uint8_t *slash = memchr(key.ptr + at, '/', key.len - at);
        struct slice word;

        end = slash ? (size_t)(slash - key.ptr) : key.len;
        word = slice_sub(key, at, end);
        if (!word.len || slice_eq(word, SLICE(".")))
            continue;
        if (plain->len)
            buf_byte(plain, '/');
        buf_append(plain, word);
    }
    name.key = buf_view(plain);
    return buf_status(plain) || name.key.len == key.len ? NULL : find_object(d, &name);
}

/* A text of the inventory; NULL where it tells none. */
static const char *keep_text(struct arena *arena, struct slice text, bool *good)
{
    return text.len ? (const char *)arena_keep(arena, text, good).ptr : NULL;
}

static enum status on_row(void *ctx, const struct inventory_row *row)
{
    struct describing *d = ctx;
    const char *only = mirrors_bucket(d->mirrors);
    char bucket[512];
    const char *name = only;
    struct object *object;
    enum likeness likeness;
    bool good = true;

    if (!row->bucket.len && !only)
        return err_set(STATUS_INVALID, "it names no bucket, and the mirrors are of several");
    if (row->bucket.len >= sizeof(bucket))
        return STATUS_OK;
    if (row->bucket.len) {
        memcpy(bucket, row->bucket.ptr, row->bucket.len);
        bucket[row->bucket.len] = 0;
        name = bucket;
    }
    object = object_of(d, name, row->key);
    likeness = object ? compare(object, row) : UNLIKE;
    if (likeness == UNLIKE || likeness <= object->likeness)
        return STATUS_OK;
    object->likeness = likeness;
    object->true_key = arena_keep(d->arena, row->key, &good);
    object->s3.version_id = keep_text(d->arena, row->version_id, &good);
    object->s3.last_modified = keep_text(d->arena, row->last_modified, &good);
    object->s3.etag = keep_text(d->arena, row->etag, &good);
    return good ? STATUS_OK : err_nomem();
}

/* --- files --- */

static void read_inventory(struct describing *d, const char *path, const char *schema);

/* The file that a manifest calls `key`: beside it, or where S3 puts it, in data/ beside or above.
 */
static bool find_data(const struct describing *d, const char *key, struct buf *path)
{
    static const char *const folders[] = { "", "data/", "../data/" };
    const char *slash = strrchr(d->inventory, '/'), *name = strrchr(key, '/');
    size_t len = slash ? (size_t)(slash + 1 - d->inventory) : 0;

    name = name ? name + 1 : key;
    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        buf_reset(path);
        buf_append(path, (struct slice){ (const uint8_t *)d->inventory, len });
        buf_text(path, folders[i]);
        buf_text(path, name);
        if (!buf_status(path) && access(buf_cstr(path), F_OK) == 0)
            return true;
    }
    return false;
}

static enum status on_manifest(void *ctx, struct slice schema, const char *files, size_t count)
{
    struct describing outer = *(struct describing *)ctx, *d = ctx;
    const char *columns = (const char *)arena_copy(d->arena, schema).ptr;

    if (!columns)
        return err_nomem();
    if (outer.in_manifest)
        return err_set(STATUS_CORRUPT, "a manifest that another manifest names");
    d->in_manifest = true;
    for (size_t i = 0; i < count; i++, files += strlen(files) + 1) {
        struct buf path = { 0 };

        if (find_data(&outer, files, &path))
            read_inventory(d, buf_cstr(&path), columns);
        else
            outcome_trouble(d->outcome, SKIP_UNREADABLE, NULL, outer.inventory,
                            "its file %s is not there", files);
        buf_release(&path);
        d->inventory = outer.inventory;
    }
    d->in_manifest = false;
    d->schema = outer.schema;
    return STATUS_OK;
}

static enum status read_stream(struct describing *d, const struct stream *stream)
{
    struct inventory_callbacks callbacks = { d, on_row, on_manifest };

    return inventory_read(stream, d->schema, &callbacks);
}

static enum status on_document(void *ctx, const char *path, const struct stream *stream)
{
    struct describing *d = ctx;

    if (read_stream(d, stream) < 0)
        outcome_trouble(d->outcome, SKIP_UNREADABLE, NULL, path, "%s", err_text());
    return STATUS_OK;
}

static enum status on_whole(void *ctx, const char *path, struct slice bytes)
{
    struct stream stream = stream_of_bytes(&bytes);

    return on_document(ctx, path, &stream);
}

static void on_loss(void *ctx, enum archive_loss why, const char *path, const char *message)
{
    struct describing *d = ctx;

    (void)why;
    outcome_trouble(d->outcome, SKIP_UNREADABLE, NULL, path, "%s", message);
}

/* Read one file, unpacked where it is compressed. */
static void read_inventory(struct describing *d, const char *path, const char *schema)
{
    struct archive_limits limits = { .depth = 2, .expanded_bytes = UINT64_MAX, .members = 1000 };
    struct archive_callbacks callbacks = {
        .ctx = d, .document = on_document, .whole = on_whole, .loss = on_loss
    };
    uint8_t head[ARCHIVE_SNIFF_BYTES];
    int fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : pread(fd, head, sizeof(head), 0);
    struct stream stream = stream_of_fd(&fd);
    enum archive_kind kind;
    struct stat st;
    uint64_t archives = 0;
    enum status status;

    d->inventory = path;
    d->schema = schema;
    if (n < 0 || fstat(fd, &st)) {
        outcome_trouble(d->outcome, SKIP_UNREADABLE, NULL, path, "%s", strerror(errno));
    } else {
        kind = archive_sniff((struct slice){ head, (size_t)n });
        status = kind ? archive_unpack(fd, (uint64_t)st.st_size, kind, path, &limits, &callbacks,
                                       &archives)
                      : read_stream(d, &stream);
        if (status < 0)
            outcome_trouble(d->outcome, SKIP_UNREADABLE, NULL, path, "%s", err_text());
    }
    if (fd >= 0)
        close(fd);
}

enum status mirrored_describe(const struct mirrors *mirrors, const char *const *inventories,
                              size_t count, struct arena *arena, struct outcome *outcome)
{
    struct describing d = { .mirrors = mirrors, .arena = arena, .outcome = outcome };
    enum status status = list_objects(&d);

    for (size_t i = 0; i < count && !status && d.count; i++)
        read_inventory(&d, inventories[i], NULL);
    for (size_t i = 0; i < outcome->finding_count && !status; i++) {
        struct finding *finding = &outcome->findings[i];

        if (finding->s3)
            finding->s3 = &find_object(&d, finding->s3)->s3;
    }
    for (size_t i = 0; i < d.count && !status; i++)
        if (d.objects[i].true_key.ptr)
            d.objects[i].s3.key = d.objects[i].true_key;
    buf_release(&d.plain);
    return status;
}
