/*
 * download.c - a ring of parts.
 *
 * Part n lies in slot n % PARTS from its request until it is read to its end, or until a reader
 * that may go anywhere is away from it. A slot belongs to the client's thread while it is `busy`,
 * else to the reader.
 */
#include "aws/download.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/limits.h"

enum { PARTS = LIMIT_S3_PARTS_AHEAD };

struct part {
    struct download *download;
    struct call call;
    struct keys keys;
    uint64_t bytes;
    bool busy;
};

struct download {
    struct s3_bucket *bucket;
    struct download_budget *budget;
    download_ready_fn *ready;
    void *ctx;
    struct arena arena; /* of the object's texts */
    struct s3_object object;
    bool by_version;
    pthread_mutex_t lock; /* guards the parts' busy */
    pthread_cond_t wake;
    struct part parts[PARTS];
    uint64_t next;  /* the first part that was not asked for */
    unsigned ahead; /* parts to ask for, the one that is read included */
    uint64_t at;    /* bytes read */
    bool told;      /* `ready` was called for this beginning */
    enum download_failure failure;
    char text[512];
};

/* --- budget --- */

void download_budget_init(struct download_budget *budget, uint64_t max)
{
    *budget = (struct download_budget){ .max = max };
    pthread_mutex_init(&budget->lock, NULL);
}

void download_budget_release(struct download_budget *budget)
{
    assert(budget->used == 0);
    pthread_mutex_destroy(&budget->lock);
}

bool download_budget_take(struct download_budget *budget, uint64_t bytes, bool force)
{
    bool taken;

    pthread_mutex_lock(&budget->lock);
    taken = force || (budget->used <= budget->max && bytes <= budget->max - budget->used);
    if (taken)
        budget->used += bytes;
    pthread_mutex_unlock(&budget->lock);
    return taken;
}

static void give_back(struct download_budget *budget, uint64_t bytes)
{
    pthread_mutex_lock(&budget->lock);
    assert(budget->used >= bytes);
    budget->used -= bytes;
    pthread_mutex_unlock(&budget->lock);
}

/* --- parts --- */

uint64_t download_first_bytes(uint64_t size)
{
    return size < LIMIT_S3_PART_BYTES ? size : LIMIT_S3_PART_BYTES;
}

static uint64_t part_end(const struct download *d, uint64_t n)
{
    uint64_t end = (n + 1) * LIMIT_S3_PART_BYTES;

    return end < d->object.size ? end : d->object.size;
}

static void on_part(struct call *call)
{
    struct part *part = call->ctx;
    struct download *d = part->download;
    download_ready_fn *ready = d->told ? NULL : d->ready;
    void *ctx = d->ctx;

    d->told = true;
    pthread_mutex_lock(&d->lock);
    part->busy = false;
    pthread_cond_signal(&d->wake);
    pthread_mutex_unlock(&d->lock);
    /* Who waits for `ready` does not know of `d` before; anybody else may have freed it by now. */
    if (ready)
        ready(ctx, d);
}

/* Ask for part `n`, whose bytes are taken from the budget. */
static void start_part(struct download *d, uint64_t n)
{
    const struct s3_options *options = s3_bucket_options(d->bucket);
    struct part *part = &d->parts[n % PARTS];
    struct call *call = &part->call;
    uint64_t from = n * LIMIT_S3_PART_BYTES, to = part_end(d, n);

    *part = (struct part){ .download = d, .bytes = to - from, .busy = true };
    d->next = n + 1;
    call->done = on_part;
    call->ctx = part;
    if (credentials_get(options->credentials, &part->keys)) {
        call->status = STATUS_IO;
        snprintf(call->message, sizeof(call->message), "%s", err_text());
        on_part(call);
        return;
    }
    s3_get(d->bucket, call, d->object.key, d->by_version ? d->object.version_id : NULL,
           &part->keys);
    call->ranged = true;
    call->whole = to - from == d->object.size;
    call->from = from;
    call->to = to;
    call->etag = d->object.etag[0] ? d->object.etag : NULL;
    call->max_content = to - from;
    buf_reserve(&call->http.content, to - from);
    call_start(options->client, call);
}

static void wait_for(struct download *d, struct part *part)
{
    pthread_mutex_lock(&d->lock);
    while (part->busy)
        pthread_cond_wait(&d->wake, &d->lock);
    pthread_mutex_unlock(&d->lock);
}

static void release_part(struct download *d, struct part *part)
{
    if (!part->download)
        return;
    wait_for(d, part);
    call_release(&part->call);
    keys_release(&part->keys);
    give_back(d->budget, part->bytes);
    *part = (struct part){ 0 };
}

static void release_parts(struct download *d)
{
    for (size_t i = 0; i < PARTS; i++)
        release_part(d, &d->parts[i]);
}

static void note_failure(struct download *d, const struct call *call)
{
    if (strcmp(call->code, "PreconditionFailed") == 0)
        d->failure = DOWNLOAD_CHANGED;
    else if (strcmp(call->code, "InvalidObjectState") == 0)
        d->failure = DOWNLOAD_ARCHIVED;
    else if (strcmp(call->code, "NoSuchKey") == 0 || strcmp(call->code, "NoSuchVersion") == 0)
        d->failure = DOWNLOAD_GONE;
    else
        d->failure = DOWNLOAD_FAILED;
    snprintf(d->text, sizeof(d->text), "%s", call->message);
}

/* --- one object --- */

static const char *keep_text(struct arena *arena, const char *text, bool *good)
{
    const char *copy = text ? (const char *)arena_copy(arena, slice_of(text)).ptr : NULL;

    *good = *good && (copy || !text);
    return copy;
}

