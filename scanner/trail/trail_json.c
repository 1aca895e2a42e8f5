/*
 * trail_json.c - stories, steps, errors and the summary as objects, one member after the other.
 */
#include "trail/trail_json.h"

#include <stdlib.h>

#include "base/account.h"
#include "base/buf.h"
#include "base/limits.h"
#include "trail/trail_advice.h"
#include "trail/trail_timeline.h"

static const char *const kind_words[] = {
    [SUBJECT_KEY] = "key", [SUBJECT_USER] = "user", [SUBJECT_PRINCIPAL] = "principal"
};
static const char *const severity_words[] = { "low", "medium", "high", "critical" };

/* An object or array of the line that is made; a failure to add to it, for want of memory, is the
 * whole line's. */
struct node {
    cJSON *json; /* NULL: it could not be made */
    bool *failed;
};

/* --- members --- */

static void put(struct node object, const char *key, cJSON *value)
{
    if (value && cJSON_AddItemToObject(object.json, key, value))
        return;
    cJSON_Delete(value);
    *object.failed = true;
}

static void put_text(struct node object, const char *key, const char *text)
{
    put(object, key, text && text[0] ? cJSON_CreateString(text) : cJSON_CreateNull());
}

static void put_time(struct node object, const char *key, int64_t time)
{
    struct buf text = { 0 };

    if (time != RECORD_NO_TIME)
        record_time_text(&text, time);
    *object.failed |= buf_status(&text) != STATUS_OK;
    put_text(object, key, buf_cstr(&text));
    buf_release(&text);
}

static void put_number(struct node object, const char *key, uint64_t number)
{
    put(object, key, cJSON_CreateNumber((double)number));
}

static void put_bool(struct node object, const char *key, bool value)
{
    put(object, key, cJSON_CreateBool(value));
}

/* A member that is `inner`, empty, and is filled in from now on. */
static struct node put_node(struct node object, const char *key, cJSON *inner)
{
    put(object, key, inner);
    return (struct node){ *object.failed ? NULL : inner, object.failed };
}

/* The same at the end of an array. */
static struct node add_node(struct node array, cJSON *inner)
{
    bool added = inner && cJSON_AddItemToArray(array.json, inner);

    if (!added) {
        cJSON_Delete(inner);
        *array.failed = true;
    }
    return (struct node){ added ? inner : NULL, array.failed };
}

/* --- objects --- */

static struct node new_line(const char *type, bool *failed)
{
    struct node line = { cJSON_CreateObject(), failed };

    *failed = false;
    put_text(line, "type", type);
    return line;
}

/* What the caller gets: all of it or nothing. */
static cJSON *whole(struct node line)
{
    if (!*line.failed)
        return line.json;
    cJSON_Delete(line.json);
    return NULL;
}

static const char *subject_id(const struct follow *follow, uint32_t index)
{
    return index == SUBJECT_NONE ? NULL : follow->subjects.list[index].id;
}

