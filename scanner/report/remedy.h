/*
 * remedy.h - what to do about a credential that works: commands of the AWS CLI, to be printed and
 * never run.
 *
 * A long-lived key is looked at, switched off and deleted; a session cannot be taken back, so what
 * was issued until it was checked is denied everything, by the policy that the IAM console attaches
 * under the name AWSRevokeOlderSessions ("Revoke IAM role temporary security credentials" in the
 * IAM User Guide).
 *
 * May include: base. Threads: pure.
 */
#ifndef REPORT_REMEDY_H
#define REPORT_REMEDY_H

#include "base/buf.h"
#include "base/finding.h"

/*
 * Append the command of step `step` (from 0) for `finding` to `out`: one line, quoted for a POSIX
 * shell, without its end. Returns what the step is ("look", "stop", "delete", "revoke"), static, or
 * NULL where there is no such step; a finding that is not live, or whose `checked_at` is no time,
 * has none.
 */
const char *remedy_step(const struct finding *finding, size_t step, struct buf *out);

#endif