static enum status take_object(struct download *d, const struct s3_object *object)
{
    struct s3_object copy = *object;
    struct arena arena = { 0 };
    bool good = true;

    copy.key = arena_copy(&arena, object->key);
    copy.version_id = keep_text(&arena, object->version_id, &good);
    copy.last_modified = keep_text(&arena, object->last_modified, &good);
    copy.etag = keep_text(&arena, object->etag, &good);
    copy.storage_class = keep_text(&arena, object->storage_class, &good);
    if (!good || !copy.key.ptr) {
        arena_release(&arena);
        return err_nomem();
    }
    arena_release(&d->arena);
    d->arena = arena;
    d->object = copy;
    return STATUS_OK;
}

enum status download_new(struct download **out, const struct download_object *object,
                         struct download_budget *budget, download_ready_fn *ready, void *ctx)
{
    struct download *d = calloc(1, sizeof(*d));

    if (!d)
        return err_nomem();
    d->bucket = object->bucket;
    d->by_version = object->by_version;
    d->budget = budget;
    d->ready = ready;
    d->ctx = ctx;
    if (take_object(d, object->object)) {
        free(d);
        return STATUS_NOMEM;
    }
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->wake, NULL);
    *out = d;
    return STATUS_OK;
}

void download_begin(struct download *d)
{
    d->told = false;
    d->at = d->next = 0;
    d->ahead = PARTS;
    d->failure = DOWNLOAD_GOOD;
    d->text[0] = 0;
    if (d->object.size)
        start_part(d, 0);
    else if (d->ready)
        d->ready(d->ctx, d);
}

const struct s3_object *download_object(const struct download *d)
{
    return &d->object;
}

struct slice download_head(struct download *d)
{
    struct part *part = &d->parts[0];

    /* After a restart nobody has waited for it. */
    wait_for(d, part);
    return part->download && !part->call.status ? buf_view(&part->call.http.content)
                                                : (struct slice){ 0 };
}

/* Ask for parts ahead: the one that is read next in any case, further ones as the budget allows. */
static void ask_ahead(struct download *d)
{
    uint64_t reading = d->at / LIMIT_S3_PART_BYTES;

    while (d->next * LIMIT_S3_PART_BYTES < d->object.size && d->next < reading + d->ahead) {
        uint64_t bytes = part_end(d, d->next) - d->next * LIMIT_S3_PART_BYTES;

        if (!download_budget_take(d->budget, bytes, d->next == reading))
            return;
        start_part(d, d->next);
    }
}

static ssize_t read_object(void *ctx, uint8_t *out, size_t n)
{
    struct download *d = ctx;
    uint64_t number = d->at / LIMIT_S3_PART_BYTES;
    size_t from = (size_t)(d->at % LIMIT_S3_PART_BYTES);
    struct part *part = &d->parts[number % PARTS];

    if (d->failure) {
        err_set(STATUS_IO, "%s", d->text);
        return -1;
    }
    if (d->at == d->object.size)
        return 0;
    ask_ahead(d);
    wait_for(d, part);
    if (part->call.status) {
        note_failure(d, &part->call);
        err_set(STATUS_IO, "%s", d->text);
        return -1;
    }
    if (n > part->bytes - from)
        n = (size_t)(part->bytes - from);
    memcpy(out, part->call.http.content.ptr + from, n);
    d->at += n;
    /* The last part is held: who has read the end may go about in it. */
    if (from + n == part->bytes && d->at < d->object.size) {
        release_part(d, part);
        d->ahead = d->ahead * 2 < PARTS ? d->ahead * 2 : PARTS;
    }
    return (ssize_t)n;
}

/* Go to `offset`, and forget the parts that are not there or ahead of it. */
static void move_to(struct download *d, uint64_t offset)
{
    uint64_t reading = d->at / LIMIT_S3_PART_BYTES, number = offset / LIMIT_S3_PART_BYTES;

    if (number < reading || number >= d->next) {
        release_parts(d);
        d->next = number;
        d->ahead = 1;
    }
    for (; reading < number && reading < d->next; reading++)
        release_part(d, &d->parts[reading % PARTS]);
    d->at = offset;
}

static ssize_t read_object_at(void *ctx, uint64_t offset, uint8_t *out, size_t n)
{
    struct download *d = ctx;

    if (offset >= d->object.size)
        return 0;
    if (offset != d->at)
        move_to(d, offset);
    return read_object(d, out, n);
}

struct stream download_stream(struct download *d)
{
    return (struct stream){ read_object, d };
}

struct seekable download_seekable(struct download *d)
{
    d->ahead = 1;
    return (struct seekable){ read_object_at, d, d->object.size };
}

enum download_failure download_failed(const struct download *d, const char **text)
{
    *text = d->text;
    return d->failure;
}

static enum status on_again(void *ctx, const struct s3_object *object)
{
    struct download *d = ctx;
    enum status status;

    if (!slice_eq(object->key, d->object.key))
        return STATUS_ABSENT;
    status = take_object(d, object);
    return status ? status : STATUS_STOPPED;
}

enum status download_restart(struct download *d)
{
    struct slice key = d->object.key;
    enum status status;

    release_parts(d);
    status = s3_list(d->bucket, key, false, on_again, d);
    if (status != STATUS_STOPPED)
        return status ? status : STATUS_ABSENT;
    d->by_version = false;
    d->ready = NULL;
    if (d->object.size)
        download_budget_take(d->budget, download_first_bytes(d->object.size), true);
    download_begin(d);
    return STATUS_OK;
}

void download_free(struct download *d)
{
    if (!d)
        return;
    release_parts(d);
    arena_release(&d->arena);
    pthread_cond_destroy(&d->wake);
    pthread_mutex_destroy(&d->lock);
    free(d);
}
