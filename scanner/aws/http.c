/*
 * http.c - a curl multi handle on a thread of its own.
 *
 * New transfers wait in `inbox`, the only thing that is shared, until the thread takes them; those
 * with a delay wait in `later`, which is looked through before each sleep.
 */
#include "aws/http.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"

enum { IDLE_MS = 60 * 1000, BUFFER_BYTES = 256 * 1024 };

/* What a transfer needs while it runs. */
struct http_private {
    struct http_transfer *transfer;
    struct http_private *next;
    CURL *easy;
    struct curl_slist *headers;
    struct timespec due; /* when it begins */
    char reason[CURL_ERROR_SIZE];
};

struct http {
    struct http_options options; /* its texts are the two below */
    char *user_agent, *ca_bundle;
    CURLM *multi;
    pthread_t thread;
    pthread_mutex_t lock;       /* guards the two below */
    struct http_private *inbox; /* begun and not yet taken, the newest first */
    bool stopping;
    /* The thread's alone: */
    struct http_private *later;   /* waiting for their time */
    struct http_private *running; /* in the multi handle */
};

/* --- what curl calls --- */

static size_t on_body(char *bytes, size_t size, size_t n, void *ctx)
{
    struct http_private *own = ctx;
    struct http_transfer *t = own->transfer;
    struct slice piece = { (const uint8_t *)bytes, size * n };
    long code = 0;

    curl_easy_getinfo(own->easy, CURLINFO_RESPONSE_CODE, &code);
    if (code / 100 != 2) {
        size_t room = LIMIT_HTTP_FAULT_BYTES - t->fault.len;

        buf_append(&t->fault, slice_sub(piece, 0, piece.len < room ? piece.len : room));
        return piece.len;
    }
    if (piece.len > t->max_content || t->content.len > t->max_content - piece.len) {
        t->end = HTTP_TOO_LARGE;
        return 0;
    }
    buf_append(&t->content, piece);
    return t->content.failed ? 0 : piece.len;
}

static size_t on_header(char *bytes, size_t size, size_t n, void *ctx)
{
    struct http_private *own = ctx;
    struct buf *answer = &own->transfer->answer;
    struct slice line = { (const uint8_t *)bytes, size * n };

    if (slice_starts(line, SLICE("HTTP/"))) /* of the last answer: 100 Continue may come before */
        buf_reset(answer);
    if (line.len <= LIMIT_HTTP_HEADER_BYTES - answer->len)
        buf_append(answer, line);
    return line.len;
}

/* --- one transfer --- */

static bool add_headers(struct http_private *own)
{
    struct slice rest = own->transfer->headers;

    while (rest.len) {
        const uint8_t *end = memchr(rest.ptr, '\n', rest.len);
        size_t len = end ? (size_t)(end - rest.ptr) : rest.len;
        char *line = strndup((const char *)rest.ptr, len);
        struct curl_slist *list = line ? curl_slist_append(own->headers, line) : NULL;

        if (line)
            explicit_bzero(line, len);
        free(line);
        if (!list)
            return false;
        own->headers = list;
        rest = slice_sub(rest, end ? len + 1 : len, rest.len);
    }
    return true;
}

/* Header lines hold session tokens. */
static void free_headers(struct curl_slist *list)
{
    for (struct curl_slist *at = list; at; at = at->next)
        explicit_bzero(at->data, strlen(at->data));
    curl_slist_free_all(list);
}

static void set_method(CURL *easy, const struct http_transfer *t)
{
    bool post = strcmp(t->method, "POST") == 0;

    if (post || t->body.len) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, t->body.ptr ? (const char *)t->body.ptr : "");
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->body.len);
    }
    if (!post)
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, t->method);
    if (strcmp(t->method, "PUT") == 0 && !t->body.len)
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "");
}

static void set_client(CURL *easy, const struct http_options *options)
{
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)BUFFER_BYTES);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, options->user_agent);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)options->connect_timeout_ms);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)options->stall_timeout_s);
    if (options->ca_bundle)
        curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca_bundle);
}

