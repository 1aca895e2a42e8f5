/*
 * text.c - the report for people: by file, every credential in full once, then where else it
 * stands.
 *
 *     deploy/prod.env
 *       2:21  critical  aws-key-pair  high confidence
 *             id       AKIA...
 *             secret   abcd… (36 hidden) at 3:25
 *             also at  backup/prod.env:2:21
 *
 * All foreign text passes through printable_text(). The summary is summary.c's.
 */
#include <inttypes.h>

#include "base/account.h"
#include "base/arn.h"
#include "base/printable.h"
#include "report/formats.h"
#include "report/remedy.h"

/* Other places of a credential that are listed; the rest is a number. */
enum { PLACES_LISTED = 5, COMMIT_DIGITS = 12, DATE_LEN = 10, SEVERITY_WIDTH = 8 };

/* Colours of the terminal's own 16, so that they suit any background. */
#define COLOUR_PATH "\x1b[1;35m"
#define COLOUR_PLACE "\x1b[32m"
#define COLOUR_OFF "\x1b[0m"

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

/* The start of a line below a finding, under its rule. */
static void put_label(struct writer *writer, int indent, const char *label)
{
    buf_printf(&writer->line, "%*s%-9s", indent, "", label);
}

/* --- headings --- */

/* "path (history)", with the repository where the scan held more than the target itself. */
static void put_origin(struct writer *writer, const struct finding *finding)
{
    const struct git_origin *git = finding->git;
    bool message = git->kind && strcmp(git->kind, "blob");

    buf_text(&writer->line, *finding->path ? " (" : "(");
    if (message) {
        buf_text(&writer->line, "message of ");
        printable_text(&writer->line, slice_of(git->kind));
        buf_printf(&writer->line, " %.*s", COMMIT_DIGITS, git->blob ? git->blob : "");
    } else {
        buf_text(&writer->line, "history");
    }
    if (git->repository) {
        buf_text(&writer->line, message ? " in " : " of ");
        printable_text(&writer->line, slice_of(git->repository));
    }
    buf_byte(&writer->line, ')');
}

