/*
 * junit.c - JUnit's XML, as Jenkins, GitLab and others read it: a failed test for each finding, an
 * erroneous one for each trouble, and where there is neither one that passed.
 *
 * The form is that of Jenkins' xunit plugin (junit-10.xsd): testsuites, testsuite, testcase.
 */
#include <inttypes.h>

#include "base/account.h"
#include "base/printable.h"
#include "report/advice.h"
#include "report/record.h"

/* Append `s`, foreign bytes, as text of XML or of an attribute. */
static void put_xml(struct writer *writer, struct slice s)
{
    struct buf *safe = &writer->scratch;

    printable_text(safe, s);
    writer->starved |= buf_status(safe) != STATUS_OK;
    for (size_t i = 0; i < safe->len; i++) {
        switch (safe->ptr[i]) {
        case '&':
            buf_text(&writer->line, "&amp;");
            break;
        case '<':
            buf_text(&writer->line, "&lt;");
            break;
        case '>':
            buf_text(&writer->line, "&gt;");
            break;
        case '"':
            buf_text(&writer->line, "&quot;");
            break;
        default:
            buf_byte(&writer->line, safe->ptr[i]);
        }
    }
    buf_reset(safe);
}

static void put_place(struct writer *writer, const struct finding *finding)
{
    put_xml(writer, slice_of(finding->path));
    if (finding->place.line)
        buf_printf(&writer->line, ":%" PRIu64 ":%" PRIu64, finding->place.line,
                   finding->place.column);
    if (finding_is_past(finding)) {
        buf_text(&writer->line, " (history");
        if (finding->git->first_commit)
            buf_printf(&writer->line, ", %.12s", finding->git->first_commit);
        buf_byte(&writer->line, ')');
    }
}

static enum status write_finding(struct writer *writer, size_t index)
{
    const struct finding *finding = &writer->outcome->findings[index];
    const struct advice *advice = advice_of(finding->rule->id);
    struct buf *line = &writer->line;
    char account[ACCOUNT_SIZE];

    buf_text(line, "  <testcase classname=\"");
    put_xml(writer, slice_of(finding->rule->id));
    buf_text(line, "\" name=\"");
    put_place(writer, finding);
    buf_text(line, "\">\n    <failure type=\"");
    buf_printf(line, "%s\" message=\"%s", severity_names[finding->rule->severity], advice->name);
    if (finding->id.ptr) {
        buf_byte(line, ' ');
        put_xml(writer, finding->id);
    }
    buf_text(line, "\">");
    if (account_of(finding->id, account))
        buf_printf(line, "account %s\n", account);
    buf_printf(line, "confidence %s\n%s\n%s</failure>\n  </testcase>\n",
               confidence_names[finding->confidence], writer->tally->mentions[index].fingerprint,
               advice->next);
    return writer_flush(writer);
}

static enum status write_trouble(struct writer *writer, const struct trouble *trouble)
{
    const char *where = trouble->path ? trouble->path : trouble->target;
    struct buf *line = &writer->line;

    buf_text(line, "  <testcase classname=\"coverage\" name=\"");
    put_xml(writer, slice_of(where ? where : "scan"));
    buf_text(line, "\">\n    <error type=\"unread\" message=\"");
    put_xml(writer, slice_of(trouble->message));
    buf_text(line, "\"/>\n  </testcase>\n");
    return writer_flush(writer);
}

enum status junit_write(struct writer *writer)
{
    const struct outcome *outcome = writer->outcome;
    size_t findings = outcome->finding_count, troubles = outcome->trouble_count;
    size_t tests = findings + troubles ? findings + troubles : 1;
    enum status status;

    buf_printf(&writer->line,
               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
               "<testsuites name=\"leaktrawl\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\">\n"
               " <testsuite name=\"leaktrawl\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\">\n",
               tests, findings, troubles, tests, findings, troubles);
    if (!findings && !troubles)
        buf_text(&writer->line,
                 "  <testcase classname=\"coverage\" name=\"no credentials found\"/>\n");
    status = writer_flush(writer);
    for (size_t i = 0; !status && i < findings; i++)
        status = write_finding(writer, i);
    for (size_t i = 0; !status && i < troubles; i++)
        status = write_trouble(writer, &outcome->troubles[i]);
    buf_text(&writer->line, " </testsuite>\n</testsuites>\n");
    return status ? status : writer_flush(writer);
}
