/*
 * http.c - a curl multi handle on a thread of its own.
 *
 * New transfers wait in `inbox`, the only thing that is shared, until the thread takes them; those
 * with a delay wait in `later`, which is looked through before each sleep.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/http_private.h"

enum { IDLE_MS = 60 * 1000 };

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

/* --- one transfer --- */

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

    http_private_end(own, result);
    unlink_running(http, own);
    if (own->easy)
        curl_multi_remove_handle(http->multi, own->easy);
    http_private_free(own);
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
        if (!http_private_set_up(own, &http->options) ||
            curl_multi_add_handle(http->multi, own->easy) != CURLM_OK) {
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
