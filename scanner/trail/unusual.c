/*
 * unusual.c - each comparison is a function over the story's spells or steps; those of places are
 * in unusual_places.c.
 *
 * What is usual is what the root and its user did on the first day that the logs know of them.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "trail/unusual_private.h"

enum { DAY_SECONDS = 86400 };

/* Of calls that make a reason together, how many it names. */
enum { NAMES_SHOWN = 5 };

static const char *keep(struct search *s, const char *text)
{
    struct slice copy = arena_copy(&s->story->arena, slice_of(text));

    if (!copy.ptr)
        s->status = err_nomem();
    return copy.ptr ? (const char *)copy.ptr : "";
}

void unusual_reason(struct search *s, const struct indicator *indicator, uint64_t count,
                    int64_t first, const char *evidence)
{
    struct story *story = s->story;

    story->reasons[story->reason_count++] =
        (struct reason){ indicator, count, first, keep(s, evidence) };
}

const struct indicator *unusual_asked(const struct search *s, enum context context)
{
    size_t i = indicators_context(s->story->follow->indicators, context);

    return i == SIZE_MAX ? NULL : &s->story->follow->indicators->list[i];
}

static bool is_followed(const struct search *s, uint32_t subject)
{
    return story_follows(s->story, subject);
}

/* --- what single records showed --- */

/* How often an indicator was shown, and where first. */
struct shown {
    uint64_t count;
    const struct hit *first; /* NULL: never */
};

/* What `index` says one of the story's subjects showed. */
static void add_hits_of(struct shown *shown, const struct search *s, uint32_t subject)
{
    struct share hits = share_of(&s->index->hits, subject);

    for (size_t i = 0; i < hits.count; i++) {
        const struct hit *hit = &ledger_hits(&s->index->follow->ledger)[hits.list[i]];
        struct shown *sum = &shown[hit->indicator];

        sum->count += hit->count;
        if (!sum->first || moment_before(&hit->first, &sum->first->first))
            sum->first = hit;
    }
}

static void add_hits(struct search *s)
{
    const struct indicators *indicators = s->index->follow->indicators;
    struct shown *shown = calloc(indicators->count + 1, sizeof(*shown));

    if (!shown)
        s->status = err_nomem();
    for (size_t i = 0; i < story_subject_count(s->story) && shown; i++)
        add_hits_of(shown, s, story_subject(s->story, i));
    for (size_t i = 0; i < indicators->count && shown; i++)
        if (shown[i].first)
            unusual_reason(s, &indicators->list[i], shown[i].count, shown[i].first->first.time,
                           shown[i].first->evidence);
    free(shown);
}

static void find_first_call(struct search *s)
{
    const struct indicator *indicator = unusual_asked(s, CONTEXT_FIRST_CALL);
    char text[256];

    for (size_t i = 0; indicator && i < s->story->step_count; i++) {
        const struct step *step = s->story->steps[i];

        if (step->actor != s->story->root)
            continue;
        if (strcmp(step->name, "GetCallerIdentity") == 0) {
            snprintf(text, sizeof(text), "from %.64s with %.160s", step->address, step->agent);
            unusual_reason(s, indicator, 1, step->first.time, text);
        }
        return;
    }
}

static void find_after(struct search *s)
{
    const struct subject *root = &s->story->follow->subjects.list[s->story->root];
    const struct indicator *indicator = unusual_asked(s, CONTEXT_AFTER_DEACTIVATION);

    if (indicator && s->story->after)
        unusual_reason(s, indicator, s->story->after, root->state_time, root->state);
}

/* --- bursts --- */

typedef bool step_test(const struct step *step);

static bool only_looks(const struct step *step)
{
    return call_reads(step->name);
}

static bool was_denied(const struct step *step)
{
    return call_denied(step->error);
}

/* Append the names of the first calls within [from, to) that are `asked` for: what they have in
 * common is the reason, what they are tells whether it is one. */
static void put_names(const struct search *s, struct buf *out, step_test *asked_for, int64_t from,
                      int64_t to)
{
    const char *names[NAMES_SHOWN + 1];
    size_t count = 0;

    for (size_t i = 0; i < s->story->step_count && count <= NAMES_SHOWN; i++) {
        const struct step *step = s->story->steps[i];
        size_t same = 0;

        while (same < count && strcmp(names[same], step->name) != 0)
            same++;
        if (same == count && step->first.time >= from && step->first.time < to &&
            is_followed(s, step->actor) && asked_for(step))
            names[count++] = step->name;
    }
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "%s%s", i ? ", " : ": ", i < NAMES_SHOWN ? names[i] : "…");
}

/* A reason with a text that was put together; `text` is released. */
static void add_told(struct search *s, const struct indicator *indicator, uint64_t count,
                     int64_t first, struct buf *text)
{
    if (buf_status(text))
        s->status = STATUS_NOMEM;
    else
        unusual_reason(s, indicator, count, first, buf_cstr(text));
    buf_release(text);
}

