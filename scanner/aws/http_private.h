/*
 * http_private.h - what http.c, which drives all transfers, and http_transfer.c, which knows one,
 * share.
 *
 * May include: base. Library: libcurl. Threads: the client's own.
 */
#ifndef AWS_HTTP_PRIVATE_H
#define AWS_HTTP_PRIVATE_H

#include <curl/curl.h>

#include "aws/http.h"

/* What a transfer needs while it runs. */
struct http_private {
    struct http_transfer *transfer;
    struct http_private *next;
    CURL *easy;
    struct curl_slist *headers;
    struct timespec due; /* when it begins */
    char reason[CURL_ERROR_SIZE];
};

/* Make its handle, which is not in the multi handle yet. False: memory is out. */
bool http_private_set_up(struct http_private *own, const struct http_options *options);

/* Put down in the transfer how it ended. */
void http_private_end(struct http_private *own, CURLcode result);

/* Free all that it holds but for the transfer; its handle is in no multi handle any more. */
void http_private_free(struct http_private *own);

#endif
