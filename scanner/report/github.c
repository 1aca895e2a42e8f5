/*
 * github.c - workflow commands of GitHub Actions: a finding is an annotation at its line.
 *
 * GitHub shows ten errors, ten warnings and ten notices of a step, so that the most severe come
 * first; the last line is the summary, for the log. Of one credential only the first place is
 * annotated, with the number of the others. (GitHub Docs, "Workflow commands for GitHub Actions";
 * escapes by actions/toolkit, packages/core/src/command.ts.)
 */
#include <inttypes.h>

#include "base/account.h"
#include "base/printable.h"
#include "report/advice.h"
#include "report/locate.h"
#include "report/record.h"

/* Append `s` with what ends a property or a message escaped; `property` adds ':' and ','. */
static void put_escaped(struct writer *writer, struct slice s, bool property)
{
    for (size_t i = 0; i < s.len; i++) {
        if (memchr("%\r\n", s.ptr[i], 3) || (property && memchr(":,", s.ptr[i], 2)))
            buf_printf(&writer->line, "%%%02X", s.ptr[i]);
        else
            buf_byte(&writer->line, s.ptr[i]);
    }
}

/* The scratch buffer, escaped, and the buffer empty. */
static void put_scratch(struct writer *writer, bool property)
{
    writer->starved |= buf_status(&writer->scratch) != STATUS_OK;
    put_escaped(writer, buf_view(&writer->scratch), property);
    buf_reset(&writer->scratch);
}

static const char *command_of(enum severity severity)
{
    return severity >= SEVERITY_HIGH ? "error" : severity == SEVERITY_MEDIUM ? "warning" : "notice";
}

static void put_properties(struct writer *writer, struct locator *locator,
                           const struct finding *finding)
{
    const struct place *place = &finding->place;
    bool inside;
    const char *path = locator_path(locator, finding, finding->path, &inside);

    writer->starved |= !*path;
    buf_printf(&writer->line, "::%s title=", command_of(finding->rule->severity));
    buf_text(&writer->scratch, advice_of(finding->rule->id)->name);
    put_scratch(writer, true);
    if (!inside || finding_is_past(finding))
        return;
    buf_text(&writer->line, ",file=");
    printable_text(&writer->scratch, slice_of(path));
    put_scratch(writer, true);
    if (place->line)
        buf_printf(&writer->line, ",line=%" PRIu64 ",col=%" PRIu64, place->line, place->column);
}

static void put_message(struct writer *writer, size_t index)
{
    const struct finding *finding = &writer->outcome->findings[index];
    size_t more = writer->tally->mentions[index].more;
    struct buf *text = &writer->scratch;
    char account[ACCOUNT_SIZE];

    buf_text(&writer->line, "::");
    printable_text(text, finding->id.ptr ? finding->id : slice_of(finding->rule->id));
    if (account_of(finding->id, account))
        buf_printf(text, " of account %s", account);
    buf_text(text, finding_is_past(finding) ? ", in history only: " : " in ");
    printable_text(text, slice_of(finding->path));
    if (finding->place.line)
        buf_printf(text, ":%" PRIu64 ":%" PRIu64, finding->place.line, finding->place.column);
    if (more)
        buf_printf(text, " and %zu more place%s", more, more == 1 ? "" : "s");
    buf_printf(text, ". %s", advice_of(finding->rule->id)->next);
    put_scratch(writer, false);
    buf_byte(&writer->line, '\n');
}

static enum status write_trouble(struct writer *writer, const struct trouble *trouble)
{
    const char *where = trouble->path ? trouble->path : trouble->target;

    buf_text(&writer->line, "::warning title=leaktrawl could not read everything::");
    if (where) {
        printable_text(&writer->scratch, slice_of(where));
        buf_text(&writer->scratch, ": ");
    }
    printable_text(&writer->scratch, slice_of(trouble->message));
    put_scratch(writer, false);
    buf_byte(&writer->line, '\n');
    return writer_flush(writer);
}

static enum status write_severity(struct writer *writer, struct locator *locator,
                                  enum severity severity)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; !status && i < writer->outcome->finding_count; i++) {
        const struct finding *finding = &writer->outcome->findings[i];

        if (finding->rule->severity != severity || !writer->tally->mentions[i].first)
            continue;
        put_properties(writer, locator, finding);
        put_message(writer, i);
        status = writer_flush(writer);
    }
    return status;
}

enum status github_write(struct writer *writer)
{
    const struct outcome *outcome = writer->outcome;
    struct locator locator = { 0 };
    enum status status = STATUS_OK;

    for (int severity = SEVERITY_CRITICAL; !status && severity >= SEVERITY_LOW; severity--)
        status = write_severity(writer, &locator, (enum severity)severity);
    for (size_t i = 0; !status && i < outcome->trouble_count; i++)
        status = write_trouble(writer, &outcome->troubles[i]);
    locator_release(&locator);
    if (!status)
        summary_put(writer);
    return status ? status : writer_flush(writer);
}
