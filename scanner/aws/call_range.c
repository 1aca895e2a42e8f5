/* call_range.c - does an answer hold the bytes that were asked for, of the object that was? */
#include <stdio.h>

#include "aws/call_private.h"

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

bool call_range_take(struct call *call)
{
    struct buf *content = &call->http.content;
    uint64_t want = call->to - call->from;
    size_t had = call->had;

    if (!has_etag(call)) {
        call_fail(call, "PreconditionFailed", "the object has changed");
        return true;
    }
    if (call->http.code == 206 && !starts_right(call, had)) {
        buf_truncate(content, had);
        return false;
    }
    if (call->http.code != 206 && (had || call->from)) {
        /* The server knows no ranges: what it sent is the whole object from its beginning. */
        if (call->from || content->len - had < want) {
            call_fail(call, "", "the server does not answer requests for a part of an object");
            return true;
        }
        memmove(content->ptr, content->ptr + had, content->len - had);
        buf_truncate(content, content->len - had);
    }
    if (content->len > want)
        call_fail(call, "PreconditionFailed", "the object has changed: it is longer than listed");
    return content->len >= want;
}

void call_range_keep(struct call *call)
{
    bool good = call->http.code == 206 ? starts_right(call, call->had) : !call->had && !call->from;

    if (!call->ranged || !good || !has_etag(call))
        buf_truncate(&call->http.content, call->ranged ? call->had : 0);
}
