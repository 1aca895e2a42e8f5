/* keys.c - copies that are overwritten before they are freed. */
#include "aws/keys.h"

#include <stdlib.h>

static char *copy(struct slice text)
{
    char *out = malloc(text.len + 1);

    if (!out)
        return NULL;
    if (text.len)
        memcpy(out, text.ptr, text.len);
    out[text.len] = 0;
    return out;
}

/* Header lines and signatures are made of them. */
static bool is_printable(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
            return false;
    return true;
}

enum status keys_set(struct keys *out, struct slice id, struct slice secret, struct slice token)
{
    *out = (struct keys){ 0 };
    if (!id.len || !secret.len || !is_printable(id) || !is_printable(secret) ||
        !is_printable(token))
        return err_set(STATUS_INVALID, "an AWS key is empty or holds characters that no key has");
    *out = (struct keys){ .id = copy(id), .secret = copy(secret) };
    if (token.len)
        out->token = copy(token);
    if (out->id && out->secret && (out->token || !token.len))
        return STATUS_OK;
    keys_release(out);
    return err_nomem();
}

enum status keys_copy(struct keys *out, const struct keys *from)
{
    enum status status = STATUS_OK;

    *out = (struct keys){ 0 };
    if (from->id)
        status = keys_set(out, slice_of(from->id), slice_of(from->secret), slice_of(from->token));
    out->expires = from->expires;
    return status;
}

static void wipe(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

void keys_release(struct keys *keys)
{
    wipe(keys->id);
    wipe(keys->secret);
    wipe(keys->token);
    *keys = (struct keys){ 0 };
}
