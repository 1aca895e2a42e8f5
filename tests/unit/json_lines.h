/* json_lines.h - a JSON Lines report read back, for the tests. To be included after cmocka.h. */
#ifndef TESTS_JSON_LINES_H
#define TESTS_JSON_LINES_H

#include <cJSON.h>

#include "base/printable.h"
#include "report_scene.h"

/* The first line of the report as JSON that the caller deletes; each line must be JSON. */
static inline cJSON *first_line(const struct outcome *outcome, const struct report_options *options)
{
    char *text = report(outcome, options);
    cJSON *first = NULL;

    assert_true(printable_is_utf8(slice_of(text)));
    for (char *line = text; *line;) {
        char *end = strchr(line, '\n');
        cJSON *object;

        assert_non_null(end);
        *end = '\0';
        object = cJSON_ParseWithOpts(line, NULL, true);
        if (!object)
            fail_msg("no JSON: %s", line);
        for (const char *c = line; *c; c++)
            if ((unsigned char)*c < 0x20 || *c == 0x7f)
                fail_msg("control character 0x%02x in: %s", *c, line);
        if (first)
            cJSON_Delete(object);
        else
            first = object;
        line = end + 1;
    }
    free(text);
    return first;
}

static const char *text_at(const cJSON *object, const char *outer, const char *key)
{
    if (outer)
        object = cJSON_GetObjectItem(object, outer);
    return cJSON_GetStringValue(cJSON_GetObjectItem(object, key));
}

static inline void expect_text(const char *what, const char *expected, const char *got)
{
    if ((expected != NULL) != (got != NULL) || (got && strcmp(expected, got)))
        fail_msg("%s: expected %s, got %s", what, expected ? expected : "null", got ? got : "null");
}

#endif
