/*
 * credentials_cli_cache.c - the session of a role that the AWS CLI has opened and kept.
 *
 * It is in ~/.aws/cli/cache/SHA1.json, of the arguments of AssumeRole as JSON, the members sorted
 * and divided as Python's json does it; without a role_session_name the CLI makes one up and leaves
 * it out. Source: AssumeRoleCredentialFetcher of botocore and customizations/assumerole.py of the
 * AWS CLI, versions 1 and 2. It is read and never written: a scanner leaves no credentials behind.
 */
#include <cjson/cJSON.h>
#include <nettle/sha1.h>
#include <unistd.h>

#include "aws/credentials_private.h"
#include "base/limits.h"

/* The AWS CLI opens a new session where less is left of one. */
enum { LEFT_S = 15 * 60 };

/* Append the member; what JSON would write in another way than it stands fails. */
static bool put_member(struct buf *json, const char *name, const char *value)
{
    if (!value)
        return true;
    for (const char *c = value; *c; c++)
        if (*c < ' ' || *c > '~' || *c == '"' || *c == '\\')
            return false;
    buf_printf(json, "%s\"%s\": \"%s\"", json->len > 1 ? ", " : "", name, value);
    return true;
}

/* False: there is no home, or a value that is in no real role. */
static bool put_path(struct buf *path, const struct credentials_role *role)
{
    const char *home = settings_variable("HOME");
    uint8_t digest[SHA1_DIGEST_SIZE];
    struct buf json = { 0 };
    struct sha1_ctx sha1;
    bool good;

    buf_byte(&json, '{');
    if (role->seconds)
        buf_printf(&json, "\"DurationSeconds\": %u", role->seconds);
    good = home && put_member(&json, "ExternalId", role->external_id) &&
           put_member(&json, "RoleArn", role->arn) &&
           put_member(&json, "RoleSessionName", role->session_name) &&
           put_member(&json, "SerialNumber", role->mfa_serial);
    buf_byte(&json, '}');
    if (good && !json.failed) {
        sha1_init(&sha1);
        sha1_update(&sha1, json.len, json.ptr);
        sha1_digest(&sha1, sizeof(digest), digest);
        buf_printf(path, "%s/.aws/cli/cache/", home);
        buf_hex(path, digest, sizeof(digest));
        buf_text(path, ".json");
    }
    good = good && !json.failed && !path->failed;
    buf_release(&json);
    return good;
}

/* {"Credentials": {AccessKeyId, SecretAccessKey, SessionToken, Expiration}, ...} */
static enum status read_session(struct slice json, time_t now, struct keys *out)
{
    cJSON *object = cJSON_ParseWithLength((const char *)json.ptr, json.len);
    cJSON *session = cJSON_DetachItemFromObjectCaseSensitive(object, "Credentials");
    enum status status = credentials_from_object(session, out);

    if (!status && out->expires < now + LEFT_S) {
        keys_release(out);
        status = STATUS_ABSENT;
    }
    credentials_wipe_json(session);
    cJSON_Delete(object);
    return status == STATUS_NOMEM ? status : status ? STATUS_ABSENT : STATUS_OK;
}

enum status credentials_from_cli_cache(struct credentials *c, const struct credentials_role *role,
                                       struct keys *out)
{
    time_t now = time(NULL) + (time_t)call_client_skew_s(c->options.client);
    struct buf path = { 0 }, file = { 0 };
    enum status status = STATUS_ABSENT;

    if (put_path(&path, role) && access(buf_cstr(&path), R_OK) == 0 &&
        !credentials_read_token(buf_cstr(&path), "the AWS CLI's cache", &file))
        status = read_session(buf_view(&file), now, out);
    credentials_wipe(&file);
    buf_release(&path);
    return status;
}
