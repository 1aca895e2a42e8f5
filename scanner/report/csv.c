/*
 * csv.c - a table by RFC 4180: a header, CR LF, quotes where they are needed.
 *
 * A field that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, "CSV
 * Injection"). Names that are no UTF-8, and control characters, appear as \xNN.
 */
#include <inttypes.h>

#include "base/account.h"
#include "base/printable.h"
#include "report/record.h"

static const char header[] =
    "rule,severity,confidence,fingerprint,access_key_id,secret_access_key,session_token,value,"
    "account,count,target,path,line,column,decoded,secret_path,secret_line,secret_column,"
    "repository,in_history,first_commit,date,author,last_commit,commits,at_head,on_remote,"
    "s3_uri,version_id,account_label,verification,verified_at,arn,verification_error\r\n";

static bool needs_quotes(struct slice field)
{
    for (size_t i = 0; i < field.len; i++)
        if (memchr("\",\r\n", field.ptr[i], 4))
            return true;
    return false;
}

static bool is_formula(struct slice field)
{
    return field.len && memchr("=+-@\t\r|", field.ptr[0], 7);
}

/* Append one field of safe text and the comma behind it. */
static void put_field(struct writer *writer, struct slice field)
{
    struct buf *line = &writer->line;
    bool quotes = needs_quotes(field);

    if (quotes)
        buf_byte(line, '"');
    if (is_formula(field))
        buf_byte(line, '\'');
    for (size_t i = 0; i < field.len; i++) {
        if (field.ptr[i] == '"')
            buf_byte(line, '"');
        buf_byte(line, field.ptr[i]);
    }
    buf_text(line, quotes ? "\"," : ",");
}

/* The scratch buffer as a field, and the buffer empty. */
static void put_scratch(struct writer *writer)
{
    writer->starved |= buf_status(&writer->scratch) != STATUS_OK;
    put_field(writer, buf_view(&writer->scratch));
    buf_reset(&writer->scratch);
}

static void put_bytes(struct writer *writer, struct slice bytes)
{
    printable_text(&writer->scratch, bytes);
    put_scratch(writer);
}

static void put_text(struct writer *writer, const char *text)
{
    put_bytes(writer, slice_of(text));
}

/* 0 is what is not known, or not there. */
static void put_number(struct writer *writer, uint64_t number)
{
    if (number)
        buf_printf(&writer->scratch, "%" PRIu64, number);
    put_scratch(writer);
}

static void put_known(struct writer *writer, enum known known)
{
    put_text(writer, known == KNOWN_NOT ? NULL : known == KNOWN_YES ? "true" : "false");
}

static void put_secret(struct writer *writer, const struct finding *finding, struct slice value)
{
    struct slice shown = value.ptr ? writer_shown(writer, finding, value) : value;

    printable_text(&writer->scratch, shown);
    if (value.ptr && writer_hides(finding, value, shown))
        buf_text(&writer->scratch, "…");
    put_scratch(writer);
}

static void put_credential(struct writer *writer, const struct finding *finding)
{
    bool key = record_is_key(finding);
    struct slice none = { 0 };
    char account[ACCOUNT_SIZE];

    put_bytes(writer, finding->id);
    put_secret(writer, finding, key ? finding->secret : none);
    put_secret(writer, finding, finding->token);
    put_secret(writer, finding, key ? none : finding->secret);
    put_text(writer, account_of(finding->id, account) ? account : NULL);
    put_number(writer, finding->count);
}

static void put_places(struct writer *writer, const struct finding *finding)
{
    bool pair = finding->id.ptr && finding->secret.ptr;
    const char *secret = finding->secret_path ? finding->secret_path : finding->path;

    put_text(writer, finding->target);
    put_text(writer, finding->path);
    put_number(writer, finding->place.line);
    put_number(writer, finding->place.column);
    for (size_t i = 0; i < finding->place.decoded_count; i++)
        buf_printf(&writer->scratch, "%s%s", i ? " " : "", codec_name(finding->place.decoded[i]));
    put_scratch(writer);
    put_text(writer, pair ? secret : NULL);
    put_number(writer, pair ? finding->secret_place.line : 0);
    put_number(writer, pair ? finding->secret_place.column : 0);
}

static void put_git(struct writer *writer, const struct finding *finding)
{
    static const struct git_origin none = { .at_head = KNOWN_NOT, .on_remote = KNOWN_NOT };
    const struct git_origin *git = finding->git ? finding->git : &none;

    put_text(writer, git->repository);
    put_text(writer, finding_in_history(finding) ? "true" : "false");
    put_text(writer, git->first_commit);
    put_text(writer, git->date);
    put_text(writer, git->author);
    put_text(writer, git->last_commit);
    put_number(writer, git->commits);
    put_known(writer, git->at_head);
    put_known(writer, git->on_remote);
}

static void put_s3(struct writer *writer, const struct s3_origin *s3)
{
    if (s3) {
        buf_printf(&writer->scratch, "s3://%s/", s3->bucket);
        printable_text(&writer->scratch, s3->key);
    }
    put_scratch(writer);
    put_text(writer, s3 ? s3->version_id : NULL);
}

static void put_verification(struct writer *writer, const struct finding *finding)
{
    static const struct verification none = { .verdict = VERDICT_UNVERIFIED };
    const struct verification *known = finding->verification ? finding->verification : &none;

    put_text(writer, finding->account_label);
    put_text(writer, verdict_names[known->verdict]);
    put_text(writer, known->checked_at);
    put_text(writer, known->arn);
    put_text(writer, known->error);
}

static enum status write_finding(struct writer *writer, size_t index)
{
    const struct finding *finding = &writer->outcome->findings[index];

    put_text(writer, finding->rule->id);
    put_text(writer, severity_names[finding->rule->severity]);
    put_text(writer, confidence_names[finding->confidence]);
    put_text(writer, writer->tally->mentions[index].fingerprint);
    put_credential(writer, finding);
    put_places(writer, finding);
    put_git(writer, finding);
    put_s3(writer, finding->s3);
    put_verification(writer, finding);
    if (!buf_status(&writer->line))
        buf_truncate(&writer->line, writer->line.len - 1);
    buf_text(&writer->line, "\r\n");
    return writer_flush(writer);
}

enum status csv_write(struct writer *writer)
{
    enum status status = STATUS_OK;

    buf_text(&writer->line, header);
    status = writer_flush(writer);
    for (size_t i = 0; !status && i < writer->outcome->finding_count; i++)
        status = write_finding(writer, i);
    return status;
}
