/* call.c - build, sign, send, judge, wait, and again. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "aws/call_private.h"
#include "base/limits.h"

/* A clock that differs by less is not what a signature was refused for: AWS allows 5 minutes for
 * STS, 15 for S3. */
enum { SKEW_S = 4 * 60 };

struct call_client {
    struct http *http;
    _Atomic int64_t skew_s;
};

enum status call_client_new(struct call_client **out, const struct http_options *options)
{
    struct call_client *client = calloc(1, sizeof(*client));
    enum status status = client ? http_new(&client->http, options) : err_nomem();

    if (status)
        free(client);
    else
        *out = client;
    return status;
}

void call_client_free(struct call_client *client)
{
    if (client)
        http_free(client->http);
    free(client);
}

int64_t call_client_skew_s(const struct call_client *client)
{
    return atomic_load(&client->skew_s);
}

/* --- building --- */

/* The headers of one try, to be signed: the caller's, and those of a range. */
struct attempt {
    struct sign_header headers[CALL_HEADERS_MAX + 2];
    size_t count;
    char range[64];
};

static void add(struct attempt *attempt, const char *name, const char *value)
{
    size_t at = attempt->count++;

    for (; at > 0 && strcmp(attempt->headers[at - 1].name, name) > 0; at--)
        attempt->headers[at] = attempt->headers[at - 1];
    attempt->headers[at] = (struct sign_header){ name, value };
}

static void gather(struct attempt *attempt, const struct call *call)
{
    uint64_t from = call->from + call->http.content.len;

    attempt->count = 0;
    for (size_t i = 0; i < call->header_count; i++)
        add(attempt, call->headers[i].name, call->headers[i].value);
    if (call->etag)
        add(attempt, "if-match", call->etag);
    if (call->ranged && (!call->whole || call->http.content.len)) {
        snprintf(attempt->range, sizeof(attempt->range), "bytes=%llu-%llu",
                 (unsigned long long)from, (unsigned long long)(call->to - 1));
        add(attempt, "range", attempt->range);
    }
}

static void wipe(struct buf *buf)
{
    if (buf->ptr)
        explicit_bzero(buf->ptr, buf->len);
    buf_truncate(buf, 0);
}

static enum status build(struct call *call)
{
    struct buf path = { 0 };
    struct attempt attempt;
    enum status status;

    gather(&attempt, call);
    buf_append(&path, buf_view(&call->endpoint->path));
    buf_append(&path, buf_view(&call->path));
    if (!path.len)
        buf_byte(&path, '/');
    buf_reset(&call->url);
    buf_printf(&call->url, "%s%s%s%s", buf_cstr(&call->endpoint->origin), buf_cstr(&path),
               call->query.len ? "?" : "", buf_cstr(&call->query));
    wipe(&call->lines);
    for (size_t i = 0; i < attempt.count; i++)
        buf_printf(&call->lines, "%s: %s\n", attempt.headers[i].name, attempt.headers[i].value);
    call->skew_s = atomic_load(&call->client->skew_s);
    if (call->keys && call->keys->id) {
        struct sign_request request = { .method = call->method,
                                        .host = buf_cstr(&call->endpoint->host),
                                        .path = buf_cstr(&path),
                                        .query = buf_view(&call->query),
                                        .body = call->body,
                                        .service = call->service,
                                        .region = call->region,
                                        .headers = attempt.headers,
                                        .header_count = attempt.count,
                                        .time = time(NULL) + call->skew_s };

        sign_request(&call->lines, &request, call->keys);
    }
    status = path.failed || call->url.failed || call->lines.failed || call->path.failed ||
                     call->query.failed
                 ? STATUS_NOMEM
                 : STATUS_OK;
    buf_release(&path);
    return status;
}

/* --- judging --- */

/* Was the signature's time refused, and does the server's clock say why? Then that is taken. */
static bool correct_clock(struct call *call)
{
    int64_t skew = (int64_t)call->http.date - (int64_t)time(NULL);
    /* Another call under way at the same time may have corrected the client's already. */
    int64_t off = skew > call->skew_s ? skew - call->skew_s : call->skew_s - skew;

    if (call->corrected || !call->keys || !call->http.date || off < SKEW_S ||
        !call_fault_is_of_time(call))
        return false;
    call->corrected = true;
    atomic_store(&call->client->skew_s, skew);
    return true;
}
/* --- sending --- */

static void send_try(struct call *call, unsigned delay_ms);

static void finish(struct call *call)
{
    wipe(&call->lines);
    call->done(call);
}

