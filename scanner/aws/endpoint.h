/*
 * endpoint.h - where a service is reached: partitions, regions, URLs given by hand.
 *
 * Source of the names: "AWS service endpoints" in the AWS General Reference, and partitions.json of
 * the SDKs.
 *
 * May include: base. Threads: pure.
 */
#ifndef AWS_ENDPOINT_H
#define AWS_ENDPOINT_H

#include "base/buf.h"

/* The regions that share an account system and a domain. */
struct partition {
    const char *name;       /* "aws" */
    const char *dns_suffix; /* "amazonaws.com" */
    const char *region;     /* one that is always there: where calls without a region go */
};

/* The partition of `region`; unknown regions are of the first, "aws". */
const struct partition *endpoint_partition(const char *region);

/* The partition called `name`, or NULL. */
const struct partition *endpoint_partition_named(const char *name);

/* Is `region` a name that can stand in a host: 1 to 63 of a-z 0-9 and `-`? */
bool endpoint_is_region(const char *region);

enum addressing {
    ADDRESSING_AUTO,    /* virtual-host style where the name allows it and the host is AWS's */
    ADDRESSING_PATH,    /* https://host/bucket/key */
    ADDRESSING_VIRTUAL, /* https://bucket.host/key */
};

/* A service's base, taken apart. {0} is an empty one; to be released. */
struct endpoint {
    struct buf origin; /* "https://host:port" */
    struct buf host;   /* as the Host header has it */
    struct buf path;   /* what every path begins with: "", or "/base" without a `/` at the end */
};

/*
 * Take `url` apart, which `source` (an option or variable) gave. STATUS_OK; STATUS_INVALID with a
 * text that names `source` where it is no http or https URL, or holds a user, query or fragment;
 * STATUS_NOMEM.
 */
enum status endpoint_parse(struct endpoint *out, const char *url, const char *source);

/* AWS's own endpoint of `service` in `region`, which must be one by endpoint_is_region()
 * (asserted). STATUS_OK or STATUS_NOMEM. */
enum status endpoint_of(struct endpoint *out, const char *service, const char *region);

/*
 * Turn the base of S3 into the base of `bucket`. In auto style a name with dots (no certificate of
 * AWS's covers it), or one that is no DNS label, and an endpoint `given` by hand go by path, as the
 * AWS CLI does for IP addresses and localhost. STATUS_OK or STATUS_NOMEM.
 */
enum status endpoint_add_bucket(struct endpoint *endpoint, const char *bucket,
                                enum addressing style, bool given);

void endpoint_release(struct endpoint *endpoint);

#endif
