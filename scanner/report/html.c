/*
 * html.c - one page that needs nothing else: its template, style and script are files in page/,
 * embedded by the build; the findings go in as JSON, and as a table for browsers without scripts.
 *
 * The page's policy lets only this script and this style run, by their hashes, and loads nothing
 * (CSP Level 3). Foreign text enters as JSON whose '<', '>' and '&' are escaped, or as escaped
 * text of HTML; the script puts it into the page as text only.
 */
#include <nettle/base64.h>
#include <nettle/sha2.h>
#include <time.h>

#include "base/account.h"
#include "base/array.h"
#include "base/printable.h"
#include "base/version.h"
#include "report/advice.h"
#include "report/html_private.h"
#include "report/page.h"
#include "report/record.h"

/* --- text --- */

/* Append `json`, which is freed, so that no HTML parser sees an end of the script in it. */
static void put_json(struct writer *writer, cJSON *json)
{
    struct buf line = writer->line;

    writer->line = writer->scratch;
    json_print(writer, json);
    writer->scratch = writer->line;
    writer->line = line;
    writer->starved |= buf_status(&writer->scratch) != STATUS_OK;
    for (size_t i = 0; i < writer->scratch.len; i++) {
        uint8_t c = writer->scratch.ptr[i];

        if (c == '<' || c == '>' || c == '&')
            buf_printf(&writer->line, "\\u%04x", c);
        else
            buf_byte(&writer->line, c);
    }
    buf_reset(&writer->scratch);
}

static void put_hash(struct writer *writer, struct slice text)
{
    char encoded[BASE64_ENCODE_RAW_LENGTH(SHA256_DIGEST_SIZE) + 1] = "";
    uint8_t digest[SHA256_DIGEST_SIZE];
    struct sha256_ctx hash;

    sha256_init(&hash);
    sha256_update(&hash, text.len, text.ptr);
    sha256_digest(&hash, sizeof(digest), digest);
    base64_encode_raw(encoded, sizeof(digest), digest);
    buf_text(&writer->line, encoded);
}

/* --- the data --- */

static cJSON *rules_of(struct writer *writer)
{
    cJSON *rules = cJSON_CreateObject();

    for (size_t i = 0; i < writer->tally->rule_count; i++) {
        const char *id = writer->tally->rules[i].rule->id;
        const struct advice *advice = advice_of(id);
        cJSON *rule = json_object(writer, rules, id);

        json_text(writer, rule, "name", advice->name);
        json_text(writer, rule, "next", advice->next);
        json_text(writer, rule, "look", advice->look);
        json_text(writer, rule, "close", advice->close);
    }
    return rules;
}

