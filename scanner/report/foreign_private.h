/*
 * foreign_private.h - for foreign.c and foreign_parse.c.
 *
 * May include: base, foreign.h. Threads: as foreign.h.
 */
#ifndef REPORT_FOREIGN_PRIVATE_H
#define REPORT_FOREIGN_PRIVATE_H

#include "report/foreign.h"

/* Put the entries into the order that foreign_names() searches. */
void foreign_sort(struct foreign *foreign);

#endif
