/* buckets.c - from options to those of fetch.h. */
#include "command/buckets.h"

bool buckets_named(const struct options *options)
{
    for (size_t i = 0; i < options->argument_count; i++)
        if (fetch_is_target(options->arguments[i]))
            return true;
    return false;
}

struct fetch_options buckets_options(const struct options *options)
{
    return (struct fetch_options){
        .profile = options->profile,
        .region = options->region,
        .endpoint_url = options->endpoint_url,
        .addressing = (enum addressing)options->addressing_style,
        .no_sign_request = options->no_sign_request,
        .requester_pays = options->requester_pays,
        .versions = options->versions,
        .filters = options->filters,
        .filter_count = options->filter_count,
        .max_object_size = options->max_object_size < options->max_file_size
                               ? options->max_object_size
                               : options->max_file_size,
        .allow_empty = options->allow_empty,
    };
}
