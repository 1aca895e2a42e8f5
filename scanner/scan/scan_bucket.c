/*
 * scan_bucket.c - a lister, a bounded number of downloads, and workers that take what is ready.
 *
 *   lister ──► download ──(libcurl's thread)──► ready ──► worker ──► outcome
 *     ▲                                                     │
 *     └───────────────────── room ◄─────────────────────────┘
 *
 * Objects are scanned in the order in which they come: none waits for a slow one. The order of the
 * findings is the report's to make.
 */
#include "scan/scan_bucket.h"

#include <stdlib.h>

#include "aws/download.h"
#include "base/limits.h"
#include "base/version.h"
#include "scan/resume.h"
#include "scan/scan_archive.h"
#include "scan/scan_document.h"

#define SCHEME "s3://"

/* One target. */
struct bucket_target {
    const char *target;
    struct slice name, prefix; /* of `target` */
    struct s3_bucket *bucket;  /* NULL before the run */
};

/* A download, and what it is for. */
struct flight {
    struct scan_buckets *buckets;
    const struct bucket_target *target;
    struct download *download;
    struct flight *next; /* in `ready` */
};

/* What keeps one worker of the pool busy until all is scanned. */
struct bucket_task {
    struct task task;
    struct scan_buckets *buckets;
};

struct scan_buckets {
    struct scan_bucket_options options;
    const struct ruleset *set;
    bool loaded;
    struct settings settings;
    struct resume *resume; /* NULL: there is nothing to go on from */
    struct call_client *client;
    struct credentials *credentials;
    struct bucket_target *targets; /* target_count of them */
    size_t target_count, target_cap;
    struct bucket_task *tasks; /* one a worker */
    struct reader *readers;
    struct progress *progress;
    struct download_budget budget;
    struct outcome listed; /* the lister's, while it runs */

    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t wake;  /* something is ready, or all is over */
    pthread_cond_t room;  /* fewer are flying */
    struct flight *first, *last;
    unsigned flying; /* begun and not yet scanned */
    bool all_begun;
};

/* --- targets --- */

bool scan_bucket_is_target(const char *target)
{
    return strncmp(target, SCHEME, strlen(SCHEME)) == 0;
}

enum status scan_buckets_new(struct scan_buckets **out, const struct scan_bucket_options *options,
                             const struct ruleset *set)
{
    struct scan_buckets *b = calloc(1, sizeof(*b));

    if (!b)
        return err_nomem();
    b->options = *options;
    b->set = set;
    download_budget_init(&b->budget, LIMIT_S3_FLIGHT_BYTES);
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->wake, NULL);
    pthread_cond_init(&b->room, NULL);
    *out = b;
    return STATUS_OK;
}

static enum status open_resume(struct scan_buckets *b)
{
    struct resume_options options = { .path = b->options.resume,
                                      .settings = { .rules_file = b->options.rules_file,
                                                    .archive_depth = b->options.archive_depth,
                                                    .ignore_marks = b->options.ignore_marks },
                                      .set = b->set,
                                      .whole_secrets = b->options.show_secrets };

    return b->options.resume && !b->resume ? resume_open(&b->resume, &options) : STATUS_OK;
}

static enum status load_settings(struct scan_buckets *b)
{
    struct settings_options options = { .profile = b->options.profile,
                                        .region = b->options.region,
                                        .endpoint_url = b->options.endpoint_url };
    enum status status = b->loaded ? STATUS_OK : settings_load(&b->settings, &options);

    b->loaded = !status;
    return status;
}

static enum status open_bucket(struct scan_buckets *b, struct bucket_target *target)
{
    struct s3_options options = { .settings = &b->settings,
                                  .client = b->client,
                                  .credentials = b->credentials,
                                  .addressing = b->options.addressing,
                                  .requester_pays = b->options.requester_pays };

    s3_close(target->bucket);
    target->bucket = NULL;
    return s3_open(&target->bucket, &options, target->name);
}

enum status scan_buckets_add(struct scan_buckets *b, const char *target)
{
    const char *name = target + strlen(SCHEME);
    size_t len = strcspn(name, "/");
    struct bucket_target added = { .target = target,
                                   .name = { (const uint8_t *)name, len },
                                   .prefix = slice_of(name[len] ? name + len + 1 : "") };
    enum status status = load_settings(b);

    if (!status)
        status = open_resume(b);
    /* Opened to see that it can be; the client is not there yet. */
    if (!status)
        status = open_bucket(b, &added);
    s3_close(added.bucket);
    added.bucket = NULL;
    if (status)
        return status;
    if (b->target_count == b->target_cap) {
        size_t cap = b->target_cap ? b->target_cap * 2 : 8;
        struct bucket_target *grown = realloc(b->targets, cap * sizeof(*grown));

        if (!grown)
            return err_nomem();
        b->targets = grown;
        b->target_cap = cap;
    }
    b->targets[b->target_count++] = added;
    return STATUS_OK;
}

