/*
 * baseline_private.h - the words of a baseline's file, and what reading and keeping one share; for
 * baseline.c and baseline_parse.c.
 *
 * May include: base, baseline.h. Threads: as baseline.h.
 */
#ifndef REPORT_BASELINE_PRIVATE_H
#define REPORT_BASELINE_PRIVATE_H

#include "report/baseline.h"

#define BASELINE_HEADER "leaktrawl baseline "
#define BASELINE_VERSION "1"
#define BASELINE_SALT "salt "
#define BASELINE_EXPIRES "expires="
#define BASELINE_REASON "reason="

/* A new last entry, all of it empty; NULL: memory is out. The order is the caller's to restore. */
struct baseline_entry *baseline_append(struct baseline *baseline);

/* Put the entries into their order. */
void baseline_sort(struct baseline *baseline);

/* Do both name one credential? */
bool baseline_same(const struct baseline_entry *a, const struct baseline_entry *b);

#endif
