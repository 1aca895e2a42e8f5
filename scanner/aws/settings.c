/* settings.c - each question asks its places in turn. */
#include "aws/settings.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

const char *settings_variable(const char *name)
{
    const char *value = getenv(name);

    return value && value[0] ? value : NULL;
}

bool settings_is_true(const char *text)
{
    return text && strcasecmp(text, "true") == 0;
}

static const char *first_of(const char *a, const char *b, const char *c)
{
    return a ? a : b ? b : c;
}

/* --- files --- */

/* The file that `variable` names, or ~/.aws/`name`; `~/` at its beginning is the home folder. */
static enum status read_file(struct config *config, const char *variable, const char *name,
                             enum config_kind kind)
{
    const char *given = settings_variable(variable), *home = settings_variable("HOME");
    struct buf path = { 0 };
    enum status status;

    if (given && strncmp(given, "~/", 2) == 0 && home)
        buf_printf(&path, "%s%s", home, given + 1);
    else if (given)
        buf_text(&path, given);
    else if (home)
        buf_printf(&path, "%s/.aws/%s", home, name);
    status = path.failed ? err_nomem()
             : path.len  ? config_read(config, buf_cstr(&path), kind)
                         : STATUS_OK;
    buf_release(&path);
    return status;
}

static enum status choose(struct settings *s)
{
    s->profile = first_of(s->options.profile, settings_variable("AWS_DEFAULT_PROFILE"),
                          settings_variable("AWS_PROFILE"));
    s->profile_named = s->profile;
    if (!s->profile)
        s->profile = "default";
    if (s->profile_named && !config_has(&s->config, "profile", s->profile))
        return err_set(STATUS_INVALID,
                       "the profile \"%.100s\" stands in neither ~/.aws/config nor "
                       "~/.aws/credentials",
                       s->profile);
    s->region = first_of(s->options.region, settings_variable("AWS_REGION"),
                         settings_variable("AWS_DEFAULT_REGION"));
    if (!s->region)
        s->region = settings_get(s, "region");
    if (s->region && !s->region[0])
        s->region = NULL;
    if (s->region && !endpoint_is_region(s->region))
        return err_set(STATUS_INVALID, "\"%.100s\" is no name of a region", s->region);
    return STATUS_OK;
}

enum status settings_load(struct settings *out, const struct settings_options *options)
{
    enum status status;

    *out = (struct settings){ .options = *options };
    /* The later file wins: what both hold of a profile comes from the credentials file. */
    status = read_file(&out->config, "AWS_CONFIG_FILE", "config", CONFIG_SETTINGS);
    if (!status)
        status = read_file(&out->config, "AWS_SHARED_CREDENTIALS_FILE", "credentials",
                           CONFIG_CREDENTIALS);
    if (!status)
        status = choose(out);
    if (status)
        settings_release(out);
    return status;
}

const char *settings_get(const struct settings *settings, const char *key)
{
    return config_get(&settings->config, "profile", settings->profile, key);
}

/* --- endpoints --- */

/* The URL that was configured, and by what. NULL: none. */
static const char *configured_url(const struct settings *s, const char *service, char *source,
                                  size_t size)
{
    const char *services = settings_get(s, "services"), *url;
    char variable[64] = "AWS_ENDPOINT_URL_", key[64];

    for (size_t i = 0, n = strlen(variable); service[i] && n + i + 1 < sizeof(variable); i++)
        variable[n + i] = (char)toupper((unsigned char)service[i]);
    snprintf(source, size, "%s", variable);
    if ((url = settings_variable(variable)))
        return url;
    snprintf(source, size, "AWS_ENDPOINT_URL");
    if ((url = settings_variable("AWS_ENDPOINT_URL")))
        return url;
    snprintf(source, size, "endpoint_url of the profile %.60s", s->profile);
    snprintf(key, sizeof(key), "%s.endpoint_url", service);
    if (services && (url = config_get(&s->config, "services", services, key)))
        return url;
    return settings_get(s, "endpoint_url");
}

enum status settings_endpoint(const struct settings *settings, const char *service, bool option,
                              struct endpoint *out)
{
    const char *ignore = settings_variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), *url;
    char source[128];

    if (option && settings->options.endpoint_url)
        return endpoint_parse(out, settings->options.endpoint_url, "--endpoint-url");
    if (settings_is_true(
            first_of(ignore, settings_get(settings, "ignore_configured_endpoint_urls"), NULL)))
        return STATUS_ABSENT;
    url = configured_url(settings, service, source, sizeof(source));
    return url && url[0] ? endpoint_parse(out, url, source) : STATUS_ABSENT;
}

const char *settings_ca_bundle(const struct settings *settings)
{
    return first_of(settings_variable("AWS_CA_BUNDLE"), settings_get(settings, "ca_bundle"), NULL);
}

void settings_release(struct settings *settings)
{
    config_release(&settings->config);
    *settings = (struct settings){ 0 };
}
