/*
 * http.h - HTTP requests, many at once, on connections that are kept.
 *
 * One transfer is one request and its answer: it is not tried again, no redirect is followed, no
 * answer is believed to be short. What a request means, how it is signed and whether it is worth
 * another try is call.h's. TLS is verified always. HTTPS_PROXY, http_proxy and NO_PROXY are
 * honoured (libcurl reads them).
 *
 * No socket and no thread exists before http_new(). One thread of its own drives all transfers: 64
 * requests in flight need no 64 stacks, and 2 cores are left to the scan.
 *
 * May include: base. Library: libcurl. Threads: http_start() from any; `done` runs on the
 * client's own thread and must not block.
 */
#ifndef AWS_HTTP_H
#define AWS_HTTP_H

#include <time.h>

#include "base/buf.h"

struct http;

struct http_options {
    const char *user_agent;
    const char *ca_bundle; /* a file of certificates to trust; NULL: the system's */
    unsigned connections;  /* open at once, at most; further transfers wait; 0: no bound */
};

enum http_end {
    HTTP_ANSWERED,  /* `code` and the answer's parts are there, to their end */
    HTTP_CUT,       /* no connection, or it broke or stalled: another try may help */
    HTTP_TOO_LARGE, /* the answer is longer than allowed */
    HTTP_FAILED,    /* no try would help: a certificate, a URL, a proxy, memory */
};

/*
 * One request and its answer. {0} and what is marked "in" is a valid transfer; it stays where it is
 * from http_start() until `done` is called.
 */
struct http_transfer {
    /* In; borrowed until `done`. */
    const char *method;   /* "GET", "PUT", "POST" */
    const char *url;      /* ready to be sent: it is not normalised */
    struct slice headers; /* "Name: value" and LF, each */
    struct slice body;    /* of PUT and POST */
    size_t max_content;   /* bytes that `content` may hold */
    unsigned delay_ms;    /* waits so long before it begins */
    bool direct;          /* past any proxy: for addresses of this machine and its host */
    unsigned timeout_ms;  /* for all of it; 0: none but the client's two */
    void (*done)(struct http_transfer *transfer);
    void *ctx;

    /*
     * Out; the caller's to release. A transfer that goes on where another was cut begins with what
     * that had received in `content`: bytes are appended.
     */
    enum http_end end;
    int code;           /* HTTP's status; 0: there was none */
    struct buf content; /* body of an answer 2xx, or as much as came */
    struct buf fault;   /* body of any other, cut at LIMIT_HTTP_FAULT_BYTES */
    struct buf answer;  /* the header lines, as http_header() wants them */
    time_t date;        /* by the server's Date header; 0: none */
    char error[256];    /* what happened, for people, where `end` is not HTTP_ANSWERED */
};

/* Starts the client. On success `*out` is the caller's. STATUS_OK, STATUS_NOMEM, STATUS_IO or
 * STATUS_UNSUPPORTED. */
enum status http_new(struct http **out, const struct http_options *options);

/* Ends every transfer that still runs as HTTP_FAILED, and frees. NULL is allowed. */
void http_free(struct http *http);

/* Begin `transfer`; its `done` will be called exactly once. */
void http_start(struct http *http, struct http_transfer *transfer);

/* The value of the answer's header `name` (in any case), the last one where it stands twice,
 * without white space round it; ptr is NULL where there is none. Borrows from `answer`. */
struct slice http_header(const struct http_transfer *transfer, const char *name);

/* Release what came back. The transfer can be started again. */
void http_reset(struct http_transfer *transfer);

#endif
