/*
 * trail_timeline.c - steps into rows, rows into lines.
 */
#include "trail/trail_timeline.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/printable.h"

enum {
    ROWS_SHOWN = 120, /* beyond, only those are shown that change or take something */
    LOOK_BACK = 64,   /* rows in which one that is alike is looked for */
    NAMES_SHOWN = 4   /* of calls that only look */
};

struct row {
    const struct step *step; /* the first */
    bool looks;              /* calls that only look, of one actor at one address */
    uint64_t count, errors;
    int64_t last;
    const char *names[NAMES_SHOWN];
    size_t name_count; /* of them; more are only counted in `more` */
    bool more;
};

/* --- who --- */

void timeline_time(struct buf *out, int64_t time)
{
    size_t at = out->len;

    record_time_text(out, time);
    if (out->failed || out->len - at < 20)
        return;
    out->ptr[at + 10] = ' ';
    buf_truncate(out, out->len - 1);
}

static void put(struct buf *out, const char *text)
{
    printable_text(out, slice_of(text));
}

/* Of an ARN what stands behind its account: "role/NAME". */
static const char *short_name(const char *arn)
{
    const char *at = arn;

    for (int colons = 0; colons < 5 && at; colons++)
        at = strchr(at, ':') ? strchr(at, ':') + 1 : NULL;
    return at && strncmp(arn, "arn:", 4) == 0 ? at : arn;
}

void timeline_subject(struct buf *out, const struct subject *subject)
{
    const char *colon = strchr(subject->id, ':');

    if (subject->kind == SUBJECT_USER && colon) {
        buf_text(out, "user ");
        put(out, colon + 1);
        buf_text(out, " in ");
        printable_text(out, (struct slice){ (const uint8_t *)subject->id,
                                            (size_t)(colon - subject->id) });
        return;
    }
    put(out, subject->id);
    if (subject->role[0]) {
        buf_text(out, " of ");
        put(out, short_name(subject->role));
    } else if (subject->kind == SUBJECT_KEY && !subject->root && strchr(subject->user, ':')) {
        buf_text(out, " of user ");
        put(out, strchr(subject->user, ':') + 1);
    }
}

void timeline_actor(struct buf *out, const struct story *story, const struct step *step)
{
    const struct subject *actor =
        step->actor == SUBJECT_NONE ? NULL : &story->follow->subjects.list[step->actor];

    if (step->actor == story->root)
        buf_text(out, actor->kind == SUBJECT_KEY ? "the key" : "it");
    else if (actor && story->mine[step->actor])
        timeline_subject(out, actor);
    else
        put(out, short_name(step->by));
}

/* --- rows --- */

bool timeline_only_looks(const struct step *step)
{
    static const char *const worth[] = { "GetCallerIdentity",
                                         "GetSecretValue",
                                         "GetObject",
                                         "GetSessionToken",
                                         "GetFederationToken",
                                         "GetPasswordData",
                                         "GetAccountAuthorizationDetails",
                                         "GetParameter",
                                         "GetParameters" };

    for (size_t i = 0; i < COUNT_OF(worth); i++)
        if (strcmp(step->name, worth[i]) == 0)
            return false;
    return call_reads(step->name);
}

static bool is_alike(const struct row *row, const struct step *step)
{
    const struct step *first = row->step;

    if (row->looks || first->actor != step->actor || first->about != step->about)
        return false;
    return strcmp(first->name, step->name) == 0 && strcmp(first->source, step->source) == 0 &&
           strcmp(first->error, step->error) == 0 && strcmp(first->detail, step->detail) == 0 &&
           strcmp(first->address, step->address) == 0 && strcmp(first->by, step->by) == 0;
}

/* The row that `step` goes into; NULL: a new one. */
static struct row *find_row(struct row *rows, size_t count, const struct step *step, bool looks)
{
    struct row *last = count ? &rows[count - 1] : NULL;

