/*
 * gitlab.c - GitLab's secret detection report, version 15.1.4 of its schema
 * (gitlab-org/security-products/security-report-schemas).
 *
 * No secret enters it, whatever the options say: `raw_source_code_extract` is left out. What only
 * history holds carries its first commit; other findings the id of none, "0000000", as GitLab's own
 * analyzer writes it.
 */
#include <time.h>

#include "base/account.h"
#include "base/printable.h"
#include "base/version.h"
#include "report/advice.h"
#include "report/fingerprint.h"
#include "report/locate.h"
#include "report/record.h"

#define SCHEMA "15.1.4"
#define NO_COMMIT "0000000"

static const char *severity_of(enum severity severity)
{
    static const char *const names[] = {
        [SEVERITY_LOW] = "Low",
        [SEVERITY_MEDIUM] = "Medium",
        [SEVERITY_HIGH] = "High",
        [SEVERITY_CRITICAL] = "Critical",
    };

    return names[severity];
}

static void put_identifier(struct writer *writer, cJSON *list, const char *type, const char *name,
                           const char *value)
{
    cJSON *object = json_element(writer, list);

    json_text(writer, object, "type", type);
    json_text(writer, object, "name", name);
    json_text(writer, object, "value", value);
}

/* The first is what GitLab takes findings together by: the rule. */
static void put_identifiers(struct writer *writer, cJSON *object, size_t index)
{
    const struct finding *finding = &writer->outcome->findings[index];
    cJSON *list = json_array(writer, object, "identifiers");

    put_identifier(writer, list, "leaktrawl_rule_id", finding->rule->id, finding->rule->id);
    put_identifier(writer, list, "leaktrawl_fingerprint", "leaktrawl fingerprint",
                   writer->tally->mentions[index].fingerprint);
}

static void put_commit(struct writer *writer, cJSON *location, const struct finding *finding)
{
    const struct git_origin *git = finding_in_history(finding) ? finding->git : NULL;
    cJSON *commit = json_object(writer, location, "commit");

    json_text(writer, commit, "sha", git && git->first_commit ? git->first_commit : NO_COMMIT);
    if (git && git->author)
        json_text(writer, commit, "author", git->author);
    if (git && git->date)
        json_text(writer, commit, "date", git->date);
}

static void put_location(struct writer *writer, struct locator *locator, cJSON *object,
                         const struct finding *finding)
{
    cJSON *location = json_object(writer, object, "location");
    bool inside;
    const char *path = locator_path(locator, finding, finding->path, &inside);

    printable_text(&writer->scratch, slice_of(path));
    writer->starved |= !*path || buf_status(&writer->scratch);
    json_bytes(writer, location, "file",
               writer->scratch.len ? buf_view(&writer->scratch) : SLICE(""));
    buf_reset(&writer->scratch);
    if (finding->place.line) {
        json_number(writer, location, "start_line", finding->place.line);
        json_number(writer, location, "end_line", finding->place.line);
    }
    put_commit(writer, location, finding);
}

static void put_description(struct writer *writer, cJSON *object, const struct finding *finding)
{
    struct buf *text = &writer->scratch;
    char account[ACCOUNT_SIZE];

    buf_text(text, finding->rule->description);
    if (finding->id.ptr) {
        buf_text(text, ": ");
        printable_text(text, finding->id);
    }
    if (account_of(finding->id, account))
        buf_printf(text, " of account %s", account);
    if (finding_is_past(finding))
        buf_text(text, ", in the history of the repository only");
    writer->starved |= buf_status(text) != STATUS_OK;
    json_bytes(writer, object, "description", buf_view(text));
    buf_reset(text);
}

static cJSON *vulnerability_of(struct writer *writer, struct locator *locator, size_t index)
{
    const struct finding *finding = &writer->outcome->findings[index];
    const struct advice *advice = advice_of(finding->rule->id);
    cJSON *object = cJSON_CreateObject();
    char id[PLACE_ID_SIZE];
    bool inside;

    fingerprint_of_place(finding, locator_path(locator, finding, finding->path, &inside), id);
    json_text(writer, object, "id", id);
    json_text(writer, object, "category", "secret_detection");
    json_text(writer, object, "name", advice->name);
    put_description(writer, object, finding);
    json_text(writer, object, "severity", severity_of(finding->rule->severity));
    json_text(writer, object, "solution", advice->next);
    put_identifiers(writer, object, index);
    put_location(writer, locator, object, finding);
    return object;
}

static void put_program(struct writer *writer, cJSON *scan, const char *key)
{
    cJSON *object = json_object(writer, scan, key);

    json_text(writer, object, "id", "leaktrawl");
    json_text(writer, object, "name", "leaktrawl");
    json_text(writer, object, "version", LEAKTRAWL_VERSION);
    json_text(writer, json_object(writer, object, "vendor"), "name", "leaktrawl");
}

static void put_time(struct writer *writer, cJSON *scan, const char *key, time_t time)
{
    char text[sizeof("-2147483648-01-01T00:00:00")];
    struct tm tm;

    if (!gmtime_r(&time, &tm) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm))
        snprintf(text, sizeof(text), "1970-01-01T00:00:00");
    json_text(writer, scan, key, text);
}

static void put_messages(struct writer *writer, cJSON *scan)
{
    cJSON *list = json_array(writer, scan, "messages");

    for (size_t i = 0; !writer->starved && i < writer->outcome->trouble_count; i++) {
        const struct trouble *trouble = &writer->outcome->troubles[i];
        const char *where = trouble->path ? trouble->path : trouble->target;
        cJSON *message = json_element(writer, list);

        if (where) {
            printable_text(&writer->scratch, slice_of(where));
            buf_text(&writer->scratch, ": ");
        }
        printable_text(&writer->scratch, slice_of(trouble->message));
        json_text(writer, message, "level", "warn");
        json_bytes(writer, message, "value", buf_view(&writer->scratch));
        buf_reset(&writer->scratch);
    }
}

static cJSON *scan_of(struct writer *writer)
{
    cJSON *scan = cJSON_CreateObject();

    put_program(writer, scan, "analyzer");
    put_program(writer, scan, "scanner");
    json_text(writer, scan, "type", "secret_detection");
    put_time(writer, scan, "start_time", writer->options->began);
    put_time(writer, scan, "end_time", writer->options->ended);
    json_text(writer, scan, "status", outcome_complete(writer->outcome) ? "success" : "failure");
    put_messages(writer, scan);
    return scan;
}

enum status gitlab_write(struct writer *writer)
{
    struct locator locator = { 0 };
    enum status status = STATUS_OK;

    buf_text(&writer->line, "{\"version\":\"" SCHEMA "\",\n\"scan\":");
    json_print(writer, scan_of(writer));
    buf_text(&writer->line, ",\n\"vulnerabilities\":[");
    for (size_t i = 0; !status && i < writer->outcome->finding_count; i++) {
        buf_text(&writer->line, i ? ",\n" : "\n");
        json_print(writer, vulnerability_of(writer, &locator, i));
        status = writer_flush(writer);
    }
    buf_text(&writer->line, "]}\n");
    locator_release(&locator);
    return status ? status : writer_flush(writer);
}
