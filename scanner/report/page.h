/*
 * page.h - the files of page/, as the build embeds them; for html.c alone.
 *
 * Threads: constant data.
 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include <stddef.h>
#include <stdint.h>

extern const uint8_t page_html[], page_css[], page_js[];
extern const size_t page_html_len, page_css_len, page_js_len;

#endif
