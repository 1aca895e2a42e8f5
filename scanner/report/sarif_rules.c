/* sarif_rules.c - the frame of a SARIF run: tool and rules before the results, troubles behind. */
#include <inttypes.h>

#include "base/printable.h"
#include "base/version.h"
#include "report/sarif.h"

const char *sarif_level(enum severity severity)
{
    static const char *const levels[] = {
        [SEVERITY_LOW] = "note",
        [SEVERITY_MEDIUM] = "warning",
        [SEVERITY_HIGH] = "error",
        [SEVERITY_CRITICAL] = "error",
    };

    return levels[severity];
}

size_t sarif_rule_index(const struct tally *tally, const struct rule *rule)
{
    size_t i = 0;

    while (i < tally->rule_count && strcmp(tally->rules[i].rule->id, rule->id))
        i++;
    return i;
}

static void put_text_object(struct writer *writer, cJSON *object, const char *key, const char *text)
{
    json_text(writer, json_object(writer, object, key), "text", text);
}

static void put_rule(struct writer *writer, cJSON *rules, const struct rule *rule)
{
    const struct advice *advice = advice_of(rule->id);
    cJSON *object = json_element(writer, rules);
    cJSON *more;

    json_text(writer, object, "id", rule->id);
    json_text(writer, object, "name", rule->id);
    put_text_object(writer, object, "shortDescription", advice->name);
    put_text_object(writer, object, "fullDescription", rule->description);
    put_text_object(writer, object, "help", advice->next);
    more = json_object(writer, object, "defaultConfiguration");
    json_text(writer, more, "level", sarif_level(rule->severity));
    more = json_object(writer, object, "properties");
    json_text(writer, more, "security-severity", advice_score(rule->severity));
    json_text(writer, more, "precision", rule->severity == SEVERITY_LOW ? "high" : "very-high");
    more = json_array(writer, more, "tags");
    json_add(writer, more, cJSON_CreateString("security"));
    json_add(writer, more, cJSON_CreateString("secrets"));
}

static cJSON *tool_of(struct writer *writer)
{
    cJSON *tool = cJSON_CreateObject();
    cJSON *driver = json_object(writer, tool, "driver");
    cJSON *rules;

    json_text(writer, driver, "name", "leaktrawl");
    json_text(writer, driver, "version", LEAKTRAWL_VERSION);
    json_text(writer, driver, "semanticVersion", LEAKTRAWL_VERSION);
    rules = json_array(writer, driver, "rules");
    for (size_t i = 0; i < writer->tally->rule_count; i++)
        put_rule(writer, rules, writer->tally->rules[i].rule);
    return tool;
}

void sarif_put_head(struct sarif *sarif)
{
    struct writer *writer = sarif->writer;

    buf_text(&writer->line, "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\","
                            "\"version\":\"2.1.0\",\"runs\":[{\"tool\":");
    json_print(writer, tool_of(writer));
    buf_text(&writer->line,
             ",\n\"automationDetails\":{\"id\":\"leaktrawl/\"},\"columnKind\":\"utf16CodeUnits\","
             "\"originalUriBaseIds\":{\"" SARIF_ROOT
             "\":{\"description\":{\"text\":\"The repository's root.\"}}},\n\"results\":[");
}

static cJSON *note_of(struct writer *writer, cJSON *notes, const char *level)
{
    cJSON *note = json_element(writer, notes);

    json_text(writer, note, "level", level);
    return json_object(writer, note, "message");
}

static void put_trouble(struct writer *writer, cJSON *notes, const struct trouble *trouble)
{
    const char *where = trouble->path ? trouble->path : trouble->target;

    if (where) {
        printable_text(&writer->scratch, slice_of(where));
        buf_text(&writer->scratch, ": ");
    }
    printable_text(&writer->scratch, slice_of(trouble->message));
    json_bytes(writer, note_of(writer, notes, "error"), "text", buf_view(&writer->scratch));
    buf_reset(&writer->scratch);
}

static void put_left_out(struct writer *writer, cJSON *notes, const char *level, size_t count,
                         const char *why)
{
    if (count)
        json_printf(writer, note_of(writer, notes, level), "text", "%zu finding%s left out: %s.",
                    count, count == 1 ? " is" : "s are", why);
}

static void put_notes(struct sarif *sarif, cJSON *notes)
{
    const struct outcome *outcome = sarif->writer->outcome;
    struct writer *writer = sarif->writer;
    uint64_t told =
        outcome->trouble_count < SARIF_NOTES_MAX ? outcome->trouble_count : SARIF_NOTES_MAX;

    for (size_t i = 0; i < told; i++)
        put_trouble(writer, notes, &outcome->troubles[i]);
    if (outcome->coverage.errors > told)
        json_printf(writer, note_of(writer, notes, "error"), "text", "and %" PRIu64 " errors more",
                    outcome->coverage.errors - told);
    put_left_out(writer, notes, "warning", sarif->cut,
                 "beyond what GitHub takes in one run; other formats hold all of them");
    put_left_out(writer, notes, "note", sarif->past,
                 "held by the history of the repository alone; see --sarif-history");
}

void sarif_put_tail(struct sarif *sarif)
{
    struct writer *writer = sarif->writer;
    cJSON *invocation = cJSON_CreateObject();

    json_bool(writer, invocation, "executionSuccessful", outcome_complete(writer->outcome));
    put_notes(sarif, json_array(writer, invocation, "toolExecutionNotifications"));
    buf_text(&writer->line, "],\n\"invocations\":[");
    json_print(writer, invocation);
    buf_text(&writer->line, "]}]}\n");
}
