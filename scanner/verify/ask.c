/*
 * ask.c - one question an inquiry at a time, on a fixed number of slots.
 *
 * The owner's thread begins calls as the schedule says and takes their answers in; the client's
 * thread only puts a finished slot into a list and wakes it. A question is sent once a turn: what
 * is worth another turn goes back to the schedule, so that retries keep to the rate too.
 */
#include "verify/ask.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "aws/call.h"
#include "base/limits.h"
#include "verify/answer.h"
#include "verify/schedule.h"
#include "verify/when.h"

/* AWS takes a second secret for an id within 5 seconds for the first (trufflehog's pull request
 * 3907). */
static const uint64_t apart_us = 5000000;

static const uint64_t first_wait_us = 200000, longest_wait_us = 20000000;

static const char form[] = "Action=GetCallerIdentity&Version=2011-06-15";

/* Where the question of an inquiry stands. */
struct progress {
    size_t server;  /* that is asked next */
    unsigned turns; /* of this try at this server */
    bool home;      /* the server has told that it knows the id */
};

/* A call under way, or free. */
struct slot {
    struct asking *asking;
    struct slot *next; /* in the list of those that have ended, or of those that are free */
    struct call call;
    struct keys keys;
    size_t inquiry;
};

struct asking {
    const struct verify_options *options;
    struct inquiries *inquiries;
    struct arena *arena;
    struct schedule schedule;
    struct progress *progress; /* for each inquiry */
    struct slot *slots, *free;
    struct call_client *client;
    unsigned unreached[SERVERS_MAX]; /* questions in a row that met no server */
    const char *why[SERVERS_MAX];    /* the last of them ended */
    ask_told_fn *on_told;
    void *ctx;
    pthread_mutex_t lock; /* guards ended */
    pthread_cond_t wake;  /* by the monotonic clock */
    struct slot *ended;
};

static uint64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static const struct server *server_of(const struct asking *asking, size_t inquiry)
{
    return &asking->options->servers->list[asking->progress[inquiry].server];
}

/* --- sending --- */

static void on_done(struct call *call)
{
    struct slot *slot = call->ctx;
    struct asking *asking = slot->asking;

    pthread_mutex_lock(&asking->lock);
    slot->next = asking->ended;
    asking->ended = slot;
    pthread_cond_signal(&asking->wake);
    pthread_mutex_unlock(&asking->lock);
}

/* STATUS_OK; STATUS_INVALID or STATUS_IO, with a text, where it is not to be sent; STATUS_NOMEM. */
static enum status begin(struct asking *asking, size_t index)
{
    const struct inquiry *inquiry = &asking->inquiries->list[index];
    const struct attempt *try = &inquiry->tries[inquiry_next(inquiry)];
    const struct server *server = server_of(asking, index);
    struct slot *slot = asking->free;
    enum status status;

    if (asking->unreached[asking->progress[index].server] >= LIMIT_VERIFY_UNREACHED)
        return err_set(STATUS_IO, "%s could not be reached %u times in a row: %s",
                       buf_cstr(&server->endpoint.host), LIMIT_VERIFY_UNREACHED,
                       asking->why[asking->progress[index].server]);
    status = keys_set(&slot->keys, inquiry->id, try->secret, try->token);
    if (status)
        return status;
    asking->free = slot->next;
    slot->asking = asking;
    slot->inquiry = index;
    slot->call = (struct call){
        .method = "POST",
        .endpoint = &server->endpoint,
        .body = slice_of(form),
        .service = "sts",
        .region = server->region,
        .keys = &slot->keys,
        .headers = { { "content-type", "application/x-www-form-urlencoded; charset=utf-8" } },
        .header_count = 1,
        .max_content = LIMIT_HTTP_FAULT_BYTES,
        .tries = 1,
        .timeout_ms = asking->options->timeout_ms,
        .done = on_done,
        .ctx = slot,
    };
    call_start(asking->client, &slot->call);
    return STATUS_OK;
}

/* --- what was answered --- */

static void read_reply(const struct asking *asking, const struct call *call, struct reply *out)
{
    bool good = call->http.code / 100 == 2;

    *out = (struct reply){ .error = call->message };
    if (call->http.end != HTTP_ANSWERED)
        return;
    out->http_code = call->http.code;
    out->body = buf_view(good ? &call->http.content : &call->http.fault);
    out->skew_s = call->http.date ? (long long)call->http.date - (long long)time(NULL) : 0;
    if (!out->skew_s)
        out->skew_s = call_client_skew_s(asking->client);
}

static const char *text_of(struct asking *asking, const char *format, const char *a, const char *b)
{
    char text[1024];

    snprintf(text, sizeof(text), format, a, b);
    return (const char *)arena_copy(asking->arena, slice_of(text)).ptr;
}

