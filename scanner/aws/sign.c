/* sign.c - canonical request, string to sign, derived key, signature; secrets are wiped. */
#include "aws/sign.h"

#include <nettle/hmac.h>
#include <nettle/sha2.h>
#include <stdio.h>

#include "base/array.h"
#include "base/hex.h"

enum { DIGEST = SHA256_DIGEST_SIZE, HEADERS_MAX = 16 };

struct hex {
    char text[2 * DIGEST + 1];
};

static struct hex to_hex(const uint8_t *digest)
{
    struct hex hex;

    hex_put(hex.text, digest, DIGEST);
    return hex;
}

static struct hex hash(struct slice bytes)
{
    struct sha256_ctx ctx;
    uint8_t digest[DIGEST];

    sha256_init(&ctx);
    sha256_update(&ctx, bytes.len, bytes.ptr);
    sha256_digest(&ctx, DIGEST, digest);
    return to_hex(digest);
}

static void hmac(uint8_t *out, struct slice key, struct slice text)
{
    struct hmac_sha256_ctx ctx;

    hmac_sha256_set_key(&ctx, key.len, key.ptr);
    hmac_sha256_update(&ctx, text.len, text.ptr);
    hmac_sha256_digest(&ctx, DIGEST, out);
    explicit_bzero(&ctx, sizeof(ctx));
}

/* The headers that are signed, in the order of their names. */
struct signed_headers {
    struct sign_header list[HEADERS_MAX];
    size_t count;
};

static void insert(struct signed_headers *set, const char *name, const char *value)
{
    size_t at = set->count++;

    assert(set->count <= HEADERS_MAX);
    for (; at > 0 && strcmp(set->list[at - 1].name, name) > 0; at--)
        set->list[at] = set->list[at - 1];
    set->list[at] = (struct sign_header){ name, value };
}

static void put_names(struct buf *out, const struct signed_headers *set)
{
    for (size_t i = 0; i < set->count; i++)
        buf_printf(out, "%s%s", i ? ";" : "", set->list[i].name);
}

/* Runs of spaces count as one, those at the ends not at all. */
static void put_value(struct buf *out, const char *value)
{
    bool space = false, begun = false;

    for (; *value; value++) {
        if (*value == ' ') {
            space = begun;
            continue;
        }
        if (space)
            buf_byte(out, ' ');
        space = false;
        begun = true;
        buf_byte(out, (uint8_t)*value);
    }
}

static struct hex canonical_hash(const struct sign_request *request,
                                 const struct signed_headers *set, const char *body_hash,
                                 struct buf *scratch)
{
    struct hex digest;

    buf_printf(scratch, "%s\n%s\n", request->method, request->path);
    buf_append(scratch, request->query);
    buf_byte(scratch, '\n');
    for (size_t i = 0; i < set->count; i++) {
        buf_printf(scratch, "%s:", set->list[i].name);
        put_value(scratch, set->list[i].value);
        buf_byte(scratch, '\n');
    }
    buf_byte(scratch, '\n');
    put_names(scratch, set);
    buf_printf(scratch, "\n%s", body_hash);
    digest = hash(buf_view(scratch));
    if (scratch->ptr) /* it holds the session token */
        explicit_bzero(scratch->ptr, scratch->len);
    buf_truncate(scratch, 0);
    return digest;
}

/* The signature of `text` with the key derived from the secret for this day, region, service. */
static struct hex sign_text(const struct sign_request *request, const char *secret,
                            const char *date, struct slice text, struct buf *scratch)
{
    const struct slice steps[] = { { (const uint8_t *)date, 8 },
                                   slice_of(request->region),
                                   slice_of(request->service),
                                   SLICE("aws4_request"),
                                   text };
    uint8_t key[DIGEST];
    size_t from = scratch->len;
    struct hex hex;

    buf_reserve(scratch, 4 + strlen(secret)); /* no later growth may leave a copy behind */
    buf_printf(scratch, "AWS4%s", secret);
    hmac(key, slice_sub(buf_view(scratch), from, scratch->len), steps[0]);
    if (scratch->ptr)
        explicit_bzero(scratch->ptr + from, scratch->len - from);
    buf_truncate(scratch, from);
    for (size_t i = 1; i < COUNT_OF(steps); i++)
        hmac(key, (struct slice){ key, DIGEST }, steps[i]);
    hex = to_hex(key);
    explicit_bzero(key, sizeof(key));
    return hex;
}

void sign_request(struct buf *out, const struct sign_request *request, const struct keys *keys)
{
    struct hex body = hash(request->body), canonical, signature;
    struct signed_headers set = { .count = 0 };
    struct buf scratch = { 0 }, text = { 0 };
    bool s3 = strcmp(request->service, "s3") == 0;
    char date[20], scope[128];
    struct tm tm;

    assert(keys->id && keys->secret);
    gmtime_r(&request->time, &tm);
    strftime(date, sizeof(date), "%Y%m%dT%H%M%SZ", &tm);
    snprintf(scope, sizeof(scope), "%.8s/%s/%s/aws4_request", date, request->region,
             request->service);
    insert(&set, "host", request->host);
    insert(&set, "x-amz-date", date);
    if (s3)
        insert(&set, "x-amz-content-sha256", body.text);
    if (keys->token)
        insert(&set, "x-amz-security-token", keys->token);
    for (size_t i = 0; i < request->header_count; i++)
        insert(&set, request->headers[i].name, request->headers[i].value);
    canonical = canonical_hash(request, &set, body.text, &scratch);
    buf_printf(&text, "AWS4-HMAC-SHA256\n%s\n%s\n%s", date, scope, canonical.text);
    signature = sign_text(request, keys->secret, date, buf_view(&text), &scratch);
    buf_printf(out, "Authorization: AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=", keys->id,
               scope);
    put_names(out, &set);
    buf_printf(out, ", Signature=%s\nX-Amz-Date: %s\n", signature.text, date);
    if (s3)
        buf_printf(out, "X-Amz-Content-Sha256: %s\n", body.text);
    if (keys->token)
        buf_printf(out, "X-Amz-Security-Token: %s\n", keys->token);
    if (!out->failed)
        out->failed = text.failed ? text.failed : scratch.failed;
    buf_release(&scratch);
    buf_release(&text);
}
