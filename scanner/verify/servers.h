/*
 * servers.h - which servers of STS are asked, and in what order.
 *
 * An access key id says nothing of its partition, and one partition knows no id of another. The one
 * that the region belongs to is asked first; the others only where all are asked for, since an id,
 * and a session token, go to whoever runs that partition.
 *
 * May include: base, aws. Threads: constant once made.
 */
#ifndef VERIFY_SERVERS_H
#define VERIFY_SERVERS_H

#include "aws/endpoint.h"

enum { SERVERS_MAX = 3 };

struct server {
    const char *partition; /* "aws"; NULL for one given by its URL */
    char region[64];       /* that requests are signed for */
    struct endpoint endpoint;
    /* It knows every key of its partition; the server of a region that accounts have to enable
     * first does not know those of the others. */
    bool knows_all;
};

struct servers {
    struct server list[SERVERS_MAX];
    size_t count;
};

/*
 * The servers for `region` (NULL: each partition's own; else by endpoint_is_region(), asserted) and
 * `partition` (a name, "all", or NULL: the region's). On success they are the caller's. STATUS_OK;
 * STATUS_INVALID with a text for a partition that is not known; STATUS_NOMEM.
 */
enum status servers_init(struct servers *servers, const char *region, const char *partition);

/* The one server that was given by hand; takes `endpoint` over. NULL `region` is us-east-1. */
void servers_init_given(struct servers *servers, struct endpoint *endpoint, const char *region);

void servers_release(struct servers *servers);

#endif
