/*
 * trail_html.c - the report as one page without any script: a chart of who called from where and
 * when, and tables.
 *
 * Foreign text enters as escaped text of HTML alone; the page's policy loads and runs nothing.
 */
#include <errno.h>
#include <inttypes.h>

#include "base/printable.h"
#include "trail/trail_report.h"
#include "trail/trail_timeline.h"

/* Units of the chart, and rows before the rest is only counted. */
enum { CHART_WIDTH = 1000, CHART_LEFT = 180, LANE_HEIGHT = 24, LANES = 16, ROWS_SHOWN = 2000 };

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'\">\n<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<title>leaktrawl: what the keys did</title>\n<style>\n"
    ":root{--ink:#1b1d21;--soft:#5c626c;--paper:#fbfaf8;--line:#e3e1dc;--bad:#b42318;--mark:#"
    "1f5fd1}\n"
    "@media (prefers-color-scheme:dark){:root{--ink:#e8e6e1;--soft:#a5aab3;--paper:#14161a;"
    "--line:#2d3138;--bad:#ff8a7d;--mark:#7fb0ff}}\n"
    "body{margin:2rem auto;max-width:66rem;padding:0 1.5rem;font:100%/1.5 system-ui,sans-serif;"
    "color:var(--ink);background:var(--paper)}\n"
    "table{border-collapse:collapse;width:100%;font-size:.875rem}\n"
    "th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;"
    "border-bottom:1px solid var(--line);overflow-wrap:anywhere}\n"
    "th,.soft{color:var(--soft);font-weight:400}th{white-space:nowrap}.bad{color:var(--bad)}\n"
    "svg{width:100%;height:auto}svg text{font-size:11px;fill:var(--soft)}\n"
    "svg line{stroke:var(--line)}svg .call{stroke:var(--mark);stroke-width:7;stroke-linecap:round;"
    "stroke-opacity:.7}svg .failed{stroke:var(--bad)}\n</style></head><body>\n"
    "<h1>What the keys did</h1>\n";

static void put(struct buf *out, const char *text)
{
    struct buf safe = { 0 };

    printable_text(&safe, slice_of(text));
    for (size_t i = 0; i < safe.len; i++) {
        if (memchr("&<>\"'", safe.ptr[i], 5))
            buf_printf(out, "&#%d;", safe.ptr[i]);
        else
            buf_byte(out, safe.ptr[i]);
    }
    buf_release(&safe);
}

static void put_cell(struct buf *out, const char *text)
{
    buf_text(out, "<td>");
    put(out, text);
}

static void put_time_cell(struct buf *out, int64_t time)
{
    buf_text(out, "<td>");
    timeline_time(out, time);
}

/* Somebody's name, which timeline.h makes safe for terminals, made safe for HTML too. */
static void put_actor_cell(struct buf *out, const struct story *story, const struct step *step)
{
    struct buf name = { 0 };

    timeline_actor(&name, story, step);
    put_cell(out, buf_cstr(&name));
    buf_release(&name);
}

/* --- the chart --- */

static size_t lane_of(const struct story *story, const char *address)
{
    size_t i = 0;

    while (i < story->addresses.count && i < LANES &&
           strcmp(story->addresses.list[i].text, address) != 0)
        i++;
    return i;
}

static double chart_x(const struct story *story, int64_t time)
{
    double span = (double)(story->last - story->first);

    return CHART_LEFT + (span > 0 ? (double)(time - story->first) / span : 0.5) *
                            (CHART_WIDTH - CHART_LEFT - 10);
}

static void put_call(struct buf *out, const struct story *story, const struct step *step)
{
    double y = ((double)lane_of(story, step->address) + 0.5) * LANE_HEIGHT;
    double from = chart_x(story, step->first.time), to = chart_x(story, step->last);

    buf_printf(out,
               "<line class=\"call%s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"><title>",
               step->error[0] ? " failed" : "", from, to + 0.1, y, y);
    timeline_time(out, step->first.time);
    buf_byte(out, ' ');
    put(out, step->name);
    buf_byte(out, ' ');
    put(out, step->detail);
    buf_printf(out, " (%" PRIu64 ")</title></line>\n", step->count);
}

static void put_chart(struct buf *out, const struct story *story)
{
    size_t lanes = story->addresses.count < LANES ? story->addresses.count : LANES;

    buf_printf(
        out, "<svg role=\"img\" aria-label=\"calls by address and time\" viewBox=\"0 0 %d %zu\">\n",
        CHART_WIDTH, (lanes + 1) * LANE_HEIGHT);
    for (size_t i = 0; i < lanes; i++) {
        buf_printf(out, "<text x=\"0\" y=\"%zu\">", i * LANE_HEIGHT + 16);
        put(out, story->addresses.list[i].text);
        buf_printf(out, "</text><line x1=\"%d\" x2=\"%d\" y1=\"%zu\" y2=\"%zu\"/>\n", CHART_LEFT,
                   CHART_WIDTH, (i + 1) * LANE_HEIGHT, (i + 1) * LANE_HEIGHT);
    }
    for (size_t i = 0; i < story->step_count && i < ROWS_SHOWN; i++) {
        const struct step *step = story->steps[i];

        if (step->actor != SUBJECT_NONE && story->mine[step->actor] &&
            step->first.time != RECORD_NO_TIME && lane_of(story, step->address) < lanes)
            put_call(out, story, step);
    }
    buf_printf(out, "<text x=\"%d\" y=\"%zu\">", CHART_LEFT, lanes * LANE_HEIGHT + 16);
    timeline_time(out, story->first);
    buf_printf(out, "</text><text text-anchor=\"end\" x=\"%d\" y=\"%zu\">", CHART_WIDTH,
               lanes * LANE_HEIGHT + 16);
    timeline_time(out, story->last);
    buf_text(out, "</text></svg>\n");
}

