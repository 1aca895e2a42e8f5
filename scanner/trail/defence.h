/*
 * defence.h - rules for other systems that tell of the next time.
 *
 * May include: base, indicators. Threads: pure.
 */
#ifndef TRAIL_DEFENCE_H
#define TRAIL_DEFENCE_H

#include "base/buf.h"
#include "trail/indicators.h"

/*
 * A CloudFormation template: the EventBridge rule DetectUserChange, which sends AttachUserPolicy
 * and CreateAccessKey to the SNS topic event-rule-action, and the topic with its policy. IAM's
 * events are in us-east-1 (User Guide of EventBridge, "Events from global services").
 */
void defence_eventbridge(struct buf *out);

/* Every indicator of single records as a Sigma rule (https://sigmahq.io/docs/basics/rules.html), a
 * YAML document each. */
void defence_sigma(struct buf *out, const struct indicators *indicators);

#endif
