/*
 * read.c - a report line by line: its findings, its errors, its summary, and where it ends.
 */
#include "report/read.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/limits.h"
#include "report/read_field.h"
#include "report/record.h"

struct reading {
    const char *name;
    FILE *in;
    uint64_t number; /* of the line, from 1 */
    struct line line;
    bool ended; /* the last line was a summary */
};

/* --- errors and the summary --- */

static void read_error(struct line *line, const cJSON *object)
{
    struct trouble trouble = {
        .target = read_target(line, field_name(line, object, "target")),
        .path = field_name(line, object, "path"),
        .message = field_needed(line, object, "message"),
    };

    if (!line->fault && !line->starved)
        outcome_retell(line->outcome, &trouble);
}

/* Add what the summary counts. True where it gives a reason for not being complete. */
static bool add_counts(struct line *line, const cJSON *object)
{
    const cJSON *skipped = field_object(line, object, "skipped");
    struct coverage *coverage = &line->outcome->coverage;
    bool loss = false;

    for (size_t i = 0; i < COVERAGE_FIELDS; i++) {
        char *at = (char *)coverage + coverage_fields[i].offset;

        *(uint64_t *)(void *)at += field_number(line, object, coverage_fields[i].name);
    }
    for (size_t i = 0; i < SKIP_COUNT; i++) {
        uint64_t n = field_number(line, skipped, skip_name((enum skip)i));

        coverage->skipped[i] += n;
        loss |= n && skip_is_loss((enum skip)i);
    }
    return loss;
}

static void add_name(struct line *line, struct report_names *names, const char *name)
{
    const char **grown = array_room(names->names, names->count, &names->cap, sizeof(*grown));
    const char *copy = (const char *)arena_copy(&line->pool->arena, slice_of(name)).ptr;

    if (grown)
        names->names = grown;
    if (grown && copy)
        names->names[names->count++] = copy;
    else
        line->starved = true;
}

/* The files that decided what the scan told. */
static void add_obeyed(struct line *line, const cJSON *object)
{
    const char *baseline = field_text(line, object, "baseline");
    const cJSON *list = field_member(object, "settings"), *item;

    if (baseline)
        add_name(line, &line->pool->baselines, baseline);
    if (list && !cJSON_IsArray(list))
        field_blame(line, "settings");
    cJSON_ArrayForEach(item, list) {
        if (cJSON_IsString(item))
            add_name(line, &line->pool->settings, item->valuestring);
        else
            field_blame(line, "settings");
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void report_names_sort(struct report_names *names)
{
    size_t kept = 0;

    if (names->count)
        qsort(names->names, names->count, sizeof(*names->names), by_name);
    for (size_t i = 0; i < names->count; i++)
        if (!kept || strcmp(names->names[kept - 1], names->names[i]))
            names->names[kept++] = names->names[i];
    names->count = kept;
}

static enum status read_summary(struct reading *reading, const cJSON *object)
{
    struct line *line = &reading->line;
    uint64_t version = field_number(line, object, "report_version");

    if (version > RECORD_VERSION)
        return err_set(STATUS_UNSUPPORTED,
                       "%s:%" PRIu64 ": a report of version %" PRIu64
                       "; this program reads up to %d",
                       reading->name, reading->number, version, RECORD_VERSION);
    if (!add_counts(line, object) && !field_bool(line, object, "complete"))
        outcome_trouble(line->outcome, SKIP_UNREADABLE, NULL, reading->name,
                        "the scan that this report is of was not complete");
    add_obeyed(line, object);
    reading->ended = true;
    return STATUS_OK;
}

/* --- lines --- */

static enum status read_object(struct reading *reading, const cJSON *object)
{
    const char *type = cJSON_GetStringValue(field_member(object, "type"));
    enum status status = STATUS_OK;

    reading->ended = false;
    if (!cJSON_IsObject(object) || !type)
        return err_set(STATUS_INVALID, "%s:%" PRIu64 ": no line of a JSON Lines report",
                       reading->name, reading->number);
    if (strcmp(type, "finding") == 0)
        read_finding(&reading->line, object);
    else if (strcmp(type, "error") == 0)
        read_error(&reading->line, object);
    else if (strcmp(type, "summary") == 0)
        status = read_summary(reading, object);
    else
        status = err_set(STATUS_UNSUPPORTED, "%s:%" PRIu64 ": a line of the unknown type \"%s\"",
                         reading->name, reading->number, type);
    if (!status && reading->line.fault)
        status = err_set(STATUS_INVALID, "%s:%" PRIu64 ": the field \"%s\" is not as it must be",
                         reading->name, reading->number, reading->line.fault);
    return !status && reading->line.starved ? err_nomem() : status;
}

static enum status read_line(struct reading *reading, struct slice text)
{
    struct arena arena = { 0 };
    cJSON *object = cJSON_ParseWithLength((const char *)text.ptr, text.len);
    enum status status;

    reading->line.arena = &arena;
    status = read_object(reading, object);
    cJSON_Delete(object);
    arena_release(&arena);
    return status;
}

/* The next line without its end. STATUS_ABSENT at the end of the file. */
static enum status next_line(struct reading *reading, struct buf *text)
{
    int c = EOF;

    buf_reset(text);
    reading->number++;
    errno = 0;
    while (text->len < LIMIT_REPORT_LINE_BYTES && (c = getc_unlocked(reading->in)) != EOF &&
           c != '\n')
        buf_byte(text, (uint8_t)c);
    if (ferror(reading->in))
        return err_set(STATUS_IO, "%s: %s", reading->name, strerror(errno ? errno : EIO));
    if (text->len == LIMIT_REPORT_LINE_BYTES)
        return err_set(STATUS_LIMIT, "%s:%" PRIu64 ": a line of more than %u MiB", reading->name,
                       reading->number, LIMIT_REPORT_LINE_BYTES >> 20);
    return buf_status(text) ? buf_status(text) : c == EOF && !text->len ? STATUS_ABSENT : STATUS_OK;
}

enum status report_read(struct report_pool *pool, struct outcome *outcome, const char *name,
                        FILE *in)
{
    struct reading reading = { .name = name,
                               .in = in,
                               .line = { .pool = pool, .outcome = outcome } };
    struct buf text = { 0 };
    enum status status;

    assert(outcome->every_lone);
    while (!(status = next_line(&reading, &text)) &&
           !(status = read_line(&reading, buf_view(&text))))
        ;
    buf_release(&text);
    if (status != STATUS_ABSENT)
        return status;
    if (reading.number == 1)
        return err_set(STATUS_INVALID, "%s: an empty file is no report", name);
    if (!reading.ended)
        outcome_trouble(outcome, SKIP_UNREADABLE, NULL, name,
                        "the report has no summary: it was cut short");
    return STATUS_OK;
}