static void put_heading(struct writer *writer, const struct finding *finding)
{
    if (writer->options->colour)
        buf_text(&writer->line, COLOUR_PATH);
    printable_text(&writer->line, slice_of(finding->path));
    if (writer->options->colour)
        buf_text(&writer->line, COLOUR_OFF);
    if (finding_in_history(finding))
        put_origin(writer, finding);
    buf_byte(&writer->line, '\n');
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Do both stand beneath one heading? */
static bool same_heading(const struct finding *a, const struct finding *b)
{
    if (!same_text(a->target, b->target) || strcmp(a->path, b->path) ||
        finding_in_history(a) != finding_in_history(b))
        return false;
    if (!finding_in_history(a))
        return true;
    return same_text(a->git->repository, b->git->repository) &&
           same_text(a->git->kind, b->git->kind) &&
           (same_text(a->git->kind, "blob") || same_text(a->git->blob, b->git->blob));
}

/* --- a finding --- */

static void format_place(char out[static 48], const struct place *place)
{
    if (place->line)
        snprintf(out, 48, "%" PRIu64 ":%" PRIu64, place->line, place->column);
    else
        snprintf(out, 48, "-");
}

static void put_id(struct writer *writer, const struct finding *finding, int indent)
{
    const char *before = " (";
    char account[ACCOUNT_SIZE];

    put_label(writer, indent, "id");
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
        writer_number(&writer->line, finding->count);
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
static void put_secret(struct writer *writer, const struct finding *finding, int indent)
{
    bool pair = finding->id.ptr != NULL;
    char place[48];

    put_label(writer, indent, "secret");
    put_hidden(writer, finding, finding->secret, finding->secret_len);
    format_place(place, &finding->secret_place);
    if (pair && finding->secret_path) {
        buf_text(&writer->line, " in ");
        printable_text(&writer->line, slice_of(finding->secret_path));
        buf_printf(&writer->line, ":%s", place);
    } else if (pair && finding->secret_place.line != finding->place.line) {
        buf_printf(&writer->line, " at %s", place);
    }
    buf_byte(&writer->line, '\n');
}

static void put_token(struct writer *writer, const struct finding *finding, int indent)
{
    put_label(writer, indent, "token");
    put_hidden(writer, finding, finding->token, finding->token_len);
    buf_byte(&writer->line, '\n');
}

/* Who brought it in and when, and whether it is still to be seen. */
static void put_history(struct writer *writer, const struct git_origin *git, int indent)
{
    static const char *const head[] = {
        [KNOWN_NO] = "; gone from HEAD",
        [KNOWN_YES] = "; still at HEAD",
        [KNOWN_NOT] = "",
    };
    static const char *const remote[] = {
        [KNOWN_NO] = "; on no remote",
        [KNOWN_YES] = "; on a remote",
        [KNOWN_NOT] = "",
    };

    put_label(writer, indent, "since");
    if (git->first_commit)
        buf_printf(&writer->line, "%.*s", COMMIT_DIGITS, git->first_commit);
    else
        buf_printf(&writer->line, "no commit holds object %.*s", COMMIT_DIGITS,
                   git->blob ? git->blob : "");
    if (git->date) {
        struct slice date = slice_of(git->date);

        buf_text(&writer->line, ", ");
        printable_text(&writer->line,
                       slice_sub(date, 0, date.len < DATE_LEN ? date.len : DATE_LEN));
    }
    if (git->author) {
        buf_text(&writer->line, ", ");
        printable_text(&writer->line, slice_of(git->author));
    }
    buf_printf(&writer->line, "%s%s\n", head[git->at_head], remote[git->on_remote]);
}

/* Does `path` name the object already, as it does for one that was read from its bucket? */
static bool names_object(const char *path, const struct s3_origin *s3)
{
    static const char scheme[] = "s3://";
    struct slice rest = slice_of(path);
    struct slice bucket = slice_of(s3->bucket);

    if (!slice_starts(rest, slice_of(scheme)))
        return false;
    rest = slice_sub(rest, sizeof(scheme) - 1, rest.len);
    return slice_starts(rest, bucket) && rest.len > bucket.len && rest.ptr[bucket.len] == '/' &&
           slice_starts(slice_sub(rest, bucket.len + 1, rest.len), s3->key);
}

/* The object that the document is, and its version and date where they are known. */
static void put_object(struct writer *writer, const struct finding *finding, int indent)
{
    const struct s3_origin *s3 = finding->s3;
    bool named = names_object(finding->path, s3);
    const char *before = named ? "" : ", ";

    if (named && !s3->version_id && !s3->last_modified)
        return;
    put_label(writer, indent, "object");
    if (!named) {
        buf_text(&writer->line, "s3://");
        printable_text(&writer->line, slice_of(s3->bucket));
        buf_byte(&writer->line, '/');
        printable_text(&writer->line, s3->key);
    }
    if (s3->version_id) {
        buf_printf(&writer->line, "%sversion ", before);
        printable_text(&writer->line, slice_of(s3->version_id));
        before = ", ";
    }
    if (s3->last_modified) {
        buf_text(&writer->line, before);
        printable_text(&writer->line, slice_of(s3->last_modified));
    }
    buf_byte(&writer->line, '\n');
}

/* --- does it work, and what to do --- */

/* "live at 2026-…", "unknown: why". */
static void put_verdict(struct writer *writer, const struct verification *known, int indent)
{
    const char *verdict = verdict_names[known->verdict];

    put_label(writer, indent, "status");
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

static void put_owner(struct writer *writer, const struct verification *known, int indent)
{
    struct arn arn;

    put_label(writer, indent, "owner");
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

static void put_remedy(struct writer *writer, const struct finding *finding, int indent)
{
    struct buf command = { 0 };
    const char *name;

    for (size_t i = 0; (name = remedy_step(finding, i, &command)); i++) {
        put_label(writer, indent, name);
        printable_text(&writer->line, buf_view(&command));
        buf_byte(&writer->line, '\n');
        writer->starved |= buf_status(&command) != STATUS_OK;
        buf_reset(&command);
    }
    buf_release(&command);
}

static void put_verification(struct writer *writer, const struct finding *finding, int indent)
{
    if (!finding->verification)
        return;
    put_verdict(writer, finding->verification, indent);
    if (finding->verification->arn)
        put_owner(writer, finding->verification, indent);
    put_remedy(writer, finding, indent);
}

/* --- the other places of a credential --- */

/* The label before the first place listed, blanks before the others. */
static void put_place_label(struct writer *writer, int indent, size_t listed)
{
    put_label(writer, indent, listed ? "" : "also at");
}

static void put_mention(struct writer *writer, const struct finding *finding)
{
    char place[48];

    format_place(place, &finding->place);
    printable_text(&writer->line, slice_of(finding->path));
    buf_printf(&writer->line, ":%s", place);
    if (finding_in_history(finding))
        put_origin(writer, finding);
    if (finding->s3 && finding->s3->version_id) {
        buf_text(&writer->line, " (version ");
        printable_text(&writer->line, slice_of(finding->s3->version_id));
        buf_byte(&writer->line, ')');
    }
    buf_byte(&writer->line, '\n');
}

/* The paths that git knows for the object beside the one in the heading; how many there are. */
static size_t put_paths(struct writer *writer, const struct finding *finding, int indent)
{
    size_t count = 0;

    for (size_t i = 0; i < finding->git->path_count; i++) {
        if (strcmp(finding->git->paths[i], finding->path) == 0)
            continue;
        if (count < PLACES_LISTED) {
            put_place_label(writer, indent, count);
            printable_text(&writer->line, slice_of(finding->git->paths[i]));
            buf_text(&writer->line, " (history)\n");
        }
        count++;
    }
    return count;
}

static void put_other_places(struct writer *writer, size_t index, int indent)
{
    const struct finding *findings = writer->outcome->findings;
    const struct mention *mentions = writer->tally->mentions;
    size_t count =
        finding_in_history(&findings[index]) ? put_paths(writer, &findings[index], indent) : 0;
    size_t total = count + mentions[index].more;

    for (size_t i = mentions[index].next; i != TALLY_NONE && count < PLACES_LISTED;
         i = mentions[i].next) {
        put_place_label(writer, indent, count++);
        put_mention(writer, &findings[i]);
    }
    if (total > PLACES_LISTED) {
        put_place_label(writer, indent, PLACES_LISTED);
        buf_printf(&writer->line, "and %zu more place%s\n", total - PLACES_LISTED,
                   total - PLACES_LISTED == 1 ? "" : "s");
    }
}

/* Of the longest LINE:COLUMN and the longest rule beneath a heading. */
struct widths {
    int place, rule;
};

static void widen(struct widths *widths, const struct finding *finding)
{
    int rule = (int)strlen(finding->rule->id);
    char place[48];
    int len;

    format_place(place, &finding->place);
    len = (int)strlen(place);
    widths->place = len > widths->place ? len : widths->place;
    widths->rule = rule > widths->rule ? rule : widths->rule;
}

/* What it lies encoded in: people look for it there. */
static void put_decoded(struct writer *writer, const struct place *place)
{
    for (size_t i = 0; i < place->decoded_count; i++)
        buf_printf(&writer->line, "%s%s", i ? " in " : ", encoded in ",
                   codec_name(place->decoded[place->decoded_count - 1 - i]));
}

static enum status write_finding(struct writer *writer, size_t index, const struct widths *widths)
{
    const struct finding *finding = &writer->outcome->findings[index];
    const struct severity_style *severity = &severities[finding->rule->severity];
    int indent = 2 + widths->place + 2;
    char place[48], padded[64];

    format_place(place, &finding->place);
    snprintf(padded, sizeof(padded), "%-*s", widths->place, place);
    buf_text(&writer->line, "  ");
    put_coloured(writer, COLOUR_PLACE, padded);
    buf_text(&writer->line, "  ");
    snprintf(padded, sizeof(padded), "%-*s", SEVERITY_WIDTH, severity->name);
    put_coloured(writer, severity->colour, padded);
    buf_text(&writer->line, "  ");
    printable_text(&writer->line, slice_of(finding->rule->id));
    buf_printf(&writer->line, "%*s  %s confidence", widths->rule - (int)strlen(finding->rule->id),
               "", confidences[finding->confidence]);
    put_decoded(writer, &finding->place);
    buf_byte(&writer->line, '\n');
    if (finding->id.ptr)
        put_id(writer, finding, indent);
    if (finding->secret.ptr)
        put_secret(writer, finding, indent);
    if (finding->token.ptr)
        put_token(writer, finding, indent);
    if (finding->git)
        put_history(writer, finding->git, indent);
    if (finding->s3)
        put_object(writer, finding, indent);
    put_other_places(writer, index, indent);
    put_verification(writer, finding, indent);
    return writer_flush(writer);
}

/* --- groups --- */

/* The next finding from `from` on that is the first place of its credential; the count at the end.
 */
static size_t next_first(const struct writer *writer, size_t from)
{
    while (from < writer->outcome->finding_count && !writer->tally->mentions[from].first)
        from++;
    return from;
}

/* Write the findings beneath the heading of `start`; `*next` is where the next heading begins. */
static enum status write_group(struct writer *writer, size_t start, size_t *next)
{
    const struct finding *findings = writer->outcome->findings;
    size_t count = writer->outcome->finding_count;
    enum status status = STATUS_OK;
    struct widths widths = { 0 };
    size_t end = start;

    for (; end < count && same_heading(&findings[start], &findings[end]);
         end = next_first(writer, end + 1))
        widen(&widths, &findings[end]);
    put_heading(writer, &findings[start]);
    for (size_t i = start; !status && i < end; i = next_first(writer, i + 1))
        status = write_finding(writer, i, &widths);
    *next = end;
    return status;
}

enum status text_write(struct writer *writer)
{
    enum status status = STATUS_OK;
    size_t i = next_first(writer, 0);

    while (!status && i < writer->outcome->finding_count) {
        status = write_group(writer, i, &i);
        buf_byte(&writer->line, '\n');
    }
    if (!status) {
        next_put(writer);
        summary_put(writer);
    }
    return status ? status : writer_flush(writer);
}
