/*
 * trail_text.c - the report for people who were woken by it: what happened, since when, from where,
 * what is still open and what to do.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/account.h"
#include "base/array.h"
#include "base/number.h"
#include "base/printable.h"
#include "trail/trail_advice.h"
#include "trail/trail_report.h"
#include "trail/trail_timeline.h"

static const struct {
    const char *name, *colour;
} severities[] = {
    [SEVERITY_LOW] = { "low", "\x1b[36m" },
    [SEVERITY_MEDIUM] = { "medium", "\x1b[33m" },
    [SEVERITY_HIGH] = { "high", "\x1b[31m" },
    [SEVERITY_CRITICAL] = { "critical", "\x1b[1;31m" },
};

/* Lines of a list before the rest of it is only counted. */
enum { USES_SHOWN = 12, DERIVED_SHOWN = 20 };

static void put(struct buf *out, const char *text)
{
    printable_text(out, slice_of(text));
}

static void put_when(struct buf *out, int64_t time)
{
    timeline_time(out, time);
}

static void put_heading(const struct trail_report *report, struct buf *out, const char *text)
{
    buf_printf(out, report->colour ? "\n  \x1b[1m%s\x1b[0m\n" : "\n  %s\n", text);
}

static void put_label(struct buf *out, const char *label)
{
    buf_printf(out, "  %-9s ", label);
}

/* --- who it is --- */

static void put_title(const struct trail_report *report, const struct story *story, struct buf *out)
{
    const struct subject *root = &story->follow->subjects.list[story->root];
    const char *name = severities[story->severity].name;

    timeline_subject(out, root);
    if (!story->reason_count)
        buf_text(out, story->calls ? "  used, nothing suspicious" : "  not used in these logs");
    else if (report->colour)
        buf_printf(out, "  %s%s\x1b[0m, score %u of 100", severities[story->severity].colour, name,
                   story->score);
    else
        buf_printf(out, "  %s, score %u of 100", name, story->score);
    buf_byte(out, '\n');
}

static void put_owner(const struct story *story, struct buf *out)
{
    const struct subject *root = &story->follow->subjects.list[story->root];
    const char *colon = strchr(root->user, ':');
    char account[ACCOUNT_SIZE];

    if (root->kind != SUBJECT_KEY)
        return;
    put_label(out, "user");
    if (colon) {
        put(out, colon + 1);
        buf_text(out, " in account ");
        printable_text(out,
                       (struct slice){ (const uint8_t *)root->user, (size_t)(colon - root->user) });
    } else if (account_of(slice_of(root->id), account)) {
        buf_printf(out, "not in these logs; the id is of account %s", account);
    } else {
        buf_text(out, "not in these logs");
    }
    buf_byte(out, '\n');
}

static void put_created(const struct story *story, struct buf *out)
{
    const struct step *made = story->created;

    if (!made)
        return;
    put_label(out, "created");
    put_when(out, made->first.time);
    buf_text(out, " by ");
    timeline_actor(out, story, made);
    buf_text(out, " from ");
    put(out, made->address);
    buf_text(out, " with ");
    put(out, made->agent);
    buf_byte(out, '\n');
}

static void put_exposed(const struct story *story, struct buf *out)
{
    const struct subject *root = &story->follow->subjects.list[story->root];

    if (root->exposed == RECORD_NO_TIME)
        return;
    put_label(out, "exposed");
    buf_text(out, "since ");
    put_when(out, root->exposed);
    if (story->first_exposed == RECORD_NO_TIME) {
        buf_text(out, ", not used since\n");
        return;
    }
    buf_text(out, ", first used after that ");
    put_when(out, story->first_exposed);
    buf_byte(out, '\n');
}

/* AWS's own services, which act for the caller, stand where an address does. */
static void put_places(const struct story *story, struct buf *out)
{
    size_t services = 0;

    for (size_t i = 0; i < story->addresses.count; i++)
        services += call_by_service(story->addresses.list[i].text);
    buf_text(out, "from ");
    number_put_of(out, story->addresses.count - services, "address", "addresses");
    if (services) {
        buf_text(out, " and through ");
        number_put_of(out, services, "service of AWS", "services of AWS");
    }
}