static void find_burst(struct search *s)
{
    const struct indicator *indicator = unusual_asked(s, CONTEXT_BURST);
    unsigned most = 0;
    int64_t first = RECORD_NO_TIME;
    struct buf text = { 0 };

    for (size_t i = 0; indicator && i < s->count;) {
        int64_t slot = s->visits[i].spell->slot;
        uint64_t reads = 0;
        size_t begin = i;

        for (; i < s->count && s->visits[i].spell->slot == slot; i++)
            reads |= s->visits[i].followed ? s->visits[i].spell->reads : 0;
        if ((unsigned)__builtin_popcountll(reads) > most) {
            most = (unsigned)__builtin_popcountll(reads);
            first = s->visits[begin].spell->from;
        }
    }
    if (!indicator || most < indicator->at_least)
        return;
    buf_printf(&text, "%u and more in ten minutes", most);
    put_names(s, &text, only_looks, first, first + SPELL_SECONDS);
    add_told(s, indicator, 1, first, &text);
}

static void find_denied(struct search *s)
{
    const struct indicator *indicator = unusual_asked(s, CONTEXT_DENIED);
    int64_t first = RECORD_NO_TIME;
    uint64_t denied = 0;
    struct buf text = { 0 };

    for (size_t i = 0; i < s->count; i++) {
        if (!s->visits[i].followed || !s->visits[i].spell->denied)
            continue;
        denied |= s->visits[i].spell->denied;
        first = first == RECORD_NO_TIME ? s->visits[i].spell->from : first;
    }
    if (!indicator || (unsigned)__builtin_popcountll(denied) < indicator->at_least)
        return;
    buf_printf(&text, "%d and more", __builtin_popcountll(denied));
    put_names(s, &text, was_denied, INT64_MIN, INT64_MAX);
    add_told(s, indicator, s->story->denied, first, &text);
}

/* --- all of it --- */

static int by_time(const void *a, const void *b)
{
    const struct visit *left = a, *right = b;

    if (left->spell->slot != right->spell->slot)
        return left->spell->slot < right->spell->slot ? -1 : 1;
    if (left->spell->from != right->spell->from)
        return left->spell->from < right->spell->from ? -1 : 1;
    if (left->spell->subject != right->spell->subject)
        return left->spell->subject < right->spell->subject ? -1 : 1;
    return strcmp(left->spell->address, right->spell->address);
}

static bool add_visits(struct search *s, size_t *cap, uint32_t subject)
{
    struct share spells = share_of(&s->index->spells, subject);
    bool followed = is_followed(s, subject);

    for (size_t i = 0; i < spells.count; i++) {
        struct visit *grown = array_room(s->visits, s->count, cap, sizeof(*grown));
        const struct spell *spell = &ledger_spells(&s->index->follow->ledger)[spells.list[i]];

        if (!grown)
            return false;
        s->visits = grown;
        grown[s->count] = (struct visit){ .spell = spell, .followed = followed };
        geo_find(s->geo, spell->address, &grown[s->count++].place);
    }
    return true;
}

static enum status collect(struct search *s)
{
    size_t cap = 0;
    bool room = true;

    for (size_t i = 0; i < story_subject_count(s->story) && room; i++)
        room = add_visits(s, &cap, story_subject(s->story, i));
    if (!room)
        return err_nomem();
    if (s->count)
        qsort(s->visits, s->count, sizeof(*s->visits), by_time);
    s->usual_until = s->count ? s->visits[0].spell->from + DAY_SECONDS : INT64_MAX;
    return STATUS_OK;
}

static int by_weight(const void *a, const void *b)
{
    const struct reason *left = a, *right = b;

    if (left->indicator->score != right->indicator->score)
        return left->indicator->score > right->indicator->score ? -1 : 1;
    return strcmp(left->indicator->id, right->indicator->id);
}

static void weigh(struct story *story)
{
    if (story->reason_count)
        qsort(story->reasons, story->reason_count, sizeof(*story->reasons), by_weight);
    for (size_t i = 0; i < story->reason_count; i++) {
        const struct indicator *indicator = story->reasons[i].indicator;

        story->score += indicator->score;
        story->severity =
            indicator->severity > story->severity ? indicator->severity : story->severity;
    }
    story->score = story->score > 100 ? 100 : story->score;
}

enum status unusual_find(struct story *story, const struct story_index *index,
                         const struct geo *geo)
{
    struct search s = { .story = story, .index = index, .geo = geo };

    story->reasons = calloc(story->follow->indicators->count + 1, sizeof(*story->reasons));
    if (!story->reasons)
        return err_nomem();
    s.status = collect(&s);
    if (!s.status) {
        add_hits(&s);
        find_first_call(&s);
        find_after(&s);
        find_burst(&s);
        find_denied(&s);
        unusual_places(&s);
    }
    weigh(story);
    free(s.visits);
    return s.status;
}
