/* call_text.c - a list of the members that name things, and where a refusal names one. */
#include "trail/call_text.h"

#include <string.h>

#include "base/array.h"

const char *call_request(const struct record *r, const char *path)
{
    const char *text = record_text(r->request, path);

    return text ? text : "";
}

const char *call_response(const struct record *r, const char *path)
{
    const char *text = record_text(r->response, path);

    return text ? text : "";
}

static void append_word(struct buf *out, const char *text)
{
    if (text[0])
        buf_printf(out, "%s%s", out->len ? " " : "", text);
}

/* A call that was refused has often no request in its record, but a message:
 * "... is not authorized to perform: sts:AssumeRole on resource: ARN because ..." */
static void append_refused(struct buf *out, const struct record *r)
{
    static const char before[] = "on resource: ";
    const char *message = record_text(r->json, "errorMessage");
    const char *found = message ? strstr(message, before) : NULL;

    if (found && found[strlen(before)] != '*') {
        found += strlen(before);
        buf_printf(out, "%.*s", (int)strcspn(found, " "), found);
    }
}

void call_detail_put(struct buf *out, const struct record *r)
{
    static const char *const members[] = {
        "userName",
        "roleName",
        "groupName",
        "policyArn",
        "policyName",
        "instanceProfileName",
        "accessKeyId",
        "status",
        "roleArn",
        "name",
        "names",
        "bucketName",
        "secretId",
        "snapshotId",
        "createVolumePermission.add.items.userId",
        "createVolumePermission.add.items.group",
        "dBSnapshotIdentifier",
        "valuesToAdd",
        "imageId",
        "launchPermission.add.items.userId",
        "launchPermission.add.items.group",
        "trailName",
        "detectorId",
        "DeleteFlowLogsRequest.FlowLogId.content",
        "resolverQueryLogConfigId",
        "functionName",
        "modelId",
        "keyId",
        "documentName",
        "target",
        "instanceId",
        "instanceIds",
        "instancesSet.items.instanceId",
        "groupId",
        "ipPermissions.items.ipRanges.items.cidrIp",
    };
    size_t begin = out->len;

    for (size_t i = 0; i < COUNT_OF(members); i++)
        append_word(out, call_request(r, members[i]));
    append_word(out, call_response(r, "accessKey.accessKeyId"));
    append_word(out, call_response(r, "ConsoleLogin"));
    if (out->len == begin)
        append_refused(out, r);
}

void call_text_put(struct buf *out, const struct record *r, const char *detail)
{
    buf_text(out, r->name);
    if (detail[0])
        buf_printf(out, " %s", detail);
    if (r->error[0])
        buf_printf(out, ": %s", r->error);
}
