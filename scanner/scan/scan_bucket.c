/*
 * scan_bucket.c - what a worker does with an object that has come: archive or document, into an
 * outcome of its own, which counts once the object was read to its end.
 */
#include "scan/scan_bucket.h"

#include <inttypes.h>
#include <stdlib.h>

#include "scan/resume.h"
#include "scan/scan_archive.h"
#include "scan/scan_document.h"

struct scan_buckets {
    struct scan_bucket_options options;
    const struct ruleset *set;
    struct fetch *fetch;
    struct resume *resume; /* NULL: there is nothing to go on from */
    struct buf choice;     /* text for which objects are wanted */
    struct reader *readers;
    struct progress *progress;
};

/* --- targets --- */

enum status scan_buckets_new(struct scan_buckets **out, const struct scan_bucket_options *options,
                             const struct ruleset *set)
{
    struct scan_buckets *b = calloc(1, sizeof(*b));

    if (!b)
        return err_nomem();
    b->options = *options;
    b->set = set;
    if (fetch_new(&b->fetch, &options->fetch)) {
        free(b);
        return STATUS_NOMEM;
    }
    *out = b;
    return STATUS_OK;
}

static void put_choice(struct buf *out, const struct fetch_options *options)
{
    buf_printf(out, "%d %" PRIu64, options->versions, options->max_object_size);
    for (size_t i = 0; i < options->filter_count; i++)
        buf_printf(out, "%c%d%s", 0, options->filters[i].include, options->filters[i].pattern);
}

static enum status open_resume(struct scan_buckets *b)
{
    struct resume_options options = { .path = b->options.resume,
                                      .settings = { .rules_file = b->options.rules_file,
                                                    .archive_depth = b->options.archive_depth,
                                                    .ignore_marks = b->options.ignore_marks },
                                      .set = b->set,
                                      .whole_secrets = b->options.whole_secrets };

    if (!b->options.resume || b->resume)
        return STATUS_OK;
    put_choice(&b->choice, &b->options.fetch);
    options.choice = buf_view(&b->choice);
    return buf_status(&b->choice) ? STATUS_NOMEM : resume_open(&b->resume, &options);
}

enum status scan_buckets_add(struct scan_buckets *b, const char *target)
{
    enum status status = fetch_add(b->fetch, target);

    return status ? status : open_resume(b);
}

/* --- one object --- */

static struct resume_key key_of(const struct fetch_entry *entry)
{
    const struct s3_object *object = entry->object;

    return (struct resume_key){ .target = entry->target,
                                .bucket = entry->bucket,
                                .key = object->key,
                                .version_id = object->version_id,
                                .etag = object->etag[0] ? object->etag : NULL,
                                .size = object->size };
}

/* On the lister's thread. */
static bool is_known(void *ctx, const struct fetch_entry *entry, struct outcome *outcome)
{
    const struct scan_buckets *b = ctx;
    struct resume_key key = key_of(entry);

    bool known = b->resume && resume_take(b->resume, &key, outcome);

    if (known)
        progress_step(b->progress, 0, PROGRESS_OPEN_STEPS + entry->object->size);
    return known;
}

/* On the lister's thread. */
static void on_listed(void *ctx, const char *target)
{
    const struct scan_buckets *b = ctx;

    if (b->resume)
        resume_listed(b->resume, target);
}

/* On any thread. */
static void on_asking(void *ctx, bool now)
{
    const struct scan_buckets *b = ctx;

    progress_hold(b->progress, now);
}

/* On a thread of its own. */
static void on_counted(void *ctx, uint64_t objects, uint64_t bytes)
{
    const struct scan_buckets *b = ctx;

    progress_expect(b->progress, objects * PROGRESS_OPEN_STEPS + bytes);
}

/* Without the quotes that HTTP wants. */
static void put_etag(struct buf *out, const char *etag)
{
    size_t len = strlen(etag);

    if (len >= 2 && etag[0] == '"' && etag[len - 1] == '"')
        buf_append(out, (struct slice){ (const uint8_t *)etag + 1, len - 2 });
    else
        buf_text(out, etag);
}

/* What one worker reads an object with. */
struct reading {
    const struct scan_buckets *buckets;
    struct reader *reader;
    uint64_t left; /* bytes that progress does not know to be done */
};

