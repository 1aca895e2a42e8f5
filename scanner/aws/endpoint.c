/* endpoint.c - a table of partitions, and URLs taken apart. */
#include "aws/endpoint.h"

#include <stdio.h>
#include <strings.h>

#include "aws/uri.h"
#include "base/array.h"

struct partition_row {
    struct partition partition;
    const char *prefix; /* of its regions */
};

/* The first is that of all regions that begin like no other's. */
static const struct partition_row partitions[] = {
    { { "aws", "amazonaws.com", "us-east-1" }, "" },
    { { "aws-cn", "amazonaws.com.cn", "cn-north-1" }, "cn-" },
    { { "aws-us-gov", "amazonaws.com", "us-gov-west-1" }, "us-gov-" },
    { { "aws-iso", "c2s.ic.gov", "us-iso-east-1" }, "us-iso-" },
    { { "aws-iso-b", "sc2s.sgov.gov", "us-isob-east-1" }, "us-isob-" },
    { { "aws-iso-e", "cloud.adc-e.uk", "eu-isoe-west-1" }, "eu-isoe-" },
    { { "aws-iso-f", "csp.hci.ic.gov", "us-isof-south-1" }, "us-isof-" },
    { { "aws-eusc", "amazonaws.eu", "eusc-de-east-1" }, "eusc-" },
};

const struct partition *endpoint_partition(const char *region)
{
    for (size_t i = 1; i < COUNT_OF(partitions); i++)
        if (strncmp(region, partitions[i].prefix, strlen(partitions[i].prefix)) == 0)
            return &partitions[i].partition;
    return &partitions[0].partition;
}

const struct partition *endpoint_partition_named(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(partitions); i++)
        if (strcmp(name, partitions[i].partition.name) == 0)
            return &partitions[i].partition;
    return NULL;
}

/* A label of a host name: letters (small), digits and `-` inside. */
static bool is_label(const char *text, size_t max)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++)
        if (!((text[i] >= 'a' && text[i] <= 'z') || (text[i] >= '0' && text[i] <= '9') ||
              (text[i] == '-' && i > 0 && i < len - 1)))
            return false;
    return len > 0 && len <= max;
}

bool endpoint_is_region(const char *region)
{
    return is_label(region, 63);
}

static enum status status_of(const struct endpoint *endpoint)
{
    return endpoint->origin.failed || endpoint->host.failed || endpoint->path.failed ? err_nomem()
                                                                                     : STATUS_OK;
}

/* Is every byte one that may stand in a host and its port? */
static bool is_host(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!((text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z') ||
              (text[i] >= '0' && text[i] <= '9') || strchr("-._:[]", text[i])))
            return false;
    return len > 0;
}

static bool is_path(const char *text)
{
    for (; *text; text++)
        if (*text <= ' ' || *text > '~' || *text == '?' || *text == '#')
            return false;
    return true;
}

/* Without a port that is the scheme's own: libcurl leaves it out of the Host header too. */
static size_t host_length(const char *host, size_t len, bool tls)
{
    const char *port = tls ? ":443" : ":80";
    size_t n = strlen(port);

    return len > n && memcmp(host + len - n, port, n) == 0 ? len - n : len;
}

enum status endpoint_parse(struct endpoint *out, const char *url, const char *source)
{
    bool tls = strncasecmp(url, "https://", 8) == 0;
    const char *host = tls ? url + 8 : strncasecmp(url, "http://", 7) == 0 ? url + 7 : NULL;
    size_t len = host ? strcspn(host, "/") : 0, path_len;

    *out = (struct endpoint){ 0 };
    if (!host || !is_host(host, len) || !is_path(host + len))
        return err_set(STATUS_INVALID, "%s: \"%.200s\" is no http:// or https:// URL of a server",
                       source, url);
    path_len = strlen(host + len);
    while (path_len && host[len + path_len - 1] == '/')
        path_len--;
    buf_append(&out->path, (struct slice){ (const uint8_t *)host + len, path_len });
    buf_append(&out->host, (struct slice){ (const uint8_t *)host, host_length(host, len, tls) });
    buf_printf(&out->origin, "%s%s", tls ? "https://" : "http://", buf_cstr(&out->host));
    if (!status_of(out))
        return STATUS_OK;
    endpoint_release(out);
    return err_nomem();
}

enum status endpoint_of(struct endpoint *out, const char *service, const char *region)
{
    char url[256];

    assert(endpoint_is_region(region));
    snprintf(url, sizeof(url), "https://%s.%s.%s", service, region,
             endpoint_partition(region)->dns_suffix);
    return endpoint_parse(out, url, service);
}

enum status endpoint_add_bucket(struct endpoint *endpoint, const char *bucket,
                                enum addressing style, bool given)
{
    bool virtual = style == ADDRESSING_VIRTUAL ||
                   (style == ADDRESSING_AUTO && !given && is_label(bucket, 63));
    size_t scheme =
        (size_t)(strstr(buf_cstr(&endpoint->origin), "//") + 2 - buf_cstr(&endpoint->origin));

    if (virtual) {
        struct buf host = endpoint->host;

        endpoint->host = (struct buf){ 0 };
        buf_printf(&endpoint->host, "%s.%s", bucket, buf_cstr(&host));
        buf_truncate(&endpoint->origin, scheme);
        buf_append(&endpoint->origin, buf_view(&endpoint->host));
        buf_release(&host);
    } else {
        buf_byte(&endpoint->path, '/');
        uri_encode(&endpoint->path, slice_of(bucket), false);
    }
    return status_of(endpoint);
}

void endpoint_release(struct endpoint *endpoint)
{
    buf_release(&endpoint->origin);
    buf_release(&endpoint->host);
    buf_release(&endpoint->path);
}
