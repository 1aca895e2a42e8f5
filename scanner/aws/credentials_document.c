/* credentials_document.c - JSON that holds keys. cJSON's copies of them are wiped. */
#include <cjson/cJSON.h>

#include "aws/credentials_private.h"

const char *credentials_text(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

    return text && text[0] ? text : NULL;
}

void credentials_wipe_json(cJSON *object)
{
    cJSON *item;

    cJSON_ArrayForEach(item, object) {
        if (cJSON_IsString(item) && item->valuestring)
            explicit_bzero(item->valuestring, strlen(item->valuestring));
    }
    cJSON_Delete(object);
}

enum status credentials_from_object(const cJSON *object, struct keys *out)
{
    const char *id = credentials_text(object, "AccessKeyId"),
               *secret = credentials_text(object, "SecretAccessKey");
    const char *token = credentials_text(object, "SessionToken"),
               *expires = credentials_text(object, "Expiration");
    enum status status = STATUS_INVALID;

    if (!token)
        token = credentials_text(object, "Token");
    if (id && secret)
        status = keys_set(out, slice_of(id), slice_of(secret), slice_of(token));
    if (status == STATUS_OK && expires && !(out->expires = credentials_time(expires))) {
        keys_release(out);
        status = STATUS_INVALID;
    }
    return status;
}

enum status credentials_from_document(struct slice json, const char *source, struct keys *out)
{
    cJSON *object = cJSON_ParseWithLength((const char *)json.ptr, json.len);
    enum status status = credentials_from_object(object, out);

    credentials_wipe_json(object);
    return status == STATUS_INVALID
               ? err_set(status, "%s gave no JSON with an AccessKeyId and a SecretAccessKey",
                         source)
               : status;
}
