/*
 * call.h - one call of an AWS service: signed, sent, and sent again where that may help.
 *
 * Throttling (429, 503 SlowDown, Throttling...), failures of the server (5xx) and connections that
 * cannot be had or break are tried again after a random wait that doubles (exponential backoff with
 * full jitter), or as long as Retry-After says. A download that was cut goes on behind what has
 * come, if the ETag is still the same. A clock that is wrong by minutes is corrected by the
 * server's. Which keys are used, and what an answer means, is the caller's.
 *
 * May include: base. Threads: as http.h; a client may be shared.
 */
#ifndef AWS_CALL_H
#define AWS_CALL_H

#include "aws/endpoint.h"
#include "aws/http.h"
#include "aws/keys.h"
#include "aws/sign.h"

struct call_client;

/* On success `*out` is the caller's; libcurl and its thread have been started. As http_new(). */
enum status call_client_new(struct call_client **out, const struct http_options *options);

/* Ends what still runs. NULL is allowed. */
void call_client_free(struct call_client *client);

/* Seconds that the server's clock is ahead of this machine's, as far as a call has met that. */
int64_t call_client_skew_s(const struct call_client *client);

enum { CALL_HEADERS_MAX = 6 };

/*
 * One call. {0} and what is marked "in" is a valid one; it stays where it is from call_start()
 * until `done`, and is released after that.
 */
struct call {
    /* In: borrowed until `done`, but for `path` and `query`, which call_release() frees. */
    const char *method;
    const struct endpoint *endpoint;
    struct buf path;         /* encoded, behind the endpoint's; "" or beginning with `/` */
    struct buf query;        /* encoded and sorted: uri_query() */
    struct slice body;       /* of a POST */
    const char *service;     /* "s3", "sts"; NULL with `keys` NULL */
    const char *region;      /* likewise */
    const struct keys *keys; /* NULL, or without an id: unsigned */
    struct sign_header headers[CALL_HEADERS_MAX]; /* header_count of them, ascending by name */
    size_t header_count;
    size_t max_content;  /* bytes of a good answer */
    unsigned tries;      /* at most; 0: LIMIT_CALL_TRIES */
    unsigned timeout_ms; /* of each try, in all; 0: none */
    bool direct;         /* past any proxy */
    /* With `ranged` bytes [from, to) of an object are asked for, all of which the answer must hold;
     * `whole` says that these are all it has, so the first try asks without a range. */
    bool ranged, whole;
    uint64_t from, to;
    const char *etag;                /* that it must have, as the server wrote it; NULL: any */
    void (*done)(struct call *call); /* on the client's thread; must not block */
    void *ctx;

    /* Out. */
    enum status status; /* STATUS_OK: an answer 2xx, in http.content; else `code` and `message` */
    char code[64];      /* the service's word for what failed ("AccessDenied"), or "" */
    char message[512];  /* one line for people, with the code; may hold any bytes of the server */
    struct http_transfer http;

    struct call_client *client; /* call.c's own from here on */
    struct buf url, lines;
    unsigned tried;
    int64_t skew_s; /* that this try was signed with */
    size_t had;     /* bytes of content that were there before this try */
    bool corrected;
};

/* Begin `call`. `done` is called once, perhaps before this returns. */
void call_start(struct call_client *client, struct call *call);

/* Begin `call`, whose `done` and `ctx` are not used, and wait for its end: its status, with
 * `message` as the text. */
enum status call_run(struct call_client *client, struct call *call);

/* Free all that it holds; signed header lines are overwritten. */
void call_release(struct call *call);

#endif
