/*
 * rules_speed.h - is an anchor or a pattern of a rule file slow?
 *
 * Whatever is measured is measured in time of this thread's processor, the best of some runs, on
 * text from a generator: the same text each time. Bounds are wide: what is refused is slow by a
 * factor, not by a shade. Threads: one at a time.
 */
#ifndef CHECK_RULES_SPEED_H
#define CHECK_RULES_SPEED_H

#include "detect/ruleset.h"

/* What is measured, and what with. */
struct rules_speed {
    const struct ruleset *set;      /* the built-in rules and a team's own behind them */
    const struct ruleset *built_in; /* the first of these alone */
    uint8_t *text;                  /* random text; owned */
    double pass_ms;                 /* of the built-in anchors over it */
};

/*
 * Measure what speed is usual here. `set` (which may be filled in later) and `built_in` must
 * outlive it. Released in any case. STATUS_OK; else STATUS_NOMEM, STATUS_INVALID or
 * STATUS_UNSUPPORTED with a text.
 */
enum status rules_speed_init(struct rules_speed *speed, const struct ruleset *built_in);

void rules_speed_release(struct rules_speed *speed);

/*
 * Try expression `i` of the anchors of speed->set, or the pattern of form `form`. STATUS_OK;
 * STATUS_INVALID where it cannot be used, stands everywhere or is slow, with a text that says where
 * and why; STATUS_NOMEM.
 */
enum status rules_speed_anchor(const struct rules_speed *speed, size_t i);
enum status rules_speed_pattern(const struct rules_speed *speed, size_t form);

#endif
