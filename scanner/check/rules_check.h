/*
 * rules_check.h - is a team's rule file right, fast, and does it find what it says it finds?
 *
 * Threads: the caller's alone.
 */
#ifndef CHECK_RULES_CHECK_H
#define CHECK_RULES_CHECK_H

#include "detect/ruleset.h"

/*
 * Check the rule file at `path` as it is used, behind the built-in rules, and tell `on_mistake` of
 * each mistake ("FILE:LINE:COLUMN: MEMBER: what"): of its form; patterns that PCRE2 or Hyperscan
 * refuses; anchors that are too short, that stand everywhere, or that make the pass over everything
 * several times slower (measured on made-up text); patterns that take too long on text made to be
 * slow; examples that do not hold. `*mistakes` is how many. Returns STATUS_OK where the file could
 * be checked; else STATUS_IO, STATUS_LIMIT, STATUS_UNSUPPORTED or STATUS_NOMEM with a text.
 */
enum status rules_check(const char *path, ruleset_fault_fn *on_mistake, void *ctx,
                        size_t *mistakes);

#endif
