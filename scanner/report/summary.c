/* summary.c - the last lines for people: what to do, what was found, and what was left out. */
#include <inttypes.h>

#include "base/array.h"
#include "base/number.h"
#include "base/printable.h"
#include "report/advice.h"
#include "report/formats.h"

#define COLOUR_WARNING "\x1b[1;31m"
#define COLOUR_OFF "\x1b[0m"

/* A thing that is counted: its name for one, and for every other number. */
struct noun {
    const char *rule; /* what rule's findings it names, else NULL */
    const char *one, *many;
};

/* In the order that they are told. Rules that are not here go by their id. */
static const struct noun kinds[] = {
    { "aws-key-pair", "key pair", "key pairs" },
    { "aws-session-credentials", "set of session credentials", "sets of session credentials" },
    { "aws-secret-access-key", "lone secret key", "lone secret keys" },
    { "aws-access-key-id", "lone key id", "lone key ids" },
};

static const struct noun skips[SKIP_COUNT] = {
    [SKIP_TOO_LARGE] = { NULL, "too large", "too large" },
    [SKIP_UNREADABLE] = { NULL, "unreadable", "unreadable" },
    [SKIP_SYMLINK] = { NULL, "symbolic link", "symbolic links" },
    [SKIP_SPECIAL] = { NULL, "special file", "special files" },
    [SKIP_PSEUDO_FS] = { NULL, "pseudo file system", "pseudo file systems" },
    [SKIP_IGNORED] = { NULL, "ignored", "ignored" },
    [SKIP_MISSING] = { NULL, "missing object", "missing objects" },
    [SKIP_SHALLOW] = { NULL, "commit beyond the clone's depth",
                       "commits beyond the clone's depth" },
    [SKIP_ENCRYPTED] = { NULL, "encrypted", "encrypted" },
    [SKIP_EXCLUDED] = { NULL, "excluded", "excluded" },
    [SKIP_ARCHIVED] = { NULL, "archived object", "archived objects" },
    [SKIP_EMPTY] = { NULL, "empty listing", "empty listings" },
    [SKIP_LIMIT] = { NULL, "limit reached", "limits reached" },
};

/* "", or the separator, before the next of a list. */
static const char *comma(bool *begun)
{
    const char *text = *begun ? ", " : "";

    *begun = true;
    return text;
}

static const struct noun *kind_of(const char *rule)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (strcmp(kinds[i].rule, rule) == 0)
            return &kinds[i];
    return NULL;
}

static void put_found(struct writer *writer)
{
    const struct tally *tally = writer->tally;
    struct buf *line = &writer->line;
    bool begun = false;

    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        for (size_t i = 0; i < tally->rule_count; i++) {
            if (kind_of(tally->rules[i].rule->id) != &kinds[k])
                continue;
            buf_text(line, comma(&begun));
            number_put_of(line, tally->rules[i].credentials, kinds[k].one, kinds[k].many);
        }
    }
    for (size_t i = 0; i < tally->rule_count; i++) {
        const char *rule = tally->rules[i].rule->id;

        if (kind_of(rule))
            continue;
        buf_text(line, comma(&begun));
        number_put(line, tally->rules[i].credentials);
        buf_byte(line, ' ');
        printable_text(line, slice_of(rule));
    }
    if (!begun)
        buf_text(line, "no credentials found");
}

/* What verification told, where it was asked for. */
static void put_verdicts(struct writer *writer)
{
    struct buf *line = &writer->line;
    bool begun = false;

    for (size_t i = VERDICT_UNVERIFIED + 1; i < VERDICT_COUNT; i++) {
        if (!writer->tally->verdicts[i])
            continue;
        buf_text(line, begun ? ", " : " (");
        begun = true;
        number_put(line, writer->tally->verdicts[i]);
        buf_printf(line, " %s", verdict_names[i]);
    }
    if (begun)
        buf_byte(line, ')');
}

