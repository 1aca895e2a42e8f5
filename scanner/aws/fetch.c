/*
 * fetch.c - a lister, a bounded number of downloads (fetch_queue.h), and workers that take what is
 * ready.
 *
 *   lister ──► download ──(libcurl's thread)──► ready ──► worker
 *     ▲                                                     │
 *     └───────────────────── room ◄─────────────────────────┘
 *
 * Objects are read in the order in which they come: none waits for a slow one. The order of what is
 * made of them is the caller's.
 */
#include "aws/fetch.h"

#include <stdlib.h>
#include <strings.h>

#include "aws/fetch_queue.h"
#include "aws/fetch_target.h"
#include "aws/survey.h"
#include "base/array.h"
#include "base/limits.h"
#include "base/version.h"

/* A download, and what it is for. */
struct fetched {
    struct fetch_flight flight;
    struct fetch *fetch;
    const struct fetch_target *target;
    struct buf path;
    struct download *download;
};

/* What keeps one worker of the pool busy until all is read. */
struct fetch_task {
    struct task task;
    struct fetch *fetch;
};

struct fetch {
    struct fetch_options options;
    struct fetch_callbacks callbacks;
    bool loaded;
    struct settings settings;
    struct call_client *client;
    struct credentials *credentials;
    struct fetch_target *targets; /* target_count of them */
    size_t target_count, target_cap;
    struct fetch_task *tasks; /* one a worker */
    struct fetch_queue queue;
    struct outcome listed; /* the lister's, while it runs */
};

/* --- targets --- */

bool fetch_is_target(const char *target)
{
    return strncmp(target, FETCH_SCHEME, strlen(FETCH_SCHEME)) == 0;
}

bool fetch_is_misspelt(const char *target)
{
    const char *colon = strchr(target, ':');

    if (!colon || fetch_is_target(target))
        return false;
    return strncmp(target, "arn:", 4) == 0 ||
           (strncasecmp(target, "s3", 2) == 0 && colon - target <= 3 && colon[1] == '/') ||
           (strncmp(target, "http", 4) == 0 && strstr(colon, ".amazonaws.com"));
}

enum status fetch_new(struct fetch **out, const struct fetch_options *options)
{
    struct fetch *f = calloc(1, sizeof(*f));

    if (!f)
        return err_nomem();
    f->options = *options;
    fetch_queue_init(&f->queue);
    *out = f;
    return STATUS_OK;
}

static enum status load_settings(struct fetch *f)
{
    struct settings_options options = { .profile = f->options.profile,
                                        .region = f->options.region,
                                        .endpoint_url = f->options.endpoint_url };
    enum status status = f->loaded ? STATUS_OK : settings_load(&f->settings, &options);

    f->loaded = !status;
    return status;
}

static enum status open_bucket(struct fetch *f, struct fetch_target *target)
{
    struct s3_options options = { .settings = &f->settings,
                                  .client = f->client,
                                  .credentials = f->credentials,
                                  .addressing = f->options.addressing,
                                  .requester_pays = f->options.requester_pays };

    s3_close(target->bucket);
    target->bucket = NULL;
    return s3_open(&target->bucket, &options, target->name);
}

enum status fetch_add(struct fetch *f, const char *target)
{
    struct fetch_target added = fetch_target_of(target);
    enum status status = load_settings(f);
    struct fetch_target *grown;

    /* Opened to see that it can be; the client is not there yet. */
    if (!status)
        status = open_bucket(f, &added);
    s3_close(added.bucket);
    added.bucket = NULL;
    if (status)
        return status;
    grown = array_room(f->targets, f->target_count, &f->target_cap, sizeof(*grown));
    if (!grown)
        return err_nomem();
    f->targets = grown;
    f->targets[f->target_count++] = added;
    return STATUS_OK;
}

size_t fetch_targets(const struct fetch *f)
{
    return f->target_count;
}

/* --- the lister --- */

/* What the lister knows while it lists one target. */
struct listing {
    struct fetch *fetch;
    const struct fetch_target *target;
    uint64_t seen, archived;
};

/* Was it read for an earlier target? Where that one's listing broke off, nobody knows. */
static bool is_repeated(const struct listing *listing, const struct s3_object *object)
{
    const struct fetch *f = listing->fetch;

    for (const struct fetch_target *t = f->targets; t < listing->target; t++)
        if (t->listed && fetch_target_shares(listing->target, t, &f->options, object))
            return true;
    return false;
}

