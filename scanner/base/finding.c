/* finding.c - the words for what is known of a credential's working. */
#include "base/finding.h"

const char *const verdict_names[VERDICT_COUNT] = {
    [VERDICT_UNVERIFIED] = "unverified", [VERDICT_LIVE] = "live",       [VERDICT_DEAD] = "dead",
    [VERDICT_MISMATCH] = "mismatch",     [VERDICT_EXPIRED] = "expired", [VERDICT_CANARY] = "canary",
    [VERDICT_UNKNOWN] = "unknown",
};
