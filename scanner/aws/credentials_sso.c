/*
 * credentials_sso.c - a role of IAM Identity Center, by the token that `aws sso login` left.
 *
 * The token is read and not renewed: that writes a new one into the AWS CLI's cache, which is the
 * AWS CLI's to do.
 *
 * Source: "IAM Identity Center credential provider" in the AWS SDKs and Tools Reference Guide,
 * GetRoleCredentials in the IAM Identity Center Portal API Reference; the cache's file names are
 * botocore's.
 */
#include <cjson/cJSON.h>
#include <nettle/sha1.h>
#include <stdio.h>
#include <unistd.h>

#include "aws/credentials_private.h"
#include "aws/uri.h"
#include "base/limits.h"

/* What a profile says of it; all but `session` are there. */
struct sso {
    const char *profile, *session, *start_url, *region, *account, *role;
};

/* The setting of the profile or, with a session, of that. */
static const char *setting(const struct config *config, const struct sso *sso, const char *key)
{
    const char *value = sso->session ? config_get(config, "sso-session", sso->session, key)
                                     : config_get(config, "profile", sso->profile, key);

    return value && value[0] ? value : NULL;
}

static enum status read_profile(const struct config *config, struct sso *sso)
{
    const char *missing;

    sso->session = config_get(config, "profile", sso->profile, "sso_session");
    if (sso->session && !config_has(config, "sso-session", sso->session))
        return err_set(STATUS_INVALID,
                       "the profile %.100s names the sso_session \"%.100s\", which is not there",
                       sso->profile, sso->session);
    sso->start_url = setting(config, sso, "sso_start_url");
    sso->region = setting(config, sso, "sso_region");
    sso->account = config_get(config, "profile", sso->profile, "sso_account_id");
    sso->role = config_get(config, "profile", sso->profile, "sso_role_name");
    missing = !sso->start_url ? "sso_start_url"
              : !sso->region  ? "sso_region"
              : !sso->account ? "sso_account_id"
              : !sso->role    ? "sso_role_name"
                              : NULL;
    if (missing)
        return err_set(STATUS_INVALID, "the profile %.100s has no %s", sso->profile, missing);
    if (!endpoint_is_region(sso->region))
        return err_set(STATUS_INVALID, "the profile %.100s: \"%.100s\" is no region", sso->profile,
                       sso->region);
    return STATUS_OK;
}

/* --- the token --- */

static enum status log_in(const struct sso *sso, const char *why)
{
    return err_set(STATUS_INVALID, "the profile %.100s: %s: run aws sso login --profile %.100s",
                   sso->profile, why, sso->profile);
}

/* ~/.aws/sso/cache/SHA1.json, of the session's name or the start URL. */
static enum status cache_path(const struct sso *sso, struct buf *path)
{
    const char *home = settings_variable("HOME"), *name = sso->session;
    uint8_t digest[SHA1_DIGEST_SIZE];
    struct sha1_ctx sha1;

    if (!home)
        return err_set(STATUS_INVALID,
                       "the profile %.100s uses IAM Identity Center, whose tokens "
                       "are below HOME, which is not set",
                       sso->profile);
    if (!name)
        name = sso->start_url;
    sha1_init(&sha1);
    sha1_update(&sha1, strlen(name), (const uint8_t *)name);
    sha1_digest(&sha1, sizeof(digest), digest);
    buf_printf(path, "%s/.aws/sso/cache/", home);
    buf_hex(path, digest, sizeof(digest));
    buf_text(path, ".json");
    return buf_status(path);
}

/* The token itself, out of its JSON. */
static enum status token_in(const struct sso *sso, cJSON *object, time_t now, struct buf *token)
{
    const char *text = credentials_text(object, "accessToken");
    const char *expires = credentials_text(object, "expiresAt");

    if (!text || !expires || strpbrk(text, "\r\n"))
        return log_in(sso, "its token in the AWS CLI's cache cannot be read");
    if (credentials_time(expires) <= now)
        return log_in(sso, "its token has expired");
    buf_reserve(token, strlen(text) + 1); /* growing would leave copies behind */
    buf_text(token, text);
    return buf_status(token);
}

static enum status read_token(const struct sso *sso, time_t now, struct buf *token)
{
    struct buf path = { 0 }, file = { 0 };
    enum status status = cache_path(sso, &path);