/* Is the object to be read? What is not is counted, but for what is read already. */
static bool is_wanted(struct listing *listing, const struct s3_object *object)
{
    enum fetch_wish wish = fetch_target_wants(listing->target, &listing->fetch->options, object);
    uint64_t *skipped = listing->fetch->listed.coverage.skipped;

    listing->seen++;
    skipped[SKIP_EXCLUDED] += wish == FETCH_EXCLUDED;
    skipped[SKIP_TOO_LARGE] += wish == FETCH_TOO_LARGE;
    listing->archived += wish == FETCH_ARCHIVED;
    return wish == FETCH_WANTED && !is_repeated(listing, object);
}

/* On libcurl's thread. */
static void on_ready(void *ctx, struct download *download)
{
    struct fetched *fetched = ctx;

    (void)download;
    fetch_queue_put(&fetched->fetch->queue, &fetched->flight);
}

static void put_path(struct buf *path, const struct fetch_target *target,
                     const struct s3_object *object)
{
    buf_printf(path, FETCH_SCHEME "%s/", s3_bucket_name(target->bucket));
    buf_append(path, object->key);
    if (!object->is_latest && object->version_id)
        buf_printf(path, "?versionId=%s", object->version_id);
}

static void fetched_free(struct fetched *fetched)
{
    download_free(fetched->download);
    buf_release(&fetched->path);
    free(fetched);
}

/* Ask for the object, whose `path` goes over to its download. */
static enum status begin(struct listing *listing, const struct s3_object *object, struct buf *path)
{
    struct fetch *f = listing->fetch;
    struct download_object what = { listing->target->bucket, object, !object->is_latest };
    struct fetched *fetched = malloc(sizeof(*fetched));

    if (!fetched)
        return err_nomem();
    *fetched = (struct fetched){ .fetch = f, .target = listing->target, .path = *path };
    *path = (struct buf){ 0 };
    if (download_new(&fetched->download, &what, &f->queue.budget, on_ready, fetched)) {
        fetched_free(fetched);
        return STATUS_NOMEM;
    }
    if (!fetch_queue_room(&f->queue, download_first_bytes(object->size))) {
        fetched_free(fetched);
        return STATUS_STOPPED;
    }
    download_begin(fetched->download);
    return STATUS_OK;
}

static enum status on_object(void *ctx, const struct s3_object *object)
{
    struct listing *listing = ctx;
    struct fetch *f = listing->fetch;
    struct buf path = { 0 };
    enum status status;

    if (!is_wanted(listing, object))
        return STATUS_OK;
    put_path(&path, listing->target, object);
    status = buf_status(&path);
    if (!status) {
        struct fetch_entry entry = { listing->target->target,
                                     s3_bucket_name(listing->target->bucket), buf_cstr(&path),
                                     object };

        if (!f->callbacks.known || !f->callbacks.known(f->callbacks.ctx, &entry, &f->listed))
            status = begin(listing, object, &path);
    }
    buf_release(&path);
    return status;
}

static void tell_skipped(struct fetch *f, const struct listing *listing)
{
    const char *target = listing->target->target;

    if (!listing->seen && !f->options.allow_empty)
        outcome_trouble(&f->listed, SKIP_EMPTY, target, target, "the listing is empty: %s",
                        fetch_target_why_empty(listing->target, f->options.versions));
    if (!listing->archived)
        return;
    outcome_trouble(&f->listed, SKIP_ARCHIVED, target, target,
                    "%llu %s GLACIER or DEEP_ARCHIVE and cannot be read before being restored",
                    (unsigned long long)listing->archived,
                    listing->archived == 1 ? "object is in" : "objects are in");
    f->listed.coverage.skipped[SKIP_ARCHIVED] += listing->archived - 1;
}

static void *list_all(void *arg)
{
    struct fetch *f = arg;
    enum status status = STATUS_OK;

    for (size_t i = 0; i < f->target_count && status != STATUS_STOPPED; i++) {
        struct fetch_target *target = &f->targets[i];
        struct listing listing = { .fetch = f, .target = target };

        status = s3_list(target->bucket, target->prefix, f->options.versions, on_object, &listing);
        if (status < 0)
            outcome_trouble(&f->listed, SKIP_UNREADABLE, target->target, target->target, "%s",
                            err_text());
        else if (!status)
            tell_skipped(f, &listing);
        target->listed = !status;
        if (target->listed && f->callbacks.listed)
            f->callbacks.listed(f->callbacks.ctx, target->target);
    }
    fetch_queue_end(&f->queue);
    return NULL;
}

/* --- one object --- */

