/*
 * unusual.c - each comparison is a function over the story's spells or steps.
 *
 * What is usual is what the root and its user did on the first day that the logs know of them.
 */
#include "trail/unusual.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"

enum { DAY_SECONDS = 86400 };

/* Of calls that make a reason together, how many it names. */
enum { NAMES_SHOWN = 5 };

/* Closer than this nobody travels: databases place addresses no better. */
#define TRAVEL_KM_MIN 500.0

/* A spell of the root, of what came of it, or of its user. */
struct visit {
    const struct spell *spell;
    bool followed; /* not only its user's */
    struct place_on_earth place;
};

struct search {
    struct story *story;
    const struct story_index *index;
    const struct geo *geo;
    struct visit *visits; /* count of them, by time */
    size_t count;
    int64_t usual_until; /* what is seen first after this is new */
    enum status status;
};

static const char *keep(struct search *s, const char *text)
{
    struct slice copy = arena_copy(&s->story->arena, slice_of(text));

    if (!copy.ptr)
        s->status = err_nomem();
    return copy.ptr ? (const char *)copy.ptr : "";
}

static void add_reason(struct search *s, const struct indicator *indicator, uint64_t count,
                       int64_t first, const char *evidence)
{
    struct story *story = s->story;

    story->reasons[story->reason_count++] =
        (struct reason){ indicator, count, first, keep(s, evidence) };
}

/* The indicator of a comparison; NULL: the data does not ask for it. */
static const struct indicator *asked(const struct search *s, enum context context)
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
            add_reason(s, &indicators->list[i], shown[i].count, shown[i].first->first.time,
                       shown[i].first->evidence);
    free(shown);
}

static void find_first_call(struct search *s)
{
    const struct indicator *indicator = asked(s, CONTEXT_FIRST_CALL);
    char text[256];

    for (size_t i = 0; indicator && i < s->story->step_count; i++) {
        const struct step *step = s->story->steps[i];

        if (step->actor != s->story->root)
            continue;
        if (strcmp(step->name, "GetCallerIdentity") == 0) {
            snprintf(text, sizeof(text), "from %.64s with %.160s", step->address, step->agent);
            add_reason(s, indicator, 1, step->first.time, text);
        }
        return;
    }
}

static void find_after(struct search *s)
{
    const struct subject *root = &s->story->follow->subjects.list[s->story->root];
    const struct indicator *indicator = asked(s, CONTEXT_AFTER_DEACTIVATION);

    if (indicator && s->story->after)
        add_reason(s, indicator, s->story->after, root->state_time, root->state);
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
        add_reason(s, indicator, count, first, buf_cstr(text));
    buf_release(text);
}

