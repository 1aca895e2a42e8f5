/*
 * trail_lines.c - the report for programs: JSON Lines and CSV.
 */
#include <cJSON.h>
#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/printable.h"
#include "trail/trail_report.h"

static const char *const kind_words[] = {
    [SUBJECT_KEY] = "key", [SUBJECT_USER] = "user", [SUBJECT_PRINCIPAL] = "principal"
};
static const char *const severity_words[] = { "low", "medium", "high", "critical" };

static enum status finish(FILE *out)
{
    if (fflush(out) || ferror(out))
        return err_set(STATUS_IO, "%s", strerror(errno));
    return STATUS_OK;
}

/* --- JSON --- */

/* Write `json` as one line and free it. */
static enum status put_line(FILE *out, cJSON *json)
{
    char *text = json ? cJSON_PrintUnformatted(json) : NULL;
    struct buf line = { 0 };
    enum status status;

    cJSON_Delete(json);
    if (!text)
        return err_nomem();
    printable_json(&line, slice_of(text));
    buf_byte(&line, '\n');
    free(text);
    status = buf_status(&line);
    if (!status)
        fwrite(line.ptr, 1, line.len, out);
    buf_release(&line);
    return status;
}

static void put_text(cJSON *object, const char *key, const char *text)
{
    if (text && text[0])
        cJSON_AddStringToObject(object, key, text);
    else
        cJSON_AddNullToObject(object, key);
}

static void put_time(cJSON *object, const char *key, int64_t time)
{
    struct buf text = { 0 };

    if (time == RECORD_NO_TIME) {
        cJSON_AddNullToObject(object, key);
        return;
    }
    record_time_text(&text, time);
    cJSON_AddStringToObject(object, key, buf_cstr(&text));
    buf_release(&text);
}

static void put_number(cJSON *object, const char *key, uint64_t number)
{
    cJSON_AddNumberToObject(object, key, (double)number);
}

static cJSON *new_line(const char *type)
{
    cJSON *line = cJSON_CreateObject();

    put_text(line, "type", type);
    return line;
}

static cJSON *add_element(cJSON *array)
{
    cJSON *item = cJSON_CreateObject();

    cJSON_AddItemToArray(array, item);
    return item;
}

static const char *subject_id(const struct follow *follow, uint32_t index)
{
    return index == SUBJECT_NONE ? NULL : follow->subjects.list[index].id;
}

static void put_reasons(cJSON *line, const struct story *story)
{
    cJSON *array = cJSON_AddArrayToObject(line, "indicators");

    for (size_t i = 0; i < story->reason_count; i++) {
        const struct reason *reason = &story->reasons[i];
        cJSON *item = add_element(array);

        put_text(item, "id", reason->indicator->id);
        put_text(item, "title", reason->indicator->title);
        put_text(item, "severity", severity_words[reason->indicator->severity]);
        put_number(item, "score", reason->indicator->score);
        put_number(item, "count", reason->count);
        put_time(item, "first", reason->first);
        put_text(item, "evidence", reason->evidence);
        put_text(item, "source", reason->indicator->source);
    }
}

static void put_uses(cJSON *line, const char *key, const char *name, const struct use_list *uses)
{
    cJSON *array = cJSON_AddArrayToObject(line, key);

    for (size_t i = 0; i < uses->count; i++) {
        const struct use *use = &uses->list[i];
        cJSON *item = add_element(array);

        put_text(item, name, use->text);
        if (strcmp(name, "address") == 0)
            put_text(item, "country", use->country);
        put_number(item, "calls", use->calls);
        put_number(item, "errors", use->errors);
        put_time(item, "first", use->first);
        put_time(item, "last", use->last);
        if (strcmp(name, "address") == 0 || strcmp(name, "region") == 0)
            cJSON_AddBoolToObject(item, "new", use->fresh);
    }
}