/* Where is it that was asked, for people. */
static const char *name_of(const struct server *server)
{
    return server->partition ? server->partition : buf_cstr(&server->endpoint.origin);
}

/* The server of a region that accounts have to enable does not know the keys of the others. */
static void judge_dead(struct asking *asking, size_t index, struct verification *known)
{
    const struct server *server = server_of(asking, index);

    if (server->knows_all)
        return;
    known->verdict = VERDICT_UNKNOWN;
    known->error = text_of(asking,
                           "%s does not know the id, or its account has not enabled %s: ask with "
                           "another --region",
                           buf_cstr(&server->endpoint.host), server->region);
}

/* The verdict on the try that was asked about, once nothing more is to be done for it. */
static enum status conclude(struct asking *asking, size_t index, const struct answer *answer)
{
    struct inquiry *inquiry = &asking->inquiries->list[index];
    struct progress *progress = &asking->progress[index];
    size_t n = (size_t)inquiry_next(inquiry);
    struct verification known = { .verdict = answer->verdict,
                                  .arn = answer->arn,
                                  .account = answer->account,
                                  .user_id = answer->user_id,
                                  .error = answer->error };
    char when[WHEN_SIZE];

    when_format(when, time(NULL));
    if (progress->turns)
        known.checked_at = text_of(asking, "%s%s", when, "");
    if (known.verdict == VERDICT_DEAD)
        judge_dead(asking, index, &known);
    else if (known.verdict == VERDICT_UNKNOWN && progress->server && !progress->home)
        known.error = text_of(asking, "%s: %s", name_of(server_of(asking, index)), known.error);
    if ((progress->turns && !known.checked_at) ||
        (known.verdict == VERDICT_UNKNOWN && !known.error))
        return err_nomem();
    inquiry_decide(inquiry, n, &known);
    if (!progress->home)
        progress->server = 0;
    progress->turns = 0;
    return asking->on_told(asking->ctx, inquiry, n);
}

static uint64_t backoff_us(const struct call *call, unsigned turns)
{
    struct slice after = http_header(&call->http, "retry-after");
    uint64_t wait = turns < 8 ? first_wait_us << (turns - 1) : longest_wait_us, told = 0;

    for (size_t i = 0; i < after.len && after.ptr[i] >= '0' && after.ptr[i] <= '9'; i++)
        told = told < longest_wait_us ? told * 10 + (uint64_t)(after.ptr[i] - '0') * 1000000 : told;
    wait = wait > told ? wait : told;
    return wait < longest_wait_us ? wait : longest_wait_us;
}

static bool is_worth_a_turn(const struct call *call, const struct answer *answer, unsigned turns)
{
    if (call->http.end == HTTP_CUT)
        return turns < LIMIT_CALL_TRIES_UNREACHED;
    return call->http.end == HTTP_ANSWERED && answer->again && turns < LIMIT_VERIFY_TURNS;
}

/* Take the answer of `slot` in, and give its inquiry back to the schedule if there is more to ask.
 */
static enum status take_answer(struct asking *asking, struct slot *slot)
{
    size_t index = slot->inquiry;
    struct progress *progress = &asking->progress[index];
    struct inquiry *inquiry = &asking->inquiries->list[index];
    uint64_t now = now_us();
    struct answer answer;
    struct reply reply;
    enum status status;

    read_reply(asking, &slot->call, &reply);
    status = answer_read(&answer, asking->arena, &reply);
    if (status)
        return status;
    progress->turns++;
    asking->unreached[progress->server] =
        slot->call.http.code ? 0 : asking->unreached[progress->server] + 1;
    if (!slot->call.http.code)
        asking->why[progress->server] = answer.error;
    if (is_worth_a_turn(&slot->call, &answer, progress->turns)) {
        uint64_t until = now + backoff_us(&slot->call, progress->turns);

        if (answer.throttled)
            schedule_hold(&asking->schedule, until);
        schedule_add(&asking->schedule, index, until);
        return STATUS_OK;
    }
    if (answer.verdict == VERDICT_DEAD && !progress->home &&
        progress->server + 1 < asking->options->servers->count) {
        progress->server++;
        progress->turns = 0;
        schedule_add(&asking->schedule, index, now);
        return STATUS_OK;
    }
    progress->home |= answer.verdict != VERDICT_UNKNOWN && answer.verdict != VERDICT_DEAD;
    status = conclude(asking, index, &answer);
    inquiry_skip_taken(asking->inquiries, inquiry);
    if (!status && inquiry_next(inquiry) != TRY_NONE)
        schedule_add(&asking->schedule, index, now + apart_us);
    return status;
}

/* --- the loop --- */

