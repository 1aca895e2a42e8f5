/*
 * html_private.h - what html.c and html_table.c share; for them alone.
 */
#ifndef REPORT_HTML_PRIVATE_H
#define REPORT_HTML_PRIVATE_H

#include "report/formats.h"

/* Append foreign bytes as text of HTML or of a quoted attribute. */
void html_put(struct writer *writer, struct slice s);

/* Write all findings and stories as tables, for browsers without scripts. Returns as
 * writer_flush(). */
enum status html_table_write(struct writer *writer);

#endif
