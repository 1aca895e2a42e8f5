/*
 * trail_page.h - the stories as the HTML page, beside the findings that they belong to.
 *
 * May include: base, report, trail, earlier.h. Threads: the main thread.
 */
#ifndef COMMAND_TRAIL_PAGE_H
#define COMMAND_TRAIL_PAGE_H

#include "command/earlier.h"
#include "command/options.h"
#include "trail/trail_report.h"

/* Write the page to `out`, flushed. `earlier` is the report that the keys came from, or NULL.
 * Returns as report_write(). */
enum status trail_page_write(const struct options *options, const struct earlier *earlier,
                             const struct trail_report *report, FILE *out);

#endif