static void put_used(const struct story *story, struct buf *out)
{
    if (story->calls) {
        put_label(out, "used");
        put_when(out, story->first);
        buf_text(out, " to ");
        put_when(out, story->last);
        buf_text(out, ": ");
        number_put_of(out, story->calls, "call", "calls");
        buf_text(out, ", ");
        number_put(out, story->denied);
        buf_text(out, " refused, ");
        if (story->errors > story->denied) {
            number_put_of(out, story->errors - story->denied, "other error", "other errors");
            buf_text(out, ", ");
        }
        put_places(story, out);
        if (story->bytes) {
            buf_text(out, "; ");
            number_put_size(out, story->bytes);
            buf_text(out, " of objects given out");
        }
        buf_byte(out, '\n');
    }
    if (story->owner_calls) {
        put_label(out, "");
        buf_text(out, "its user made ");
        number_put_of(out, story->owner_calls, "call", "calls");
        buf_text(out, " by other means\n");
    }
}

static void put_state(const struct story *story, struct buf *out)
{
    const struct subject *root = &story->follow->subjects.list[story->root];

    if (root->kind != SUBJECT_KEY && strcmp(root->state, "deleted") != 0)
        return;
    put_label(out, "now");
    if (!root->state[0] || strcmp(root->state, "active") == 0) {
        buf_text(out, story->step_count ? "on, as far as these logs say\n"
                                        : "not known: nothing in these logs is about it\n");
        return;
    }
    buf_printf(out, "%s since ", root->state);
    put_when(out, root->state_time);
    if (story->after) {
        buf_text(out, ", but used ");
        number_put_of(out, story->after, "time", "times");
        buf_text(out, " after that");
    }
    buf_byte(out, '\n');
}

static void put_reasons(const struct trail_report *report, const struct story *story,
                        struct buf *out)
{
    if (story->reason_count)
        put_heading(report, out, "Why");
    for (size_t i = 0; i < story->reason_count; i++) {
        const struct reason *reason = &story->reasons[i];

        buf_printf(out, "  %4u %-8s %s: ", reason->indicator->score,
                   severities[reason->indicator->severity].name, reason->indicator->title);
        put(out, reason->evidence);
        buf_text(out, reason->first == RECORD_NO_TIME ? "" : ", first ");
        if (reason->first != RECORD_NO_TIME)
            put_when(out, reason->first);
        if (reason->count > 1) {
            buf_text(out, ", ");
            number_put_of(out, reason->count, "time", "times");
        }
        buf_byte(out, '\n');
    }
}

/* --- from where, with what --- */

static void put_uses(const struct trail_report *report, struct buf *out, const char *heading,
                     const struct use_list *uses)
{
    if (uses->count)
        put_heading(report, out, heading);
    for (size_t i = 0; i < uses->count && i < USES_SHOWN; i++) {
        const struct use *use = &uses->list[i];

        buf_printf(out, "    %8" PRIu64 "  ", use->calls);
        put_when(out, use->first);
        buf_text(out, " to ");
        put_when(out, use->last);
        buf_text(out, "  ");
        put(out, use->text);
        if (use->country[0]) {
            buf_text(out, " (");
            put(out, use->country);
            buf_byte(out, ')');
        }
        if (use->errors)
            buf_printf(out, ", %" PRIu64 " failed", use->errors);
        buf_text(out, use->fresh ? ", new\n" : "\n");
    }
    if (uses->count > USES_SHOWN)
        buf_printf(out, "            and %zu more\n", uses->count - USES_SHOWN);
}

/* --- what is left --- */

static bool is_open(const struct story *story, const struct subject *subject)
{
    return story_is_open(subject, story->follow->ledger.last);
}

static void put_one_derived(const struct story *story, const struct subject *subject,
                            struct buf *out)
{
    buf_text(out, is_open(story, subject) ? "    open    " : "    closed  ");
    timeline_subject(out, subject);
    buf_text(out, ", by ");
    put(out, subject->how);
    buf_text(out, " at ");
    put_when(out, subject->made);
    if (subject->expires != RECORD_NO_TIME) {
        buf_text(out, ", ends ");
        put_when(out, subject->expires);
    }
    if (subject->state[0] && (subject->kind == SUBJECT_KEY || !is_open(story, subject))) {
        buf_printf(out, ", %s since ", subject->state);
        put_when(out, subject->state_time);
    }
    buf_byte(out, '\n');
}

