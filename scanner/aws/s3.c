/* s3.c - a bucket's endpoint, and requests to it. */
#include <stdlib.h>

#include "aws/s3_private.h"
#include "aws/uri.h"

/* --addressing-style, or s3.addressing_style of the profile. */
static enum status get_style(const struct s3_options *options, enum addressing *out)
{
    const char *word = settings_get(options->settings, "s3.addressing_style");

    *out = options->addressing;
    if (*out != ADDRESSING_AUTO || !word || strcmp(word, "auto") == 0)
        return STATUS_OK;
    *out = strcmp(word, "path") == 0 ? ADDRESSING_PATH : ADDRESSING_VIRTUAL;
    return *out == ADDRESSING_PATH || strcmp(word, "virtual") == 0
               ? STATUS_OK
               : err_set(STATUS_INVALID,
                         "s3.addressing_style of the profile: \"%.50s\" is not one of auto, path, "
                         "virtual",
                         word);
}

enum status s3_set_region(struct s3_bucket *bucket, const char *region)
{
    const char *label = bucket->point.host, *service = label[0] ? "s3-accesspoint" : "s3";
    enum addressing style;
    enum status status = get_style(&bucket->options, &style);

    if (status)
        return status;
    assert(endpoint_is_region(region));
    memcpy(bucket->region, region, strlen(region) + 1);
    endpoint_release(&bucket->endpoint);
    status = settings_endpoint(bucket->options.settings, "s3", true, &bucket->endpoint);
    bucket->given = status != STATUS_ABSENT;
    if (status == STATUS_ABSENT)
        status = endpoint_of(&bucket->endpoint, service, region);
    if (status)
        return status;
    return label[0]
               ? endpoint_add_bucket(&bucket->endpoint, label, ADDRESSING_VIRTUAL, bucket->given)
               : endpoint_add_bucket(&bucket->endpoint, bucket->name, style, bucket->given);
}

enum status s3_open(struct s3_bucket **out, const struct s3_options *options, struct slice name)
{
    const char *region = options->settings->region;
    struct s3_access_point point;
    struct s3_bucket *bucket;
    enum status status = s3_name_check(name, &point);

    if (status)
        return status;
    bucket = calloc(1, sizeof(*bucket));
    if (!bucket)
        return err_nomem();
    bucket->options = *options;
    bucket->point = point;
    if (point.host[0]) { /* it is in that region and in no other */
        region = bucket->point.region;
        bucket->settled = true;
    }
    bucket->name = strndup((const char *)name.ptr, name.len);
    status = bucket->name ? s3_set_region(bucket, region ? region : "us-east-1") : err_nomem();
    if (!status && !bucket->given && s3_name_is_directory(name))
        status = err_set(STATUS_UNSUPPORTED,
                         "s3://%s: directory buckets (S3 Express One Zone) are not read: fetch it "
                         "with aws s3 sync, and scan the folder with --mirror",
                         bucket->name);
    if (status)
        s3_close(bucket);
    else
        *out = bucket;
    return status;
}

void s3_close(struct s3_bucket *bucket)
{
    if (!bucket)
        return;
    endpoint_release(&bucket->endpoint);
    free(bucket->name);
    free(bucket);
}

const char *s3_bucket_name(const struct s3_bucket *bucket)
{
    return bucket->name;
}

const struct s3_options *s3_bucket_options(const struct s3_bucket *bucket)
{
    return &bucket->options;
}

void s3_prepare(const struct s3_bucket *bucket, struct call *call, const struct keys *keys)
{
    call->method = "GET";
    call->endpoint = &bucket->endpoint;
    call->service = "s3";
    call->region = bucket->region;
    call->keys = keys;
    if (bucket->options.requester_pays)
        call->headers[call->header_count++] =
            (struct sign_header){ "x-amz-request-payer", "requester" };
}

void s3_get(const struct s3_bucket *bucket, struct call *call, struct slice key,
            const char *version_id, const struct keys *keys)
{
    s3_prepare(bucket, call, keys);
    buf_byte(&call->path, '/');
    uri_encode(&call->path, key, true);
    uri_query_if(&call->query, "versionId", slice_of(version_id));
}
