/*
 * json.h - members of JSON objects, as every format that is JSON builds them; for report/ alone.
 *
 * Strings go into cJSON as the bytes that they are; what is printed then passes through
 * printable_json() in json_print(), the one place that sees to valid UTF-8 and to terminals. Where
 * memory is out the writer is marked as starved, which writer_flush() reports; every function
 * passes on a NULL object.
 *
 * May include: base. Library: cJSON. Threads: any, one report at a time.
 */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include <cJSON.h>

#include "report/formats.h"

/* Give `item` to `object` under `key`, a literal. */
void json_put(struct writer *writer, cJSON *object, const char *key, cJSON *item);

/* Give `item` to `array`. */
void json_add(struct writer *writer, cJSON *array, cJSON *item);

/* A string, or null for NULL. */
void json_text(struct writer *writer, cJSON *object, const char *key, const char *text);

/* A string in printf's form. */
void json_printf(struct writer *writer, cJSON *object, const char *key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A count with all its digits: cJSON's own numbers are doubles. */
void json_number(struct writer *writer, cJSON *object, const char *key, uint64_t number);

void json_bool(struct writer *writer, cJSON *object, const char *key, bool value);

/* true, false, or null for what is not known. */
void json_known(struct writer *writer, cJSON *object, const char *key, enum known known);

/* A new object or array under `key`, owned by `object`. */
cJSON *json_object(struct writer *writer, cJSON *object, const char *key);
cJSON *json_array(struct writer *writer, cJSON *object, const char *key);

/* A new object at the end of `array`, owned by it. */
cJSON *json_element(struct writer *writer, cJSON *array);

/* Bytes of a document, null for none: a NUL in them becomes U+FFFD. */
void json_bytes(struct writer *writer, cJSON *object, const char *key, struct slice bytes);

/* What a report may show of `value`, a secret of `finding`, with "…" for what it may not. */
void json_secret(struct writer *writer, cJSON *object, const char *key,
                 const struct finding *finding, struct slice value);

/* A name that may be no UTF-8, as it is or percent-encoded; null for NULL. */
void json_name(struct writer *writer, cJSON *object, const char *key, const char *name,
               bool percent);

/* Likewise at the end of `array`; never NULL. */
void json_add_name(struct writer *writer, cJSON *array, const char *name, bool percent);

/* Append `json` as text to the writer's line, and free it. */
void json_print(struct writer *writer, cJSON *json);

#endif
