/*
 * credentials_role.c - roles: AssumeRole with other keys, AssumeRoleWithWebIdentity with a token.
 *
 * Source: the STS API reference, and "Assume role credential provider" in the AWS SDKs and Tools
 * Reference Guide.
 */
#include <stdio.h>
#include <stdlib.h>

#include "aws/credentials_private.h"
#include "aws/uri.h"
#include "aws/xml.h"
#include "base/limits.h"

#define STS_VERSION "2011-06-15"

/* --- STS --- */

/* The parts of <Credentials>. */
struct sts_answer {
    struct buf id, secret, token, expires;
};

static enum status on_element(void *ctx, unsigned depth, struct slice name, struct slice text)
{
    struct sts_answer *answer = ctx;

    (void)depth;
    if (slice_eq(name, SLICE("AccessKeyId")))
        buf_append(&answer->id, text);
    else if (slice_eq(name, SLICE("SecretAccessKey")))
        buf_append(&answer->secret, text);
    else if (slice_eq(name, SLICE("SessionToken")))
        buf_append(&answer->token, text);
    else if (slice_eq(name, SLICE("Expiration")))
        buf_append(&answer->expires, text);
    return STATUS_OK;
}

static enum status read_answer(struct slice document, struct keys *out)
{
    struct sts_answer answer = { .id = { 0 } };
    struct xml_handler handler = { &answer, NULL, on_element };
    enum status status = xml_parse(document, &handler);

    if (!status)
        status =
            keys_set(out, buf_view(&answer.id), buf_view(&answer.secret), buf_view(&answer.token));
    if (!status)
        out->expires = credentials_time(buf_cstr(&answer.expires));
    credentials_wipe(&answer.id);
    credentials_wipe(&answer.secret);
    credentials_wipe(&answer.token);
    buf_release(&answer.expires);
    return status;
}

/* Without a region roles are assumed where STS always was. */
static enum status sts_endpoint(const struct settings *settings, struct endpoint *out)
{
    enum status status = settings_endpoint(settings, "sts", false, out);

    if (status != STATUS_ABSENT)
        return status;
    return settings->region ? endpoint_of(out, "sts", settings->region)
                            : endpoint_parse(out, "https://sts.amazonaws.com", "sts");
}

/* Send the form; `keys` is NULL for a web identity. `role` stands in errors. */
static enum status ask_sts(struct credentials *c, struct slice form, const struct keys *keys,
                           const char *role, struct keys *out)
{
    const struct settings *settings = c->options.settings;
    struct endpoint endpoint = { .origin = { 0 } };
    struct call call = { .method = "POST",
                         .endpoint = &endpoint,
                         .body = form,
                         .service = "sts",
                         .region = settings->region ? settings->region : "us-east-1",
                         .keys = keys,
                         .max_content = LIMIT_CREDENTIALS_BYTES };
    enum status status = sts_endpoint(settings, &endpoint);

    if (status)
        return status;
    status = call_run(c->options.client, &call);
    if (!status)
        status = read_answer(buf_view(&call.http.content), out);
    if (status && status != STATUS_NOMEM)
        status = err_set(status, "the role %.200s cannot be assumed: %.500s", role,
                         call.message[0] ? call.message : "STS sent no credentials");
    credentials_wipe(&call.http.content);
    call_release(&call);
    endpoint_release(&endpoint);
    return status;
}

/* --- what a role asks for --- */

/* A form for STS. Names are added in any order: the body is signed as it stands. */
static void begin_form(struct buf *form, const char *action, const char *role, const char *name)
{
    char made_up[64];

    snprintf(made_up, sizeof(made_up), "leaktrawl-%lld", (long long)time(NULL));
    uri_query(form, "Action", slice_of(action));
    uri_query(form, "Version", SLICE(STS_VERSION));
    uri_query(form, "RoleArn", slice_of(role));
    uri_query(form, "RoleSessionName", slice_of(name && name[0] ? name : made_up));
}

static const char *get(const struct credentials *c, const char *profile, const char *key)
{
    const char *value = config_get(&c->options.settings->config, "profile", profile, key);

    return value && value[0] ? value : NULL;
}

/* --- with other keys --- */

static enum status from_source(struct credentials *c, const char *source, const char *profile,
                               struct keys *out)
{
    enum status status;

    if (strcmp(source, "Environment") == 0)
        status = credentials_from_environment(out);
    else if (strcmp(source, "EcsContainer") == 0)
        status = credentials_from_container(c, out);
    else if (strcmp(source, "Ec2InstanceMetadata") == 0)
        status = credentials_from_instance(c, out);
    else
        return err_set(STATUS_INVALID, "the profile %.100s: unknown credential_source \"%.100s\"",
                       profile, source);
    return status == STATUS_ABSENT
               ? err_set(STATUS_INVALID,
                         "the profile %.100s: the credential_source %s holds no credentials",
                         profile, source)
               : status;
}

/* The keys that `profile`'s role is assumed with. A profile may name itself: then its own keys. */
static enum status source_keys(struct credentials *c, const char *profile, unsigned depth,
                               struct keys *out)
{
    const char *source = get(c, profile, "credential_source");
    const char *other = get(c, profile, "source_profile");
    enum status status = STATUS_ABSENT;

