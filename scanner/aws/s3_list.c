/*
 * s3_list.c - page after page of a listing.
 *
 * Keys are asked for percent-encoded (encoding-type=url), for XML cannot hold every byte that a key
 * may hold. A page is taken in whole before its objects are handed over: that it is encoded, and
 * where it goes on, may stand behind them.
 */
#include <stdio.h>
#include <stdlib.h>

#include "aws/s3_private.h"
#include "aws/uri.h"
#include "aws/xml.h"
#include "base/arena.h"
#include "base/limits.h"

/* Moves from region to region: S3 names the right one at once. */
enum { MOVES_MAX = 3 };

struct page {
    struct arena arena;
    struct s3_object *objects; /* count of them; texts are in the arena */
    size_t count, cap;
    struct s3_object object; /* the one under way */
    bool in_object, marker;  /* it is a delete marker */
    bool versions;
    bool encoded, truncated;
    struct slice next, next_version; /* where the listing goes on; encoded, if the page is */
};

static struct slice keep(struct page *page, struct slice text, enum status *status)
{
    struct slice copy = arena_copy(&page->arena, text);

    if (!copy.ptr)
        *status = err_nomem();
    return copy;
}

/* --- elements --- */

static bool is_entry(const struct page *page, unsigned depth, struct slice name)
{
    return depth == 1 && (page->versions ? slice_eq(name, SLICE("Version")) ||
                                               slice_eq(name, SLICE("DeleteMarker"))
                                         : slice_eq(name, SLICE("Contents")));
}

static enum status on_begin(void *ctx, unsigned depth, struct slice name)
{
    struct page *page = ctx;

    if (depth == 0 &&
        !slice_eq(name, page->versions ? SLICE("ListVersionsResult") : SLICE("ListBucketResult")))
        return err_set(STATUS_CORRUPT, "the answer is no listing of a bucket, but <%.*s>",
                       (int)(name.len < 100 ? name.len : 100), (const char *)name.ptr);
    if (is_entry(page, depth, name)) {
        page->in_object = true;
        page->marker = slice_eq(name, SLICE("DeleteMarker"));
        page->object = (struct s3_object){
            .last_modified = "", .etag = "", .storage_class = "", .is_latest = !page->versions
        };
    }
    return STATUS_OK;
}

/* If-Match wants quotes; some servers' listings leave them out. */
static enum status quote_etag(struct page *page)
{
    const char *etag = page->object.etag;
    struct buf quoted = { 0 };
    enum status status = STATUS_OK;

    if (!etag[0] || etag[0] == '"')
        return STATUS_OK;
    buf_printf(&quoted, "\"%s\"", etag);
    page->object.etag = (const char *)keep(page, buf_view(&quoted), &status).ptr;
    buf_release(&quoted);
    return status;
}

static enum status end_entry(struct page *page)
{
    enum status status;

    page->in_object = false;
    if (page->marker)
        return STATUS_OK;
    if (!page->object.key.ptr)
        return err_set(STATUS_CORRUPT, "a listing with an object that has no key");
    if (page->count == page->cap) {
        size_t cap = page->cap ? page->cap * 2 : 1024;
        struct s3_object *grown = realloc(page->objects, cap * sizeof(*grown));

        if (!grown)
            return err_nomem();
        page->objects = grown;
        page->cap = cap;
    }
    status = quote_etag(page);
    page->objects[page->count++] = page->object;
    return status;
}

static enum status take_size(struct s3_object *object, struct slice text)
{
    object->size = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || object->size > UINT64_MAX / 16)
            return err_set(STATUS_CORRUPT, "a listing with a size that is no number");
        object->size = object->size * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return STATUS_OK;
}

/* Does every byte of it pass as the value of a header? */
static bool is_plain(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < ' ' || text.ptr[i] > '~')
            return false;
    return true;
}

static enum status take_field(struct page *page, struct slice name, struct slice text)
{
    static const struct {
        const char *name;
        size_t offset;
    } texts[] = { { "VersionId", offsetof(struct s3_object, version_id) },
                  { "LastModified", offsetof(struct s3_object, last_modified) },
                  { "ETag", offsetof(struct s3_object, etag) },
                  { "StorageClass", offsetof(struct s3_object, storage_class) } };
    struct s3_object *object = &page->object;
    enum status status = STATUS_OK;

