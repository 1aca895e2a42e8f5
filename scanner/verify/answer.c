/* answer.c - fields out of XML or JSON, and a table of codes. */
#include "verify/answer.h"

#include <cjson/cJSON.h>
#include <stdio.h>

#include "aws/xml.h"
#include "base/arn.h"
#include "base/array.h"

enum { VALUE_MAX = 2048, TEXT_MAX = 512 };

/* What is read out of a body; "" for what is not there. */
struct fields {
    bool identity; /* the body is a GetCallerIdentityResponse */
    char arn[VALUE_MAX + 1], account[16], user_id[256];
    char code[64], message[1024];
};

/* --- fields --- */

/* The first value of its name counts; one that is too long, or holds a NUL, is as none. */
static void take(char *out, size_t size, struct slice value)
{
    if (out[0] || value.len >= size || (value.len && memchr(value.ptr, 0, value.len)))
        return;
    if (value.len)
        memcpy(out, value.ptr, value.len);
    out[value.len] = 0;
}

static void take_named(struct fields *fields, struct slice name, struct slice value)
{
    const struct {
        const char *name;
        char *out;
        size_t size;
    } rows[] = {
        { "Arn", fields->arn, sizeof(fields->arn) },
        { "Account", fields->account, sizeof(fields->account) },
        { "UserId", fields->user_id, sizeof(fields->user_id) },
        { "Code", fields->code, sizeof(fields->code) },
        { "Message", fields->message, sizeof(fields->message) },
        { "message", fields->message, sizeof(fields->message) },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (slice_eq(name, slice_of(rows[i].name)))
            take(rows[i].out, rows[i].size, value);
}

static enum status on_begin(void *ctx, unsigned depth, struct slice name)
{
    struct fields *fields = ctx;

    if (depth == 0)
        fields->identity = slice_eq(name, SLICE("GetCallerIdentityResponse"));
    return STATUS_OK;
}

static enum status on_end(void *ctx, unsigned depth, struct slice name, struct slice text)
{
    (void)depth;
    take_named(ctx, name, text);
    return STATUS_OK;
}

/* "com.amazonaws.sts#ExpiredToken:http://..." is ExpiredToken. */
static struct slice bare_type(const char *type)
{
    const char *hash = strchr(type, '#');
    struct slice bare = slice_of(hash ? hash + 1 : type);
    const uint8_t *colon = bare.len ? memchr(bare.ptr, ':', bare.len) : NULL;

    return colon ? slice_sub(bare, 0, (size_t)(colon - bare.ptr)) : bare;
}

/* The members of `object` by their names; Error, and the two of the identity, are looked into. */
static void take_members(struct fields *fields, const cJSON *object, unsigned depth)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, object) {
        if (!item->string)
            continue;
        if (cJSON_IsString(item) && strcmp(item->string, "__type") == 0)
            take(fields->code, sizeof(fields->code), bare_type(item->valuestring));
        else if (cJSON_IsString(item))
            take_named(fields, slice_of(item->string), slice_of(item->valuestring));
        else if (cJSON_IsObject(item) && depth < 2) {
            fields->identity |= strcmp(item->string, "GetCallerIdentityResponse") == 0;
            take_members(fields, item, depth + 1);
        }
    }
}

static enum status read_json(struct fields *fields, struct slice body)
{
    cJSON *json = cJSON_ParseWithLength((const char *)body.ptr, body.len);

    if (!json)
        return STATUS_INVALID;
    take_members(fields, json, 0);
    cJSON_Delete(json);
    return STATUS_OK;
}

/* STATUS_OK; STATUS_INVALID where the body is neither; STATUS_NOMEM. */
static enum status read_fields(struct fields *fields, struct slice body)
{
    const struct xml_handler handler = { fields, on_begin, on_end };
    enum status status;

