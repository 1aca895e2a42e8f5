/* survey.c - listings of which only sizes are kept. */
#include "aws/survey.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct survey {
    pthread_t thread;
    atomic_bool stopped;
    const struct fetch_target *targets;
    size_t count;
    const struct fetch_options *options;
    const struct fetch_callbacks *callbacks;
    const struct fetch_target *target; /* that is being listed */
    uint64_t objects, bytes;
};

static enum status on_object(void *ctx, const struct s3_object *object)
{
    struct survey *s = ctx;

    bool wanted = fetch_target_wants(s->target, s->options, object) == FETCH_WANTED;

    for (const struct fetch_target *t = s->targets; t < s->target && wanted; t++)
        wanted = !fetch_target_shares(s->target, t, s->options, object);
    if (wanted) {
        s->objects++;
        s->bytes += object->size;
    }
    return atomic_load(&s->stopped) ? STATUS_STOPPED : STATUS_OK;
}

/* Through a bucket of its own: a listing belongs to one thread. */
static enum status list(struct survey *s)
{
    const struct fetch_target *target = s->target;
    struct s3_bucket *bucket;
    enum status status = s3_open(&bucket, s3_bucket_options(target->bucket), target->name);

    if (status)
        return status;
    status = s3_list(bucket, target->prefix, s->options->versions, on_object, s);
    s3_close(bucket);
    return status;
}

static void *run(void *arg)
{
    struct survey *s = arg;
    enum status status = STATUS_OK;

    for (size_t i = 0; i < s->count && !status; i++) {
        s->target = &s->targets[i];
        status = list(s);
    }
    if (!status)
        s->callbacks->counted(s->callbacks->ctx, s->objects, s->bytes);
    return NULL;
}

struct survey *survey_start(const struct fetch_target *targets, size_t count,
                            const struct fetch_options *options,
                            const struct fetch_callbacks *callbacks)
{
    struct survey *s = callbacks->counted ? calloc(1, sizeof(*s)) : NULL;

    if (!s)
        return NULL;
    s->targets = targets;
    s->count = count;
    s->options = options;
    s->callbacks = callbacks;
    atomic_init(&s->stopped, false);
    if (pthread_create(&s->thread, NULL, run, s)) {
        free(s);
        return NULL;
    }
    return s;
}

void survey_end(struct survey *s)
{
    if (!s)
        return;
    atomic_store(&s->stopped, true);
    pthread_join(s->thread, NULL);
    free(s);
}
