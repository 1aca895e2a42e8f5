/* credentials.c - the order of the places, and what is looked up anew before it expires. */
#include "aws/credentials_private.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"

/* Keys are looked up again so long before they expire: longer than any one request lasts. */
enum { REFRESH_S = 5 * 60 };

/* --- places that need no other file --- */

enum status credentials_from_environment(struct keys *out)
{
    const char *id = settings_variable("AWS_ACCESS_KEY_ID");
    const char *secret = settings_variable("AWS_SECRET_ACCESS_KEY");
    const char *token = settings_variable("AWS_SESSION_TOKEN");
    enum status status;

    if (!id)
        return STATUS_ABSENT;
    if (!secret)
        return err_set(STATUS_INVALID, "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not");
    status = keys_set(out, slice_of(id), slice_of(secret), slice_of(token));
    return status == STATUS_INVALID ? err_set(status, "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY: "
                                                      "they hold characters that no key has")
                                    : status;
}

static enum status from_profile_keys(const struct config *config, const char *profile,
                                     struct keys *out)
{
    const char *id = config_get(config, "profile", profile, "aws_access_key_id");
    const char *secret = config_get(config, "profile", profile, "aws_secret_access_key");
    const char *token = config_get(config, "profile", profile, "aws_session_token");
    enum status status;

    if (!id || !id[0])
        return STATUS_ABSENT;
    if (!secret || !secret[0])
        return err_set(STATUS_INVALID, "the profile %.100s has no aws_secret_access_key", profile);
    status = keys_set(out, slice_of(id), slice_of(secret), slice_of(token));
    return status == STATUS_INVALID
               ? err_set(status, "the keys of the profile %.100s hold characters that no key has",
                         profile)
               : status;
}

enum status credentials_from_profile(struct credentials *c, const char *profile, struct keys *out)
{
    const struct config *config = &c->options.settings->config;
    const char *command;
    enum status status = credentials_from_web_profile(c, profile, out);

    if (status != STATUS_ABSENT)
        return status;
    status = credentials_from_sso(c, profile, out);
    if (status != STATUS_ABSENT)
        return status;
    status = from_profile_keys(config, profile, out);
    if (status != STATUS_ABSENT)
        return status;
    command = config_get(config, "profile", profile, "credential_process");
    return command && command[0] ? credentials_from_process(command, profile, out) : STATUS_ABSENT;
}

/* --- what several places need --- */

time_t credentials_time(const char *text)
{
    struct tm tm = { 0 };
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    int hours = 0, minutes = 0;
    long zone = 0;

    if (!rest)
        return 0;
    if (*rest == '.')
        rest += 1 + strspn(rest + 1, "0123456789");
    if ((*rest == '+' || *rest == '-') && sscanf(rest + 1, "%2d:%2d", &hours, &minutes) == 2)
        zone = (hours * 60L + minutes) * (*rest == '-' ? -60 : 60);
    else if (strcmp(rest, "Z") != 0 && strcmp(rest, "UTC") != 0)
        return 0;
    return timegm(&tm) - zone;
}

void credentials_wipe(struct buf *buf)
{
    if (buf->ptr)
        explicit_bzero(buf->ptr, buf->cap);
    buf_release(buf);
}

enum status credentials_read_token(const char *path, const char *what, struct buf *out)
{
    FILE *file = fopen(path, "re");
    bool good;

    if (!file)
        return err_set(STATUS_IO, "%s: %.200s: %s", what, path, strerror(errno));
    setvbuf(file, NULL, _IONBF, 0);
    buf_reserve(out, LIMIT_CREDENTIALS_BYTES);
    if (!out->failed)
        out->len = fread(out->ptr, 1, LIMIT_CREDENTIALS_BYTES, file);
    good = !ferror(file) && out->len < LIMIT_CREDENTIALS_BYTES;
    fclose(file);
    if (out->failed)
        return err_nomem();
    while (out->len && isspace(out->ptr[out->len - 1]))
        out->len--;
    out->ptr[out->len] = 0;
    return good ? STATUS_OK
                : err_set(STATUS_IO, "%s: %.200s: cannot be read, or is too large", what, path);
}

/* --- the chain --- */

static enum status look_up(struct credentials *c, struct keys *out)
{
    const struct settings *settings = c->options.settings;
    bool by_option = settings->options.profile;
    enum status status = by_option ? STATUS_ABSENT : credentials_from_environment(out);

    if (status == STATUS_ABSENT)
        status = credentials_from_role(c, settings->profile, 0, out);
    if (status == STATUS_ABSENT && !by_option)
        status = credentials_from_web_environment(c, out);
    if (status == STATUS_ABSENT)
        status = credentials_from_profile(c, settings->profile, out);
    if (status == STATUS_ABSENT)
        status = credentials_from_container(c, out);
    if (status == STATUS_ABSENT)
        status = credentials_from_instance(c, out);
    if (status == STATUS_ABSENT)
        return err_set(STATUS_INVALID,
                       "no AWS credentials: neither the environment, nor the "
                       "profile \"%.100s\", nor this machine's metadata holds any "
                       "(--no-sign-request for public buckets)",
                       settings->profile);
    return status;
}

static bool is_due(const struct credentials *c)
{
    int64_t now = (int64_t)time(NULL) + call_client_skew_s(c->options.client);

    return !c->loaded || (c->keys.expires && now > (int64_t)c->keys.expires - REFRESH_S);
}

/* Called with the lock held. Keys that are still good serve where new ones cannot be had. */
static enum status refresh(struct credentials *c)
{
    struct keys fresh = { 0 };
    enum status status = c->failed ? err_set(c->failed, "%s", c->failure) : look_up(c, &fresh);

    if (status && c->loaded && time(NULL) < c->keys.expires)
        return STATUS_OK;
    if (status && !c->loaded) {
        c->failed = status;
        snprintf(c->failure, sizeof(c->failure), "%s", err_text());
    }
    if (status)
        return status;
    keys_release(&c->keys);
    c->keys = fresh;
    c->loaded = true;
    return STATUS_OK;
}

enum status credentials_get(struct credentials *c, struct keys *out)
{
    enum status status = STATUS_OK;

    *out = (struct keys){ 0 };
    if (c->options.no_sign_request)
        return STATUS_OK;
    pthread_mutex_lock(&c->lock);
    if (is_due(c))
        status = refresh(c);
    if (!status)
        status = keys_copy(out, &c->keys);
    pthread_mutex_unlock(&c->lock);
    return status;
}

enum status credentials_new(struct credentials **out, const struct credentials_options *options)
{
    struct credentials *c = calloc(1, sizeof(*c));

    if (!c)
        return err_nomem();
    c->options = *options;
    pthread_mutex_init(&c->lock, NULL);
    *out = c;
    return STATUS_OK;
}

void credentials_free(struct credentials *c)
{
    if (!c)
        return;
    keys_release(&c->keys);
    pthread_mutex_destroy(&c->lock);
    free(c);
}