/* --- the lister --- */

/* What the lister knows while it lists one target. */
struct listing {
    struct scan_buckets *buckets;
    const struct bucket_target *target;
    uint64_t seen, archived;
};

/* The key as filters see it: behind the folder that the prefix names. */
static struct slice filtered_name(const struct bucket_target *target, struct slice key)
{
    size_t folder = target->prefix.len;

    while (folder > 0 && target->prefix.ptr[folder - 1] != '/')
        folder--;
    return slice_sub(key, folder < key.len ? folder : key.len, key.len);
}

/* Must it be restored first? Classes of S3's StorageClass; GLACIER_IR can be read at once. */
static bool is_archived(const struct s3_object *object)
{
    return !object->is_restored && (strcmp(object->storage_class, "GLACIER") == 0 ||
                                    strcmp(object->storage_class, "DEEP_ARCHIVE") == 0);
}

/* Is the object to be read? What is not is counted. */
static bool is_wanted(struct listing *listing, const struct s3_object *object)
{
    const struct scan_bucket_options *options = &listing->buckets->options;
    uint64_t *skipped = listing->buckets->listed.coverage.skipped;

    listing->seen++;
    if (!glob_wants(options->filters, options->filter_count,
                    filtered_name(listing->target, object->key)))
        skipped[SKIP_EXCLUDED]++;
    else if (object->size > options->max_object_size)
        skipped[SKIP_TOO_LARGE]++;
    else if (is_archived(object))
        listing->archived++;
    else
        return true;
    return false;
}

/* On libcurl's thread. */
static void on_ready(void *ctx, struct download *download)
{
    struct flight *flight = ctx;
    struct scan_buckets *b = flight->buckets;

    (void)download;
    pthread_mutex_lock(&b->lock);
    if (b->last)
        b->last->next = flight;
    else
        b->first = flight;
    b->last = flight;
    pthread_cond_signal(&b->wake);
    pthread_mutex_unlock(&b->lock);
}

/* Wait until one object more may fly. */
static void wait_for_room(struct scan_buckets *b, uint64_t bytes)
{
    pthread_mutex_lock(&b->lock);
    while (b->flying >= LIMIT_S3_FLIGHT_OBJECTS ||
           !download_budget_take(&b->budget, bytes, b->flying == 0))
        pthread_cond_wait(&b->room, &b->lock);
    b->flying++;
    pthread_mutex_unlock(&b->lock);
}

static struct resume_key key_of(const struct bucket_target *target, const struct s3_object *object)
{
    return (struct resume_key){ .bucket = s3_bucket_name(target->bucket),
                                .key = object->key,
                                .version_id = object->version_id,
                                .etag = object->etag[0] ? object->etag : NULL,
                                .size = object->size };
}

static enum status on_object(void *ctx, const struct s3_object *object)
{
    struct listing *listing = ctx;
    struct scan_buckets *b = listing->buckets;
    struct download_object what = { listing->target->bucket, object, !object->is_latest };
    struct resume_key key = key_of(listing->target, object);
    struct flight *flight;

    if (!is_wanted(listing, object))
        return STATUS_OK;
    if (b->resume && resume_take(b->resume, &key, listing->target->target, &b->listed))
        return STATUS_OK;
    flight = malloc(sizeof(*flight));
    if (!flight)
        return err_nomem();
    *flight = (struct flight){ .buckets = b, .target = listing->target };
    if (download_new(&flight->download, &what, &b->budget, on_ready, flight)) {
        free(flight);
        return STATUS_NOMEM;
    }
    wait_for_room(b, download_first_bytes(object->size));
    download_begin(flight->download);
    return STATUS_OK;
}

static void tell_skipped(struct scan_buckets *b, const struct listing *listing)
{
    const char *target = listing->target->target;

    if (!listing->seen && !b->options.allow_empty)
        outcome_trouble(&b->listed, SKIP_EMPTY, target, target, "%s",
                        listing->target->prefix.len
                            ? "the listing is empty: no object's key begins so"
                            : "the listing is empty: the bucket holds no object");
    if (!listing->archived)
        return;
    outcome_trouble(&b->listed, SKIP_ARCHIVED, target, target,
                    "%llu %s GLACIER or DEEP_ARCHIVE and cannot be read before being restored",
                    (unsigned long long)listing->archived,
                    listing->archived == 1 ? "object is in" : "objects are in");
    b->listed.coverage.skipped[SKIP_ARCHIVED] += listing->archived - 1;
}

