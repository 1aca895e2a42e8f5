/*
 * http_transfer.c - one request as a handle of libcurl's, and what came back. When it runs is
 * http.c's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "aws/http_private.h"
#include "base/limits.h"

enum { BUFFER_BYTES = 256 * 1024 };

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
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)LIMIT_HTTP_CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)LIMIT_HTTP_STALL_S);
    if (options->ca_bundle)
        curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca_bundle);
}

bool http_private_set_up(struct http_private *own, const struct http_options *options)
{
    const struct http_transfer *t = own->transfer;

    own->easy = curl_easy_init();
    if (!own->easy || !add_headers(own))
        return false;
    set_client(own->easy, options);
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
    return true;
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

void http_private_end(struct http_private *own, CURLcode result)
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
        snprintf(t->error, sizeof(t->error), "%s%.200s",
                 result == CURLE_SSL_CONNECT_ERROR ? "no TLS with this server: " : "",
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

/* Header lines hold session tokens. */
static void free_headers(struct curl_slist *list)
{
    for (struct curl_slist *at = list; at; at = at->next)
        explicit_bzero(at->data, strlen(at->data));
    curl_slist_free_all(list);
}

void http_private_free(struct http_private *own)
{
    curl_easy_cleanup(own->easy);
    free_headers(own->headers);
    free(own);
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
