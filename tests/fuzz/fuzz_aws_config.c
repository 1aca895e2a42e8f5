/* fuzz_aws_config.c - any bytes as the AWS CLI's files, and as URLs of endpoints. */
#include "aws/config_file.h"
#include "aws/endpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = { data, size };
    struct config config = { .first = NULL };
    struct endpoint endpoint;
    const char *url;

    config_parse(&config, text, "fuzz", CONFIG_SETTINGS);
    config_parse(&config, text, "fuzz", CONFIG_CREDENTIALS);
    url = config_get(&config, "profile", "default", "endpoint_url");
    if (url && !endpoint_parse(&endpoint, url, "fuzz")) {
        endpoint_add_bucket(&endpoint, "bucket", ADDRESSING_VIRTUAL, false);
        endpoint_release(&endpoint);
    }
    config_release(&config);
    return 0;
}