static void put_reasons(struct node line, const struct story *story)
{
    struct node array = put_node(line, "indicators", cJSON_CreateArray());

    for (size_t i = 0; i < story->reason_count; i++) {
        const struct reason *reason = &story->reasons[i];
        struct node item = add_node(array, cJSON_CreateObject());

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

static void put_uses(struct node line, const char *key, const char *name,
                     const struct use_list *uses)
{
    struct node array = put_node(line, key, cJSON_CreateArray());

    for (size_t i = 0; i < uses->count; i++) {
        const struct use *use = &uses->list[i];
        struct node item = add_node(array, cJSON_CreateObject());

        put_text(item, name, use->text);
        if (strcmp(name, "address") == 0)
            put_text(item, "country", use->country);
        put_number(item, "calls", use->calls);
        put_number(item, "errors", use->errors);
        put_time(item, "first", use->first);
        put_time(item, "last", use->last);
        if (strcmp(name, "address") == 0 || strcmp(name, "region") == 0)
            put_bool(item, "new", use->fresh);
    }
}

static void put_derived(struct node line, const struct story *story)
{
    struct node array = put_node(line, "derived", cJSON_CreateArray());

    for (size_t i = 0; i < story->descendant_count; i++) {
        const struct subject *subject = &story->follow->subjects.list[story->descendants[i]];
        struct node item = add_node(array, cJSON_CreateObject());

        put_text(item, "kind", kind_words[subject->kind]);
        put_text(item, "id", subject->id);
        put_text(item, "from", subject_id(story->follow, subject->parent));
        put_text(item, "how", subject->how);
        put_time(item, "made", subject->made);
        put_time(item, "expires", subject->expires);
        put_text(item, "user", subject->user);
        put_text(item, "role", subject->role);
        put_text(item, "state", subject->state);
        put_bool(item, "open", story_is_open(subject, story->follow->ledger.last));
    }
}

static void put_step(struct node line, const struct story *story, const struct step *step)
{
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
    put_bool(line, "looks", timeline_only_looks(step));
    put_text(line, "error", step->error);
    put_text(line, "detail", step->detail);
    put_text(line, "address", step->address);
    put_text(line, "region", step->region);
    put_text(line, "user_agent", step->agent);
    put_number(line, "bytes", step->bytes);
    put_text(line, "event_id", step->first.event_id);
}

cJSON *trail_step_json(const struct story *story, const struct step *step)
{
    bool failed;
    struct node line = new_line("step", &failed);

    put_step(line, story, step);
    return whole(line);
}

static void put_created(struct node line, const struct story *story)
{
    struct node created;

    if (!story->created) {
        put_text(line, "created", NULL);
        return;
    }
    created = put_node(line, "created", cJSON_CreateObject());
    put_text(created, "type", "step");
    put_step(created, story, story->created);
}

static void put_next_steps(struct node line, const struct story *story)
{
    struct node array = put_node(line, "next_steps", cJSON_CreateArray());
    struct buf lines = { 0 };
    char *step, *rest = NULL;

    trail_advice_put(&lines, story);
    buf_byte(&lines, 0);
    *line.failed |= buf_status(&lines) != STATUS_OK;
    step = *line.failed ? NULL : strtok_r((char *)lines.ptr, "\n", &rest);
    for (; step; step = strtok_r(NULL, "\n", &rest))
        add_node(array, cJSON_CreateString(step));
    buf_release(&lines);
}

/* Of "ACCOUNT:NAME" and of an ARN the account, else what the key's id itself tells. */
static void put_account(struct node line, const struct subject *root)
{
    const char *owner = root->kind == SUBJECT_KEY ? root->user : root->id;
    char account[ACCOUNT_SIZE] = "";

    if (strncmp(owner, "arn:", 4) == 0)
        sscanf(owner, "arn:%*[^:]:%*[^:]::%12[0-9]", account);
    else if (!owner[0] || sscanf(owner, "%12[0-9]:", account) != 1)
        account_of(slice_of(root->id), account);
    put_text(line, "account", account);
}

cJSON *trail_story_json(const struct story *story)
{
    const struct subject *root = &story->follow->subjects.list[story->root];
    bool failed;
    struct node line = new_line("trail", &failed);

    put_text(line, "kind", kind_words[root->kind]);
    put_text(line, "id", root->id);
    put_account(line, root);
    put_text(line, "user", root->user);
    put_number(line, "score", story->score);
    put_text(line, "severity", story->reason_count ? severity_words[story->severity] : NULL);
    put_text(line, "state", root->state);
    put_time(line, "state_since", root->state_time);
    put_created(line, story);
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
    put_next_steps(line, story);
    return whole(line);
}

cJSON *trail_error_json(const struct trouble *trouble)
{
    bool failed;
    struct node line = new_line("error", &failed);

    put_text(line, "path", trouble->path);
    put_text(line, "message", trouble->message);
    return whole(line);
}

/* What was left out, by reason, as in a scan's summary. */
static void put_skipped(struct node line, const struct coverage *coverage)
{
    struct node skipped = put_node(line, "skipped", cJSON_CreateObject());

    for (size_t i = 0; i < SKIP_COUNT; i++)
        if (coverage->skipped[i])
            put_number(skipped, skip_name((enum skip)i), coverage->skipped[i]);
}

cJSON *trail_summary_json(const struct trail_report *report)
{
    const struct trail_receipt *r = report->receipt;
    const char *limits[8];
    bool failed;
    struct node line = new_line("summary", &failed), array;

    put_number(line, "stories", report->story_count);
    put_number(line, "files", r->outcome.coverage.files);
    put_number(line, "bytes", r->outcome.coverage.bytes);
    put_number(line, "archives", r->outcome.coverage.archives);
    put_number(line, "objects", r->outcome.coverage.objects);
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
    put_number(line, "unknown", r->unknown);
    put_number(line, "too_long", r->too_long);
    put_number(line, "passes", report->follow->passes);
    put_number(line, "errors", r->outcome.coverage.errors);
    put_skipped(line, &r->outcome.coverage);
    array = put_node(line, "limits", cJSON_CreateArray());
    trail_report_limits(report, limits);
    for (size_t i = 0; limits[i]; i++)
        add_node(array, cJSON_CreateString(limits[i]));
    put_bool(line, "complete", trail_report_complete(report));
    return whole(line);
}

/* --- for the page --- */

/* How many steps the stories before `index` leave. */
static size_t room_for_steps(const struct trail_report *report, size_t index)
{
    size_t room = LIMIT_TRAIL_PAGE_STEPS;

    for (size_t i = 0; i < index && room; i++)
        room -= report->stories[i].step_count < room ? report->stories[i].step_count : room;
    return room;
}

cJSON *trail_page_story(const struct trail_report *report, size_t index)
{
    const struct story *story = &report->stories[index];
    size_t room = room_for_steps(report, index);
    size_t count = story->step_count < room ? story->step_count : room;
    cJSON *object = trail_story_json(story);
    bool failed = !object;
    struct node line = { object, &failed }, steps = put_node(line, "steps", cJSON_CreateArray());

    for (size_t i = 0; i < count && !failed; i++)
        add_node(steps, trail_step_json(story, story->steps[i]));
    put_number(line, "steps_left", story->step_count - count);
    return whole(line);
}

cJSON *trail_page_summary(const struct trail_report *report)
{
    const struct outcome *outcome = &report->receipt->outcome;
    cJSON *object = trail_summary_json(report);
    bool failed = !object;
    struct node line = { object, &failed };
    struct node errors = put_node(line, "not_read", cJSON_CreateArray());

    for (size_t i = 0; i < outcome->trouble_count && !failed; i++)
        add_node(errors, trail_error_json(&outcome->troubles[i]));
    put_bool(line, "hunt", report->hunt);
    return whole(line);
}