/* The slots that have ended since, or, where there is none, NULL at `until_us`. */
static struct slot *wait_for_ended(struct asking *asking, uint64_t until_us)
{
    struct timespec until = { .tv_sec = (time_t)(until_us / 1000000),
                              .tv_nsec = (long)(until_us % 1000000) * 1000 };
    struct slot *ended;
    int late = 0;

    pthread_mutex_lock(&asking->lock);
    while (!asking->ended && late != ETIMEDOUT)
        late = until_us == UINT64_MAX
                   ? pthread_cond_wait(&asking->wake, &asking->lock)
                   : pthread_cond_timedwait(&asking->wake, &asking->lock, &until);
    ended = asking->ended;
    asking->ended = NULL;
    pthread_mutex_unlock(&asking->lock);
    return ended;
}

static enum status take_ended(struct asking *asking, struct slot *ended)
{
    enum status status = STATUS_OK;

    while (ended) {
        struct slot *next = ended->next;

        keys_release(&ended->keys);
        schedule_end(&asking->schedule);
        if (!status)
            status = take_answer(asking, ended);
        call_release(&ended->call);
        ended->next = asking->free;
        asking->free = ended;
        ended = next;
    }
    return status;
}

/* A question that is not sent, or not again: unknown, for the reason that is the thread's text. */
static enum status refuse(struct asking *asking, size_t index)
{
    const char *format = asking->progress[index].turns ? "%s%s" : "not asked: %s%s";
    struct answer answer = { .verdict = VERDICT_UNKNOWN,
                             .error = text_of(asking, format, err_text(), "") };
    enum status status = conclude(asking, index, &answer);

    schedule_end(&asking->schedule);
    if (!status && inquiry_next(&asking->inquiries->list[index]) != TRY_NONE)
        schedule_add(&asking->schedule, index, now_us());
    return status;
}

static enum status run(struct asking *asking)
{
    enum status status = STATUS_OK;

    while (!status) {
        uint64_t until;
        size_t index;
        enum turn turn = schedule_next(&asking->schedule, now_us(), &index, &until);

        if (turn == TURN_OVER)
            return STATUS_OK;
        if (turn == TURN_BEGIN)
            inquiry_skip_taken(asking->inquiries, &asking->inquiries->list[index]);
        if (turn == TURN_WAIT) {
            status = take_ended(asking, wait_for_ended(asking, until));
        } else if (inquiry_next(&asking->inquiries->list[index]) == TRY_NONE) {
            schedule_end(&asking->schedule);
        } else {
            status = begin(asking, index);
            if (status == STATUS_INVALID || status == STATUS_IO)
                status = refuse(asking, index);
        }
    }
    return status;
}

/* --- setting up --- */

static void init_lock(struct asking *asking)
{
    pthread_condattr_t attributes;

    pthread_mutex_init(&asking->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&asking->wake, &attributes);
    pthread_condattr_destroy(&attributes);
}

static enum status set_up(struct asking *asking)
{
    const struct verify_options *options = asking->options;
    const struct http_options http = { .user_agent = options->user_agent,
                                       .ca_bundle = options->ca_bundle,
                                       .connections = options->connections };
    size_t count = asking->inquiries->count;
    enum status status =
        schedule_init(&asking->schedule, count, options->per_second, options->connections);

    asking->progress = calloc(count + 1, sizeof(*asking->progress));
    asking->slots = calloc(options->connections, sizeof(*asking->slots));
    if (status || !asking->progress || !asking->slots)
        return err_nomem();
    for (size_t i = 0; i < options->connections; i++) {
        asking->slots[i].next = asking->free;
        asking->free = &asking->slots[i];
    }
    for (size_t i = 0; i < count; i++)
        if (inquiry_next(&asking->inquiries->list[i]) != TRY_NONE)
            schedule_add(&asking->schedule, i, 0);
    return call_client_new(&asking->client, &http);
}

enum status ask_all(struct inquiries *inquiries, const struct verify_options *options,
                    struct arena *arena, ask_told_fn *on_told, void *ctx)
{
    struct asking asking = {
        .options = options, .inquiries = inquiries, .arena = arena, .on_told = on_told, .ctx = ctx
    };
    enum status status;

    init_lock(&asking);
    status = set_up(&asking);
    if (!status)
        status = run(&asking);
    call_client_free(asking.client); /* ends what is under way: no slot is used after it */
    for (size_t i = 0; asking.slots && i < options->connections; i++) {
        keys_release(&asking.slots[i].keys);
        call_release(&asking.slots[i].call);
    }
    free(asking.slots);
    free(asking.progress);
    schedule_release(&asking.schedule);
    pthread_cond_destroy(&asking.wake);
    pthread_mutex_destroy(&asking.lock);
    return status;
}