    if (!status && access(buf_cstr(&path), F_OK))
        status = log_in(sso, "nobody is logged in to IAM Identity Center");
    if (!status)
        status = credentials_read_token(buf_cstr(&path), "the AWS CLI's token", &file);
    if (!status) {
        cJSON *object = cJSON_ParseWithLength((const char *)file.ptr, file.len);

        status = token_in(sso, object, now, token);
        credentials_wipe_json(object);
    }
    credentials_wipe(&file);
    buf_release(&path);
    return status;
}

/* --- the role --- */

/* {"roleCredentials": {accessKeyId, secretAccessKey, sessionToken, expiration (ms since 1970)}} */
static enum status read_role(struct slice json, struct keys *out)
{
    cJSON *object = cJSON_ParseWithLength((const char *)json.ptr, json.len);
    cJSON *role = cJSON_DetachItemFromObjectCaseSensitive(object, "roleCredentials");
    const cJSON *expires = cJSON_GetObjectItemCaseSensitive(role, "expiration");
    const char *id = credentials_text(role, "accessKeyId");
    const char *secret = credentials_text(role, "secretAccessKey");
    enum status status = STATUS_INVALID;

    if (id && secret && cJSON_IsNumber(expires) && expires->valuedouble > 0)
        status = keys_set(out, slice_of(id), slice_of(secret),
                          slice_of(credentials_text(role, "sessionToken")));
    if (!status)
        out->expires = (time_t)(expires->valuedouble / 1000);
    credentials_wipe_json(role);
    cJSON_Delete(object);
    return status;
}

/* Why there are none. The portal's word is in its JSON: {"message": "No access"} */
static enum status refused(const struct sso *sso, const struct call *call, enum status status)
{
    struct slice json = buf_view(&call->http.fault);
    cJSON *object = cJSON_ParseWithLength((const char *)json.ptr, json.len);
    const char *word = credentials_text(object, "message");

    if (status == STATUS_NOMEM)
        status = err_nomem();
    else if (call->http.code == 401)
        status = log_in(sso, "its token is not valid any more");
    else
        status = err_set(status,
                         "the profile %.100s: IAM Identity Center gave no keys of the role %.100s "
                         "in the account %.20s: %.400s",
                         sso->profile, sso->role, sso->account,
                         word               ? word
                         : call->message[0] ? call->message
                                            : "its answer cannot be read");
    cJSON_Delete(object);
    return status;
}

static enum status portal_endpoint(const struct settings *settings, const struct sso *sso,
                                   struct endpoint *out)
{
    enum status status = settings_endpoint(settings, "sso", false, out);

    return status == STATUS_ABSENT ? endpoint_of(out, "portal.sso", sso->region) : status;
}

static enum status ask_portal(struct credentials *c, const struct sso *sso, const char *token,
                              struct keys *out)
{
    struct endpoint endpoint = { .origin = { 0 } };
    struct call call = { .method = "GET",
                         .endpoint = &endpoint,
                         .headers = { { "x-amz-sso_bearer_token", token } },
                         .header_count = 1,
                         .max_content = LIMIT_CREDENTIALS_BYTES };
    enum status status = portal_endpoint(c->options.settings, sso, &endpoint);

    if (status)
        return status;
    buf_text(&call.path, "/federation/credentials");
    uri_query(&call.query, "account_id", slice_of(sso->account));
    uri_query(&call.query, "role_name", slice_of(sso->role));
    status = call_run(c->options.client, &call);
    if (!status)
        status = read_role(buf_view(&call.http.content), out);
    if (status)
        status = refused(sso, &call, status);
    credentials_wipe(&call.http.content);
    call_release(&call);
    endpoint_release(&endpoint);
    return status;
}

enum status credentials_from_sso(struct credentials *c, const char *profile, struct keys *out)
{
    const struct config *config = &c->options.settings->config;
    time_t now = time(NULL) + (time_t)call_client_skew_s(c->options.client);
    struct sso sso = { .profile = profile };
    struct buf token = { 0 };
    enum status status;

    if (!config_get(config, "profile", profile, "sso_session") &&
        !config_get(config, "profile", profile, "sso_start_url"))
        return STATUS_ABSENT;
    status = read_profile(config, &sso);
    if (!status)
        status = read_token(&sso, now, &token);
    if (!status)
        status = ask_portal(c, &sso, buf_cstr(&token), out);
    credentials_wipe(&token);
    return status;
}
