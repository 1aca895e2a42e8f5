/* gather.c - fetch.h's objects, and stdin, into a spool. */
#include "trail/gather.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/progress.h"

/* How stdin is shown, as a scan does. */
#define STDIN_PATH "<stdin>"

static bool is_stdin(const char *target)
{
    return strcmp(target, "-") == 0;
}

/* As <(command) names one. */
static bool is_pipe(const char *target)
{
    struct stat st;

    return stat(target, &st) == 0 && S_ISFIFO(st.st_mode);
}

bool gather_is_target(const char *target)
{
    return is_stdin(target) || fetch_is_target(target) || is_pipe(target);
}

static bool was_named(const struct gather_options *options, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(options->targets[i], options->targets[at]) == 0)
            return true;
    return false;
}

/* --- buckets --- */

/* Where the objects of a run go. */
struct haul {
    struct gathered *gathered;
    struct outcome *outcomes;  /* one a worker */
    struct progress *progress; /* NULL: not shown */
};

static bool ends_with(struct slice text, struct slice end)
{
    return text.len >= end.len && slice_eq(slice_sub(text, text.len - end.len, text.len), end);
}

/*
 * ".../AWSLogs/ACCOUNT/CloudTrail-Digest/REGION/2024/05/31/ACCOUNT_CloudTrail-Digest_....json.gz":
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
 */
static bool is_digest(struct slice key)
{
    static const char folder[] = "/CloudTrail-Digest/", name[] = "_CloudTrail-Digest_";
    const uint8_t *found = key.len ? memmem(key.ptr, key.len, folder, strlen(folder)) : NULL;
    const uint8_t *slash = key.len ? memrchr(key.ptr, '/', key.len) : NULL;
    struct slice base = slash ? slice_sub(key, (size_t)(slash - key.ptr), key.len) : key;

    return found && ends_with(base, SLICE(".json.gz")) &&
           memmem(base.ptr, base.len, name, strlen(name));
}

/* On the lister's thread. */
static bool on_listed(void *ctx, const struct fetch_entry *entry, struct outcome *outcome)
{
    const struct haul *haul = ctx;
    bool digest = is_digest(entry->object->key);

    (void)outcome;
    haul->gathered->digests += digest;
    if (digest)
        progress_step(haul->progress, 0, PROGRESS_OPEN_STEPS + entry->object->size);
    return digest;
}

/* On a thread of its own. */
static void on_counted(void *ctx, uint64_t objects, uint64_t bytes)
{
    const struct haul *haul = ctx;

    progress_expect(haul->progress, objects * PROGRESS_OPEN_STEPS + bytes);
}

/* One reading of an object. */
struct copying {
    struct spool *spool;
    struct spooled copy;
    enum status status;
};

static void copy_object(void *ctx, const struct fetch_entry *entry, struct download *download)
{
    struct copying *copying = ctx;
    struct stream stream = download_stream(download);

    copying->status = spool_copy(copying->spool, &stream, entry->object->size, &copying->copy);
}

/* On a worker. Nothing more is downloaded where nothing more can be kept. */
static enum status on_object(void *ctx, unsigned worker, struct fetched *fetched)
{
    const struct haul *haul = ctx;
    struct fetch_entry entry = fetched_entry(fetched);
    struct copying copying = { .spool = &haul->gathered->spool,
                               .copy = { .target = entry.target } };
    struct outcome own = { 0 };
    bool whole = fetch_read(fetched, &own, copy_object, &copying);
    enum status status = copying.status;

    if (whole && !status)
        status = spool_add(copying.spool, &copying.copy, entry.path);
    if (status < 0) {
        own.coverage.objects = 0; /* it was read, and is not kept */
        outcome_trouble(&own, SKIP_LIMIT, entry.target, entry.path,
                        "%s: neither this object nor what would come after it is read", err_text());
    }
    outcome_pour(&haul->outcomes[worker], &own);
    outcome_release(&own);
    progress_add(haul->progress, worker, 1, copying.copy.size);
    progress_step(haul->progress, worker, PROGRESS_OPEN_STEPS + entry.object->size);
    return status < 0 ? STATUS_STOPPED : STATUS_OK;
}

