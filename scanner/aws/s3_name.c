/* s3_name.c - names and ARNs taken apart. */
#include "aws/s3_name.h"

#include <stdio.h>

#include "aws/endpoint.h"
#include "base/arn.h"

/* The parts of arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE. */
enum { ARN, PARTITION, SERVICE, REGION, ACCOUNT, PARTS };

/* Cut `text` before its next `:`, which is dropped. */
static struct slice next_part(struct slice *text)
{
    const uint8_t *end = text->len ? memchr(text->ptr, ':', text->len) : NULL;
    size_t len = end ? (size_t)(end - text->ptr) : text->len;
    struct slice part = slice_sub(*text, 0, len);

    *text = slice_sub(*text, end ? len + 1 : len, text->len);
    return part;
}

size_t s3_name_length(const char *uri)
{
    size_t len = strcspn(uri, "/");
    bool point = len >= 12 && memcmp(uri + len - 12, ":accesspoint", 12) == 0;

    /* Of "arn:...:accesspoint/NAME/KEY" the name is the second word. */
    if (strncmp(uri, "arn:", 4) == 0 && point && uri[len])
        len += 1 + strcspn(uri + len + 1, "/");
    return len;
}

static enum status refuse(struct slice name, enum status status, const char *why)
{
    return err_set(status, "s3://%.*s: %s", (int)(name.len < 300 ? name.len : 300),
                   (const char *)name.ptr, why);
}

static bool is_bucket(struct slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.ptr[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '-' || c == '_' || (c == '.' && i > 0)))
            return false;
    }
    return name.len > 0 && name.len <= 255;
}

static enum status check_arn(struct slice arn, struct s3_access_point *out)
{
    static const char none[] = "no ARN of an access point "
                               "(arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME)";
    struct slice rest = arn, parts[PARTS], name;
    int host;

    for (size_t i = 0; i < PARTS; i++)
        parts[i] = next_part(&rest);
    if (slice_eq(parts[SERVICE], SLICE("s3-outposts")) ||
        slice_eq(parts[SERVICE], SLICE("s3-object-lambda")))
        return refuse(arn, STATUS_UNSUPPORTED,
                      "access points of Outposts and of Object Lambda are not read: scan the "
                      "bucket behind it");
    if (slice_starts(rest, SLICE("accesspoint/")) || slice_starts(rest, SLICE("accesspoint:")))
        name = slice_sub(rest, 12, rest.len);
    else if (slice_starts(arn, SLICE("arn:aws:s3:::")))
        return refuse(arn, STATUS_INVALID, "a bucket is named without its ARN: s3://BUCKET/PREFIX");
    else
        return refuse(arn, STATUS_INVALID, none);
    if (!parts[REGION].len)
        return refuse(arn, STATUS_UNSUPPORTED,
                      "access points of several regions are not read: scan a bucket behind it");
    snprintf(out->region, sizeof(out->region), "%.*s", (int)parts[REGION].len, parts[REGION].ptr);
    host = snprintf(out->host, sizeof(out->host), "%.*s-%.*s", (int)name.len, name.ptr,
                    (int)parts[ACCOUNT].len, parts[ACCOUNT].ptr);
    /* A label of a host has the shape of a region's name. */
    if (!slice_eq(parts[SERVICE], SLICE("s3")) || parts[REGION].len >= sizeof(out->region) ||
        !endpoint_is_region(out->region) || !arn_is_account(parts[ACCOUNT]) || !name.len ||
        (size_t)host >= sizeof(out->host) || !endpoint_is_region(out->host))
        return refuse(arn, STATUS_INVALID, none);
    return STATUS_OK;
}

enum status s3_name_check(struct slice name, struct s3_access_point *out)
{
    *out = (struct s3_access_point){ .region = "" };
    if (slice_starts(name, SLICE("arn:")))
        return check_arn(name, out);
    return is_bucket(name)
               ? STATUS_OK
               : err_set(STATUS_INVALID, "\"%.*s\" is no name of a bucket (s3://BUCKET/PREFIX)",
                         (int)(name.len < 300 ? name.len : 300), (const char *)name.ptr);
}

bool s3_name_is_directory(struct slice name)
{
    struct slice end = SLICE("--x-s3");

    return name.len > end.len && slice_eq(slice_sub(name, name.len - end.len, name.len), end);
}
