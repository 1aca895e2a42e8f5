/* s3_list.c - page after page of a listing, wherever the bucket lies. */
#include "aws/s3_page.h"
#include "aws/s3_private.h"
#include "aws/uri.h"
#include "aws/xml.h"
#include "base/limits.h"

/* Moves from region to region: S3 names the right one at once. */
enum { MOVES_MAX = 3 };

/* The region that a refusal names: in a header, or (as for a signature) in the document. */
struct where {
    char region[64];
};

static void take_region(struct where *where, struct slice text)
{
    if (!where->region[0] && text.len && text.len < sizeof(where->region)) {
        memcpy(where->region, text.ptr, text.len);
        where->region[text.len] = 0;
        if (!endpoint_is_region(where->region))
            where->region[0] = 0;
    }
}

static enum status on_region(void *ctx, unsigned depth, struct slice name, struct slice text)
{
    (void)depth;
    if (slice_eq(name, SLICE("Region")))
        take_region(ctx, text);
    return STATUS_OK;
}

/* Is the bucket elsewhere? Then go there: true. A host that a Location names is never gone to. */
static bool move(struct s3_bucket *bucket, const struct call *call)
{
    struct where where = { "" };
    struct xml_handler handler = { &where, NULL, on_region };

    if (bucket->settled)
        return false;
    if (call->http.code != 301 && call->http.code != 307 && call->http.code != 400)
        return false;
    take_region(&where, http_header(&call->http, "x-amz-bucket-region"));
    if (!where.region[0] && call->http.fault.len)
        xml_parse(buf_view(&call->http.fault), &handler);
    return where.region[0] && strcmp(where.region, bucket->region) != 0 &&
           s3_set_region(bucket, where.region) == STATUS_OK;
}

static void set_query(struct buf *query, struct slice prefix, bool versions, struct slice next,
                      struct slice next_version)
{
    if (versions) {
        uri_query(query, "encoding-type", SLICE("url"));
        uri_query_if(query, "key-marker", next);
        if (prefix.len)
            uri_query(query, "prefix", prefix);
        uri_query_if(query, "version-id-marker", next_version);
        uri_query(query, "versions", SLICE(""));
    } else {
        uri_query_if(query, "continuation-token", next);
        uri_query(query, "encoding-type", SLICE("url"));
        uri_query(query, "list-type", SLICE("2"));
        if (prefix.len)
            uri_query(query, "prefix", prefix);
    }
}

/* One page, asked for behind what `before` holds (NULL: from the beginning). */
static enum status get_page(struct s3_bucket *bucket, struct slice prefix,
                            const struct s3_page *before, struct s3_page *page)
{
    struct slice none = { 0 };

    for (unsigned moves = 0;; moves++) {
        struct call call = { .max_content = LIMIT_S3_LISTING_BYTES };
        struct keys keys;
        enum status status = credentials_get(bucket->options.credentials, &keys);
        bool moved = false;

        if (status)
            return status;
        s3_prepare(bucket, &call, &keys);
        call.headers[call.header_count++] =
            (struct sign_header){ "x-amz-optional-object-attributes", "RestoreStatus" };
        set_query(&call.query, prefix, page->versions, before ? before->next : none,
                  before ? before->next_version : none);
        status = call_run(bucket->options.client, &call);
        if (!status && !bucket->settled)
            bucket->settled = true;
        if (!status)
            status = s3_page_read(page, buf_view(&call.http.content));
        else
            moved = moves < MOVES_MAX && move(bucket, &call);
        call_release(&call);
        keys_release(&keys);
        if (!moved)
            return status;
    }
}

static bool is_same(const struct s3_object *a, const struct s3_object *b)
{
    const char *left = a->version_id ? a->version_id : "";
    const char *right = b->version_id ? b->version_id : "";

    return slice_eq(a->key, b->key) && strcmp(left, right) == 0;
}

/* Does the listing turn in a circle? S3's never does; a scan must end on any server. */
static bool is_circle(const struct s3_page *before, const struct s3_page *page)
{
    if (!page->next.ptr)
        return true;
    return (slice_eq(before->next, page->next) &&
            slice_eq(before->next_version, page->next_version)) ||
           (before->count && page->count && is_same(&before->objects[0], &page->objects[0]));
}

enum status s3_list(struct s3_bucket *bucket, struct slice prefix, bool versions, s3_object_fn *fn,
                    void *ctx)
{
    struct s3_page pages[2] = { { .versions = versions }, { .versions = versions } };
    unsigned empty = 0;
    enum status status = get_page(bucket, prefix, NULL, &pages[0]);

    for (size_t at = 0; !status; at = 1 - at) {
        struct s3_page *page = &pages[at], *before = &pages[1 - at];

        for (size_t i = 0; i < page->count && !status; i++)
            status = fn(ctx, &page->objects[i]);
        if (status || !page->truncated)
            break;
        empty = page->count ? 0 : empty + 1;
        if (is_circle(before, page) || empty > LIMIT_S3_EMPTY_PAGES)
            status = err_set(STATUS_CORRUPT, "the listing says that it goes on, but does not");
        s3_page_reset(before);
        if (!status)
            status = get_page(bucket, prefix, page, before);
    }
    s3_page_release(&pages[0]);
    s3_page_release(&pages[1]);
    return status;
}