static void put_derived(cJSON *line, const struct story *story)
{
    cJSON *array = cJSON_AddArrayToObject(line, "derived");

    for (size_t i = 0; i < story->descendant_count; i++) {
        const struct subject *subject = &story->follow->subjects.list[story->descendants[i]];
        cJSON *item = add_element(array);

        put_text(item, "kind", kind_words[subject->kind]);
        put_text(item, "id", subject->id);
        put_text(item, "from", subject_id(story->follow, subject->parent));
        put_text(item, "how", subject->how);
        put_time(item, "made", subject->made);
        put_time(item, "expires", subject->expires);
        put_text(item, "user", subject->user);
        put_text(item, "role", subject->role);
        put_text(item, "state", subject->state);
        cJSON_AddBoolToObject(item, "open", story_is_open(subject, story->follow->ledger.last));
    }
}

static cJSON *step_json(const struct story *story, const struct step *step)
{
    cJSON *line = new_line("step");

    put_text(line, "of", story->follow->subjects.list[story->root].id);
    put_time(line, "time", step->first.time);
    put_time(line, "last", step->last);
    put_number(line, "count", step->count);
    put_text(line, "actor", subject_id(story->follow, step->actor));
    put_text(line, "about", subject_id(story->follow, step->about));
    put_text(line, "by", step->by);
    put_text(line, "access_key_id", step->key);
    put_text(line, "event_source", step->source);
    put_text(line, "event", step->name);
    put_text(line, "error", step->error);
    put_text(line, "detail", step->detail);
    put_text(line, "address", step->address);
    put_text(line, "region", step->region);
    put_text(line, "user_agent", step->agent);
    put_number(line, "bytes", step->bytes);
    put_text(line, "event_id", step->first.event_id);
    return line;
}

static cJSON *story_json(const struct story *story)
{
    const struct subject *root = &story->follow->subjects.list[story->root];
    cJSON *line = new_line("trail");

    put_text(line, "kind", kind_words[root->kind]);
    put_text(line, "id", root->id);
    put_text(line, "user", root->user);
    put_number(line, "score", story->score);
    put_text(line, "severity", story->reason_count ? severity_words[story->severity] : NULL);
    put_text(line, "state", root->state);
    put_time(line, "state_since", root->state_time);
    if (story->created)
        cJSON_AddItemToObject(line, "created", step_json(story, story->created));
    else
        cJSON_AddNullToObject(line, "created");
    put_time(line, "exposed_since", root->exposed);
    put_time(line, "first_use_since_exposed", story->first_exposed);
    put_time(line, "first", story->first);
    put_time(line, "last", story->last);
    put_number(line, "calls", story->calls);
    put_number(line, "own_calls", story->own_calls);
    put_number(line, "errors", story->errors);
    put_number(line, "denied", story->denied);
    put_number(line, "bytes", story->bytes);
    put_number(line, "calls_after_deactivation", story->after);
    put_number(line, "calls_of_user_by_other_means", story->owner_calls);
    put_reasons(line, story);
    put_uses(line, "addresses", "address", &story->addresses);
    put_uses(line, "user_agents", "user_agent", &story->agents);
    put_uses(line, "regions", "region", &story->regions);
    put_uses(line, "services", "service", &story->services);
    put_derived(line, story);
    return line;
}

static enum status put_errors(const struct trail_report *report, FILE *out)
{
    const struct outcome *outcome = &report->receipt->outcome;
    enum status status = STATUS_OK;

    for (size_t i = 0; i < outcome->trouble_count && !status; i++) {
        cJSON *line = new_line("error");

        put_text(line, "path", outcome->troubles[i].path);
        put_text(line, "message", outcome->troubles[i].message);
        status = put_line(out, line);
    }
    return status;
}