/* What is open comes first, and the rest as far as there is room. */
static void put_derived(const struct trail_report *report, const struct story *story,
                        struct buf *out)
{
    size_t shown = 0;

    if (story->descendant_count)
        put_heading(report, out, "What came of it (open: it still gives access)");
    for (int open = 1; open >= 0; open--)
        for (size_t i = 0; i < story->descendant_count; i++) {
            const struct subject *subject = &story->follow->subjects.list[story->descendants[i]];

            if (is_open(story, subject) == (bool)open && shown < DERIVED_SHOWN && ++shown)
                put_one_derived(story, subject, out);
        }
    if (story->descendant_count > shown)
        buf_printf(out, "    and %zu more\n", story->descendant_count - shown);
}

static enum status put_advice(const struct trail_report *report, const struct story *story,
                              struct buf *out)
{
    struct buf lines = { 0 };
    enum status status;
    const char *line, *end;

    put_heading(report, out, "What to do");
    trail_advice_put(&lines, story);
    for (line = buf_cstr(&lines); (end = strchr(line, '\n')); line = end + 1)
        buf_printf(out, "    %.*s\n", (int)(end - line), line);
    status = buf_status(&lines);
    buf_release(&lines);
    return status;
}

/* --- the whole --- */

static enum status put_story(const struct trail_report *report, const struct story *story,
                             struct buf *out)
{
    enum status status = STATUS_OK;

    put_title(report, story, out);
    put_owner(story, out);
    put_created(story, out);
    put_exposed(story, out);
    put_used(story, out);
    put_state(story, out);
    put_reasons(report, story, out);
    if (story->step_count) {
        put_heading(report, out, "Timeline (UTC)");
        status = timeline_put(out, story);
    }
    put_uses(report, out, "Addresses (calls, first, last)", &story->addresses);
    put_uses(report, out, "User agents", &story->agents);
    put_uses(report, out, "Regions", &story->regions);
    put_uses(report, out, "Services", &story->services);
    put_derived(report, story, out);
    if (!status && (story->calls || story->step_count))
        status = put_advice(report, story, out);
    buf_byte(out, '\n');
    return status;
}

/* Before the stories of a hunt: how many there are, and of more than one who. */
static void put_overview(const struct trail_report *report, struct buf *out)
{
    if (!report->hunt || !report->story_count)
        return;
    number_put_of(out, report->story_count, "principal shows", "principals show");
    buf_text(out, " signs of an attacker\n");
    for (size_t i = 0; i < report->story_count && report->story_count > 1; i++) {
        const struct story *story = &report->stories[i];

        buf_printf(out, "  %4u %-8s ", story->score, severities[story->severity].name);
        timeline_subject(out, &story->follow->subjects.list[story->root]);
        buf_printf(out, ": %s\n", story->reasons[0].indicator->title);
    }
    buf_byte(out, '\n');
}

static void put_end(const struct trail_report *report, struct buf *out)
{
    const char *limits[8];

    if (report->hunt && !report->story_count)
        buf_text(out, "nobody shows what a hunt looks for\n");
    trail_receipt_put(report, out);
    buf_byte(out, '\n');
    trail_report_limits(report, limits);
    for (size_t i = 0; limits[i]; i++)
        buf_printf(out, "a limit was reached: %s\n", limits[i]);
}

/* Write `text` unless there is a failure already, which is returned, and release it. */
static enum status write_out(FILE *out, struct buf *text, enum status status)
{
    if (!status)
        status = buf_status(text);
    if (!status)
        fwrite(text->ptr, 1, text->len, out);
    buf_release(text);
    return status;
}

enum status trail_text_write(const struct trail_report *report, FILE *out)
{
    struct buf text = { 0 };
    enum status status = STATUS_OK;

    put_overview(report, &text);
    for (size_t i = 0; i < report->story_count && !status; i++) {
        status = put_story(report, &report->stories[i], &text);
        status = write_out(out, &text, status);
    }
    put_end(report, &text);
    status = write_out(out, &text, status);
    if (!status && (fflush(out) || ferror(out)))
        status = err_set(STATUS_IO, "%s", strerror(errno));
    return status;
}
