/* json.c - cJSON's constructors with one way to fail, and the one way out as text. */
#include "report/json.h"

#include <inttypes.h>
#include <stdarg.h>

#include "base/printable.h"

void json_put(struct writer *writer, cJSON *object, const char *key, cJSON *item)
{
    if (item && cJSON_AddItemToObjectCS(object, key, item))
        return;
    cJSON_Delete(item);
    writer->starved = true;
}

void json_add(struct writer *writer, cJSON *array, cJSON *item)
{
    if (item && cJSON_AddItemToArray(array, item))
        return;
    cJSON_Delete(item);
    writer->starved = true;
}

void json_text(struct writer *writer, cJSON *object, const char *key, const char *text)
{
    json_put(writer, object, key, text ? cJSON_CreateString(text) : cJSON_CreateNull());
}

/* The bytes in the scratch buffer as a string, and the buffer empty. */
static cJSON *take_scratch(struct writer *writer)
{
    cJSON *item =
        buf_status(&writer->scratch) ? NULL : cJSON_CreateString(buf_cstr(&writer->scratch));

    buf_reset(&writer->scratch);
    return item;
}

void json_printf(struct writer *writer, cJSON *object, const char *key, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    json_text(writer, object, key, text);
}

void json_number(struct writer *writer, cJSON *object, const char *key, uint64_t number)
{
    char digits[24];

    snprintf(digits, sizeof(digits), "%" PRIu64, number);
    json_put(writer, object, key, cJSON_CreateRaw(digits));
}

void json_bool(struct writer *writer, cJSON *object, const char *key, bool value)
{
    json_put(writer, object, key, cJSON_CreateBool(value));
}

void json_known(struct writer *writer, cJSON *object, const char *key, enum known known)
{
    json_put(writer, object, key,
             known == KNOWN_NOT ? cJSON_CreateNull() : cJSON_CreateBool(known == KNOWN_YES));
}

cJSON *json_object(struct writer *writer, cJSON *object, const char *key)
{
    cJSON *item = cJSON_CreateObject();

    json_put(writer, object, key, item);
    return writer->starved ? NULL : item;
}

cJSON *json_array(struct writer *writer, cJSON *object, const char *key)
{
    cJSON *item = cJSON_CreateArray();

    json_put(writer, object, key, item);
    return writer->starved ? NULL : item;
}

cJSON *json_element(struct writer *writer, cJSON *array)
{
    cJSON *item = cJSON_CreateObject();

    json_add(writer, array, item);
    return writer->starved ? NULL : item;
}

static void put_bytes(struct buf *out, struct slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.ptr[i])
            buf_byte(out, bytes.ptr[i]);
        else
            buf_text(out, "\xef\xbf\xbd");
    }
}

void json_bytes(struct writer *writer, cJSON *object, const char *key, struct slice bytes)
{
    struct buf copy = { 0 };

    put_bytes(&copy, bytes);
    json_put(writer, object, key,
             !bytes.ptr          ? cJSON_CreateNull()
             : buf_status(&copy) ? NULL
                                 : cJSON_CreateString(buf_cstr(&copy)));
    buf_release(&copy);
}

void json_secret(struct writer *writer, cJSON *object, const char *key,
                 const struct finding *finding, struct slice value)
{
    struct slice shown = writer_shown(writer, finding, value);

    if (!value.ptr) {
        json_text(writer, object, key, NULL);
        return;
    }
    put_bytes(&writer->scratch, shown);
    if (writer_hides(finding, value, shown))
        buf_text(&writer->scratch, "…");
    json_put(writer, object, key, take_scratch(writer));
}

void json_name(struct writer *writer, cJSON *object, const char *key, const char *name,
               bool percent)
{
    if (!name || !percent) {
        json_text(writer, object, key, name);
        return;
    }
    printable_percent(&writer->scratch, slice_of(name));
    json_put(writer, object, key, take_scratch(writer));
}

void json_add_name(struct writer *writer, cJSON *array, const char *name, bool percent)
{
    if (percent)
        printable_percent(&writer->scratch, slice_of(name));
    json_add(writer, array, percent ? take_scratch(writer) : cJSON_CreateString(name));
}

void json_print(struct writer *writer, cJSON *json)
{
    char *text = json && !writer->starved ? cJSON_PrintUnformatted(json) : NULL;

    if (!text)
        writer->starved = true;
    printable_json(&writer->line, slice_of(text));
    cJSON_free(text);
    cJSON_Delete(json);
}