struct fetch_entry fetched_entry(const struct fetched *fetched)
{
    return (struct fetch_entry){ .target = fetched->target->target,
                                 .bucket = s3_bucket_name(fetched->target->bucket),
                                 .path = buf_cstr(&fetched->path),
                                 .object = download_object(fetched->download) };
}

/* Drop what a reading has found that came to no good end. */
static void drop(struct outcome *outcome)
{
    struct outcome nothing = { 0 };

    outcome_release(outcome);
    *outcome = nothing;
}

bool fetch_read(struct fetched *fetched, struct outcome *outcome, fetch_read_fn *read, void *ctx)
{
    static const char gone[] = "it was deleted after it had been listed";
    struct fetch_entry entry;
    const char *text = "";
    enum download_failure failure;

    for (unsigned begun = 0;; begun++) {
        enum status status;

        entry = fetched_entry(fetched);
        read(ctx, &entry, fetched->download);
        failure = download_failed(fetched->download, &text);
        if (failure == DOWNLOAD_GOOD) {
            outcome->coverage.objects++;
            return true;
        }
        if (failure == DOWNLOAD_GONE)
            text = gone;
        if (failure != DOWNLOAD_CHANGED)
            break;
        drop(outcome);
        if (begun == LIMIT_S3_RESTARTS) {
            text = "it changes while it is read, each time anew";
            break;
        }
        status = download_restart(fetched->download);
        if (status) {
            text = status == STATUS_ABSENT ? gone : err_text();
            break;
        }
    }
    drop(outcome);
    outcome_trouble(outcome, failure == DOWNLOAD_ARCHIVED ? SKIP_ARCHIVED : SKIP_UNREADABLE,
                    entry.target, entry.path, "%s", text);
    return false;
}

/* --- workers --- */

static void run_worker(struct task *queued, unsigned worker)
{
    struct fetch *f = ((struct fetch_task *)queued)->fetch;
    struct fetched *fetched;
    bool stopped;

    while ((fetched = (struct fetched *)fetch_queue_take(&f->queue, &stopped))) {
        bool stop =
            !stopped && f->callbacks.object(f->callbacks.ctx, worker, fetched) == STATUS_STOPPED;

        fetched_free(fetched);
        fetch_queue_land(&f->queue, stop);
    }
}

/* --- the run --- */

static enum status start_client(struct fetch *f)
{
    struct http_options http = { .user_agent = "leaktrawl/" LEAKTRAWL_VERSION,
                                 .ca_bundle = settings_ca_bundle(&f->settings) };
    struct credentials_options credentials = { .settings = &f->settings,
                                               .no_sign_request = f->options.no_sign_request,
                                               .asking = f->callbacks.asking,
                                               .asking_ctx = f->callbacks.ctx };
    enum status status = call_client_new(&f->client, &http);

    credentials.client = f->client;
    if (!status)
        status = credentials_new(&f->credentials, &credentials);
    for (size_t i = 0; i < f->target_count && !status; i++)
        status = open_bucket(f, &f->targets[i]);
    return status;
}

enum status fetch_run(struct fetch *f, struct pool *pool, const struct fetch_callbacks *callbacks,
                      struct outcome *outcome)
{
    struct survey *survey;
    pthread_t lister;
    enum status status;

    if (!f->target_count)
        return STATUS_OK;
    f->callbacks = *callbacks;
    f->tasks = calloc(pool_workers(pool), sizeof(*f->tasks));
    status = f->tasks ? start_client(f) : err_nomem();
    if (status)
        return status;
    if (pthread_create(&lister, NULL, list_all, f))
        return err_nomem();
    survey = survey_start(f->targets, f->target_count, &f->options, &f->callbacks);
    for (unsigned i = 0; i < pool_workers(pool); i++) {
        f->tasks[i] = (struct fetch_task){ { run_worker }, f };
        pool_submit(pool, 0, &f->tasks[i].task);
    }
    pool_run(pool);
    pthread_join(lister, NULL);
    survey_end(survey);
    outcome_merge(outcome, &f->listed);
    return fetch_queue_stopped(&f->queue) ? STATUS_STOPPED : STATUS_OK;
}

void fetch_free(struct fetch *f)
{
    if (!f)
        return;
    call_client_free(f->client);
    for (size_t i = 0; i < f->target_count; i++)
        s3_close(f->targets[i].bucket);
    free(f->targets);
    free(f->tasks);
    credentials_free(f->credentials);
    settings_release(&f->settings);
    outcome_release(&f->listed);
    fetch_queue_release(&f->queue);
    free(f);
}