/* --- tables --- */

static void put_reasons(struct buf *out, const struct story *story)
{
    buf_text(out, "<h3>Why</h3><table><tr><th>Score<th>Reason<th>Evidence<th>First<th>Times\n");
    for (size_t i = 0; i < story->reason_count; i++) {
        const struct reason *reason = &story->reasons[i];

        buf_printf(out, "<tr><td>%u", reason->indicator->score);
        put_cell(out, reason->indicator->title);
        put_cell(out, reason->evidence);
        put_time_cell(out, reason->first);
        buf_printf(out, "<td>%" PRIu64 "\n", reason->count);
    }
    buf_text(out, "</table>\n");
}

static void put_addresses(struct buf *out, const struct story *story)
{
    buf_text(out, "<h3>Addresses</h3><table><tr><th>Address<th>Country<th>Calls<th>Failed<th>First"
                  "<th>Last<th>\n");
    for (size_t i = 0; i < story->addresses.count && i < ROWS_SHOWN; i++) {
        const struct use *use = &story->addresses.list[i];

        buf_text(out, "<tr>");
        put_cell(out, use->text);
        put_cell(out, use->country);
        buf_printf(out, "<td>%" PRIu64 "<td>%" PRIu64, use->calls, use->errors);
        put_time_cell(out, use->first);
        put_time_cell(out, use->last);
        buf_text(out, use->fresh ? "<td class=\"bad\">new\n" : "<td>\n");
    }
    buf_text(out, "</table>\n");
}

static void put_steps(struct buf *out, const struct story *story)
{
    buf_text(out, "<h3>Timeline (UTC)</h3><table><tr><th>Time<th>Who<th>Call<th>Of what<th>Error"
                  "<th>Address<th>Times\n");
    for (size_t i = 0; i < story->step_count && i < ROWS_SHOWN; i++) {
        const struct step *step = story->steps[i];

        buf_text(out, "<tr>");
        put_time_cell(out, step->first.time);
        put_actor_cell(out, story, step);
        put_cell(out, step->name);
        put_cell(out, step->detail);
        buf_text(out, "<td class=\"bad\">");
        put(out, step->error);
        put_cell(out, step->address);
        buf_printf(out, "<td>%" PRIu64 "\n", step->count);
    }
    buf_text(out, "</table>\n");
    if (story->step_count > ROWS_SHOWN)
        buf_printf(out, "<p class=\"soft\">and %zu more: --format jsonl tells all</p>\n",
                   story->step_count - ROWS_SHOWN);
}

static void put_story(struct buf *out, const struct story *story)
{
    struct buf name = { 0 };

    timeline_subject(&name, &story->follow->subjects.list[story->root]);
    buf_text(out, "<section><h2>");
    put(out, buf_cstr(&name));
    buf_printf(out, "</h2>\n<p>score %u of 100, %" PRIu64 " calls, %" PRIu64 " refused</p>\n",
               story->score, story->calls, story->denied);
    buf_release(&name);
    if (story->calls)
        put_chart(out, story);
    if (story->reason_count)
        put_reasons(out, story);
    if (story->calls)
        put_addresses(out, story);
    if (story->step_count)
        put_steps(out, story);
    buf_text(out, "</section>\n");
}

enum status trail_html_write(const struct trail_report *report, FILE *out)
{
    enum status status = STATUS_OK;

    fputs(head, out);
    for (size_t i = 0; i < report->story_count && !status; i++) {
        struct buf text = { 0 };

        put_story(&text, &report->stories[i]);
        status = buf_status(&text);
        if (!status)
            fwrite(text.ptr, 1, text.len, out);
        buf_release(&text);
    }
    fprintf(out,
            "<p class=\"soft\">%" PRIu64 " record%s in %" PRIu64 " file%s%s</p>\n</body></html>\n",
            report->receipt->records, report->receipt->records == 1 ? "" : "s",
            report->receipt->outcome.coverage.files,
            report->receipt->outcome.coverage.files == 1 ? "" : "s",
            trail_report_complete(report) ? "" : "; not everything was read");
    if (!status && (fflush(out) || ferror(out)))
        status = err_set(STATUS_IO, "%s", strerror(errno));
    return status;
}
