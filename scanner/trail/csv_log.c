/*
 * csv_log.c - rows are made into records by cJSON, so that nothing in a value can pass for more
 * than a value.
 */
#include "trail/csv_log.h"

#include <strings.h>

#include "base/array.h"
#include "base/csv.h"
#include "base/limits.h"
#include "trail/struct_text.h"

/* More than the longest name of a column that is looked at has. */
enum { NAME_SIZE = 64 };

enum column_kind {
    COLUMN_RECORD, /* a whole record, as JSON */
    COLUMN_TEXT,
    COLUMN_STRUCT, /* as JSON, or as Athena prints a struct */
    COLUMN_WHO,    /* of userIdentity, as a text */
};

/* A column by its name in small letters and digits, and the member that it becomes. */
struct column {
    const char *name, *member;
    enum column_kind kind;
};

static const struct column columns[] = {
    { "accesskeyid", "accessKeyId", COLUMN_WHO },
    { "accountid", "accountId", COLUMN_WHO },
    { "additionaleventdata", "additionalEventData", COLUMN_STRUCT },
    { "arn", "arn", COLUMN_WHO },
    { "awsaccesskey", "accessKeyId", COLUMN_WHO },
    { "awsregion", "awsRegion", COLUMN_TEXT },
    { "cloudtrailevent", "CloudTrailEvent", COLUMN_RECORD },
    { "errorcode", "errorCode", COLUMN_TEXT },
    { "errormessage", "errorMessage", COLUMN_TEXT },
    { "eventdata", "eventData", COLUMN_RECORD },
    { "eventid", "eventID", COLUMN_TEXT },
    { "eventjson", "eventJson", COLUMN_RECORD },
    { "eventname", "eventName", COLUMN_TEXT },
    { "eventsource", "eventSource", COLUMN_TEXT },
    { "eventtime", "eventTime", COLUMN_TEXT },
    { "eventtype", "eventType", COLUMN_TEXT },
    { "eventversion", "eventVersion", COLUMN_TEXT },
    { "invokedby", "invokedBy", COLUMN_WHO },
    { "principalid", "principalId", COLUMN_WHO },
    { "recipientaccountid", "recipientAccountId", COLUMN_TEXT },
    { "requestparameters", "requestParameters", COLUMN_STRUCT },
    { "responseelements", "responseElements", COLUMN_STRUCT },
    { "sourceipaddress", "sourceIPAddress", COLUMN_TEXT },
    { "type", "type", COLUMN_WHO },
    { "useragent", "userAgent", COLUMN_TEXT },
    { "useridentity", "userIdentity", COLUMN_STRUCT },
    { "username", "userName", COLUMN_WHO },
};

/* The members of userIdentity that Athena and Lake call by small letters. */
static const char *const identity_names[] = {
    "accessKeyId",    "accountId",   "creationDate",   "identityStoreArn",
    "inScopeOf",      "invokedBy",   "issuerType",     "mfaAuthenticated",
    "onBehalfOf",     "principalId", "sessionContext", "sessionIssuer",
    "sourceIdentity", "userId",      "userName",       "webIdFederationData",
};

struct csv_log {
    struct input input;
    struct csv_row row;
    const struct column *columns[CSV_COLUMNS_MAX]; /* NULL: not looked at */
    size_t count;
    bool whole; /* a column holds records: the others are not looked at */
    struct buf line;
    size_t at; /* of line */
    uint64_t broken, too_long;
};

/* --- columns --- */

/* `name` in small letters and without what may part its words; "" where that leaves no name. */
static void make_small(char out[static NAME_SIZE], struct slice name)
{
    size_t len = 0;

    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.ptr[i];

        if (c == ' ' || c == '_' || c == '.')
            continue;
        if (c >= 'A' && c <= 'Z')
            c |= 0x20;
        if (len == NAME_SIZE - 1 || !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) {
            len = 0;
            break;
        }
        out[len++] = (char)c;
    }
    out[len] = 0;
}

/* A member of userIdentity may be called so, or useridentity.so. */
static const struct column *find_column(struct slice name)
{
    static const char prefix[] = "useridentity";
    size_t skip = strlen(prefix);
    char small[NAME_SIZE];

    make_small(small, name);
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        if (strcmp(columns[i].name, small) == 0 ||
            (columns[i].kind == COLUMN_WHO && strncmp(small, prefix, skip) == 0 &&
             strcmp(columns[i].name, small + skip) == 0))
            return &columns[i];
    return NULL;
}