static bool set_up(struct http *http, struct http_private *own)
{
    const struct http_transfer *t = own->transfer;

    own->easy = curl_easy_init();
    if (!own->easy || !add_headers(own))
        return false;
    set_client(own->easy, &http->options);
    set_method(own->easy, t);
    curl_easy_setopt(own->easy, CURLOPT_URL, t->url);
    curl_easy_setopt(own->easy, CURLOPT_HTTPHEADER, own->headers);
    curl_easy_setopt(own->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(own->easy, CURLOPT_WRITEDATA, own);
    curl_easy_setopt(own->easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(own->easy, CURLOPT_HEADERDATA, own);
    curl_easy_setopt(own->easy, CURLOPT_ERRORBUFFER, own->reason);
    curl_easy_setopt(own->easy, CURLOPT_PRIVATE, own);
    if (t->direct)
        curl_easy_setopt(own->easy, CURLOPT_PROXY, "");
    if (t->timeout_ms)
        curl_easy_setopt(own->easy, CURLOPT_TIMEOUT_MS, (long)t->timeout_ms);
    return curl_multi_add_handle(http->multi, own->easy) == CURLM_OK;
}

static enum http_end end_of(CURLcode result)
{
    switch (result) {
    case CURLE_OK:
        return HTTP_ANSWERED;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return HTTP_CUT;
    default:
        return HTTP_FAILED;
    }
}

static void note_end(struct http_private *own, CURLcode result)
{
    struct http_transfer *t = own->transfer;
    struct slice date;
    long code = 0;

    if (own->easy)
        curl_easy_getinfo(own->easy, CURLINFO_RESPONSE_CODE, &code);
    t->code = (int)code;
    if (t->end == HTTP_TOO_LARGE)
        snprintf(t->error, sizeof(t->error), "the answer is longer than %zu bytes", t->max_content);
    else
        t->end = end_of(result);
    if (t->end == HTTP_CUT || t->end == HTTP_FAILED)
        snprintf(t->error, sizeof(t->error), "%.*s", (int)sizeof(t->error) - 1,
                 own->reason[0] ? own->reason : curl_easy_strerror(result));
    date = http_header(t, "date");
    if (date.len && date.len < 64) {
        char text[64] = "";
        time_t seconds;

        memcpy(text, date.ptr, date.len);
        seconds = curl_getdate(text, NULL);
        t->date = seconds > 0 ? seconds : 0;
    }
}

static void unlink_running(struct http *http, const struct http_private *own)
{
    struct http_private **at = &http->running;

    while (*at && *at != own)
        at = &(*at)->next;
    if (*at)
        *at = own->next;
}

/* The transfer is over: its own things go, and its owner is told. */
static void finish(struct http *http, struct http_private *own, CURLcode result)
{
    struct http_transfer *t = own->transfer;

    note_end(own, result);
    unlink_running(http, own);
    if (own->easy) {
        curl_multi_remove_handle(http->multi, own->easy);
        curl_easy_cleanup(own->easy);
    }
    free_headers(own->headers);
    free(own);
    t->own = NULL;
    t->done(t);
}

/* --- the thread --- */

static long long ms_until(const struct timespec *due)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (due->tv_sec - now.tv_sec) * 1000LL + (due->tv_nsec - now.tv_nsec) / 1000000L;
}

/* Take what was begun since. False: the client is being freed. */
static bool take_inbox(struct http *http)
{
    struct http_private *taken;
    bool stopping;

    pthread_mutex_lock(&http->lock);
    taken = http->inbox;
    http->inbox = NULL;
    stopping = http->stopping;
    pthread_mutex_unlock(&http->lock);
    while (taken) {
        struct http_private *next = taken->next;

        taken->next = http->later;
        http->later = taken;
        taken = next;
    }
    return !stopping;
}

/* Begin what is due; how many milliseconds the next one is away. */
static int begin_due(struct http *http)
{
    long long wait = IDLE_MS;

    for (struct http_private **at = &http->later; *at;) {
        struct http_private *own = *at;
        long long ms = own->transfer->delay_ms ? ms_until(&own->due) : 0;

        if (ms > 0) {
            wait = ms < wait ? ms : wait;
            at = &own->next;
            continue;
        }
        *at = own->next;
        own->next = http->running;
        http->running = own;
        if (!set_up(http, own)) {
            /* `done` may begin others, but only by the inbox: the list does not change here. */
            finish(http, own, CURLE_OUT_OF_MEMORY);
        }
    }
    return (int)wait;
}

static void end_finished(struct http *http)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(http->multi, &left))) {
        CURLcode result = message->data.result;
        struct http_private *own = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&own);
        finish(http, own, result);
    }
}

static void end_all(struct http *http)
{
    take_inbox(http);
    while (http->later || http->running) {
        struct http_private *own = http->later ? http->later : http->running;

        if (http->later)
            http->later = own->next;
        finish(http, own, CURLE_ABORTED_BY_CALLBACK);
        take_inbox(http);
    }
}

