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
    PAUSE_S = 600,    /* beyond, looking round is a row anew */
    SOME_SHOWN = 4    /* of what calls that only look asked for, and from where */
};

/* Some different texts, which the ledger holds once each, and whether there were more. */
struct some {
    const char *list[SOME_SHOWN];
    size_t count;
    bool more;
};

struct row {
    const struct step *step; /* the first */
    bool looks;              /* calls that only look, of one actor, one soon after the other */
    bool fresh;              /* of these, whether their addresses were new; all are, or none */
    uint64_t count, errors;
    int64_t newest; /* when the latest of its steps began */
    int64_t last;
    struct some names, addresses, details;
};

/* The addresses of a story that were new, sorted by where they are held. */
struct fresh {
    const char **list;
    size_t count;
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
    else if (story_follows(story, step->actor))
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

/* The same call, about the same things or, one soon after the other, about others: twenty secrets
 * read are one line. What IAM did has a line for each thing. */
static bool is_alike(const struct row *row, const struct step *step)
{
    const struct step *first = row->step;

    if (row->looks || first->actor != step->actor || strcmp(first->name, step->name) != 0 ||
        strcmp(first->source, step->source) != 0 || strcmp(first->error, step->error) != 0 ||
        strcmp(first->address, step->address) != 0 || strcmp(first->by, step->by) != 0)
        return false;
    if (strcmp(first->detail, step->detail) == 0)
        return row->details.count == 1;
    return step->first.time - row->newest <= PAUSE_S &&
           strcmp(first->source, "iam.amazonaws.com") != 0;
}

static bool goes_on(const struct row *row, const struct step *step, bool fresh)
{
    return row->looks && row->step->actor == step->actor && row->fresh == fresh &&
           step->first.time - row->newest <= PAUSE_S;
}

/* The row that `step` goes into; NULL: a new one. */
static struct row *find_row(struct row *rows, size_t count, const struct step *step, bool looks,
                            bool fresh)
{
    if (looks)
        return count && goes_on(&rows[count - 1], step, fresh) ? &rows[count - 1] : NULL;
    for (size_t i = count; i > 0 && count - i < LOOK_BACK; i--)
        if (is_alike(&rows[i - 1], step))
            return &rows[i - 1];
    return NULL;
}

static void add_text(struct some *some, const char *text)
{
    for (size_t i = 0; i < some->count; i++)
        if (strcmp(some->list[i], text) == 0)
            return;
    if (some->count < SOME_SHOWN)
        some->list[some->count++] = text;
    else
        some->more = true;
}

static int by_place(const void *a, const void *b)
{
    const char *const *left = a, *const *right = b;

    return (*left > *right) - (*left < *right);
}

static enum status find_fresh(struct fresh *out, const struct story *story)
{
    const struct use_list *addresses = &story->addresses;

    *out = (struct fresh){ .list = calloc(addresses->count + 1, sizeof(*out->list)) };
    if (!out->list)
        return err_nomem();
    for (size_t i = 0; i < addresses->count; i++)
        if (addresses->list[i].fresh)
            out->list[out->count++] = addresses->list[i].text;
    qsort(out->list, out->count, sizeof(*out->list), by_place);
    return STATUS_OK;
}

static size_t make_rows(struct row *rows, const struct story *story, const struct fresh *fresh)
{
    size_t count = 0;

    for (size_t i = 0; i < story->step_count; i++) {
        const struct step *step = story->steps[i];
        bool looks = timeline_only_looks(step);
        bool is_fresh =
            bsearch(&step->address, fresh->list, fresh->count, sizeof(*fresh->list), by_place);
        struct row *row = find_row(rows, count, step, looks, is_fresh);

        if (!row) {
            row = &rows[count++];
            *row =
                (struct row){ .step = step, .looks = looks, .fresh = is_fresh, .last = step->last };
        }
        row->count += step->count;
        row->errors += step->error[0] ? step->count : 0;
        row->newest = step->first.time;
        row->last = step->last > row->last ? step->last : row->last;
        add_text(&row->names, step->name);
        add_text(&row->addresses, step->address);
        add_text(&row->details, step->detail);
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

static void put_some(struct buf *out, const struct some *some)
{
    for (size_t i = 0; i < some->count; i++) {
        buf_text(out, i ? ", " : "");
        put(out, some->list[i]);
    }
    buf_text(out, some->more ? ", …" : "");
}

static void put_what(struct buf *out, const struct row *row)
{
    const struct step *step = row->step;

    if (row->looks) {
        buf_text(out, "looks round: ");
        put_some(out, &row->names);
        return;
    }
    put(out, step->name);
    if (step->detail[0]) {
        buf_byte(out, ' ');
        put_some(out, &row->details);
    }
    if (step->error[0]) {
        buf_text(out, ": ");
        put(out, step->error);
    }
}

static void put_times(struct buf *out, const struct row *row)
{
    if (row->count > 1) {
        buf_printf(out, "  (%" PRIu64 " times", row->count);
        if (row->looks && row->errors)
            buf_printf(out, ", %" PRIu64 " failed", row->errors);
        buf_text(out, row->last > row->step->first.time ? ", to " : "");
        if (row->last > row->step->first.time)
            timeline_time(out, row->last);
        buf_byte(out, ')');
    } else if (row->looks && row->errors) {
        buf_text(out, "  (failed)");
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
    put_some(out, &row->addresses);
    put_times(out, row);
    buf_byte(out, '\n');
}

/* Before the first row since the leak a line that says so. Returns whether it has been said. */
static bool put_leak(struct buf *out, const struct story *story, const struct row *row, bool said)
{
    int64_t since = story->follow->subjects.list[story->root].exposed;

    if (said || since == RECORD_NO_TIME || row->step->first.time < since)
        return said;
    buf_text(out, "    ");
    timeline_time(out, since);
    buf_text(out, "  the key is leaked from here on\n");
    return true;
}

enum status timeline_put(struct buf *out, const struct story *story)
{
    struct row *rows = calloc(story->step_count + 1, sizeof(*rows));
    struct fresh fresh = { 0 };
    enum status status = rows ? find_fresh(&fresh, story) : err_nomem();
    size_t count = 0, shown = 0;
    bool all, leaked = false;

    if (!status)
        count = make_rows(rows, story, &fresh);
    all = count <= ROWS_SHOWN;
    for (size_t i = 0; i < count; i++)
        if ((all || is_telling(&rows[i])) && shown < ROWS_SHOWN) {
            leaked = put_leak(out, story, &rows[i], leaked);
            put_row(out, story, &rows[i]);
            shown++;
        }
    if (shown < count)
        buf_printf(out, "    and %zu lines more: --format jsonl tells all\n", count - shown);
    free(fresh.list);
    free(rows);
    return status;
}
