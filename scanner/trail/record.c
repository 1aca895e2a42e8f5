/*
 * record.c - cJSON's tree of one record, and the few members of it that everything needs.
 */
#include "trail/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/array.h"

/* A record in JSON in JSON in JSON, and no deeper than this; and so deep in objects and lists. */
enum { WRAPS_MAX = 3, DEPTH_MAX = 16 };

static const char *text_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    return cJSON_IsString(item) ? item->valuestring : "";
}

static const char *first_of(const char *a, const char *b)
{
    return a[0] ? a : b;
}

const char *record_text(const cJSON *json, const char *path)
{
    while (json) {
        size_t len = strcspn(path, ".");
        char name[64];

        if (len >= sizeof(name))
            return NULL;
        memcpy(name, path, len);
        name[len] = 0;
        json = cJSON_GetObjectItemCaseSensitive(json, name);
        if (cJSON_IsArray(json)) /* of a list, its first */
            json = json->child;
        if (!path[len])
            return cJSON_IsString(json) ? json->valuestring : NULL;
        path += len + 1;
    }
    return NULL;
}

/* --- times --- */

static int64_t to_seconds(int year, int month, int day, int hour, int minute, int second)
{
    struct tm tm = { .tm_year = year - 1900,
                     .tm_mon = month - 1,
                     .tm_mday = day,
                     .tm_hour = hour,
                     .tm_min = minute,
                     .tm_sec = second };

    if (year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 ||
        hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
        return RECORD_NO_TIME;
    return (int64_t)timegm(&tm);
}

int64_t record_time(const char *text)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int year, month, day, hour, minute, second;
    char name[4], separator, half[3];
    const char *found;

    if (sscanf(text, "%4d-%2d-%2d%c%2d:%2d:%2d", &year, &month, &day, &separator, &hour, &minute,
               &second) == 7)
        return to_seconds(year, month, day, hour, minute, second);
    if (sscanf(text, "%3s %2d, %4d%*[, ]%2d:%2d:%2d%*[^AP]%2s", name, &day, &year, &hour, &minute,
               &second, half) != 7 ||
        strlen(name) != 3 || !(found = strstr(months, name)) || hour < 1 || hour > 12)
        return RECORD_NO_TIME;
    return to_seconds(year, (int)(found - months) / 3 + 1, day,
                      hour % 12 + (half[0] == 'P' ? 12 : 0), minute, second);
}

