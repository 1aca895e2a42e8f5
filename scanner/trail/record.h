/*
 * record.h - one record of CloudTrail, parsed, in whatever it was exported.
 *
 * Records come as they are, or in what they were brought along by, as an object or a string of JSON
 * in it: CloudTrailEvent of `aws cloudtrail lookup-events`, message of CloudWatch Logs, eventJson
 * or eventData of CloudTrail Lake, detail of EventBridge, Message of SNS, Body of SQS, _raw of
 * Splunk, _source of Elasticsearch. So JSON that is no record is looked through for some. Members
 * are those of AWS's "CloudTrail record contents" (CloudTrail User Guide,
 * cloudtrail-event-reference-record-contents) and "userIdentity element".
 *
 * May include: base. Library: cJSON. Threads: pure.
 */
#ifndef TRAIL_RECORD_H
#define TRAIL_RECORD_H

#include <cJSON.h>

#include "base/buf.h"
#include "base/slice.h"

/* A time that is not known. Others are seconds since 1970, UTC. */
#define RECORD_NO_TIME INT64_MIN

/* Texts are never NULL ("" where absent), and live as long as the record does. */
struct record {
    const cJSON *json;
    int64_t time;
    const char *event_id, *name, *source, *region, *address, *agent, *error;
    const char *account; /* in whose log it stands */
    const char
        *principal;   /* ARN of the user, role or root that made the call; else what is known */
    const char *key;  /* its access key id */
    const char *user; /* an IAM user's name; "" for everybody else */
    const char *user_account;
    const char *session; /* a role session's name */
    const cJSON *request, *response;
};

enum record_kind {
    RECORD_NONE,    /* nothing of CloudTrail */
    RECORD_UNKNOWN, /* it speaks of records, and none is found in it */
    RECORD_BROKEN,  /* no JSON */
    RECORD_INSIGHT, /* of CloudTrail Insights: nobody's call */
    RECORD_CALL,
};

typedef void record_fn(void *ctx, const struct record *record);

/* Parse `unit` and hand over each record in it, which dies with the call. What it was: of several
 * kinds the last in their list. */
enum record_kind record_read(struct slice unit, record_fn *fn, void *ctx);

/* The text at `path` ("requestParameters.userName") of `json`, of a list its first entry's; NULL
 * where there is none. */
const char *record_text(const cJSON *json, const char *path);

/* Seconds since 1970 of "2024-05-01T10:00:00Z", of the same with a space and fractions, and of
 * "May 1, 2024 10:00:00 AM", which CloudTrail writes for a session's end. */
int64_t record_time(const char *text);

/* Append a time as RFC 3339; "-" where it is not known. */
void record_time_text(struct buf *out, int64_t time);

#endif
