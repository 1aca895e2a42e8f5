/*
 * sarif.c - SARIF 2.1.0 (OASIS, 27 March 2020) as GitHub code scanning takes it whole.
 *
 * No secret enters it, whatever the options say: it is uploaded. The rules' metadata is
 * sarif_rules.c's; what only the source file tells (UTF-16 columns, GitHub's hash of the line)
 * comes from source.c.
 */
#include "report/sarif.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/account.h"
#include "base/limits.h"
#include "base/printable.h"
#include "report/fingerprint.h"
#include "report/utf16.h"

/* --- where --- */

static uint64_t or_one(uint64_t number)
{
    return number ? number : 1;
}

/* Units of the value as it lies; one where it lies encoded, for then only its start is known. */
static uint64_t width_of(const struct place *place, struct slice value)
{
    return place->decoded_count ? 1 : or_one(utf16_length(value));
}

static void put_physical(struct sarif *sarif, cJSON *location, const struct finding *finding,
                         const char *path, const struct place *place, uint64_t column,
                         struct slice value)
{
    struct writer *writer = sarif->writer;
    cJSON *physical = json_object(writer, location, "physicalLocation");
    cJSON *artifact = json_object(writer, physical, "artifactLocation");
    cJSON *region = json_object(writer, physical, "region");
    bool inside;

    path = locator_path(&sarif->locator, finding, path, &inside);
    writer->starved |= !*path;
    locator_uri(&writer->scratch, path, inside);
    writer->starved |= buf_status(&writer->scratch) != STATUS_OK;
    json_text(writer, artifact, "uri", buf_cstr(&writer->scratch));
    buf_reset(&writer->scratch);
    if (inside)
        json_text(writer, artifact, "uriBaseId", SARIF_ROOT);
    column = or_one(column ? column : place->column);
    json_number(writer, region, "startLine", or_one(place->line));
    json_number(writer, region, "startColumn", column);
    json_number(writer, region, "endLine", or_one(place->line));
    json_number(writer, region, "endColumn", column + width_of(place, value));
}

static void put_locations(struct sarif *sarif, cJSON *result, const struct finding *finding,
                          uint64_t column)
{
    struct writer *writer = sarif->writer;
    struct slice value = finding->id.ptr ? finding->id : finding->secret;
    cJSON *location = json_element(writer, json_array(writer, result, "locations"));

    put_physical(sarif, location, finding, finding->path, &finding->place, column, value);
    if (!finding->id.ptr || !finding->secret.ptr)
        return;
    location = json_element(writer, json_array(writer, result, "relatedLocations"));
    json_number(writer, location, "id", 1);
    put_physical(sarif, location, finding,
                 finding->secret_path ? finding->secret_path : finding->path,
                 &finding->secret_place, 0, finding->secret);
    json_text(writer, json_object(writer, location, "message"), "text", "its secret");
}

/* --- what --- */

/* The first sentence is the alert's title. */
static void put_message(struct sarif *sarif, cJSON *result, const struct finding *finding)
{
    const struct git_origin *git = finding->git;
    struct writer *writer = sarif->writer;
    struct buf *text = &writer->scratch;
    char account[ACCOUNT_SIZE];

    buf_text(text, advice_of(finding->rule->id)->name);
    if (finding->id.ptr) {
        buf_byte(text, ' ');
        printable_text(text, finding->id);
    }
    if (account_of(finding->id, account))
        buf_printf(text, " of account %s", account);
    buf_byte(text, '.');
    if (finding->count > 1)
        buf_printf(text, " It stands in %" PRIu64 " places of this scan.", finding->count);
    if (finding_is_past(finding))
        buf_text(text, " Only the history of the repository holds it.");
    if (git && git->first_commit) {
        buf_printf(text, " In the history since commit %.12s", git->first_commit);
        if (git->date)
            buf_printf(text, " (%.10s)", git->date);
        buf_byte(text, '.');
    }
    buf_printf(text, " %s", advice_of(finding->rule->id)->next);
    json_bytes(writer, json_object(writer, result, "message"), "text", buf_view(text));
    buf_reset(text);
}

static void put_properties(struct sarif *sarif, cJSON *result, const struct finding *finding)
{
    struct writer *writer = sarif->writer;
    cJSON *object = json_object(writer, result, "properties");
    char account[ACCOUNT_SIZE];

    json_text(writer, object, "confidence", confidence_names[finding->confidence]);
    json_bytes(writer, object, "accessKeyId", finding->id);
    json_text(writer, object, "account", account_of(finding->id, account) ? account : NULL);
    json_text(writer, object, "verification", verdict_names[finding_verdict(finding)]);
    json_bool(writer, object, "historyOnly", finding_is_past(finding));
    if (!finding->git)
        return;
    json_text(writer, object, "firstCommit", finding->git->first_commit);
    json_text(writer, object, "lastCommit", finding->git->last_commit);
    json_known(writer, object, "atHead", finding->git->at_head);
    json_known(writer, object, "onRemote", finding->git->on_remote);
}