static void put_covered(struct writer *writer)
{
    const struct coverage *coverage = &writer->outcome->coverage;
    struct buf *line = &writer->line;
    bool begun = false;

    buf_text(line, " in ");
    if (coverage->files || !(coverage->repositories || coverage->blobs)) {
        buf_text(line, comma(&begun));
        number_put_of(line, coverage->files, "file", "files");
        buf_text(line, " (");
        number_put_size(line, coverage->bytes);
        buf_byte(line, ')');
    }
    if (coverage->objects) {
        buf_text(line, comma(&begun));
        number_put_of(line, coverage->objects, "object of a bucket", "objects of buckets");
    }
    if (coverage->repositories) {
        buf_text(line, comma(&begun));
        number_put_of(line, coverage->repositories, "repository", "repositories");
        buf_text(line, " (");
    } else if (coverage->blobs) {
        buf_text(line, comma(&begun));
    }
    if (coverage->repositories || coverage->blobs)
        number_put_of(line, coverage->blobs, "blob", "blobs");
    if (coverage->repositories)
        buf_byte(line, ')');
}

/* List what was skipped for reasons that are a loss, or for those that are none. False: nothing. */
static bool put_skipped(struct writer *writer, bool loss, const char *before)
{
    const struct coverage *coverage = &writer->outcome->coverage;
    bool begun = false;

    for (size_t i = 0; i < SKIP_COUNT; i++) {
        if (!coverage->skipped[i] || skip_is_loss((enum skip)i) != loss)
            continue;
        if (!begun)
            buf_text(&writer->line, before);
        buf_text(&writer->line, comma(&begun));
        number_put_of(&writer->line, coverage->skipped[i], skips[i].one, skips[i].many);
    }
    return begun;
}

/* Could the key still open something? Nobody needs to deactivate what is gone, or a trap. */
static bool may_work(const struct finding *finding)
{
    enum verdict verdict = finding_verdict(finding);

    return verdict != VERDICT_DEAD && verdict != VERDICT_EXPIRED && verdict != VERDICT_CANARY;
}

void next_put(struct writer *writer)
{
    bool keys = false, files = false;

    for (size_t i = 0; i < writer->outcome->finding_count; i++) {
        const struct finding *finding = &writer->outcome->findings[i];

        keys |= advice_of(finding->rule->id)->close && may_work(finding);
        files |= !finding_in_history(finding);
    }
    if (keys)
        buf_text(&writer->line,
                 "Next: deactivate each key (aws iam update-access-key --status Inactive "
                 "--access-key-id ID),\n"
                 "issue a new one, and see what it did: leaktrawl trail REPORT LOGS.\n");
    if (files)
        buf_text(&writer->line,
                 "No leak? Put leaktrawl:allow in a comment at the end of its line.\n");
    if (keys || files)
        buf_byte(&writer->line, '\n');
}

void summary_put(struct writer *writer)
{
    const struct outcome *outcome = writer->outcome;
    struct buf *line = &writer->line;
    bool skipped;

    if (writer->options->quiet && !outcome->finding_count && outcome_complete(outcome))
        return;
    put_found(writer);
    put_verdicts(writer);
    put_covered(writer);
    if (outcome->coverage.allowed) {
        buf_text(line, "; ");
        number_put(line, outcome->coverage.allowed);
        buf_text(line, " allowed by marks");
    }
    if (outcome->coverage.baselined) {
        buf_text(line, "; ");
        number_put(line, outcome->coverage.baselined);
        buf_text(line, " in the baseline");
    }
    if (outcome->coverage.rules_off) {
        buf_text(line, "; ");
        number_put(line, outcome->coverage.rules_off);
        buf_text(line, " of rules that are off");
    }
    if (outcome->coverage.temporary_ids) {
        buf_text(line, "; ");
        number_put_of(line, outcome->coverage.temporary_ids, "temporary id", "temporary ids");
        buf_text(line, " without a secret");
    }
    for (size_t i = 0; i < writer->options->settings_count; i++) {
        buf_text(line, i ? ", " : "; settings of ");
        printable_text(line, slice_of(writer->options->settings[i]));
    }
    skipped = put_skipped(writer, false, "; skipped ");
    if (!outcome_complete(outcome)) {
        buf_text(line, "; ");
        buf_text(line, writer->options->colour ? COLOUR_WARNING : "");
        buf_text(line, "NOT COMPLETE");
        put_skipped(writer, true, ": ");
        buf_text(line, writer->options->colour ? COLOUR_OFF : "");
    } else if (!skipped) {
        buf_text(line, "; nothing skipped");
    }
    buf_byte(line, '\n');
}
