/*
 * show.c - the command `show`: the text report of one credential, then its surroundings.
 *
 * A line of context is foreign text that holds secrets, those of this credential and of others. Of
 * each run of characters that a secret could be made of four are left. Where the value does not lie
 * in the file as it is (encoded, escaped, in pieces), its lines are not shown at all.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/printable.h"
#include "command/choices.h"
#include "command/command.h"
#include "command/output.h"
#include "command/say.h"
#include "command/scanning.h"
#include "command/surroundings.h"
#include "report/fingerprint.h"

enum { PREFIX_MIN = 4, LINES_ROUND = 2, LINE_SHOWN = 160, RUN_SHOWN = 4 };

/*
 * Longer runs are hidden: words and names are shorter, or of one case alone. Those that mix both
 * cases with digits or signs of base64 are hidden earlier: a secret may be cut into short pieces.
 */
enum { RUN_PLAIN = 11, MIXED_PLAIN = 5 };

/* --- which --- */

static bool has_id(const struct finding *finding, const char *typed)
{
    return finding->id.ptr && slice_eq(finding->id, slice_of(typed));
}

static bool has_fingerprint(const struct finding *finding, const char *typed)
{
    char fingerprint[FINGERPRINT_SIZE];
    const char *digits = strncmp(typed, "lt1:", 4) ? typed : typed + 4;

    fingerprint_of(finding, fingerprint);
    return strlen(digits) >= PREFIX_MIN && strncmp(fingerprint + 4, digits, strlen(digits)) == 0;
}

/* Put the findings that are meant into `chosen`, which has room for all. */
static enum status choose(const struct outcome *outcome, const char *typed, struct outcome *chosen)
{
    char first[FINGERPRINT_SIZE], other[FINGERPRINT_SIZE];

    for (size_t i = 0; i < outcome->finding_count; i++)
        if (has_id(&outcome->findings[i], typed) || has_fingerprint(&outcome->findings[i], typed))
            chosen->findings[chosen->finding_count++] = outcome->findings[i];
    if (!chosen->finding_count)
        return err_set(STATUS_INVALID,
                       "no credential with the fingerprint or id \"%s\" was found%s", typed,
                       outcome_complete(outcome) ? "" : " in what could be read");
    fingerprint_of(&chosen->findings[0], first);
    /* An id may stand with several secrets, and alone. */
    for (size_t i = 1; i < chosen->finding_count && !has_id(&chosen->findings[i], typed); i++) {
        fingerprint_of(&chosen->findings[i], other);
        if (strcmp(first, other))
            return err_set(STATUS_INVALID, "\"%s\" is not one fingerprint: %s and %s begin so",
                           typed, first, other);
    }
    return STATUS_OK;
}

/* --- what a line may show --- */

static bool is_run(uint8_t c)
{
    return isalnum(c) || (c && strchr("+/_-", c));
}

/* Nothing but capitals, or small letters, and what joins words: a name, and no secret. */
static bool is_name(struct slice run)
{
    bool upper = false, lower = false;

    for (size_t i = 0; i < run.len; i++) {
        if (isdigit(run.ptr[i]) || strchr("+/", run.ptr[i]))
            return false;
        upper |= isupper(run.ptr[i]) != 0;
        lower |= islower(run.ptr[i]) != 0;
    }
    return !(upper && lower);
}

/* Both cases and a digit or a sign of base64, as few words have them and most pieces of secrets. */
static bool is_mixed(struct slice run)
{
    bool upper = false, lower = false, other = false;

    for (size_t i = 0; i < run.len; i++) {
        upper |= isupper(run.ptr[i]) != 0;
        lower |= islower(run.ptr[i]) != 0;
        other |= isdigit(run.ptr[i]) || run.ptr[i] == '+' || run.ptr[i] == '/';
    }
    return upper && lower && other;
}

/* Is it too short to give anything away? */
static bool is_short(struct slice run)
{
    return run.len <= MIXED_PLAIN || (run.len <= RUN_PLAIN && !is_mixed(run));
}

static void put_masked(struct buf *out, struct slice line, struct slice id)
{
    size_t shown = line.len < LINE_SHOWN ? line.len : LINE_SHOWN;

    for (size_t at = 0, end; at < shown; at = end) {
        struct slice run;

        for (end = at; end < line.len && is_run(line.ptr[end]); end++)
            ;
        run = slice_sub(line, at, end);
        if (end == at) {
            end = at + 1;
            while (end < shown && line.ptr[end] >= 0x80)
                end++;
            printable_text(out, slice_sub(line, at, end));
        } else if (is_short(run) || slice_eq(run, id) || is_name(run)) {
            printable_text(out, run);
        } else {
            printable_text(out, slice_sub(run, 0, RUN_SHOWN));
            buf_text(out, "…");
        }
    }
    if (shown < line.len)
        buf_text(out, "…");
    buf_byte(out, '\n');
}

