/*
 * record.h - one record of CloudTrail, parsed, in whatever it was exported.
 *
 * Records come as they are, as the string CloudTrailEvent of `aws cloudtrail lookup-events`, as the
 * string message of CloudWatch Logs, as the string eventJson or the object eventData of CloudTrail
 * Lake, and as the detail of EventBridge. Members are those of AWS's "CloudTrail record contents"
 * (CloudTrail User Guide, cloudtrail-event-reference-record-contents) and "userIdentity element".
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
    RECORD_NONE,    /* no record of CloudTrail */
    RECORD_BROKEN,  /* no JSON */
    RECORD_INSIGHT, /* of CloudTrail Insights: nobody's call */
    RECORD_CALL,
};

typedef void record_fn(void *ctx, const struct record *record);

/* Parse `unit` and hand over the record in it, which dies with the call. */
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