static void *drive(void *arg)
{
    struct http *http = arg;

    while (take_inbox(http)) {
        int wait = begin_due(http), running;

        curl_multi_perform(http->multi, &running);
        end_finished(http);
        curl_multi_poll(http->multi, NULL, 0, wait, NULL);
    }
    end_all(http);
    return NULL;
}

/* --- the client --- */

/* The thread takes no signal: libcurl may meet SIGPIPE, and the rest is the program's. */
static bool start_thread(struct http *http)
{
    sigset_t all, old;
    bool started;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    started = pthread_create(&http->thread, NULL, drive, http) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return started;
}

static void free_client(struct http *http)
{
    curl_multi_cleanup(http->multi);
    pthread_mutex_destroy(&http->lock);
    free(http->user_agent);
    free(http->ca_bundle);
    free(http);
    curl_global_cleanup();
}

static bool take_options(struct http *http, const struct http_options *options)
{
    http->options = *options;
    http->options.user_agent = http->user_agent = strdup(options->user_agent);
    if (options->ca_bundle)
        http->options.ca_bundle = http->ca_bundle = strdup(options->ca_bundle);
    if (!options->connect_timeout_ms)
        http->options.connect_timeout_ms = LIMIT_HTTP_CONNECT_MS;
    if (!options->stall_timeout_s)
        http->options.stall_timeout_s = LIMIT_HTTP_STALL_S;
    if (options->connections)
        curl_multi_setopt(http->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)options->connections);
    return http->user_agent && (http->ca_bundle || !options->ca_bundle);
}

enum status http_new(struct http **out, const struct http_options *options)
{
    struct http *http = calloc(1, sizeof(*http));

    if (!http)
        return err_nomem();
    if (curl_global_init(CURL_GLOBAL_DEFAULT)) {
        free(http);
        return err_set(STATUS_UNSUPPORTED, "libcurl cannot be started");
    }
    pthread_mutex_init(&http->lock, NULL);
    http->multi = curl_multi_init();
    if (!http->multi || !take_options(http, options) || !start_thread(http)) {
        free_client(http);
        return err_nomem();
    }
    *out = http;
    return STATUS_OK;
}

void http_free(struct http *http)
{
    if (!http)
        return;
    pthread_mutex_lock(&http->lock);
    http->stopping = true;
    pthread_mutex_unlock(&http->lock);
    curl_multi_wakeup(http->multi);
    pthread_join(http->thread, NULL);
    free_client(http);
}

void http_start(struct http *http, struct http_transfer *transfer)
{
    struct http_private *own = calloc(1, sizeof(*own));

    transfer->end = HTTP_ANSWERED;
    transfer->code = 0;
    transfer->error[0] = 0;
    if (!own) {
        transfer->end = HTTP_FAILED;
        snprintf(transfer->error, sizeof(transfer->error), "out of memory");
        transfer->done(transfer);
        return;
    }
    own->transfer = transfer;
    transfer->own = own;
    clock_gettime(CLOCK_MONOTONIC, &own->due);
    own->due.tv_sec += transfer->delay_ms / 1000;
    own->due.tv_nsec += transfer->delay_ms % 1000 * 1000000L;
    own->due.tv_sec += own->due.tv_nsec / 1000000000L;
    own->due.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&http->lock);
    own->next = http->inbox;
    http->inbox = own;
    pthread_mutex_unlock(&http->lock);
    curl_multi_wakeup(http->multi);
}

/* --- answers --- */

static struct slice trim(struct slice s)
{
    while (s.len &&
           (s.ptr[s.len - 1] == '\r' || s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
        s.len--;
    while (s.len && (*s.ptr == ' ' || *s.ptr == '\t'))
        s = slice_sub(s, 1, s.len);
    return s;
}

struct slice http_header(const struct http_transfer *transfer, const char *name)
{
    struct slice rest = buf_view(&transfer->answer), found = { 0 };
    size_t len = strlen(name);

    while (rest.len) {
        const uint8_t *end = memchr(rest.ptr, '\n', rest.len);
        size_t line = end ? (size_t)(end - rest.ptr) : rest.len;

        if (line > len && rest.ptr[len] == ':' &&
            strncasecmp((const char *)rest.ptr, name, len) == 0)
            found = trim(slice_sub(rest, len + 1, line));
        rest = slice_sub(rest, end ? line + 1 : line, rest.len);
    }
    return found;
}

void http_reset(struct http_transfer *transfer)
{
    buf_release(&transfer->content);
    buf_release(&transfer->fault);
    buf_release(&transfer->answer);
}