/* --- lines --- */

/* The start of the line that is `count` lines before the one at `at`. */
static size_t lines_before(struct slice text, size_t at, uint64_t *count)
{
    uint64_t passed = 0;

    while (at && text.ptr[at - 1] != '\n')
        at--;
    while (at && passed < *count) {
        at--;
        while (at && text.ptr[at - 1] != '\n')
            at--;
        passed++;
    }
    *count = passed;
    return at;
}

static void put_lines(struct buf *out, const struct finding *finding, const struct extract *extract)
{
    struct slice text = { extract->bytes, extract->len };
    uint64_t last = finding->place.line, before = LINES_ROUND, number;
    size_t at = lines_before(text, (size_t)(finding->place.offset - extract->from), &before);

    if (finding->secret.ptr && !finding->secret_path && finding->secret_place.line > last &&
        finding->secret_place.line < last + 20)
        last = finding->secret_place.line;
    number = finding->place.line - before;
    for (; at < text.len && number <= last + LINES_ROUND; number++) {
        const uint8_t *end = memchr(text.ptr + at, '\n', text.len - at);
        size_t stop = end ? (size_t)(end - text.ptr) : text.len;
        size_t cut = stop > at && text.ptr[stop - 1] == '\r' ? stop - 1 : stop;

        buf_printf(out, "%s %6" PRIu64 "  ", number == finding->place.line ? ">" : " ", number);
        put_masked(out, slice_sub(text, at, cut), finding->id);
        at = stop + 1;
    }
}

static void put_context(struct buf *out, const struct finding *finding,
                        const struct extract *extract)
{
    buf_byte(out, '\n');
    printable_text(out, slice_of(finding->path));
    buf_printf(out, ":%" PRIu64 ":%" PRIu64 "\n", finding->place.line, finding->place.column);
    if (finding_in_history(finding))
        buf_printf(out, "  in the history: git show %s\n", finding->git->blob);
    if (!extract->len)
        buf_printf(out, "  nothing that could be shown: %s\n", surroundings_missing(finding));
    else if (!surroundings_hold(extract, finding))
        buf_text(out, "  encoded or in pieces: its lines are not shown\n");
    else
        put_lines(out, finding, extract);
}

/*
 * Write the credential whose fingerprint begins with `typed`, with or without "lt1:", or all with
 * that id. STATUS_INVALID where there is none, or several.
 */
static enum status write_shown(const struct outcome *outcome, const struct report_options *report,
                               const struct choices *choices, struct output *output)
{
    struct outcome chosen = { .coverage = outcome->coverage };
    struct extract *extracts = NULL;
    struct buf lines = { 0 };
    enum status status = STATUS_OK;
    size_t places;

    chosen.findings = calloc(outcome->finding_count + 1, sizeof(*chosen.findings));
    if (!chosen.findings)
        status = err_nomem();
    if (!status)
        status = choose(outcome, choices->options.arguments[0], &chosen);
    places = chosen.finding_count < LIMIT_SHOWN_PLACES ? chosen.finding_count : LIMIT_SHOWN_PLACES;
    if (!status && !(extracts = calloc(places, sizeof(*extracts))))
        status = err_nomem();
    if (!status)
        status = surroundings_read(extracts, chosen.findings, places, choices);
    if (!status)
        status = report_write(&chosen, report, output->file);
    for (size_t i = 0; !status && i < places; i++)
        put_context(&lines, &chosen.findings[i], &extracts[i]);
    if (places < chosen.finding_count)
        buf_printf(&lines, "\nand %zu places more\n", chosen.finding_count - places);
    if (!status)
        status = buf_status(&lines);
    if (!status)
        status = output_write(output, buf_view(&lines));
    if (!status)
        status = output_commit(output);
    buf_release(&lines);
    free(chosen.findings);
    free(extracts);
    return status;
}

int command_show(const struct options *options)
{
    struct report_options report = { .colour = wants_colour((enum when)options->colour, 1) };
    struct output output = { 0 };
    struct choices choices;
    struct scan *scan = NULL;
    enum status status = choices_init(&choices, options, true);

    if (!status)
        status = scanning_run(&scan, &choices, false);
    if (!status)
        status = output_open(&output, NULL, false);
    if (!status)
        status = write_shown(scan_outcome(scan), &report, &choices, &output);
    output_release(&output);
    scan_free(scan);
    choices_release(&choices);
    return status ? complain() : EXIT_CLEAN;
}
