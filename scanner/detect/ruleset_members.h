/*
 * ruleset_members.h - what the members of a rule file add to a ruleset, one function for each kind.
 *
 * Each reads the object at `at` into the tables of at->set. A mistake is told of (member.h) and
 * gives STATUS_INVALID, behind which reading goes on; else STATUS_OK or STATUS_NOMEM.
 *
 * May include: base, member.h. Library: cJSON. Threads: those of the ruleset being read.
 */
#ifndef DETECT_RULESET_MEMBERS_H
#define DETECT_RULESET_MEMBERS_H

#include "detect/member.h"

/* ruleset_anchors.c: what Hyperscan looks for. `text` must be a text; hits tell `number`. */
enum status ruleset_add_anchor(const struct at *at, enum engine engine, const cJSON *text,
                               size_t number);
enum status ruleset_add_encoded(const struct at *at, const cJSON *object);
enum status ruleset_add_mark(const struct at *at, const cJSON *object);

/* ruleset_parts.c: kinds of parts, and the forms in which they are found. */
enum status ruleset_add_part(const struct at *at, const cJSON *object);

/* The index of the part called `name`, or SIZE_MAX. */
size_t ruleset_find_part(const struct ruleset *set, const char *name);

/* ruleset_rules.c: rules, which follow all parts, and their examples. */
enum status ruleset_add_rule(const struct at *at, const cJSON *object);

#endif