/* What the columns of a table are. */
struct heading {
    bool record, name, source, time, who;
    unsigned known;
};

static struct heading read_heading(struct csv_log *log)
{
    struct heading h = { 0 };

    log->count = log->row.count;
    for (size_t i = 0; i < log->count; i++) {
        const struct column *c = find_column(log->row.values[i]);

        log->columns[i] = c;
        if (!c)
            continue;
        h.known++;
        h.record |= c->kind == COLUMN_RECORD;
        h.who |= c->kind == COLUMN_WHO || strcmp(c->member, "userIdentity") == 0;
        h.name |= strcmp(c->member, "eventName") == 0;
        h.source |= strcmp(c->member, "eventSource") == 0;
        h.time |= strcmp(c->member, "eventTime") == 0;
    }
    log->whole = h.record;
    return h;
}

/* Another system's table may have one or two names in common with it. */
static bool is_cloudtrail(const struct heading *h)
{
    return h->record || (h->known >= 3 && (h->name || h->source));
}

enum status csv_log_look(struct slice head, bool *is)
{
    struct stream stream = stream_of_bytes(&head);
    struct csv_log log = { .row.text.max = CSV_LOG_HEAD_BYTES + 1 };
    struct heading heading = { 0 };
    uint8_t first = head.len ? head.ptr[0] : '{';
    enum status status;

    *is = false;
    if (first == '{' || first == '[') /* JSON, which is what nearly all logs are */
        return STATUS_OK;
    if ((status = input_init(&log.input, &stream)))
        return status;
    input_skip_mark(&log.input);
    if (csv_next(&log.row, &log.input))
        heading = read_heading(&log);
    status = log.row.text.failed == STATUS_NOMEM ? STATUS_NOMEM : STATUS_OK;
    *is = is_cloudtrail(&heading);
    csv_release(&log.row);
    input_release(&log.input);
    return status;
}

enum status csv_log_new(struct csv_log **out, const struct stream *stream)
{
    struct csv_log *log = calloc(1, sizeof(*log));
    enum status status = log ? input_init(&log->input, stream) : err_nomem();
    struct heading h = { 0 };

    if (!status) {
        log->row.text.max = LIMIT_TRAIL_RECORD_BYTES;
        input_skip_mark(&log->input);
        if (csv_next(&log->row, &log->input))
            h = read_heading(log);
        status = log->input.failed ? STATUS_IO : buf_status(&log->row.text);
    }
    if (!status && !h.record && !(h.name && h.source && h.time && h.who))
        status = err_set(STATUS_UNSUPPORTED,
                         "a table of CloudTrail's columns without%s%s%s%s: its rows are not read",
                         h.name ? "" : " eventName", h.source ? "" : " eventSource",
                         h.time ? "" : " eventTime", h.who ? "" : " userIdentity");
    if (status) {
        csv_log_free(log);
        return status;
    }
    *out = log;
    return STATUS_OK;
}

void csv_log_free(struct csv_log *log)
{
    if (!log)
        return;
    csv_release(&log->row);
    input_release(&log->input);
    buf_release(&log->line);
    free(log);
}

uint64_t csv_log_broken(const struct csv_log *log)
{
    return log->broken;
}

uint64_t csv_log_too_long(const struct csv_log *log)
{
    return log->too_long;
}

/* --- rows --- */

static struct slice identity_name(struct slice name)
{
    for (size_t i = 0; i < COUNT_OF(identity_names); i++)
        if (name.len == strlen(identity_names[i]) &&
            strncasecmp((const char *)name.ptr, identity_names[i], name.len) == 0)
            return slice_of(identity_names[i]);
    return name;
}

static enum status add(cJSON *object, const char *name, cJSON *value)
{
    if (value && cJSON_AddItemToObject(object, name, value))
        return STATUS_OK;
    cJSON_Delete(value);
    return err_nomem();
}

/* A value that is JSON, or what is printed for a struct. STATUS_CORRUPT: it is neither. */
static enum status add_struct(cJSON *record, const struct column *column, const char *text,
                              bool *doubtful)
{
    bool who = strcmp(column->member, "userIdentity") == 0;
    cJSON *value = cJSON_ParseWithOpts(text, NULL, true);
    enum status status = STATUS_OK;

    if (!value)
        status = struct_text_read(&value, text, who ? identity_name : NULL, doubtful);
    return status ? status : add(record, column->member, value);
}