static void put_time(struct buf *line, time_t time)
{
    char text[64];
    struct tm tm;

    if (!gmtime_r(&time, &tm) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
        snprintf(text, sizeof(text), "1970-01-01T00:00:00Z");
    buf_text(line, text);
}

static enum status write_data(struct writer *writer)
{
    const struct report_trail *trail = writer->options->trail;
    const struct outcome *outcome = writer->outcome;
    struct buf *line = &writer->line;
    enum status status = STATUS_OK;

    buf_text(line, "{\"ended\":\"");
    put_time(line, writer->options->ended);
    buf_text(line, "\",\"rules\":");
    put_json(writer, rules_of(writer));
    buf_text(line, ",\n\"findings\":[");
    for (size_t i = 0; !status && i < outcome->finding_count; i++) {
        buf_text(line, i ? ",\n" : "\n");
        put_json(writer, record_finding(writer, i));
        status = writer_flush(writer);
    }
    buf_text(line, "],\n\"errors\":[");
    for (size_t i = 0; !status && i < outcome->trouble_count; i++) {
        buf_text(line, i ? ",\n" : "\n");
        put_json(writer, record_error(writer, &outcome->troubles[i]));
        status = writer_flush(writer);
    }
    buf_text(line, "],\n\"summary\":");
    put_json(writer, trail && trail->alone ? cJSON_CreateNull() : record_summary(writer));
    buf_text(line, ",\n\"stories\":[");
    for (size_t i = 0; !status && trail && i < trail->story_count; i++) {
        buf_text(line, i ? ",\n" : "\n");
        put_json(writer, trail->story(trail->ctx, i));
        status = writer_flush(writer);
    }
    buf_text(line, "],\n\"trail\":");
    put_json(writer, trail ? trail->summary(trail->ctx) : cJSON_CreateNull());
    buf_byte(line, '}');
    return status ? status : writer_flush(writer);
}

/* --- the template --- */

/* The summary as text, in a buffer of its own: it is written for people, and may name anything. */
static void put_summary(struct writer *writer)
{
    struct report_options plain = *writer->options;
    struct writer inner = *writer;

    plain.colour = plain.quiet = false;
    inner.options = &plain;
    inner.line = (struct buf){ 0 };
    summary_put(&inner);
    if (!buf_status(&inner.line))
        buf_truncate(&inner.line, inner.line.len - 1); /* the line's end */
    writer->starved |= buf_status(&inner.line) != STATUS_OK;
    html_put(writer, buf_view(&inner.line));
    buf_release(&inner.line);
}

static enum status write_summary(struct writer *writer)
{
    const struct report_trail *trail = writer->options->trail;

    buf_text(&writer->line, "<p class=\"receipt\">");
    if (!trail || !trail->alone)
        put_summary(writer);
    if (trail) {
        buf_text(&writer->line, trail->alone ? "Logs: " : "</p>\n<p class=\"receipt\">Logs: ");
        html_put(writer, slice_of(trail->receipt));
    }
    buf_text(&writer->line, "</p>");
    return STATUS_OK;
}

static enum status write_style(struct writer *writer)
{
    buf_append(&writer->line, (struct slice){ page_css, page_css_len });
    return STATUS_OK;
}

static enum status write_script(struct writer *writer)
{
    buf_append(&writer->line, (struct slice){ page_js, page_js_len });
    return STATUS_OK;
}

static enum status write_style_hash(struct writer *writer)
{
    put_hash(writer, (struct slice){ page_css, page_css_len });
    return STATUS_OK;
}

static enum status write_script_hash(struct writer *writer)
{
    put_hash(writer, (struct slice){ page_js, page_js_len });
    return STATUS_OK;
}

static enum status write_tool(struct writer *writer)
{
    buf_text(&writer->line, "leaktrawl " LEAKTRAWL_VERSION);
    return STATUS_OK;
}

static enum status write_secrets(struct writer *writer)
{
    buf_text(&writer->line, writer->options->show_secrets
                                ? "It holds whole secrets: keep it as you would keep them."
                                : "Secrets are cut to their first four characters.");
    return STATUS_OK;
}

static const struct {
    const char *name;
    enum status (*write)(struct writer *writer);
} parts[] = {
    { "data", write_data },
    { "script", write_script },
    { "script-hash", write_script_hash },
    { "secrets", write_secrets },
    { "style", write_style },
    { "style-hash", write_style_hash },
    { "summary", write_summary },
    { "table", html_table_write },
    { "tool", write_tool },
};

static enum status write_part(struct writer *writer, struct slice name)
{
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        if (slice_eq(name, slice_of(parts[i].name)))
            return parts[i].write(writer);
    assert(!"a part of the template is known");
    return STATUS_OK;
}

/* The position of `mark` in `text`, or its end. */
static size_t find(struct slice text, const char *mark)
{
    const uint8_t *found = memmem(text.ptr, text.len, mark, strlen(mark));

    return found ? (size_t)(found - text.ptr) : text.len;
}

enum status html_write(struct writer *writer)
{
    struct slice rest = { page_html, page_html_len };
    enum status status = STATUS_OK;

    while (!status && rest.len) {
        size_t open = find(rest, "{{");
        size_t close = find(rest, "}}");

        buf_append(&writer->line, slice_sub(rest, 0, open));
        if (open == rest.len)
            break;
        status = write_part(writer, slice_sub(rest, open + 2, close));
        if (!status)
            status = writer_flush(writer);
        rest = slice_sub(rest, close + 2, rest.len);
    }
    return status ? status : writer_flush(writer);
}
