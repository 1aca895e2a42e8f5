/* s3_page.c - elements of a listing, as they end. */
#include "aws/s3_page.h"

#include <stddef.h>
#include <stdlib.h>

#include "aws/uri.h"
#include "aws/xml.h"
#include "base/array.h"

static struct slice keep(struct s3_page *page, struct slice text, enum status *status)
{
    struct slice copy = arena_copy(&page->arena, text);

    if (!copy.ptr)
        *status = err_nomem();
    return copy;
}

/* --- elements --- */

static bool is_entry(const struct s3_page *page, unsigned depth, struct slice name)
{
    return depth == 1 && (page->versions ? slice_eq(name, SLICE("Version")) ||
                                               slice_eq(name, SLICE("DeleteMarker"))
                                         : slice_eq(name, SLICE("Contents")));
}

static enum status on_begin(void *ctx, unsigned depth, struct slice name)
{
    struct s3_page *page = ctx;

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
static enum status quote_etag(struct s3_page *page)
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

static enum status end_entry(struct s3_page *page)
{
    struct s3_object *grown;
    enum status status;

    page->in_object = false;
    if (page->marker)
        return STATUS_OK;
    if (!page->object.key.ptr)
        return err_set(STATUS_CORRUPT, "a listing with an object that has no key");
    grown = array_room(page->objects, page->count, &page->cap, sizeof(*grown));
    if (!grown)
        return err_nomem();
    page->objects = grown;
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

static enum status take_field(struct s3_page *page, struct slice name, struct slice text)
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
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (slice_eq(name, slice_of(texts[i].name)) && is_plain(text))
            *(const char **)(void *)((char *)object + texts[i].offset) =
                (const char *)keep(page, text, &status).ptr;
    return status;
}

static enum status on_end(void *ctx, unsigned depth, struct slice name, struct slice text)
{
    struct s3_page *page = ctx;
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

static enum status decode(struct s3_page *page, struct slice *text)
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

enum status s3_page_read(struct s3_page *page, struct slice document)
{
    struct xml_handler handler = { page, on_begin, on_end };
    enum status status = xml_parse(document, &handler);

    for (size_t i = 0; i < page->count && !status; i++)
        status = decode(page, &page->objects[i].key);
    if (!status && page->versions) /* a continuation token is no key */
        status = decode(page, &page->next);
    return status;
}

void s3_page_reset(struct s3_page *page)
{
    struct s3_page fresh = {
        .arena = page->arena, .objects = page->objects, .cap = page->cap, .versions = page->versions
    };

    *page = fresh;
    arena_reset(&page->arena);
}

void s3_page_release(struct s3_page *page)
{
    arena_release(&page->arena);
    free(page->objects);
}