    *fields = (struct fields){ .identity = false };
    while (body.len && (*body.ptr == ' ' || (*body.ptr >= '\t' && *body.ptr <= '\r')))
        body = slice_sub(body, 1, body.len);
    if (!body.len)
        return STATUS_INVALID;
    if (*body.ptr == '{')
        return read_json(fields, body);
    status = xml_parse(body, &handler);
    return status && status != STATUS_NOMEM ? STATUS_INVALID : status;
}

/* --- codes --- */

enum meaning { MEANS_DEAD, MEANS_MISMATCH, MEANS_EXPIRED, MEANS_CLOCK, MEANS_DENIED, MEANS_SLOWER };

struct code {
    const char *name;
    enum meaning meaning;
};

static const struct code codes[] = {
    { "InvalidClientTokenId", MEANS_DEAD },
    { "InvalidAccessKeyId", MEANS_DEAD },
    { "UnrecognizedClientException", MEANS_DEAD },
    { "SignatureDoesNotMatch", MEANS_MISMATCH },
    { "InvalidSignatureException", MEANS_MISMATCH },
    { "ExpiredToken", MEANS_EXPIRED },
    { "ExpiredTokenException", MEANS_EXPIRED },
    { "RequestExpired", MEANS_CLOCK },
    { "RequestTimeTooSkewed", MEANS_CLOCK },
    { "RequestInTheFuture", MEANS_CLOCK },
    { "AccessDenied", MEANS_DENIED },
    { "AccessDeniedException", MEANS_DENIED },
    { "Throttling", MEANS_SLOWER },
    { "ThrottlingException", MEANS_SLOWER },
    { "ThrottledException", MEANS_SLOWER },
    { "RequestThrottled", MEANS_SLOWER },
    { "RequestThrottledException", MEANS_SLOWER },
    { "RequestLimitExceeded", MEANS_SLOWER },
    { "TooManyRequestsException", MEANS_SLOWER },
    { "SlowDown", MEANS_SLOWER },
};

static const struct code *find_code(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(codes); i++)
        if (strcmp(codes[i].name, name) == 0)
            return &codes[i];
    return NULL;
}

/* Is it a word of letters and digits, as every code is? Others are not printed. */
static bool is_word(const char *text)
{
    for (const char *c = text; *c; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
              *c == '.' || *c == '_'))
            return false;
    return text[0] != 0;
}

/* --- what it says --- */

static enum status put_text(const char **out, struct arena *arena, const char *text)
{
    *out = (const char *)arena_copy(arena, slice_of(text)).ptr;
    return *out ? STATUS_OK : err_nomem();
}

static enum status say_clock(struct answer *out, struct arena *arena, const struct reply *reply)
{
    char text[TEXT_MAX];

    if (reply->skew_s)
        snprintf(text, sizeof(text),
                 "the request's time was refused: the server's clock is %lld s %s of this one",
                 reply->skew_s < 0 ? -reply->skew_s : reply->skew_s,
                 reply->skew_s < 0 ? "behind" : "ahead");
    else
        snprintf(text, sizeof(text), "the request's time was refused: is this clock right?");
    return put_text(&out->error, arena, text);
}

/* For a signature that is too old or too new STS uses the code of a wrong one. */
static bool is_clock_message(const char *message)
{
    return strncmp(message, "Signature expired", 17) == 0 ||
           strncmp(message, "Signature not yet current", 25) == 0;
}

static bool is_visible(const char *text)
{
    for (const char *c = text; *c; c++)
        if (*c <= ' ' || *c > '~')
            return false;
    return text[0] != 0;
}

static enum status say_live(struct answer *out, struct arena *arena, const struct fields *fields)
{
    enum status status;
    struct arn arn;

    if (!fields->identity || !arn_parse(slice_of(fields->arn), &arn) ||
        !slice_eq(arn.account, slice_of(fields->account)) || !is_visible(fields->user_id))
        return put_text(&out->error, arena, "the answer is none that STS gives");
    out->verdict = VERDICT_LIVE;
    status = put_text(&out->arn, arena, fields->arn);
    if (!status)
        status = put_text(&out->account, arena, fields->account);
    return status ? status : put_text(&out->user_id, arena, fields->user_id);
}