static unsigned retry_after_ms(const struct call *call)
{
    struct slice value = http_header(&call->http, "retry-after");
    unsigned seconds = 0;

    for (size_t i = 0; i < value.len && value.ptr[i] >= '0' && value.ptr[i] <= '9'; i++)
        if (seconds < 1000)
            seconds = seconds * 10 + (unsigned)(value.ptr[i] - '0');
    return seconds * 1000 < 3 * LIMIT_CALL_WAIT_MAX_MS ? seconds * 1000
                                                       : 3 * LIMIT_CALL_WAIT_MAX_MS;
}

/* Send again after a wait, or give up with what is in `message`. */
static void again(struct call *call)
{
    unsigned most = call->tries ? call->tries : LIMIT_CALL_TRIES;
    unsigned wait = LIMIT_CALL_WAIT_MAX_MS, told = retry_after_ms(call);

    if (!call->http.code && !call->http.content.len && most > LIMIT_CALL_TRIES_UNREACHED)
        most = LIMIT_CALL_TRIES_UNREACHED;
    if (call->tried >= most) {
        call->status = STATUS_IO;
        finish(call);
        return;
    }
    if (call->tried < 16 && LIMIT_CALL_WAIT_MIN_MS << (call->tried - 1) < wait)
        wait = LIMIT_CALL_WAIT_MIN_MS << (call->tried - 1);
    wait = arc4random_uniform(wait + 1);
    send_try(call, wait > told ? wait : told);
}

static void on_transfer(struct http_transfer *transfer)
{
    struct call *call = transfer->ctx;

    call->status = STATUS_OK;
    if (transfer->end == HTTP_ANSWERED && transfer->code / 100 == 2) {
        if (call->ranged && !call_range_take(call)) {
            snprintf(call->message, sizeof(call->message), "the answer ended early");
            again(call);
            return;
        }
        finish(call);
        return;
    }
    call->status = STATUS_IO;
    if (transfer->end != HTTP_ANSWERED) {
        call_fail(call, transfer->end == HTTP_TOO_LARGE && call->ranged ? "PreconditionFailed" : "",
                  transfer->error);
        if (transfer->end == HTTP_CUT) {
            call_range_keep(call);
            again(call);
            return;
        }
    } else {
        call_fault_read(call);
        if (correct_clock(call)) {
            send_try(call, 0);
            return;
        }
        if (call_fault_passes(call)) {
            again(call);
            return;
        }
    }
    finish(call);
}

static void send_try(struct call *call, unsigned delay_ms)
{
    struct http_transfer *http = &call->http;

    call->tried++;
    call->had = http->content.len;
    if (build(call)) {
        call->status = STATUS_NOMEM;
        snprintf(call->message, sizeof(call->message), "out of memory");
        finish(call);
        return;
    }
    buf_release(&http->fault);
    buf_release(&http->answer);
    http->method = call->method;
    http->url = buf_cstr(&call->url);
    http->headers = buf_view(&call->lines);
    http->body = call->body;
    http->max_content = call->max_content + call->had;
    http->delay_ms = delay_ms;
    http->direct = call->direct;
    http->timeout_ms = call->timeout_ms;
    http->done = on_transfer;
    http->ctx = call;
    http_start(call->client->http, http);
}

void call_start(struct call_client *client, struct call *call)
{
    call->client = client;
    call->tried = 0;
    call->corrected = false;
    call->code[0] = call->message[0] = 0;
    send_try(call, 0);
}

/* --- waiting for one --- */

struct waiter {
    pthread_mutex_t lock; /* guards over */
    pthread_cond_t wake;
    bool over;
};

static void on_over(struct call *call)
{
    struct waiter *waiter = call->ctx;

    pthread_mutex_lock(&waiter->lock);
    waiter->over = true;
    pthread_cond_signal(&waiter->wake);
    pthread_mutex_unlock(&waiter->lock);
}

enum status call_run(struct call_client *client, struct call *call)
{
    struct waiter waiter = { .over = false };

    pthread_mutex_init(&waiter.lock, NULL);
    pthread_cond_init(&waiter.wake, NULL);
    call->done = on_over;
    call->ctx = &waiter;
    call_start(client, call);
    pthread_mutex_lock(&waiter.lock);
    while (!waiter.over)
        pthread_cond_wait(&waiter.wake, &waiter.lock);
    pthread_mutex_unlock(&waiter.lock);
    pthread_cond_destroy(&waiter.wake);
    pthread_mutex_destroy(&waiter.lock);
    return call->status ? err_set(call->status, "%s", call->message) : STATUS_OK;
}

void call_release(struct call *call)
{
    wipe(&call->lines);
    http_reset(&call->http);
    buf_release(&call->path);
    buf_release(&call->query);
    buf_release(&call->url);
    buf_release(&call->lines);
}