static void on_asking(void *ctx, bool now)
{
    struct haul *haul = ctx;

    progress_hold(haul->progress, now);
}

static enum status run_fetch(struct gathered *out, struct fetch *fetch, struct pool *pool,
                             struct progress *progress)
{
    struct outcome *outcomes = calloc(pool_workers(pool), sizeof(*outcomes));
    struct haul haul = { out, outcomes, progress };
    struct fetch_callbacks callbacks = { .ctx = &haul,
                                         .known = on_listed,
                                         .asking = on_asking,
                                         .object = on_object,
                                         .counted = progress ? on_counted : NULL };
    enum status status = outcomes ? STATUS_OK : err_nomem();

    progress_begin(progress, "download");
    if (!status)
        status = fetch_run(fetch, pool, &callbacks, &out->outcome);

    for (unsigned i = 0; outcomes && i < pool_workers(pool); i++) {
        outcome_merge(&out->outcome, &outcomes[i]);
        outcome_release(&outcomes[i]);
    }
    free(outcomes);
    return status;
}

static enum status gather_buckets(struct gathered *out, const struct gather_options *options)
{
    struct pool *pool = pool_new(options->jobs);
    struct progress *progress = NULL;
    struct fetch *fetch = NULL;
    enum status status = pool ? fetch_new(&fetch, &options->fetch) : err_nomem();

    for (size_t i = 0; i < options->target_count && !status; i++)
        if (fetch_is_target(options->targets[i]) && !was_named(options, i))
            status = fetch_add(fetch, options->targets[i]);
    if (!status && options->progress && fetch_targets(fetch))
        status = progress_start(&progress, options->jobs);
    if (!status)
        status = run_fetch(out, fetch, pool, progress);
    progress_stop(progress);
    fetch_free(fetch);
    pool_free(pool);
    return status == STATUS_STOPPED ? STATUS_OK : status;
}

/* --- streams --- */

/* What comes before a failure is kept, as of a file that cannot be read to its end. */
static enum status gather_stream(struct gathered *out, const char *target)
{
    const char *path = is_stdin(target) ? STDIN_PATH : target;
    int fd = is_stdin(target) ? STDIN_FILENO : open(target, O_RDONLY | O_NOCTTY | O_CLOEXEC);
    struct stream stream = stream_of_fd(&fd);
    struct spooled copy = { .target = target };
    enum status status;

    if (fd < 0) {
        outcome_trouble(&out->outcome, SKIP_UNREADABLE, target, path, "%s", strerror(errno));
        return STATUS_OK;
    }
    status = spool_copy(&out->spool, &stream, SPOOL_ANY_LENGTH, &copy);
    if (status)
        outcome_trouble(&out->outcome, status == STATUS_ABSENT ? SKIP_UNREADABLE : SKIP_LIMIT,
                        target, path, "%s", err_text());
    if (fd != STDIN_FILENO)
        close(fd);
    return spool_add(&out->spool, &copy, path);
}

/* --- all --- */

enum status gather(struct gathered *out, const struct gather_options *options)
{
    enum status status = STATUS_OK;

    *out = (struct gathered){ 0 };
    if (!options->target_count)
        return STATUS_OK;
    status = spool_init(&out->spool);
    if (!status)
        status = gather_buckets(out, options);
    for (size_t i = 0; i < options->target_count && !status; i++)
        if (!fetch_is_target(options->targets[i]) && !was_named(options, i))
            status = gather_stream(out, options->targets[i]);
    if (status)
        gathered_release(out);
    return status;
}

void gathered_release(struct gathered *gathered)
{
    spool_release(&gathered->spool);
    outcome_release(&gathered->outcome);
}