void record_time_text(struct buf *out, int64_t time)
{
    time_t seconds = (time_t)time;
    struct tm tm;

    if (time == RECORD_NO_TIME || !gmtime_r(&seconds, &tm))
        buf_text(out, "-");
    else
        buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
                   tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* --- members --- */

/* Behind the last slash of "arn:aws:sts::1:assumed-role/ROLE/SESSION". */
static const char *session_name(const char *arn)
{
    const char *slash = strstr(arn, ":assumed-role/") ? strrchr(arn, '/') : NULL;

    return slash ? slash + 1 : "";
}

static void set_identity(struct record *r)
{
    const cJSON *identity = cJSON_GetObjectItemCaseSensitive(r->json, "userIdentity");
    const cJSON *context = cJSON_GetObjectItemCaseSensitive(identity, "sessionContext");
    const cJSON *issuer = cJSON_GetObjectItemCaseSensitive(context, "sessionIssuer");
    const cJSON *behalf = cJSON_GetObjectItemCaseSensitive(identity, "onBehalfOf");
    const char *arn = text_of(identity, "arn");
    bool is_user = strcmp(text_of(identity, "type"), "IAMUser") == 0;

    r->key = text_of(identity, "accessKeyId");
    r->user = is_user ? text_of(identity, "userName") : "";
    r->user_account = text_of(identity, "accountId");
    r->session = session_name(arn);
    r->principal = strcmp(text_of(identity, "type"), "FederatedUser") == 0
                       ? arn
                       : first_of(text_of(issuer, "arn"), arn);
    r->principal = first_of(r->principal, text_of(identity, "invokedBy"));
    r->principal = first_of(r->principal, text_of(behalf, "userId"));
    r->principal = first_of(r->principal, text_of(identity, "principalId"));
    r->principal = first_of(r->principal, text_of(identity, "userName"));
}

static void set_members(struct record *r)
{
    const cJSON *json = r->json;

    r->time = record_time(text_of(json, "eventTime"));
    r->event_id = text_of(json, "eventID");
    r->name = text_of(json, "eventName");
    r->source = text_of(json, "eventSource");
    r->region = text_of(json, "awsRegion");
    r->address = text_of(json, "sourceIPAddress");
    r->agent = text_of(json, "userAgent");
    r->error = text_of(json, "errorCode");
    r->request = cJSON_GetObjectItemCaseSensitive(json, "requestParameters");
    r->response = cJSON_GetObjectItemCaseSensitive(json, "responseElements");
    set_identity(r);
    r->account = first_of(text_of(json, "recipientAccountId"), r->user_account);
}

/* --- what wraps it --- */

/* One unit while it is looked through. */
struct search {
    record_fn *fn;
    void *ctx;
    unsigned wraps, depth;
    bool others; /* it holds records of other services, which have members of the same names */
    enum record_kind kind;
};

static void search_json(struct search *search, const cJSON *json);

/* Text with JSON in it, as a line of a log: what comes before it is somebody's stamp. */
static void search_text(struct search *search, const char *text)
{
    const char *begin = strchr(text, '{');
    cJSON *json;

    if (!begin || search->wraps == WRAPS_MAX || !strstr(begin, "eventName"))
        return;
    json = cJSON_Parse(begin);
    if (!json && search->kind < RECORD_BROKEN)
        search->kind = RECORD_BROKEN;
    search->wraps++;
    search_json(search, json);
    search->wraps--;
    cJSON_Delete(json);
}

/* Is it an event of S3, DynamoDB or Kinesis, as it goes to a function? Its source is "aws:s3". */
static bool is_others(const cJSON *json)
{
    return strncmp(text_of(json, "eventSource"), "aws:", 4) == 0;
}

static void take_record(struct search *search, const cJSON *json)
{
    struct record record = { .json = json };
    bool insight = strcmp(text_of(json, "eventType"), "AwsCloudTrailInsight") == 0;
    enum record_kind kind = insight ? RECORD_INSIGHT : RECORD_CALL;

    if (is_others(json)) {
        search->others = true;
        return;
    }
    search->kind = kind > search->kind ? kind : search->kind;
    if (insight)
        return;
    set_members(&record);
    search->fn(search->ctx, &record);
}

/* What is in a record is no record: anybody may write it there. */
static void search_json(struct search *search, const cJSON *json)
{
    const cJSON *item;

    if (cJSON_IsString(json)) {
        search_text(search, json->valuestring);
    } else if (cJSON_IsObject(json) && text_of(json, "eventName")[0] &&
               text_of(json, "eventSource")[0] && text_of(json, "eventTime")[0]) {
        take_record(search, json);
    } else if ((cJSON_IsObject(json) || cJSON_IsArray(json)) && search->depth < DEPTH_MAX) {
        search->depth++;
        cJSON_ArrayForEach(item, json) {
            search_json(search, item);
        }
        search->depth--;
    }
}

/* Members of records, and columns of a query's answer as Lake and Athena call them. */
static bool speaks_of_records(struct slice unit)
{
    static const char *const names[] = { "eventVersion", "eventName", "\"eventname\"" };

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (memmem(unit.ptr, unit.len, names[i], strlen(names[i])))
            return true;
    return false;
}

enum record_kind record_read(struct slice unit, record_fn *fn, void *ctx)
{
    cJSON *json = cJSON_ParseWithLength((const char *)unit.ptr, unit.len);
    struct search search = { .fn = fn, .ctx = ctx, .kind = json ? RECORD_NONE : RECORD_BROKEN };

    search_json(&search, json);
    cJSON_Delete(json);
    if (search.kind == RECORD_NONE && !search.others && speaks_of_records(unit))
        return RECORD_UNKNOWN;
    return search.kind;
}