    if (slice_eq(name, SLICE("Key")))
        object->key = keep(page, text, &status);
    else if (slice_eq(name, SLICE("Size")))
        status = take_size(object, text);
    else if (slice_eq(name, SLICE("IsLatest")))
        object->is_latest = slice_eq(text, SLICE("true"));
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (slice_eq(name, slice_of(texts[i].name)) && is_plain(text))
            *(const char **)(void *)((char *)object + texts[i].offset) =
                (const char *)keep(page, text, &status).ptr;
    return status;
}

static enum status on_end(void *ctx, unsigned depth, struct slice name, struct slice text)
{
    struct page *page = ctx;
    enum status status = STATUS_OK;

    if (is_entry(page, depth, name))
        return end_entry(page);
    if (page->in_object && depth == 2)
        return take_field(page, name, text);
    if (page->in_object && depth == 3 && slice_eq(name, SLICE("RestoreExpiryDate")))
        page->object.is_restored = true;
    if (depth != 1)
        return STATUS_OK;
    if (slice_eq(name, SLICE("IsTruncated")))
        page->truncated = slice_eq(text, SLICE("true"));
    else if (slice_eq(name, SLICE("EncodingType")))
        page->encoded = slice_eq(text, SLICE("url"));
    else if (slice_eq(name,
                      page->versions ? SLICE("NextKeyMarker") : SLICE("NextContinuationToken")))
        page->next = keep(page, text, &status);
    else if (slice_eq(name, SLICE("NextVersionIdMarker")))
        page->next_version = keep(page, text, &status);
    return status;
}

/* --- a page --- */

static enum status decode(struct page *page, struct slice *text)
{
    struct buf plain = { 0 };
    enum status status;

    if (!page->encoded || !text->ptr)
        return STATUS_OK;
    uri_decode(&plain, *text, true);
    status = buf_status(&plain);
    if (!status)
        *text = keep(page, buf_view(&plain), &status);
    buf_release(&plain);
    return status;
}

static enum status read_page(struct page *page, struct slice document)
{
    struct xml_handler handler = { page, on_begin, on_end };
    enum status status = xml_parse(document, &handler);

    for (size_t i = 0; i < page->count && !status; i++)
        status = decode(page, &page->objects[i].key);
    if (!status && page->versions) /* a continuation token is no key */
        status = decode(page, &page->next);
    return status;
}

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
                            const struct page *before, struct page *page)
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
            status = read_page(page, buf_view(&call.http.content));
        else
            moved = moves < MOVES_MAX && move(bucket, &call);
        call_release(&call);
        keys_release(&keys);
        if (!moved)
            return status;
    }
}

static void page_reset(struct page *page)
{
    struct page fresh = {
        .arena = page->arena, .objects = page->objects, .cap = page->cap, .versions = page->versions
    };

    *page = fresh;
    arena_reset(&page->arena);
}

static void page_release(struct page *page)
{
    arena_release(&page->arena);
    free(page->objects);
}

static bool is_same(const struct s3_object *a, const struct s3_object *b)
{
    const char *left = a->version_id ? a->version_id : "";
    const char *right = b->version_id ? b->version_id : "";

    return slice_eq(a->key, b->key) && strcmp(left, right) == 0;
}

/* Does the listing turn in a circle? S3's never does; a scan must end on any server. */
static bool is_circle(const struct page *before, const struct page *page)
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
    struct page pages[2] = { { .versions = versions }, { .versions = versions } };
    unsigned empty = 0;
    enum status status = get_page(bucket, prefix, NULL, &pages[0]);

    for (size_t at = 0; !status; at = 1 - at) {
        struct page *page = &pages[at], *before = &pages[1 - at];

        for (size_t i = 0; i < page->count && !status; i++)
            status = fn(ctx, &page->objects[i]);
        if (status || !page->truncated)
            break;
        empty = page->count ? 0 : empty + 1;
        if (is_circle(before, page) || empty > LIMIT_S3_EMPTY_PAGES)
            status = err_set(STATUS_CORRUPT, "the listing says that it goes on, but does not");
        page_reset(before);
        if (!status)
            status = get_page(bucket, prefix, page, before);
    }
    page_release(&pages[0]);
    page_release(&pages[1]);
    return status;
}