static cJSON *result_of(struct sarif *sarif, size_t index, const struct source_place *place)
{
    const struct finding *finding = &sarif->writer->outcome->findings[index];
    struct writer *writer = sarif->writer;
    cJSON *result = cJSON_CreateObject();
    cJSON *hashes;

    json_text(writer, result, "ruleId", finding->rule->id);
    json_number(writer, result, "ruleIndex", sarif_rule_index(writer->tally, finding->rule));
    json_text(writer, result, "level", sarif_level(finding->rule->severity));
    put_message(sarif, result, finding);
    put_locations(sarif, result, finding, place->column);
    hashes = json_object(writer, result, "partialFingerprints");
    if (place->hash[0])
        json_text(writer, hashes, "primaryLocationLineHash", place->hash);
    json_text(writer, hashes, "leaktrawl/v1", writer->tally->mentions[index].fingerprint);
    put_properties(sarif, result, finding);
    return result;
}

/* --- which --- */

/* What a result takes of GitHub's 10 MB, gzip: the hashes, ids and names, which do not shrink. */
static size_t weight_of(const struct finding *finding)
{
    return 300 + strlen(finding->path) + (finding->secret_path ? strlen(finding->secret_path) : 0);
}

/* Choose what GitHub's limits leave, the most severe first, in the report's order among equals. */
static void choose(struct sarif *sarif)
{
    const struct outcome *outcome = sarif->writer->outcome;
    size_t count = 0, weight = 0;

    for (int severity = SEVERITY_CRITICAL; severity >= SEVERITY_LOW; severity--) {
        for (size_t i = 0; i < outcome->finding_count; i++) {
            const struct finding *finding = &outcome->findings[i];

            if ((int)finding->rule->severity != severity)
                continue;
            if (finding_is_past(finding) && !sarif->writer->options->sarif_history) {
                sarif->past++;
            } else if (count == SARIF_RESULTS_MAX || weight > SARIF_WEIGHT_MAX) {
                sarif->cut++;
            } else {
                sarif->chosen[i] = true;
                count++;
                weight += weight_of(finding);
            }
        }
    }
}

static enum status write_results(struct sarif *sarif, const struct source_place *places,
                                 size_t from, size_t to)
{
    struct writer *writer = sarif->writer;
    enum status status = STATUS_OK;

    for (size_t i = from; !status && i < to; i++) {
        if (!sarif->chosen[i])
            continue;
        buf_text(&writer->line, sarif->written++ ? ",\n" : "\n");
        json_print(writer, result_of(sarif, i, &places[i - from]));
        status = writer_flush(writer);
    }
    return status;
}

/* One file's findings, [from, to): the file is read for all of them at once. */
static enum status write_file(struct sarif *sarif, size_t from, size_t to)
{
    const struct finding *findings = sarif->writer->outcome->findings;
    struct source_place *places = calloc(to - from, sizeof(*places));
    enum status status;

    if (!places)
        return err_nomem();
    for (size_t i = from; i < to; i++) {
        places[i - from].offset = findings[i].place.offset;
        places[i - from].line = findings[i].place.line;
    }
    if (sarif->writer->options->sources && !finding_in_history(&findings[from]))
        source_fill(findings[from].path, places, to - from);
    status = write_results(sarif, places, from, to);
    free(places);
    return status;
}

static bool same_file(const struct finding *a, const struct finding *b)
{
    return strcmp(a->path, b->path) == 0 && finding_in_history(a) == finding_in_history(b) &&
           a->place.offset <= b->place.offset;
}

enum status sarif_write(struct writer *writer)
{
    const struct outcome *outcome = writer->outcome;
    struct sarif sarif = { .writer = writer };
    enum status status;

    sarif.chosen = calloc(outcome->finding_count + 1, sizeof(*sarif.chosen));
    if (!sarif.chosen)
        return err_nomem();
    choose(&sarif);
    sarif_put_head(&sarif);
    status = writer_flush(writer);
    for (size_t i = 0, end; !status && i < outcome->finding_count; i = end) {
        for (end = i + 1; end < outcome->finding_count &&
                          same_file(&outcome->findings[end - 1], &outcome->findings[end]);
             end++)
            ;
        status = write_file(&sarif, i, end);
    }
    if (!status) {
        sarif_put_tail(&sarif);
        status = writer_flush(writer);
    }
    locator_release(&sarif.locator);
    free(sarif.chosen);
    return status;
}