/*
 * No policy of IAM can deny GetCallerIdentity, but that of a VPC endpoint can. Who is named in the
 * message has been authenticated.
 */
static enum status say_denied(struct answer *out, struct arena *arena, const char *message)
{
    static const char user[] = "User: ";
    const char *at = strstr(message, user);
    struct slice text = slice_of(at ? at + sizeof(user) - 1 : NULL);
    const uint8_t *end = text.len ? memchr(text.ptr, ' ', text.len) : NULL;
    struct arn arn;

    if (!end || !arn_parse(text = slice_sub(text, 0, (size_t)(end - text.ptr)), &arn))
        return put_text(&out->error, arena, "STS answered AccessDenied and named nobody");
    out->verdict = VERDICT_LIVE;
    out->error = "a policy on the way to STS denied the call, and named the caller";
    out->arn = (const char *)arena_copy(arena, text).ptr;
    out->account = (const char *)arena_copy(arena, arn.account).ptr;
    return out->arn && out->account ? STATUS_OK : err_nomem();
}

static enum status say_code(struct answer *out, struct arena *arena, const struct reply *reply,
                            const struct fields *fields)
{
    const struct code *code = find_code(fields->code);
    char text[TEXT_MAX];

    if (!code) {
        snprintf(text, sizeof(text), "STS answered %s (HTTP status %d)", fields->code,
                 reply->http_code);
        return put_text(&out->error, arena, text);
    }
    switch (code->meaning) {
    case MEANS_DEAD:
        out->verdict = VERDICT_DEAD;
        return STATUS_OK;
    case MEANS_EXPIRED:
        out->verdict = VERDICT_EXPIRED;
        return STATUS_OK;
    case MEANS_MISMATCH:
        if (is_clock_message(fields->message))
            return say_clock(out, arena, reply);
        out->verdict = VERDICT_MISMATCH;
        return STATUS_OK;
    case MEANS_CLOCK:
        return say_clock(out, arena, reply);
    case MEANS_DENIED:
        return say_denied(out, arena, fields->message);
    default:
        out->again = out->throttled = true;
        snprintf(text, sizeof(text), "STS answered %s", fields->code);
        return put_text(&out->error, arena, text);
    }
}

static enum status say_status(struct answer *out, struct arena *arena, const struct reply *reply)
{
    const char *what = reply->http_code / 100 == 3  ? "redirects are not followed"
                       : reply->http_code == 407    ? "the proxy wants a password"
                       : reply->http_code == 429    ? "too many requests"
                       : reply->http_code >= 500    ? "the server failed"
                       : reply->http_code / 100 > 3 ? "no code that STS gives"
                                                    : "no answer that STS gives";
    char text[TEXT_MAX];

    snprintf(text, sizeof(text), "HTTP status %d: %s", reply->http_code, what);
    return put_text(&out->error, arena, text);
}

enum status answer_read(struct answer *out, struct arena *arena, const struct reply *reply)
{
    struct fields fields;
    enum status status;

    *out = (struct answer){ .verdict = VERDICT_UNKNOWN };
    if (!reply->http_code) {
        out->again = true;
        return put_text(&out->error, arena,
                        reply->error && reply->error[0] ? reply->error : "no answer");
    }
    status = read_fields(&fields, reply->body);
    if (status == STATUS_NOMEM)
        return status;
    if (status) /* what could not be read to its end says nothing */
        fields = (struct fields){ .identity = false };
    if (reply->http_code == 200)
        return say_live(out, arena, &fields);
    out->throttled = reply->http_code == 429;
    out->again = out->throttled || reply->http_code >= 500;
    if (out->again || reply->http_code / 100 != 4 || !is_word(fields.code))
        return say_status(out, arena, reply);
    return say_code(out, arena, reply, &fields);
}