static cJSON *summary_json(const struct trail_report *report)
{
    const struct trail_receipt *r = report->receipt;
    const char *limits[8];
    cJSON *line = new_line("summary"), *array;

    put_number(line, "stories", report->story_count);
    put_number(line, "files", r->outcome.coverage.files);
    put_number(line, "bytes", r->outcome.coverage.bytes);
    put_number(line, "archives", r->outcome.coverage.archives);
    put_number(line, "records", r->records);
    put_number(line, "looked_at", report->follow->ledger.records);
    put_number(line, "duplicates", report->follow->ledger.duplicates);
    put_time(line, "first", report->follow->ledger.first);
    put_time(line, "last", report->follow->ledger.last);
    put_number(line, "insights", r->insights);
    put_number(line, "digests", r->digests);
    put_number(line, "unknown_versions", r->unknown_versions);
    put_number(line, "other_files", r->other_files);
    put_number(line, "broken", r->broken);
    put_number(line, "too_long", r->too_long);
    put_number(line, "passes", report->follow->passes);
    put_number(line, "errors", r->outcome.coverage.errors);
    array = cJSON_AddArrayToObject(line, "limits");
    trail_report_limits(report, limits);
    for (size_t i = 0; limits[i]; i++)
        cJSON_AddItemToArray(array, cJSON_CreateString(limits[i]));
    cJSON_AddBoolToObject(line, "complete", trail_report_complete(report));
    return line;
}

enum status trail_jsonl_write(const struct trail_report *report, FILE *out)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < report->story_count && !status; i++) {
        const struct story *story = &report->stories[i];

        status = put_line(out, story_json(story));
        for (size_t s = 0; s < story->step_count && !status; s++)
            status = put_line(out, step_json(story, story->steps[s]));
    }
    if (!status)
        status = put_errors(report, out);
    if (!status)
        status = put_line(out, summary_json(report));
    return status ? status : finish(out);
}

/* --- CSV --- */

static void put_field(struct buf *out, const char *text)
{
    struct buf safe = { 0 };

    printable_text(&safe, slice_of(text ? text : ""));
    buf_text(out, out->len ? ",\"" : "\"");
    if (safe.len && strchr("=+-@", safe.ptr[0]))
        buf_byte(out, '\'');
    for (size_t i = 0; i < safe.len; i++) {
        if (safe.ptr[i] == '"')
            buf_byte(out, '"');
        buf_byte(out, safe.ptr[i]);
    }
    buf_byte(out, '"');
    buf_release(&safe);
}

static void put_time_field(struct buf *out, int64_t time)
{
    struct buf text = { 0 };

    if (time != RECORD_NO_TIME)
        record_time_text(&text, time);
    put_field(out, buf_cstr(&text));
    buf_release(&text);
}

static enum status put_row(const struct story *story, const struct step *step, FILE *out)
{
    const char *texts[] = { subject_id(story->follow, step->actor),
                            subject_id(story->follow, step->about),
                            step->by,
                            step->key,
                            step->source,
                            step->name,
                            step->error,
                            step->detail,
                            step->address,
                            step->region,
                            step->agent,
                            step->first.event_id };
    struct buf row = { 0 };
    enum status status;

    put_field(&row, story->follow->subjects.list[story->root].id);
    put_time_field(&row, step->first.time);
    put_time_field(&row, step->last);
    buf_printf(&row, ",%llu,%llu", (unsigned long long)step->count,
               (unsigned long long)step->bytes);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        put_field(&row, texts[i]);
    buf_text(&row, "\r\n");
    status = buf_status(&row);
    if (!status)
        fwrite(row.ptr, 1, row.len, out);
    buf_release(&row);
    return status;
}

enum status trail_csv_write(const struct trail_report *report, FILE *out)
{
    enum status status = STATUS_OK;

    fputs("of,time,last,count,bytes,actor,about,by,access_key_id,event_source,event,error,detail,"
          "address,region,user_agent,event_id\r\n",
          out);
    for (size_t i = 0; i < report->story_count; i++)
        for (size_t s = 0; s < report->stories[i].step_count && !status; s++)
            status = put_row(&report->stories[i], report->stories[i].steps[s], out);
    return status ? status : finish(out);
}