    if (source && other)
        return err_set(STATUS_INVALID,
                       "the profile %.100s has both source_profile and credential_source", profile);
    if (source)
        return from_source(c, source, profile, out);
    if (!other)
        return err_set(STATUS_INVALID,
                       "the profile %.100s has a role_arn, but no source_profile and no "
                       "credential_source",
                       profile);
    if (!config_has(&c->options.settings->config, "profile", other))
        return err_set(STATUS_INVALID,
                       "the profile %.100s names the source_profile \"%.100s\", which is not there",
                       profile, other);
    if (depth == LIMIT_ROLE_CHAIN)
        return err_set(STATUS_INVALID,
                       "the profile %.100s: source_profile leads in a circle, or through more than "
                       "%u roles",
                       profile, LIMIT_ROLE_CHAIN);
    if (strcmp(other, profile) != 0)
        status = credentials_from_role(c, other, depth + 1, out);
    if (status == STATUS_ABSENT)
        status = credentials_from_profile(c, other, out);
    return status == STATUS_ABSENT
               ? err_set(STATUS_INVALID, "the source_profile %.100s holds no credentials", other)
               : status;
}

/* Whole seconds; what is no number counts as nothing, as in the AWS CLI. */
static unsigned read_seconds(const char *text)
{
    size_t digits = text ? strspn(text, "0123456789") : 0;

    return digits && digits < 9 && !text[digits] ? (unsigned)strtoul(text, NULL, 10) : 0;
}

/* Assume the role with `keys`; `code` is NULL where no MFA device is wanted. */
static enum status assume(struct credentials *c, const struct credentials_role *role,
                          const struct keys *keys, const char *code, struct keys *out)
{
    struct buf form = { 0 };
    char seconds[16];
    enum status status;

    snprintf(seconds, sizeof(seconds), "%u", role->seconds);
    begin_form(&form, "AssumeRole", role->arn, role->session_name);
    uri_query_if(&form, "ExternalId", slice_of(role->external_id));
    uri_query_if(&form, "DurationSeconds", slice_of(role->seconds ? seconds : NULL));
    uri_query_if(&form, "SerialNumber", slice_of(role->mfa_serial));
    uri_query_if(&form, "TokenCode", slice_of(code));
    status = form.failed ? err_nomem() : ask_sts(c, buf_view(&form), keys, role->arn, out);
    buf_release(&form);
    return status;
}

/* With an MFA device: the AWS CLI's session, or one for which the code is asked for. */
static enum status assume_by_code(struct credentials *c, const struct credentials_role *role,
                                  unsigned depth, struct keys *out)
{
    char code[MFA_CODE_SIZE];
    struct keys keys = { 0 };
    enum status status = credentials_from_cli_cache(c, role, out);

    if (status != STATUS_ABSENT)
        return status;
    if (c->loaded)
        return err_set(STATUS_INVALID,
                       "the session of the profile %.100s has ended, and an MFA code is asked for "
                       "only once: set duration_seconds, or go on with --resume",
                       role->profile);
    status = source_keys(c, role->profile, depth, &keys);
    if (!status)
        status = credentials_ask_mfa(c, role->profile, role->mfa_serial, code);
    if (!status)
        status = assume(c, role, &keys, code, out);
    keys_release(&keys);
    return status;
}

enum status credentials_from_role(struct credentials *c, const char *profile, unsigned depth,
                                  struct keys *out)
{
    struct credentials_role role = { .profile = profile,
                                     .arn = get(c, profile, "role_arn"),
                                     .session_name = get(c, profile, "role_session_name"),
                                     .external_id = get(c, profile, "external_id"),
                                     .mfa_serial = get(c, profile, "mfa_serial"),
                                     .seconds = read_seconds(get(c, profile, "duration_seconds")) };
    struct keys keys = { 0 };
    enum status status;

    if (!role.arn || get(c, profile, "web_identity_token_file"))
        return STATUS_ABSENT;
    if (role.mfa_serial)
        return assume_by_code(c, &role, depth, out);
    status = source_keys(c, profile, depth, &keys);
    if (!status)
        status = assume(c, &role, &keys, NULL, out);
    keys_release(&keys);
    return status;
}

/* --- with a token --- */

static enum status with_token(struct credentials *c, const char *role, const char *file,
                              const char *name, struct keys *out)
{
    struct buf token = { 0 }, form = { 0 };
    enum status status = credentials_read_token(file, "the web identity token", &token);

    if (!status) {
        /* Room at once: growing would leave copies of the token behind. */
        buf_reserve(&form, 3 * token.len + 4096);
        begin_form(&form, "AssumeRoleWithWebIdentity", role, name);
        uri_query(&form, "WebIdentityToken", buf_view(&token));
        status = form.failed ? err_nomem() : ask_sts(c, buf_view(&form), NULL, role, out);
    }
    credentials_wipe(&token);
    credentials_wipe(&form);
    return status;
}

enum status credentials_from_web_environment(struct credentials *c, struct keys *out)
{
    const char *file = settings_variable("AWS_WEB_IDENTITY_TOKEN_FILE");
    const char *role = settings_variable("AWS_ROLE_ARN");

    if (!file)
        return STATUS_ABSENT;
    if (!role)
        return err_set(STATUS_INVALID,
                       "AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not");
    return with_token(c, role, file, settings_variable("AWS_ROLE_SESSION_NAME"), out);
}

enum status credentials_from_web_profile(struct credentials *c, const char *profile,
                                         struct keys *out)
{
    const char *file = get(c, profile, "web_identity_token_file");
    const char *role = get(c, profile, "role_arn");

    if (!file)
        return STATUS_ABSENT;
    if (!role)
        return err_set(STATUS_INVALID,
                       "the profile %.100s has a web_identity_token_file and no role_arn", profile);
    return with_token(c, role, file, get(c, profile, "role_session_name"), out);
}
