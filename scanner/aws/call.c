/* call.c - build, sign, send, judge, wait, and again. */
#include "aws/call.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "aws/xml.h"
#include "base/array.h"
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
struct
try {
    struct sign_header headers[CALL_HEADERS_MAX + 2];
    size_t count;
    char range[64];
};

static void add(struct try *try, const char *name, const char *value)
{
    size_t at = try->count++;

    for (; at > 0 && strcmp(try->headers[at - 1].name, name) > 0; at--)
        try->headers[at] = try->headers[at - 1];
    try->headers[at] = (struct sign_header){ name, value };
}

static void gather(struct try *try, const struct call *call)
{
    uint64_t from = call->from + call->http.content.len;

    try->count = 0;
    for (size_t i = 0; i < call->header_count; i++)
        add(try, call->headers[i].name, call->headers[i].value);
    if (call->etag)
        add(try, "if-match", call->etag);
    if (call->ranged && (!call->whole || call->http.content.len)) {
        snprintf(try->range, sizeof(try->range), "bytes=%llu-%llu", (unsigned long long)from,
                 (unsigned long long)(call->to - 1));
        add(try, "range", try->range);
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
    struct try try;
    enum status status;

    gather(&try, call);
    buf_append(&path, buf_view(&call->endpoint->path));
    buf_append(&path, buf_view(&call->path));
    if (!path.len)
        buf_byte(&path, '/');
    buf_reset(&call->url);
    buf_printf(&call->url, "%s%s%s%s", buf_cstr(&call->endpoint->origin), buf_cstr(&path),
               call->query.len ? "?" : "", buf_cstr(&call->query));
    wipe(&call->lines);
    for (size_t i = 0; i < try.count; i++)
        buf_printf(&call->lines, "%s: %s\n", try.headers[i].name, try.headers[i].value);
    call->skew_s = atomic_load(&call->client->skew_s);
    if (call->keys && call->keys->id) {
        struct sign_request request = { .method = call->method,
                                        .host = buf_cstr(&call->endpoint->host),
                                        .path = buf_cstr(&path),
                                        .query = buf_view(&call->query),
                                        .body = call->body,
                                        .service = call->service,
                                        .region = call->region,
                                        .headers = try.headers,
                                        .header_count = try.count,
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

struct fault {
    struct call *call;
    struct buf message;
};

static enum status on_fault_end(void *ctx, unsigned depth, struct slice name, struct slice text)
{
    struct fault *fault = ctx;
    char *code = fault->call->code;

    (void)depth;
    if (slice_eq(name, SLICE("Code")) && !code[0] && text.len < sizeof(fault->call->code)) {
        for (size_t i = 0; i < text.len; i++) /* a word: codes decide what is done */
            if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
                return STATUS_OK;
        memcpy(code, text.ptr ? text.ptr : (const uint8_t *)"", text.len);
        code[text.len] = 0;
    } else if (slice_eq(name, SLICE("Message")) && !fault->message.len) {
        buf_append(&fault->message, text);
    }
    return STATUS_OK;
}

/* What an answer that is not 2xx says, into `code` and `message`. */
static void read_fault(struct call *call)
{
    struct fault fault = { .call = call };
    struct xml_handler handler = { &fault, NULL, on_fault_end };

    call->code[0] = 0;
    if (call->http.fault.len)
        xml_parse(buf_view(&call->http.fault), &handler);
    if (call->code[0])
        snprintf(call->message, sizeof(call->message), "%s: %.400s", call->code,
                 fault.message.len ? buf_cstr(&fault.message) : "(no message)");
    else
        snprintf(call->message, sizeof(call->message), "HTTP status %d", call->http.code);
    buf_release(&fault.message);
}

static bool is_one_of(const char *word, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

/* The SDKs' lists ("Retry behavior" in the AWS SDKs and Tools Reference Guide). */
static bool is_passing_code(const char *code)
{
    static const char *const codes[] = {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "SlowDown",
        "PriorRequestNotComplete",
        "EC2ThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "InternalError",
        "ServiceUnavailable",
        "IDPCommunicationError",
    };

    return is_one_of(code, codes, COUNT_OF(codes));
}

static bool is_passing_status(int code)
{
    return code == 429 || code == 500 || code == 502 || code == 503 || code == 504;
}

/* Was the signature's time refused, and does the server's clock say why? Then that is taken. */
static bool correct_clock(struct call *call)
{
    static const char *const codes[] = { "RequestTimeTooSkewed",  "RequestExpired",
                                         "RequestInTheFuture",    "InvalidSignatureException",
                                         "SignatureDoesNotMatch", "AuthFailure" };
    int64_t skew = (int64_t)call->http.date - (int64_t)time(NULL);
    /* Another call under way at the same time may have corrected the client's already. */
    int64_t off = skew > call->skew_s ? skew - call->skew_s : call->skew_s - skew;

    if (call->corrected || !call->keys || !call->http.date || off < SKEW_S ||
        !is_one_of(call->code, codes, COUNT_OF(codes)))
        return false;
    call->corrected = true;
    atomic_store(&call->client->skew_s, skew);
    return true;
}

static struct slice unquote(struct slice etag)
{
    bool quoted = etag.len >= 2 && etag.ptr[0] == '"' && etag.ptr[etag.len - 1] == '"';

    return quoted ? slice_sub(etag, 1, etag.len - 1) : etag;
}

static bool has_etag(const struct call *call)
{
    struct slice etag = http_header(&call->http, "etag");

    return !call->etag || !etag.ptr || slice_eq(unquote(etag), unquote(slice_of(call->etag)));
}

/* Does Content-Range say that the answer begins where it was asked to? */
static bool starts_right(const struct call *call, size_t had)
{
    struct slice range = http_header(&call->http, "content-range");
    char text[64] = "";
    unsigned long long from;

    if (range.len >= sizeof(text))
        return false;
    memcpy(text, range.ptr ? range.ptr : (const uint8_t *)"", range.len);
    return sscanf(text, "bytes %llu-", &from) == 1 && from == call->from + had;
}

static void fail(struct call *call, const char *code, const char *message)
{
    call->status = STATUS_IO;
    snprintf(call->code, sizeof(call->code), "%s", code);
    snprintf(call->message, sizeof(call->message), "%s", message);
}

/*
 * A good answer to a request for a range: is it what was asked for? False: another try is to get
 * what is missing.
 */
static bool take_range(struct call *call)
{
    struct buf *content = &call->http.content;
    uint64_t want = call->to - call->from;
    size_t had = call->had;

    if (!has_etag(call)) {
        fail(call, "PreconditionFailed", "the object has changed");
        return true;
    }
    if (call->http.code == 206 && !starts_right(call, had)) {
        buf_truncate(content, had);
        return false;
    }
    if (call->http.code != 206 && (had || call->from)) {
        /* The server knows no ranges: what it sent is the whole object from its beginning. */
        if (call->from || content->len - had < want) {
            fail(call, "", "the server does not answer requests for a part of an object");
            return true;
        }
        memmove(content->ptr, content->ptr + had, content->len - had);
        buf_truncate(content, content->len - had);
    }
    if (content->len > want)
        fail(call, "PreconditionFailed", "the object has changed: it is longer than listed");
    return content->len >= want;
}

/* What came before a cut stays only if it is of the object that was asked for. */
static void keep_what_came(struct call *call)
{
    bool good = call->http.code == 206 ? starts_right(call, call->had) : !call->had && !call->from;

    if (!call->ranged || !good || !has_etag(call))
        buf_truncate(&call->http.content, call->ranged ? call->had : 0);
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
        if (call->ranged && !take_range(call)) {
            snprintf(call->message, sizeof(call->message), "the answer ended early");
            again(call);
            return;
        }
        finish(call);
        return;
    }
    call->status = STATUS_IO;
    if (transfer->end != HTTP_ANSWERED) {
        fail(call, transfer->end == HTTP_TOO_LARGE && call->ranged ? "PreconditionFailed" : "",
             transfer->error);
        if (transfer->end == HTTP_CUT) {
            keep_what_came(call);
            again(call);
            return;
        }
    } else {
        read_fault(call);
        if (correct_clock(call)) {
            send_try(call, 0);
            return;
        }
        if (is_passing_status(transfer->code) || is_passing_code(call->code)) {
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

void call_reset(struct call *call)
{
    http_reset(&call->http);
    buf_reset(&call->query);
    wipe(&call->lines);
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
