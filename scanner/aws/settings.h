/*
 * settings.h - what the options, the environment and the AWS CLI's files say, in its order.
 *
 * Source: "Configuring settings" in the AWS CLI User Guide, "Service-specific endpoints" in the AWS
 * SDKs and Tools Reference Guide, and botocore.
 *
 * May include: base. Threads: constant once loaded. It reads the environment, so it is loaded
 * before anything could change that.
 */
#ifndef AWS_SETTINGS_H
#define AWS_SETTINGS_H

#include "aws/config_file.h"
#include "aws/endpoint.h"

/* What the command line says; each text may be NULL. Borrowed. */
struct settings_options {
    const char *profile, *region, *endpoint_url;
};

struct settings {
    struct config config;
    struct settings_options options;
    const char *profile; /* by option, AWS_DEFAULT_PROFILE, AWS_PROFILE or "default" */
    bool profile_named;  /* by one of these, so that it must be there */
    const char *region;  /* by option, AWS_REGION, AWS_DEFAULT_REGION, the profile; NULL: none */
};

/*
 * Read the files and choose. On success to be released. STATUS_OK; STATUS_INVALID for a profile
 * that is named and not there, a region that is no name, a file's mistake; STATUS_IO, STATUS_LIMIT,
 * STATUS_NOMEM.
 */
enum status settings_load(struct settings *out, const struct settings_options *options);

/* A key of the chosen profile, or NULL. */
const char *settings_get(const struct settings *settings, const char *key);

/*
 * Where `service` ("s3", "sts") is to be reached by what the user set: --endpoint-url, then
 * AWS_ENDPOINT_URL_SERVICE, AWS_ENDPOINT_URL, the profile's `services` section and `endpoint_url`,
 * but for the option not with AWS_IGNORE_CONFIGURED_ENDPOINT_URLS. `option` false leaves the option
 * out, which names one service's endpoint only. On success `out` is to be released. STATUS_OK;
 * STATUS_ABSENT where nothing is set; STATUS_INVALID, STATUS_NOMEM.
 */
enum status settings_endpoint(const struct settings *settings, const char *service, bool option,
                              struct endpoint *out);

/* AWS_CA_BUNDLE, or the profile's ca_bundle; NULL: the system's. */
const char *settings_ca_bundle(const struct settings *settings);

/* The variable's value, or NULL where it is not set or empty. */
const char *settings_variable(const char *name);

/* Is the variable, or else the text, "true" in any case? NULL is not. */
bool settings_is_true(const char *text);

void settings_release(struct settings *settings);

#endif