static enum status add_who(cJSON *record, const struct column *column, const char *text)
{
    cJSON *who = cJSON_GetObjectItemCaseSensitive(record, "userIdentity");
    enum status status = STATUS_OK;

    if (!who) {
        who = cJSON_CreateObject();
        status = add(record, "userIdentity", who);
    }
    if (!status && cJSON_IsObject(who) && !cJSON_HasObjectItem(who, column->member))
        status = add(who, column->member, cJSON_CreateString(text));
    return status;
}

static enum status add_value(cJSON *record, const struct column *column, const char *text,
                             bool *doubtful)
{
    switch (column->kind) {
    case COLUMN_RECORD:
    case COLUMN_STRUCT:
        return add_struct(record, column, text, doubtful);
    case COLUMN_WHO:
        return add_who(record, column, text);
    default:
        return add(record, column->member, cJSON_CreateString(text));
    }
}

/* Structs come first: what is told of userIdentity apart is only there where it is not. */
static enum status fill(struct csv_log *log, cJSON *record)
{
    enum status status = STATUS_OK;
    bool broken = log->row.count < log->count;

    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < log->row.count && i < log->count && status != STATUS_NOMEM; i++) {
            const struct column *c = log->columns[i];
            const char *text = (const char *)log->row.values[i].ptr;

            if (!c || !text[0] || strcmp(text, "null") == 0 || strcmp(text, "-") == 0 ||
                (log->whole && c->kind != COLUMN_RECORD) || (c->kind == COLUMN_WHO) != round)
                continue;
            status = add_value(record, c, text, &broken);
            broken |= status == STATUS_CORRUPT;
        }
    log->broken += broken;
    return status == STATUS_NOMEM ? status : STATUS_OK;
}

static bool has(const cJSON *record, const char *name)
{
    return cJSON_HasObjectItem(record, name);
}

/* Make a line of the row. A row without what every record has is broken, and leaves none. */
static enum status convert(struct csv_log *log)
{
    cJSON *record = cJSON_CreateObject();
    uint64_t broken = log->broken;
    enum status status = record ? fill(log, record) : err_nomem();
    char *text = NULL;

    if (!status && (log->whole ? !record->child
                               : !has(record, "eventName") || !has(record, "eventSource") ||
                                     !has(record, "eventTime"))) {
        log->broken = broken + 1;
        cJSON_Delete(record);
        return STATUS_OK;
    }
    /* By its version a record is known as one. A query need not have asked for it. */
    if (!status && !log->whole && !has(record, "eventVersion"))
        status = add(record, "eventVersion", cJSON_CreateString("1.0"));
    if (!status && !(text = cJSON_PrintUnformatted(record)))
        status = err_nomem();
    cJSON_Delete(record);
    if (status)
        return status;
    buf_text(&log->line, text);
    buf_byte(&log->line, '\n');
    free(text);
    return buf_status(&log->line);
}

/* The next line; an empty one: the table has ended. */
static enum status next_line(struct csv_log *log)
{
    enum status status = STATUS_OK;

    buf_reset(&log->line);
    log->at = 0;
    while (!status && !log->line.len && csv_next(&log->row, &log->input)) {
        status = buf_status(&log->row.text);
        if (status == STATUS_LIMIT) {
            log->too_long++;
            status = STATUS_OK;
        } else if (!status && (log->row.count > 1 || log->row.values[0].len)) {
            status = convert(log);
        }
    }
    return status ? status : log->input.failed ? STATUS_IO : STATUS_OK;
}

static ssize_t read_lines(void *ctx, uint8_t *out, size_t n)
{
    struct csv_log *log = ctx;

    if (log->at == log->line.len && next_line(log) && !log->line.len)
        return -1;
    if (n > log->line.len - log->at)
        n = log->line.len - log->at;
    if (!n)
        return 0;
    memcpy(out, log->line.ptr + log->at, n);
    log->at += n;
    return (ssize_t)n;
}

struct stream csv_log_stream(struct csv_log *log)
{
    return (struct stream){ read_lines, log };
}