static void scan_content(struct reading *reading, struct download *download,
                         const struct finding *origin)
{
    struct reader *reader = reading->reader;
    unsigned depth = reading->buckets->options.archive_depth;
    uint64_t size = download_object(download)->size;
    struct slice head = download_head(download);
    enum archive_kind kind = depth ? archive_sniff(head) : ARCHIVE_NONE;
    struct stream raw = download_stream(download);
    struct progress_stream counted = { &raw, reader->progress, reader->worker, reading->left };
    struct stream stream = progress_stream(&counted);
    /* Nobody helps: each worker has an object of its own, and one that is begun again forgets all.
     */
    struct archive_scan archive = { .reader = reader, .depth = depth };

    if (!kind) {
        scan_document(reader, &stream, size, UINT64_MAX, origin, NULL);
    } else if (size > LIMIT_ARCHIVE_MEMORY_BYTES && archive_is_indexed(kind)) {
        struct seekable source = download_seekable(download);

        scan_archive_seekable(&archive, &source, kind, origin);
    } else if (head.len < size) {
        scan_archive_stream(&archive, &stream, size, kind, origin);
    } else {
        scan_archive_memory(&archive, head, kind, origin);
    }
    reading->left = counted.left;
}

/* One reading of the object, into the reader's outcome. */
static void scan_once(void *ctx, const struct fetch_entry *entry, struct download *download)
{
    struct reading *reading = ctx;
    const struct s3_object *object = entry->object;
    struct buf etag = { 0 };
    struct s3_origin s3 = { .bucket = entry->bucket,
                            .key = object->key,
                            .version_id = object->version_id,
                            .last_modified =
                                object->last_modified[0] ? object->last_modified : NULL };
    struct finding origin = { .target = entry->target, .path = entry->path, .s3 = &s3 };

    put_etag(&etag, object->etag);
    if (etag.failed) {
        outcome_trouble(reading->reader->outcome, SKIP_LIMIT, entry->target, entry->path,
                        "out of memory for the ETag of an object");
    } else {
        s3.etag = etag.len ? buf_cstr(&etag) : NULL;
        scan_content(reading, download, &origin);
    }
    buf_release(&etag);
}

/* On a worker: the object has an outcome of its own until it has been read to its end. */
static enum status scan_object(void *ctx, unsigned worker, struct fetched *fetched)
{
    const struct scan_buckets *b = ctx;
    struct reader *reader = &b->readers[worker];
    struct reading reading = { b, reader, fetched_entry(fetched).object->size };
    struct outcome *gathered = reader->outcome, own = { 0 };
    uint64_t kept_back = reader->kept_back;

    reader->outcome = &own;
    lane_redirect(reader->lane, &own);
    fetch_read(fetched, &own, scan_once, &reading);
    reader->outcome = gathered;
    lane_redirect(reader->lane, gathered);
    if (b->resume && reader->kept_back == kept_back) {
        struct fetch_entry entry = fetched_entry(fetched);
        struct resume_key key = key_of(&entry);

        resume_note(b->resume, &key, &own);
    }
    outcome_pour(gathered, &own);
    outcome_release(&own);
    progress_step(b->progress, worker, PROGRESS_OPEN_STEPS + reading.left);
    return STATUS_OK;
}

/* --- the run --- */

enum status scan_buckets_run(struct scan_buckets *b, struct pool *pool, struct reader *readers,
                             struct outcome *outcome, struct progress *progress)
{
    struct fetch_callbacks callbacks = { .ctx = b,
                                         .known = is_known,
                                         .listed = on_listed,
                                         .asking = on_asking,
                                         .object = scan_object,
                                         .counted = progress ? on_counted : NULL };
    enum status status;

    progress_begin(progress, "buckets");
    b->readers = readers;
    b->progress = progress;
    status = fetch_run(b->fetch, pool, &callbacks, outcome);
    progress_begin(progress, NULL);
    if (!status && b->resume && resume_end(b->resume))
        outcome_trouble(outcome, SKIP_UNREADABLE, NULL, NULL, "%s", err_text());
    return status;
}

void scan_buckets_free(struct scan_buckets *b)
{
    if (!b)
        return;
    fetch_free(b->fetch);
    resume_close(b->resume);
    buf_release(&b->choice);
    free(b);
}