static void find_burst(struct search *s)
{
    const struct indicator *indicator = asked(s, CONTEXT_BURST);
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
    const struct indicator *indicator = asked(s, CONTEXT_DENIED);
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

/* --- what was never seen before --- */

/* The first 16 bits of an IPv4 address, 32 of IPv6, as text; "" where it is no address. */
static void network_of(char out[static INET6_ADDRSTRLEN], const char *address)
{
    unsigned char bytes[16];

    out[0] = 0;
    if (inet_pton(AF_INET, address, bytes) == 1)
        snprintf(out, INET6_ADDRSTRLEN, "%u.%u.0.0/16", bytes[0], bytes[1]);
    else if (inet_pton(AF_INET6, address, bytes) == 1)
        snprintf(out, INET6_ADDRSTRLEN, "%x%02x:%x%02x::/32", bytes[0], bytes[1], bytes[2],
                 bytes[3]);
}

static void address_of(char out[static INET6_ADDRSTRLEN + 4], const struct visit *visit,
                       enum context context)
{
    char network[INET6_ADDRSTRLEN];

    network_of(network, visit->spell->address);
    out[0] = 0;
    if (context == CONTEXT_NEW_COUNTRY)
        snprintf(out, INET6_ADDRSTRLEN, "%s", visit->place.country);
    else if (context == CONTEXT_NEW_NETWORK)
        snprintf(out, INET6_ADDRSTRLEN, "%s", network);
    else if (network[0])
        snprintf(out, INET6_ADDRSTRLEN, "%s", visit->spell->address);
}

struct seen {
    char text[INET6_ADDRSTRLEN + 4];
    size_t visit; /* the first with it */
};

static int by_text(const void *a, const void *b)
{
    const struct seen *left = a, *right = b;
    int order = strcmp(left->text, right->text);

    return order ? order : (left->visit > right->visit) - (left->visit < right->visit);
}

static int by_text_alone(const void *a, const void *b)
{
    const struct seen *left = a, *right = b;

    return strcmp(left->text, right->text);
}

/* `seen` holds the addresses of all visits, sorted. */
static void mark_addresses(struct search *s, const struct seen *seen)
{
    struct use_list *addresses = &s->story->addresses;

    for (size_t i = 0; i < addresses->count; i++) {
        struct use *use = &addresses->list[i];
        struct place_on_earth place;
        struct seen key = { .visit = 0 };
        const struct seen *found;

        snprintf(key.text, sizeof(key.text), "%s", use->text);
        found = bsearch(&key, seen, s->count, sizeof(key), by_text_alone);
        while (found && found > seen && strcmp(found[-1].text, key.text) == 0)
            found--;
        use->fresh = found && s->visits[found->visit].spell->from >= s->usual_until;
        geo_find(s->geo, use->text, &place);
        memcpy(use->country, place.country, sizeof(use->country));
    }
}

/* The first visit of each address, network or country: those after the first day are new. */
static void find_new(struct search *s, enum context context)
{
    const struct indicator *indicator = asked(s, context);
    struct seen *seen = calloc(s->count + 1, sizeof(*seen));
    const struct seen *first = NULL;
    uint64_t count = 0;

    if (!seen)
        s->status = err_nomem();
    for (size_t i = 0; seen && i < s->count; i++) {
        address_of(seen[i].text, &s->visits[i], context);
        seen[i].visit = i;
    }
    if (seen && s->count)
        qsort(seen, s->count, sizeof(*seen), by_text);
    for (size_t i = 0; indicator && seen && i < s->count; i++) {
        const struct visit *visit = &s->visits[seen[i].visit];

        if (!seen[i].text[0] || (i && strcmp(seen[i].text, seen[i - 1].text) == 0) ||
            !visit->followed || visit->spell->from < s->usual_until)
            continue;
        count++;
        first = !first || seen[i].visit < first->visit ? &seen[i] : first;
    }
    if (seen && context == CONTEXT_NEW_ADDRESS)
        mark_addresses(s, seen);
    if (first)
        add_reason(s, indicator, count, s->visits[first->visit].spell->from, first->text);
    free(seen);
}

static void find_new_region(struct search *s)
{
    const struct indicator *indicator = asked(s, CONTEXT_NEW_REGION);
    const struct use *first = NULL;
    uint64_t count = 0;

    for (size_t i = 0; indicator && i < s->story->regions.count; i++) {
        struct use *use = &s->story->regions.list[i];

        use->fresh = use->first >= s->usual_until;
        count += use->fresh;
        if (use->fresh && (!first || use->first < first->first))
            first = use;
    }
    if (first)
        add_reason(s, indicator, count, first->first, first->text);
}

/* --- travel --- */

static void find_travel(struct search *s)
{
    const struct indicator *indicator = asked(s, CONTEXT_TRAVEL);
    const struct visit *last = NULL;
    char text[192] = "";
    int64_t first = RECORD_NO_TIME;
    uint64_t count = 0;

    for (size_t i = 0; indicator && i < s->count; i++) {
        const struct visit *visit = &s->visits[i];
        double hours, km;

        if (!visit->place.located)
            continue;
        km = last ? geo_distance(&last->place, &visit->place) : 0;
        hours = last && visit->spell->from > last->spell->to
                    ? (double)(visit->spell->from - last->spell->to) / 3600
                    : 0;
        if (km > TRAVEL_KM_MIN && km > hours * (double)indicator->at_least && !count++) {
            first = visit->spell->from;
            snprintf(text, sizeof(text), "%.45s (%s) to %.45s (%s): %.0f km in %.0f minutes",
                     last->spell->address, last->place.country, visit->spell->address,
                     visit->place.country, km, hours * 60);
        }
        last = visit;
    }
    if (count)
        add_reason(s, indicator, count, first, text);
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
        find_new(&s, CONTEXT_NEW_ADDRESS);
        find_new(&s, CONTEXT_NEW_NETWORK);
        find_new(&s, CONTEXT_NEW_COUNTRY);
        find_new_region(&s);
        find_travel(&s);
    }
    weigh(story);
    free(s.visits);
    return s.status;
}
