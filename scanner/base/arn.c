/* arn.c - six fields between colons, of which the last has a form of its own. */
#include "base/arn.h"

enum { ACCOUNT_DIGITS = 12 };

const char *principal_name(enum principal principal)
{
    static const char *const names[PRINCIPAL_COUNT] = {
        [PRINCIPAL_OTHER] = "other",
        [PRINCIPAL_USER] = "user",
        [PRINCIPAL_ROOT] = "root",
        [PRINCIPAL_ROLE_SESSION] = "role session",
        [PRINCIPAL_FEDERATED] = "federated user",
    };

    assert(principal < PRINCIPAL_COUNT);
    return names[principal];
}

/* Cut what stands before the first `mark` off `rest`, and the mark; false: there is none. */
static bool cut(struct slice *rest, uint8_t mark, struct slice *out)
{
    const uint8_t *at = rest->len ? memchr(rest->ptr, mark, rest->len) : NULL;

    if (!at)
        return false;
    *out = slice_sub(*rest, 0, (size_t)(at - rest->ptr));
    *rest = slice_sub(*rest, out->len + 1, rest->len);
    return true;
}

static bool is_visible(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
            return false;
    return true;
}

bool arn_is_account(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    return text.len == ACCOUNT_DIGITS;
}

static void set_principal(struct arn *arn, struct slice service, struct slice resource)
{
    struct slice kind, step;

    if (slice_eq(service, SLICE("iam")) && slice_eq(resource, SLICE("root"))) {
        arn->principal = PRINCIPAL_ROOT;
        return;
    }
    if (!cut(&resource, '/', &kind) || !resource.len)
        return;
    if (slice_eq(service, SLICE("iam")) && slice_eq(kind, SLICE("user"))) {
        while (cut(&resource, '/', &step)) /* the path */
            continue;
        arn->principal = resource.len ? PRINCIPAL_USER : PRINCIPAL_OTHER;
        arn->name = resource;
    } else if (slice_eq(service, SLICE("sts")) && slice_eq(kind, SLICE("federated-user"))) {
        arn->principal = PRINCIPAL_FEDERATED;
        arn->name = resource;
    } else if (slice_eq(service, SLICE("sts")) && slice_eq(kind, SLICE("assumed-role")) &&
               cut(&resource, '/', &arn->name)) {
        arn->principal = PRINCIPAL_ROLE_SESSION;
        arn->session = resource;
    }
}

bool arn_parse(struct slice text, struct arn *out)
{
    struct slice prefix, service, region;
    struct arn arn = { .principal = PRINCIPAL_OTHER };

    *out = (struct arn){ 0 };
    if (!is_visible(text) || !cut(&text, ':', &prefix) || !slice_eq(prefix, SLICE("arn")) ||
        !cut(&text, ':', &arn.partition) || !cut(&text, ':', &service) ||
        !cut(&text, ':', &region) || !cut(&text, ':', &arn.account) || !arn_is_account(arn.account))
        return false;
    set_principal(&arn, service, text);
    *out = arn;
    return true;
}
