/* servers.c - partitions in their order, and the regions that every account has. */
#include "verify/servers.h"

#include <stdio.h>

#include "base/array.h"

/* Those that are asked with "all": the others have no way in from outside. */
static const char *const partitions[SERVERS_MAX] = { "aws", "aws-us-gov", "aws-cn" };

/* "AWS Regions" in the AWS Account Management guide: enabled by default. */
static const char *const default_regions[] = {
    "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1",
    "ap-southeast-2", "ca-central-1",   "eu-central-1",   "eu-north-1", "eu-west-1",
    "eu-west-2",      "eu-west-3",      "sa-east-1",      "us-east-1",  "us-east-2",
    "us-west-1",      "us-west-2",
};

static bool knows_all(const char *partition, const char *region)
{
    for (size_t i = 0; i < COUNT_OF(default_regions); i++)
        if (strcmp(default_regions[i], region) == 0)
            return true;
    return strcmp(partition, "aws") != 0;
}

static enum status add(struct servers *servers, const struct partition *partition,
                       const char *region)
{
    struct server *server = &servers->list[servers->count];
    enum status status = endpoint_of(&server->endpoint, "sts", region);

    if (status)
        return status;
    server->partition = partition->name;
    snprintf(server->region, sizeof(server->region), "%s", region);
    server->knows_all = knows_all(partition->name, region);
    servers->count++;
    return STATUS_OK;
}

/* The region in `partition`: the one asked for, or one that is always there. */
static const char *region_in(const struct partition *partition, const char *region)
{
    return region && endpoint_partition(region) == partition ? region : partition->region;
}

static enum status add_all(struct servers *servers, const char *region)
{
    const struct partition *first = endpoint_partition(region ? region : "us-east-1");
    enum status status = add(servers, first, region_in(first, region));

    for (size_t i = 0; !status && i < SERVERS_MAX && servers->count < SERVERS_MAX; i++) {
        const struct partition *next = endpoint_partition_named(partitions[i]);

        if (next != first)
            status = add(servers, next, next->region);
    }
    return status;
}

static enum status choose(struct servers *servers, const char *region, const char *partition)
{
    const struct partition *named;

    if (partition && strcmp(partition, "all") == 0)
        return add_all(servers, region);
    named = partition ? endpoint_partition_named(partition)
                      : endpoint_partition(region ? region : "us-east-1");
    if (!named)
        return err_set(STATUS_INVALID, "\"%.200s\" is no partition", partition);
    return add(servers, named, region_in(named, region));
}

enum status servers_init(struct servers *servers, const char *region, const char *partition)
{
    enum status status;

    assert(!region || endpoint_is_region(region));
    *servers = (struct servers){ .count = 0 };
    status = choose(servers, region, partition);
    if (status)
        servers_release(servers);
    return status;
}

void servers_init_given(struct servers *servers, struct endpoint *endpoint, const char *region)
{
    struct server *server = &servers->list[0];

    *servers = (struct servers){ .count = 1 };
    server->endpoint = *endpoint;
    snprintf(server->region, sizeof(server->region), "%s", region ? region : "us-east-1");
    server->knows_all = true;
    *endpoint = (struct endpoint){ 0 };
}

void servers_release(struct servers *servers)
{
    for (size_t i = 0; i < servers->count; i++)
        endpoint_release(&servers->list[i].endpoint);
    *servers = (struct servers){ .count = 0 };
}