    if (looks)
        return last && last->looks && last->step->actor == step->actor &&
                       strcmp(last->step->address, step->address) == 0
                   ? last
                   : NULL;
    for (size_t i = count; i > 0 && count - i < LOOK_BACK; i--)
        if (is_alike(&rows[i - 1], step))
            return &rows[i - 1];
    return NULL;
}

static void add_name(struct row *row, const char *name)
{
    for (size_t i = 0; i < row->name_count; i++)
        if (strcmp(row->names[i], name) == 0)
            return;
    if (row->name_count < NAMES_SHOWN)
        row->names[row->name_count++] = name;
    else
        row->more = true;
}

static size_t make_rows(struct row *rows, const struct story *story)
{
    size_t count = 0;

    for (size_t i = 0; i < story->step_count; i++) {
        const struct step *step = story->steps[i];
        bool looks = timeline_only_looks(step);
        struct row *row = find_row(rows, count, step, looks);

        if (!row) {
            row = &rows[count++];
            *row = (struct row){ .step = step, .looks = looks, .last = step->last };
        }
        row->count += step->count;
        row->errors += step->error[0] ? step->count : 0;
        row->last = step->last > row->last ? step->last : row->last;
        add_name(row, step->name);
    }
    return count;
}

/* Rows that are shown where there are too many: what changes rights, hides tracks or takes. */
static bool is_telling(const struct row *row)
{
    static const char *const sources[] = {
        "iam.",       "sts.",           "signin.", "cloudtrail.", "secretsmanager.",
        "guardduty.", "organizations.", "kms."
    };

    if (row->looks)
        return false;
    for (size_t i = 0; i < COUNT_OF(sources); i++)
        if (strncmp(row->step->source, sources[i], strlen(sources[i])) == 0)
            return true;
    return call_denied(row->step->error) || strstr(row->step->name, "Snapshot");
}

/* --- lines --- */

static void put_what(struct buf *out, const struct row *row)
{
    const struct step *step = row->step;

    if (row->looks) {
        buf_text(out, "looks round: ");
        for (size_t i = 0; i < row->name_count; i++) {
            buf_text(out, i ? ", " : "");
            put(out, row->names[i]);
        }
        buf_text(out, row->more ? ", …" : "");
        return;
    }
    put(out, step->name);
    if (step->detail[0]) {
        buf_byte(out, ' ');
        put(out, step->detail);
    }
    if (step->error[0]) {
        buf_text(out, ": ");
        put(out, step->error);
    }
}

static void put_row(struct buf *out, const struct story *story, const struct row *row)
{
    buf_text(out, "    ");
    timeline_time(out, row->step->first.time);
    buf_text(out, "  ");
    timeline_actor(out, story, row->step);
    buf_text(out, "  ");
    put_what(out, row);
    buf_text(out, "  from ");
    put(out, row->step->address);
    if (row->count > 1) {
        buf_printf(out, "  (%" PRIu64 " times", row->count);
        if (row->errors && row->errors < row->count)
            buf_printf(out, ", %" PRIu64 " failed", row->errors);
        buf_text(out, row->last > row->step->first.time ? ", to " : "");
        if (row->last > row->step->first.time)
            timeline_time(out, row->last);
        buf_byte(out, ')');
    }
    buf_byte(out, '\n');
}

enum status timeline_put(struct buf *out, const struct story *story)
{
    struct row *rows = calloc(story->step_count + 1, sizeof(*rows));
    size_t count, shown = 0;
    bool all;

    if (!rows)
        return err_nomem();
    count = make_rows(rows, story);
    all = count <= ROWS_SHOWN;
    for (size_t i = 0; i < count; i++)
        if ((all || is_telling(&rows[i])) && shown < ROWS_SHOWN) {
            put_row(out, story, &rows[i]);
            shown++;
        }
    if (shown < count)
        buf_printf(out, "    and %zu lines more: --format jsonl tells all\n", count - shown);
    free(rows);
    return STATUS_OK;
}
