/*
 * credentials_metadata.c - what ECS, EKS and EC2 tell their own machines.
 *
 * Source: "Container credential provider" and "IMDS credential provider" in the AWS SDKs and Tools
 * Reference Guide. These addresses are of this machine and its host: no proxy is asked.
 */
#include <stdio.h>
#include <strings.h>

#include "aws/credentials_private.h"
#include "base/array.h"
#include "base/limits.h"

/* Nobody else's machine answers there, so that a wait is short. */
enum { METADATA_MS = 1000, METADATA_TRIES = 2, CONTAINER_MS = 2000, CONTAINER_TRIES = 3 };

/* One request for a small document. `header` may have a NULL value: none. */
static enum status ask(struct credentials *c, const struct endpoint *endpoint, const char *method,
                       const char *path, struct sign_header header, unsigned tries,
                       unsigned timeout_ms, struct buf *out)
{
    struct call call = { .method = method,
                         .endpoint = endpoint,
                         .max_content = LIMIT_CREDENTIALS_BYTES,
                         .tries = tries,
                         .timeout_ms = timeout_ms,
                         .direct = true };
    enum status status;

    if (header.value) {
        call.headers[0] = header;
        call.header_count = 1;
    }
    buf_text(&call.path, path);
    status = call_run(c->options.client, &call);
    if (!status) {
        buf_reserve(&call.http.content, 1);
        *out = call.http.content;
        call.http.content = (struct buf){ 0 };
    } else if (status == STATUS_IO && !call.http.code) {
        status = STATUS_ABSENT; /* nobody is there */
    }
    call_release(&call);
    return status;
}

/* --- containers --- */

/* Plain HTTP goes only to addresses that never leave the machine or its host. */
static bool is_allowed(const struct endpoint *endpoint)
{
    static const char *const hosts[] = { "localhost",     "127.0.0.1",      "[::1]",
                                         "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]" };
    const char *host = buf_cstr(&endpoint->host);

    if (strncmp(buf_cstr(&endpoint->origin), "https://", 8) == 0)
        return true;
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        size_t len = strlen(hosts[i]);

        if (strncasecmp(host, hosts[i], len) == 0 && (!host[len] || host[len] == ':'))
            return true;
    }
    return false;
}

static enum status container_token(struct buf *out)
{
    const char *file = settings_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *token = settings_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    enum status status = STATUS_OK;

    if (file)
        status = credentials_read_token(file, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", out);
    else if (token)
        buf_text(out, token);
    if (!status && strpbrk(buf_cstr(out), "\r\n"))
        status = err_set(STATUS_INVALID, "the container's authorization token has a line end");
    return status ? status : buf_status(out);
}

enum status credentials_from_container(struct credentials *c, struct keys *out)
{
    const char *relative = settings_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const char *full = settings_variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    const char *source =
        relative ? "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI" : "AWS_CONTAINER_CREDENTIALS_FULL_URI";
    struct buf url = { 0 }, token = { 0 }, document = { 0 };
    struct endpoint endpoint = { .origin = { 0 } };
    enum status status;

    if (!relative && !full)
        return STATUS_ABSENT;
    if (relative)
        buf_printf(&url, "http://169.254.170.2%s%s", relative[0] == '/' ? "" : "/", relative);
    else
        buf_text(&url, full);
    status = endpoint_parse(&endpoint, buf_cstr(&url), source);
    if (!status && !is_allowed(&endpoint))
        status = err_set(STATUS_INVALID,
                         "%s: plain http goes to this machine and 169.254.170.2 only", source);
    if (!status)
        status = container_token(&token);
    if (!status)
        status = ask(c, &endpoint, "GET", "",
                     (struct sign_header){ "Authorization", token.len ? buf_cstr(&token) : NULL },
                     CONTAINER_TRIES, CONTAINER_MS, &document);
    if (!status)
        status = credentials_from_document(buf_view(&document), source, out);
    else if (status == STATUS_ABSENT || status == STATUS_IO)
        status = err_set(STATUS_IO, "%s: no credentials: %.300s", source, err_text());
    buf_release(&url);
    credentials_wipe(&token);
    credentials_wipe(&document);
    endpoint_release(&endpoint);
    return status;
}

/* --- instances --- */

#define ROLE_PATH "/latest/meta-data/iam/security-credentials/"

/* The first line, as the name of a role: what may stand in a path as it is. */
static enum status role_name(const struct buf *document, struct buf *path)
{
    size_t len = strcspn(buf_cstr(document), "\r\n");

    buf_text(path, ROLE_PATH);
    for (size_t i = 0; i < len; i++) {
        if (document->ptr[i] <= ' ' || document->ptr[i] > '~' || strchr("/?#%", document->ptr[i]))
            return err_set(STATUS_INVALID, "the instance's metadata name no role");
        buf_byte(path, document->ptr[i]);
    }
    return len ? buf_status(path) : STATUS_ABSENT;
}

static enum status with_session(struct credentials *c, const struct endpoint *endpoint,
                                const char *session, struct keys *out)
{
    struct sign_header header = { "X-aws-ec2-metadata-token", session };
    struct buf role = { 0 }, path = { 0 }, document = { 0 };
    enum status status =
        ask(c, endpoint, "GET", ROLE_PATH, header, METADATA_TRIES, METADATA_MS, &role);

    if (!status)
        status = role_name(&role, &path);
    if (!status)
        status = ask(c, endpoint, "GET", buf_cstr(&path), header, METADATA_TRIES, METADATA_MS,
                     &document);
    if (!status)
        status =
            credentials_from_document(buf_view(&document), "the instance's metadata service", out);
    else if (status == STATUS_IO)
        status = STATUS_ABSENT; /* an instance without a role */
    buf_release(&role);
    buf_release(&path);
    credentials_wipe(&document);
    return status;
}

static enum status instance_endpoint(const struct settings *settings, struct endpoint *out)
{
    const char *url = settings_variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    const char *mode = settings_variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");

    if (!url)
        url = settings_get(settings, "ec2_metadata_service_endpoint");
    if (!mode)
        mode = settings_get(settings, "ec2_metadata_service_endpoint_mode");
    if (url)
        return endpoint_parse(out, url, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
    return endpoint_parse(out,
                          mode && strcasecmp(mode, "ipv6") == 0 ? "http://[fd00:ec2::254]"
                                                                : "http://169.254.169.254",
                          "the metadata service");
}

enum status credentials_from_instance(struct credentials *c, struct keys *out)
{
    struct endpoint endpoint = { .origin = { 0 } };
    struct buf session = { 0 };
    enum status status;

    if (settings_is_true(settings_variable("AWS_EC2_METADATA_DISABLED")))
        return STATUS_ABSENT;
    status = instance_endpoint(c->options.settings, &endpoint);
    if (!status)
        status = ask(c, &endpoint, "PUT", "/latest/api/token",
                     (struct sign_header){ "X-aws-ec2-metadata-token-ttl-seconds", "21600" },
                     METADATA_TRIES, METADATA_MS, &session);
    if (!status && strpbrk(buf_cstr(&session), "\r\n"))
        status = STATUS_ABSENT;
    if (!status)
        status = with_session(c, &endpoint, buf_cstr(&session), out);
    else if (status == STATUS_IO)
        status = STATUS_ABSENT; /* something else lives at that address */
    credentials_wipe(&session);
    endpoint_release(&endpoint);
    return status;
}
