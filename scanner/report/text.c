/*
 * text.c - the report for people: every credential in full once, its first place as one word that
 * terminals and editors open, then where else it stands.
 *
 *     deploy/prod.env:2:21  critical  aws-key-pair  high confidence
 *       id       AKIA...
 *       secret   abcd… (36 hidden) at 3:25
 *       also at  backup/prod.env:2:21
 *
 * Places are text_place.c's, the summary is summary.c's. All foreign text passes through
 * printable_text().
 */
#include "base/account.h"
#include "base/arn.h"
#include "base/number.h"
#include "base/printable.h"
#include "report/remedy.h"
#include "report/text_private.h"

/* Colours of the terminal's own 16, so that they suit any background. */
struct severity_style {
    const char *name, *colour;
};

static const struct severity_style severities[] = {
    [SEVERITY_LOW] = { "low", "\x1b[36m" },
    [SEVERITY_MEDIUM] = { "medium", "\x1b[33m" },
    [SEVERITY_HIGH] = { "high", "\x1b[31m" },
    [SEVERITY_CRITICAL] = { "critical", "\x1b[1;31m" },
};

static const char *const confidences[] = {
    [CONFIDENCE_LOW] = "low",
    [CONFIDENCE_MEDIUM] = "medium",
    [CONFIDENCE_HIGH] = "high",
};

static void put_coloured(struct writer *writer, const char *colour, const char *text)
{
    if (writer->options->colour)
        buf_printf(&writer->line, "%s%s" COLOUR_OFF, colour, text);
    else
        buf_text(&writer->line, text);
}

void text_label(struct writer *writer, const char *label)
{
    buf_printf(&writer->line, "  %-9s", label);
}

/* --- a finding --- */

static void put_id(struct writer *writer, const struct finding *finding)
{
    const char *before = " (";
    char account[ACCOUNT_SIZE];

    text_label(writer, "id");
    printable_text(&writer->line, finding->id);
    if (account_of(finding->id, account)) {
        buf_printf(&writer->line, "%saccount %s", before, account);
        before = ", ";
    }
    if (finding->account_label) {
        buf_text(&writer->line, before);
        printable_text(&writer->line, slice_of(finding->account_label));
        before = ", ";
    }
    if (finding->count > 1) {
        buf_text(&writer->line, before);
        number_put(&writer->line, finding->count);
        buf_text(&writer->line, " places");
        before = ", ";
    }
    buf_text(&writer->line, *before == ',' ? ")\n" : "\n");
}

/* `value`, of which `len` bytes are known to be in all where it is redacted. */
static void put_hidden(struct writer *writer, const struct finding *finding, struct slice value,
                       size_t len)
{
    struct slice shown = writer_shown(writer, finding, value);

    if (!finding->redacted)
        len = value.len;
    printable_text(&writer->line, shown);
    if (shown.len < len)
        buf_printf(&writer->line, "… (%zu hidden)", len - shown.len);
    else if (finding->redacted && !len)
        buf_text(&writer->line, "… (hidden)");
}

/* The secret, and its own place where that is not the line of the id. */
static void put_secret(struct writer *writer, const struct finding *finding)
{
    bool pair = finding->id.ptr != NULL;
    char place[TEXT_PLACE_SIZE];

    text_label(writer, "secret");
    put_hidden(writer, finding, finding->secret, finding->secret_len);
    text_format_place(place, &finding->secret_place);
    if (pair && finding->secret_path) {
        buf_text(&writer->line, " in ");
        printable_text(&writer->line, slice_of(finding->secret_path));
        buf_printf(&writer->line, ":%s", place);
    } else if (pair && finding->secret_place.line != finding->place.line) {
        buf_printf(&writer->line, " at %s", place);
    }
    buf_byte(&writer->line, '\n');
}

static void put_token(struct writer *writer, const struct finding *finding)
{
    text_label(writer, "token");
    put_hidden(writer, finding, finding->token, finding->token_len);
    buf_byte(&writer->line, '\n');
}

/* --- does it work, and what to do --- */

/* "live at 2026-…", "unknown: why". */
static void put_verdict(struct writer *writer, const struct verification *known)
{
    const char *verdict = verdict_names[known->verdict];

    text_label(writer, "status");
    if (known->verdict == VERDICT_LIVE)
        put_coloured(writer, severities[SEVERITY_CRITICAL].colour, verdict);
    else
        buf_text(&writer->line, verdict);
    if (known->checked_at)
        buf_printf(&writer->line, " at %s", known->checked_at);
    if (known->error) {
        buf_text(&writer->line, ": ");
        printable_text(&writer->line, slice_of(known->error));
    }
    buf_byte(&writer->line, '\n');
}

static void put_owner(struct writer *writer, const struct verification *known)
{
    struct arn arn;

    text_label(writer, "owner");
    if (arn_parse(slice_of(known->arn), &arn) && arn.principal != PRINCIPAL_OTHER) {
        buf_text(&writer->line, principal_name(arn.principal));
        if (arn.name.len) {
            buf_byte(&writer->line, ' ');
            printable_text(&writer->line, arn.name);
        }
        buf_text(&writer->line, ", ");
    }
    printable_text(&writer->line, slice_of(known->arn));
    buf_byte(&writer->line, '\n');
}

static void put_remedy(struct writer *writer, const struct finding *finding)
{
    struct buf command = { 0 };
    const char *name;

    for (size_t i = 0; (name = remedy_step(finding, i, &command)); i++) {
        text_label(writer, name);
        printable_text(&writer->line, buf_view(&command));
        buf_byte(&writer->line, '\n');
        writer->starved |= buf_status(&command) != STATUS_OK;
        buf_reset(&command);
    }
    buf_release(&command);
}

static void put_verification(struct writer *writer, const struct finding *finding)
{
    if (!finding->verification)
        return;
    put_verdict(writer, finding->verification);
    if (finding->verification->arn)
        put_owner(writer, finding->verification);
    put_remedy(writer, finding);
}

/* What it lies encoded in: people look for it there. */
static void put_decoded(struct writer *writer, const struct place *place)
{
    for (size_t i = 0; i < place->decoded_count; i++)
        buf_printf(&writer->line, "%s%s", i ? " in " : ", encoded in ",
                   codec_name(place->decoded[place->decoded_count - 1 - i]));
}

static enum status write_finding(struct writer *writer, size_t index)
{
    const struct finding *finding = &writer->outcome->findings[index];
    const struct severity_style *severity = &severities[finding->rule->severity];

    text_place(writer, finding);
    buf_text(&writer->line, "  ");
    put_coloured(writer, severity->colour, severity->name);
    buf_text(&writer->line, "  ");
    printable_text(&writer->line, slice_of(finding->rule->id));
    buf_printf(&writer->line, "  %s confidence", confidences[finding->confidence]);
    put_decoded(writer, &finding->place);
    buf_byte(&writer->line, '\n');
    if (finding->id.ptr)
        put_id(writer, finding);
    if (finding->secret.ptr)
        put_secret(writer, finding);
    if (finding->token.ptr)
        put_token(writer, finding);
    if (finding->git)
        text_history(writer, finding->git);
    if (finding->s3)
        text_object(writer, finding);
    text_other_places(writer, index);
    put_verification(writer, finding);
    buf_byte(&writer->line, '\n');
    return writer_flush(writer);
}

enum status text_write(struct writer *writer)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; !status && i < writer->outcome->finding_count; i++)
        if (writer->tally->mentions[i].first)
            status = write_finding(writer, i);
    if (!status) {
        next_put(writer);
        summary_put(writer);
    }
    return status ? status : writer_flush(writer);
}
