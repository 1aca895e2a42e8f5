/*
 * html_table.c - findings and stories as plain tables, for browsers that run no script.
 */
#include <inttypes.h>

#include "base/account.h"
#include "base/printable.h"
#include "report/html_private.h"
#include "report/record.h"

void html_put(struct writer *writer, struct slice s)
{
    struct buf *safe = &writer->scratch;

    printable_text(safe, s);
    writer->starved |= buf_status(safe) != STATUS_OK;
    for (size_t i = 0; i < safe->len; i++) {
        if (memchr("&<>\"'", safe->ptr[i], 5))
            buf_printf(&writer->line, "&#%d;", safe->ptr[i]);
        else
            buf_byte(&writer->line, safe->ptr[i]);
    }
    buf_reset(safe);
}

/* --- findings --- */

static enum status write_row(struct writer *writer, const struct finding *finding)
{
    struct buf *line = &writer->line;
    char account[ACCOUNT_SIZE];

    buf_printf(line, "<tr><td>%s<td>", severity_names[finding->rule->severity]);
    html_put(writer, slice_of(finding->rule->id));
    buf_text(line, "<td>");
    html_put(writer, finding->id);
    buf_printf(line, "<td>%s<td>", account_of(finding->id, account) ? account : "");
    html_put(writer, slice_of(finding->path));
    if (finding->place.line)
        buf_printf(line, ":%" PRIu64 ":%" PRIu64, finding->place.line, finding->place.column);
    buf_text(line, finding_in_history(finding) ? " (history)<td>" : "<td>");
    if (finding->git)
        html_put(writer, slice_of(finding->git->date));
    buf_byte(line, '\n');
    return writer_flush(writer);
}

static enum status write_findings(struct writer *writer)
{
    enum status status;

    buf_text(&writer->line,
             "<table><thead><tr><th>Severity<th>Rule<th>Key id<th>Account<th>Place<th>First "
             "committed<tbody>\n");
    status = writer_flush(writer);
    for (size_t i = 0; !status && i < writer->outcome->finding_count; i++)
        status = write_row(writer, &writer->outcome->findings[i]);
    buf_text(&writer->line, "</table>");
    return status ? status : writer_flush(writer);
}

/* --- stories --- */

/* A column: its heading, and the member of the objects that stands in it. */
struct column {
    const char *heading, *member;
};

static const struct column reason_columns[] = {
    { "Score", "score" }, { "Reason", "title" }, { "Evidence", "evidence" },
    { "First", "first" }, { "Times", "count" },
};
static const struct column address_columns[] = {
    { "Address", "address" }, { "Country", "country" }, { "Calls", "calls" },
    { "Failed", "errors" },   { "First", "first" },     { "Last", "last" },
};
static const struct column step_columns[] = {
    { "Time", "time" },   { "Who", "by" },          { "Call", "event" },  { "Of what", "detail" },
    { "Error", "error" }, { "Address", "address" }, { "Times", "count" },
};

static void put_member(struct writer *writer, const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    if (cJSON_IsNumber(item))
        buf_printf(&writer->line, "%.0f", item->valuedouble);
    else if (cJSON_IsString(item))
        html_put(writer, slice_of(item->valuestring));
}

/* The objects of the array `name` of `story`, a row each; nothing where there are none. */
static enum status write_rows(struct writer *writer, const cJSON *story, const char *name,
                              const struct column *columns, size_t n)
{
    const cJSON *rows = cJSON_GetObjectItemCaseSensitive(story, name), *row;
    struct buf *line = &writer->line;
    enum status status = STATUS_OK;

    if (!cJSON_GetArraySize(rows))
        return STATUS_OK;
    buf_text(line, "<table><thead><tr>");
    for (size_t i = 0; i < n; i++)
        buf_printf(line, "<th>%s", columns[i].heading);
    buf_text(line, "<tbody>\n");
    cJSON_ArrayForEach(row, rows) {
        buf_text(line, "<tr>");
        for (size_t i = 0; i < n; i++) {
            buf_text(line, "<td>");
            put_member(writer, row, columns[i].member);
        }
        buf_byte(line, '\n');
        if ((status = writer_flush(writer)))
            return status;
    }
    buf_text(line, "</table>\n");
    return status;
}

#define COLUMNS(columns) columns, sizeof(columns) / sizeof((columns)[0])

static enum status write_story(struct writer *writer, const cJSON *story)
{
    struct buf *line = &writer->line;
    enum status status;

    buf_text(line, "<h2>");
    put_member(writer, story, "id");
    buf_text(line, "</h2>\n<p>Score ");
    put_member(writer, story, "score");
    buf_text(line, " of 100, calls: ");
    put_member(writer, story, "calls");
    buf_text(line, ", refused: ");
    put_member(writer, story, "denied");
    buf_text(line, "</p>\n");
    if (!(status = write_rows(writer, story, "indicators", COLUMNS(reason_columns))) &&
        !(status = write_rows(writer, story, "addresses", COLUMNS(address_columns))))
        status = write_rows(writer, story, "steps", COLUMNS(step_columns));
    return status;
}

static enum status write_stories(struct writer *writer)
{
    const struct report_trail *trail = writer->options->trail;
    enum status status = STATUS_OK;

    for (size_t i = 0; !status && i < trail->story_count; i++) {
        cJSON *story = trail->story(trail->ctx, i);

        status = story ? write_story(writer, story) : err_nomem();
        cJSON_Delete(story);
    }
    return status ? status : writer_flush(writer);
}

enum status html_table_write(struct writer *writer)
{
    const struct report_trail *trail = writer->options->trail;
    enum status status = STATUS_OK;

    if (!trail || !trail->alone)
        status = write_findings(writer);
    if (!status && trail)
        status = write_stories(writer);
    return status;
}
