/* defence.c - a template as it is, and indicators written as YAML. */
#include "trail/defence.h"

static const char eventbridge[] =
    "AWSTemplateFormatVersion: \"2010-09-09\"\n"
    "Description: >-\n"
    "  Tells when a user is given rights or an access key. Deploy it in us-east-1, where IAM's "
    "events\n"
    "  are, in an account with a trail; then subscribe to the topic.\n"
    "Resources:\n"
    "  EventRuleAction:\n"
    "    Type: AWS::SNS::Topic\n"
    "    Properties:\n"
    "      TopicName: event-rule-action\n"
    "  EventRuleActionPolicy:\n"
    "    Type: AWS::SNS::TopicPolicy\n"
    "    Properties:\n"
    "      Topics:\n"
    "        - !Ref EventRuleAction\n"
    "      PolicyDocument:\n"
    "        Version: \"2012-10-17\"\n"
    "        Statement:\n"
    "          - Sid: EventBridgePublishes\n"
    "            Effect: Allow\n"
    "            Principal:\n"
    "              Service: events.amazonaws.com\n"
    "            Action: sns:Publish\n"
    "            Resource: !Ref EventRuleAction\n"
    "            Condition:\n"
    "              ArnEquals:\n"
    "                aws:SourceArn: !GetAtt DetectUserChange.Arn\n"
    "  DetectUserChange:\n"
    "    Type: AWS::Events::Rule\n"
    "    Properties:\n"
    "      Name: DetectUserChange\n"
    "      Description: A user was given rights or an access key\n"
    "      State: ENABLED\n"
    "      EventPattern:\n"
    "        source:\n"
    "          - aws.iam\n"
    "        detail-type:\n"
    "          - AWS API Call via CloudTrail\n"
    "        detail:\n"
    "          eventSource:\n"
    "            - iam.amazonaws.com\n"
    "          eventName:\n"
    "            - AttachUserPolicy\n"
    "            - CreateAccessKey\n"
    "      Targets:\n"
    "        - Id: event-rule-action\n"
    "          Arn: !Ref EventRuleAction\n"
    "Outputs:\n"
    "  TopicArn:\n"
    "    Description: Subscribe to this\n"
    "    Value: !Ref EventRuleAction\n";

void defence_eventbridge(struct buf *out)
{
    buf_text(out, eventbridge);
}

/* A YAML string: in single quotes nothing is special but they. */
static void put_quoted(struct buf *out, const char *text)
{
    buf_byte(out, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            buf_byte(out, '\'');
        buf_byte(out, (uint8_t)*text);
    }
    buf_text(out, "'");
}

static void put_line(struct buf *out, const char *key, const char *text)
{
    buf_printf(out, "%s: ", key);
    put_quoted(out, text);
    buf_byte(out, '\n');
}

static void put_field(struct buf *out, const cJSON *field)
{
    const cJSON *pattern;

    buf_printf(out, "    %s:\n", field->string);
    cJSON_ArrayForEach(pattern, field) {
        buf_text(out, "      - ");
        if (cJSON_IsString(pattern))
            put_quoted(out, pattern->valuestring);
        else
            buf_text(out, "null");
        buf_byte(out, '\n');
    }
}

static void put_rule(struct buf *out, const struct indicator *indicator)
{
    static const char *const levels[] = { "low", "medium", "high", "critical" };
    const cJSON *alternative, *field;
    unsigned n = 0;

    buf_text(out, "---\n");
    put_line(out, "title", indicator->title);
    put_line(out, "id", indicator->uuid);
    buf_text(out, "status: experimental\n");
    buf_printf(out, "description: 'leaktrawl: %s'\n", indicator->id);
    buf_text(out, "references:\n  - ");
    put_quoted(out, indicator->source);
    buf_text(out, "\nauthor: leaktrawl\nlogsource:\n  product: aws\n  service: cloudtrail\n"
                  "detection:\n");
    cJSON_ArrayForEach(alternative, indicator->when) {
        buf_printf(out, "  selection_%u:\n", ++n);
        cJSON_ArrayForEach(field, alternative) {
            put_field(out, field);
        }
    }
    buf_text(out, "  condition: 1 of selection_*\n");
    buf_printf(out, "level: %s\n", levels[indicator->severity]);
}

void defence_sigma(struct buf *out, const struct indicators *indicators)
{
    for (size_t i = 0; i < indicators->count; i++)
        if (indicators->list[i].when)
            put_rule(out, &indicators->list[i]);
}
