/* resume_record.c - numbers in a line, and a report. */
#include "scan/resume_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"
#include "base/limits.h"
#include "report/report.h"

enum { ID_HEX = 2 * RESUME_ID_BYTES };

/* The numbers of a record, in their order. */
enum { SCOPE, FILES, BYTES, ARCHIVES, TEMPORARY, ALLOWED, SECRETS, LENGTH, NUMBERS };

/* --- reading --- */

/* Numbers divided by spaces. False: there are fewer than `n`. `*rest` is what comes behind. */
static bool read_numbers(const char *text, uint64_t *numbers, size_t n, const char **rest)
{
    for (size_t i = 0; i < n; i++) {
        char *end;

        while (*text == ' ')
            text++;
        if (*text < '0' || *text > '9')
            return false;
        numbers[i] = strtoull(text, &end, 10);
        text = end;
    }
    *rest = text;
    return true;
}

bool resume_head_read(struct resume_head *out, const char *line)
{
    uint64_t numbers[NUMBERS];
    size_t len = strlen(line);

    *out = (struct resume_head){ .length = 0 };
    if (len <= ID_HEX || line[len - 1] != '\n' || line[ID_HEX] != ' ' ||
        !hex_take((struct slice){ (const uint8_t *)line, ID_HEX }, out->id, RESUME_ID_BYTES) ||
        !read_numbers(line + ID_HEX, numbers, NUMBERS, &out->hidden))
        return false;
    out->scope = (uint32_t)numbers[SCOPE];
    out->secrets = numbers[SECRETS];
    out->length = numbers[LENGTH];
    out->counted = (struct coverage){ .objects = 1,
                                      .files = numbers[FILES],
                                      .bytes = numbers[BYTES],
                                      .archives = numbers[ARCHIVES],
                                      .temporary_ids = numbers[TEMPORARY],
                                      .allowed = numbers[ALLOWED] };
    return out->length <= LIMIT_RESUME_RECORD_BYTES;
}

static const struct rule *find_rule(const struct ruleset *set, const char *id)
{
    for (size_t i = 0; i < ruleset_rules(set); i++)
        if (strcmp(ruleset_rule(set, i)->rule.id, id) == 0)
            return &ruleset_rule(set, i)->rule;
    return NULL;
}

/* Read the record's report into `found`, whose findings become findings of this scan. */
static bool take_findings(const struct resume_reading *reading, char *text, size_t len,
                          const char *hidden, struct outcome *found)
{
    FILE *file = fmemopen(text, len, "r");
    bool good = file && !report_read(reading->pool, found, reading->path, file);

    if (file)
        fclose(file);
    for (size_t i = 0; good && i < found->finding_count; i++) {
        struct finding *finding = &found->findings[i];
        uint64_t lengths[2];

        finding->rule = find_rule(reading->set, finding->rule->id);
        finding->target = reading->target;
        good = finding->rule && read_numbers(hidden, lengths, 2, &hidden);
        if (!finding->redacted)
            finding->fingerprint = NULL; /* it is made of the parts, as of any other finding */
        if (good && finding->redacted) {
            finding->secret_len = (size_t)lengths[0];
            finding->token_len = (size_t)lengths[1];
        }
    }
    return good && !found->trouble_count;
}

bool resume_record_take(const struct resume_reading *reading, char *record, size_t bytes,
                        struct outcome *outcome)
{
    struct outcome found = { .every_lone = true };
    char *end = memchr(record, '\n', bytes);
    size_t len = end ? (size_t)(end + 1 - record) : 0;
    char *line = strndup(record, len);
    struct resume_head head;
    bool good = line && resume_head_read(&head, line) && head.length == bytes - len &&
                !(head.secrets && reading->whole_secrets);

    if (good && head.length)
        good = take_findings(reading, record + len, bytes - len, head.hidden, &found);
    for (size_t i = 0; good && i < found.finding_count; i++)
        outcome_add(outcome, &found.findings[i]);
    if (good)
        coverage_add(&outcome->coverage, &head.counted);
    outcome_release(&found);
    free(line);
    return good;
}

/* --- writing --- */

/* The report of what was found, secrets redacted. False: it cannot be had, or is too long. */
static bool make_report(const struct outcome *own, char **text, size_t *len)
{
    struct report_options options = { .format = REPORT_JSONL };
    FILE *file = open_memstream(text, len);
    bool good = file && !report_write(own, &options, file);

    if (file && fclose(file))
        good = false;
    return good && *len <= LIMIT_RESUME_RECORD_BYTES / 2;
}

static void put_head(struct buf *out, const uint8_t id[static RESUME_ID_BYTES], uint32_t scope,
                     const struct outcome *own, size_t len)
{
    const struct coverage *c = &own->coverage;
    bool secrets = false;

    for (size_t i = 0; i < own->finding_count; i++)
        secrets |= own->findings[i].secret.len || own->findings[i].token.len;
    buf_hex(out, id, RESUME_ID_BYTES);
    buf_printf(out,
               " %" PRIu32 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %d %zu",
               scope, c->files, c->bytes, c->archives, c->temporary_ids, c->allowed, secrets, len);
    for (size_t i = 0; i < own->finding_count; i++)
        buf_printf(out, " %zu %zu", own->findings[i].secret.len, own->findings[i].token.len);
    buf_byte(out, '\n');
}

bool resume_record_put(struct buf *out, const uint8_t id[static RESUME_ID_BYTES], uint32_t scope,
                       const struct outcome *own)
{
    char *text = NULL;
    size_t len = 0;
    bool good = !own->finding_count || make_report(own, &text, &len);

    out->max = LIMIT_RESUME_RECORD_BYTES - 1;
    if (good) {
        put_head(out, id, scope, own, len);
        buf_append(out, (struct slice){ (const uint8_t *)text, len });
    }
    free(text);
    return good && !out->failed;
}
