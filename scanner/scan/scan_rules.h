/*
 * scan_rules.h - the rules that a command goes by: the built-in ones, a team's own, and changes.
 *
 * Threads: before a ruleset is shared.
 */
#ifndef SCAN_SCAN_RULES_H
#define SCAN_SCAN_RULES_H

#include "detect/ruleset.h"
#include "scan/scan.h"

/*
 * Load the built-in rules and, where it is not NULL, the file `path` behind them, whose anchors and
 * patterns are compiled once to see that they can be used. On success `*out` is the caller's.
 * Returns STATUS_OK, STATUS_IO, STATUS_LIMIT, STATUS_INVALID or STATUS_NOMEM, with a text that
 * names the file.
 */
enum status scan_load_rules(struct ruleset **out, const char *path);

/* Likewise, telling `on_fault` of every mistake, with `*out` as ruleset_read() gives it. */
enum status scan_read_rules(struct ruleset **out, const char *path, ruleset_fault_fn *on_fault,
                            void *ctx);

/*
 * Apply the severities of `request`. STATUS_OK, or STATUS_INVALID where it names a rule, also one
 * that is to be off, that is not there.
 */
enum status scan_adjust_rules(struct ruleset *set, const struct scan_request *request);

#endif