static void *list_all(void *arg)
{
    struct scan_buckets *b = arg;

    for (size_t i = 0; i < b->target_count; i++) {
        const struct bucket_target *target = &b->targets[i];
        struct listing listing = { .buckets = b, .target = target };

        if (s3_list(target->bucket, target->prefix, b->options.versions, on_object, &listing))
            outcome_trouble(&b->listed, SKIP_UNREADABLE, target->target, target->target, "%s",
                            err_text());
        else
            tell_skipped(b, &listing);
    }
    pthread_mutex_lock(&b->lock);
    b->all_begun = true;
    pthread_cond_broadcast(&b->wake);
    pthread_mutex_unlock(&b->lock);
    return NULL;
}

/* --- one object --- */

/* "s3://bucket/key", and "?versionId=..." where it is not the latest version. */
static void put_path(struct buf *path, const struct bucket_target *target,
                     const struct s3_object *object)
{
    buf_printf(path, SCHEME "%s/", s3_bucket_name(target->bucket));
    buf_append(path, object->key);
    if (!object->is_latest && object->version_id)
        buf_printf(path, "?versionId=%s", object->version_id);
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

static uint64_t scan_content(const struct scan_buckets *b, struct reader *reader,
                             struct download *download, const struct finding *origin)
{
    uint64_t size = download_object(download)->size;
    struct slice head = download_head(download);
    enum archive_kind kind = b->options.archive_depth ? archive_sniff(head) : ARCHIVE_NONE;
    struct stream stream = download_stream(download);
    /* Nobody helps: each worker has an object of its own, and one that is begun again forgets all.
     */
    struct archive_scan archive = { .reader = reader, .depth = b->options.archive_depth };

    if (!kind)
        return scan_document(reader, &stream, size, UINT64_MAX, origin, NULL);
    if (head.len < size)
        return scan_archive_stream(&archive, &stream, size, kind, origin);
    scan_archive_memory(&archive, head, kind, origin);
    return size;
}

/* One reading of the object, into `reader`'s outcome. */
static uint64_t scan_once(const struct scan_buckets *b, struct reader *reader,
                          const struct flight *flight)
{
    const struct s3_object *object = download_object(flight->download);
    struct buf path = { 0 }, etag = { 0 };
    struct s3_origin s3 = { .bucket = s3_bucket_name(flight->target->bucket),
                            .key = object->key,
                            .version_id = object->version_id,
                            .last_modified =
                                object->last_modified[0] ? object->last_modified : NULL };
    struct finding origin = { .target = flight->target->target, .s3 = &s3 };
    uint64_t bytes = 0;

    put_path(&path, flight->target, object);
    put_etag(&etag, object->etag);
    if (path.failed || etag.failed) {
        outcome_trouble(reader->outcome, SKIP_LIMIT, origin.target, origin.target,
                        "out of memory for the name of an object");
    } else {
        s3.etag = etag.len ? buf_cstr(&etag) : NULL;
        origin.path = buf_cstr(&path);
        bytes = scan_content(b, reader, flight->download, &origin);
    }
    buf_release(&path);
    buf_release(&etag);
    return bytes;
}

static void tell_failure(struct outcome *outcome, const struct flight *flight, enum skip reason,
                         const char *text)
{
    struct buf path = { 0 };

    put_path(&path, flight->target, download_object(flight->download));
    outcome_trouble(outcome, reason, flight->target->target, buf_cstr(&path), "%s", text);
    buf_release(&path);
}

/* Drop what a reading has found that came to no good end. */
static void drop(struct outcome *outcome)
{
    struct outcome nothing = { 0 };

    outcome_release(outcome);
    *outcome = nothing;
}

/*
 * Read the object, again if it changes under the reading; what is found goes into the empty
 * `outcome`, and of a reading that was given up nothing.
 */
static uint64_t scan_whole(const struct scan_buckets *b, struct reader *reader,
                           const struct flight *flight, struct outcome *outcome)
{
    const char *text = "";
    enum download_failure failure;

    for (unsigned begun = 0;; begun++) {
        uint64_t bytes = scan_once(b, reader, flight);
        enum status status;

        failure = download_failed(flight->download, &text);
        if (failure == DOWNLOAD_GOOD) {
            outcome->coverage.objects++;
            return bytes;
        }
        if (failure != DOWNLOAD_CHANGED)
            break;
        drop(outcome);
        if (begun == LIMIT_S3_RESTARTS) {
            text = "it changes while it is read, each time anew";
            break;
        }
        status = download_restart(flight->download);
        if (status) {
            text = status == STATUS_ABSENT ? "it was deleted after it had been listed" : err_text();
            break;
        }
    }
    drop(outcome);
    tell_failure(outcome, flight, failure == DOWNLOAD_ARCHIVED ? SKIP_ARCHIVED : SKIP_UNREADABLE,
                 text);
    return 0;
}

/* On a worker: the object has an outcome of its own until it has been read to its end. */
static void scan_object(struct scan_buckets *b, unsigned worker, struct flight *flight)
{
    struct reader *reader = &b->readers[worker];
    struct outcome *gathered = reader->outcome, own = { 0 };
    uint64_t kept_back = reader->kept_back, bytes;

    reader->outcome = &own;
    lane_redirect(reader->lane, &own);
    bytes = scan_whole(b, reader, flight, &own);
    reader->outcome = gathered;
    lane_redirect(reader->lane, gathered);
    if (b->resume && reader->kept_back == kept_back) {
        struct resume_key key = key_of(flight->target, download_object(flight->download));

        resume_note(b->resume, &key, &own);
    }
    outcome_pour(gathered, &own);
    outcome_release(&own);
    progress_add(b->progress, worker, bytes);
}

/* --- workers --- */

/* The next object that is ready; NULL: there will be none. */
static struct flight *take_ready(struct scan_buckets *b)
{
    struct flight *flight;

    pthread_mutex_lock(&b->lock);
    while (!b->first && !(b->all_begun && !b->flying))
        pthread_cond_wait(&b->wake, &b->lock);
    flight = b->first;
    if (flight)
        b->first = flight->next;
    if (!b->first)
        b->last = NULL;
    pthread_mutex_unlock(&b->lock);
    return flight;
}

static void land(struct scan_buckets *b, struct flight *flight)
{
    download_free(flight->download);
    free(flight);
    pthread_mutex_lock(&b->lock);
    b->flying--;
    pthread_cond_signal(&b->room);
    if (b->all_begun && !b->flying)
        pthread_cond_broadcast(&b->wake);
    pthread_mutex_unlock(&b->lock);
}

static void run_worker(struct task *queued, unsigned worker)
{
    struct bucket_task *task = (struct bucket_task *)queued;
    struct flight *flight;

    while ((flight = take_ready(task->buckets))) {
        scan_object(task->buckets, worker, flight);
        land(task->buckets, flight);
    }
}

/* --- the run --- */

static enum status start_client(struct scan_buckets *b)
{
    struct http_options http = { .user_agent = "leaktrawl/" LEAKTRAWL_VERSION,
                                 .ca_bundle = settings_ca_bundle(&b->settings) };
    struct credentials_options credentials = { .settings = &b->settings,
                                               .no_sign_request = b->options.no_sign_request };
    enum status status = call_client_new(&b->client, &http);

    credentials.client = b->client;
    if (!status)
        status = credentials_new(&b->credentials, &credentials);
    for (size_t i = 0; i < b->target_count && !status; i++)
        status = open_bucket(b, &b->targets[i]);
    return status;
}

enum status scan_buckets_run(struct scan_buckets *b, struct pool *pool, struct reader *readers,
                             struct outcome *outcome, struct progress *progress)
{
    pthread_t lister;
    enum status status;

    if (!b->target_count)
        return STATUS_OK;
    b->readers = readers;
    b->progress = progress;
    b->tasks = calloc(pool_workers(pool), sizeof(*b->tasks));
    status = b->tasks ? start_client(b) : err_nomem();
    if (status)
        return status;
    if (pthread_create(&lister, NULL, list_all, b))
        return err_nomem();
    for (unsigned i = 0; i < pool_workers(pool); i++) {
        b->tasks[i] = (struct bucket_task){ { run_worker }, b };
        pool_submit(pool, 0, &b->tasks[i].task);
    }
    pool_run(pool);
    pthread_join(lister, NULL);
    outcome_merge(outcome, &b->listed);
    if (b->resume && resume_failed(b->resume))
        outcome_trouble(outcome, SKIP_UNREADABLE, NULL, NULL, "%s", err_text());
    return status;
}

void scan_buckets_free(struct scan_buckets *b)
{
    if (!b)
        return;
    call_client_free(b->client);
    resume_close(b->resume);
    for (size_t i = 0; i < b->target_count; i++)
        s3_close(b->targets[i].bucket);
    free(b->targets);
    free(b->tasks);
    credentials_free(b->credentials);
    settings_release(&b->settings);
    outcome_release(&b->listed);
    download_budget_release(&b->budget);
    pthread_cond_destroy(&b->room);
    pthread_cond_destroy(&b->wake);
    pthread_mutex_destroy(&b->lock);
    free(b);
}
