/*
 * ledger.c - tables of steps, hits and spells; texts held once, so that equal ones are one pointer.
 */
#include "trail/ledger.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/limits.h"

/* --- what calls are --- */

bool call_reads(const char *name)
{
    static const char *const verbs[] = { "Get", "List", "Describe", "Head", "Lookup", "Search" };

    for (size_t i = 0; i < COUNT_OF(verbs); i++)
        if (strncmp(name, verbs[i], strlen(verbs[i])) == 0)
            return true;
    return false;
}

bool call_denied(const char *error)
{
    return strstr(error, "AccessDenied") || strstr(error, "Unauthorized") ||
           strcmp(error, "Forbidden") == 0;
}

bool call_by_service(const char *address)
{
    static const char end[] = ".amazonaws.com";
    size_t len = strlen(address);

    return strcmp(address, "AWS Internal") == 0 ||
           (len >= sizeof(end) && strcmp(address + len - (sizeof(end) - 1), end) == 0);
}

bool moment_before(const struct moment *a, const struct moment *b)
{
    if (a->time != b->time)
        return a->time < b->time;
    if (a->order != b->order)
        return a->order < b->order;
    return strcmp(a->event_id, b->event_id) < 0;
}

/* --- texts --- */

static uint64_t mix_text(uint64_t hash, const char *text)
{
    return table_mix(hash, (uint64_t)(uintptr_t)text);
}

static uint64_t name_hash(const void *entry)
{
    const struct slice *text = entry;
    uint64_t hash = text->len;

    for (size_t i = 0; i < text->len; i++)
        hash = (hash ^ text->ptr[i]) * 1099511628211u;
    return hash ^ hash >> 31;
}

static bool name_same(const void *a, const void *b)
{
    return slice_eq(*(const struct slice *)a, *(const struct slice *)b);
}

/* Texts come from what is limited itself, so they are not. */
static const struct table_shape name_shape = { sizeof(struct slice), UINT32_MAX / 4, name_hash,
                                               name_same, NULL };

/* The one copy of `text`. NULL: out of memory. */
static const char *intern(struct ledger *ledger, const char *text)
{
    struct slice key = slice_of(text);
    struct slice *held;
    bool added;

    if (key.len > LIMIT_TRAIL_TEXT_BYTES)
        key.len = LIMIT_TRAIL_TEXT_BYTES;
    held = table_get(&ledger->names, &name_shape, &key, &added);
    if (!held)
        return NULL;
    if (added)
        *held = arena_copy(&ledger->texts, key);
    return (const char *)held->ptr;
}

/* --- steps --- */

enum { STEP_TEXTS = 9 };

static void step_texts(const struct step *step, const char *texts[static STEP_TEXTS])
{
    texts[0] = step->by;
    texts[1] = step->source;
    texts[2] = step->name;
    texts[3] = step->error;
    texts[4] = step->detail;
    texts[5] = step->address;
    texts[6] = step->agent;
    texts[7] = step->region;
    texts[8] = step->key;
}

static uint64_t step_hash(const void *entry)
{
    const struct step *step = entry;
    const char *texts[STEP_TEXTS];
    uint64_t hash = table_mix(step->actor, step->about);

    step_texts(step, texts);
    for (size_t i = 0; i < STEP_TEXTS; i++)
        hash = mix_text(hash, texts[i]);
    return hash;
}

static bool step_same(const void *a, const void *b)
{
    const struct step *left = a, *right = b;
    const char *ours[STEP_TEXTS], *theirs[STEP_TEXTS];

    step_texts(left, ours);
    step_texts(right, theirs);
    return left->actor == right->actor && left->about == right->about &&
           memcmp(ours, theirs, sizeof(ours)) == 0;
}

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int step_order(const void *a, const void *b)
{
    const struct step *left = a, *right = b;
    const char *ours[STEP_TEXTS], *theirs[STEP_TEXTS];
    int order = compare(left->actor, right->actor);

    step_texts(left, ours);
    step_texts(right, theirs);
    order = order ? order : compare(left->about, right->about);
    for (size_t i = 0; i < STEP_TEXTS && !order; i++)
        order = ours[i] == theirs[i] ? 0 : strcmp(ours[i], theirs[i]);
    return order;
}

static const struct table_shape step_shape = { sizeof(struct step), LIMIT_TRAIL_STEPS, step_hash,
                                               step_same, step_order };

static void set_moment(struct moment *moment, const struct record *record, uint64_t order)
{
    moment->time = record->time;
    moment->order = order;
    snprintf(moment->event_id, sizeof(moment->event_id), "%s", record->event_id);
}

/* The AWS CLI ends its user agent with the command, which the event's name says too: without it one
 * tool is one user agent. */
static const char *agent_of(const struct record *record, char out[static LIMIT_TRAIL_TEXT_BYTES])
{
    const char *command = strstr(record->agent, "command");
    size_t len = command ? (size_t)(command - record->agent) : strlen(record->agent);

    if (strncmp(record->agent, "aws-cli/", 8) != 0 || len >= LIMIT_TRAIL_TEXT_BYTES)
        return record->agent;
    snprintf(out, LIMIT_TRAIL_TEXT_BYTES, "%.*s", (int)len, record->agent);
    len = strlen(out);
    if (len >= 4 && command && strcmp(out + len - 4, " md/") == 0)
        out[len - 4] = 0;
    else if (len && command && out[len - 1] == ' ')
        out[len - 1] = 0;
    return out;
}

static bool is_long_lived(const char *key)
{
    return strncmp(key, "AKIA", 4) == 0;
}

enum status ledger_step(struct ledger *ledger, const struct record *record, uint64_t order,
                        uint32_t actor, uint32_t about, const char *detail, uint64_t bytes,
                        bool after)
{
    char agent[LIMIT_TRAIL_TEXT_BYTES];
    struct step key = { .actor = actor,
                        .about = about,
                        .by = intern(ledger, record->principal),
                        .source = intern(ledger, record->source),
                        .name = intern(ledger, record->name),
                        .error = intern(ledger, record->error),
                        .detail = intern(ledger, detail),
                        .address = intern(ledger, record->address),
                        .agent = intern(ledger, agent_of(record, agent)),
                        .region = intern(ledger, record->region),
                        .key = intern(ledger, is_long_lived(record->key) ? record->key : "") };
    struct moment now;
    const char *texts[STEP_TEXTS];
    struct step *step;
    bool added;

    step_texts(&key, texts);
    for (size_t i = 0; i < STEP_TEXTS; i++)
        if (!texts[i])
            return err_nomem();
    step = table_get(&ledger->steps, &step_shape, &key, &added);
    if (!step)
        return err_nomem();
    set_moment(&now, record, order);
    if (added || moment_before(&now, &step->first))
        step->first = now;
    step->last = added || record->time > step->last ? record->time : step->last;
    step->count++;
    step->bytes += bytes;
    step->after += after;
    return STATUS_OK;
}

/* --- hits --- */

static uint64_t hit_hash(const void *entry)
{
    const struct hit *hit = entry;

    return table_mix(hit->subject, hit->indicator);
}

static bool hit_same(const void *a, const void *b)
{
    const struct hit *left = a, *right = b;

    return left->subject == right->subject && left->indicator == right->indicator;
}

static int hit_order(const void *a, const void *b)
{
    const struct hit *left = a, *right = b;
    int order = compare(left->subject, right->subject);

    return order ? order : compare(left->indicator, right->indicator);
}

/* At most every indicator for every subject. */
static const struct table_shape hit_shape = { sizeof(struct hit), LIMIT_TRAIL_STEPS * 16, hit_hash,
                                              hit_same, hit_order };

enum status ledger_hit(struct ledger *ledger, uint32_t subject, size_t indicator,
                       const struct record *record, uint64_t order, const char *evidence)
{
    struct hit key = { .subject = subject, .indicator = (uint32_t)indicator };
    struct moment now;
    bool added;
    struct hit *hit = table_get(&ledger->hits, &hit_shape, &key, &added);

    if (!hit)
        return err_nomem();
    hit->count++;
    set_moment(&now, record, order);
    if (!added && !moment_before(&now, &hit->first))
        return STATUS_OK;
    hit->first = now;
    hit->evidence = intern(ledger, evidence);
    return hit->evidence ? STATUS_OK : err_nomem();
}

/* --- spells --- */

static uint64_t spell_hash(const void *entry)
{
    const struct spell *spell = entry;

    return mix_text(table_mix(spell->subject, (uint64_t)spell->slot), spell->address);
}

static bool spell_same(const void *a, const void *b)
{
    const struct spell *left = a, *right = b;

    return left->subject == right->subject && left->slot == right->slot &&
           left->address == right->address;
}

static int spell_order(const void *a, const void *b)
{
    const struct spell *left = a, *right = b;
    int order = compare(left->subject, right->subject);

    if (!order)
        order = (left->slot > right->slot) - (left->slot < right->slot);
    return order ? order : strcmp(left->address, right->address);
}

static const struct table_shape spell_shape = { sizeof(struct spell), LIMIT_TRAIL_SPELLS,
                                                spell_hash, spell_same, spell_order };

static uint64_t name_bit(const char *name)
{
    struct slice text = slice_of(name);

    return UINT64_C(1) << (name_hash(&text) * 0x9e3779b97f4a7c15u >> 58);
}

enum status ledger_spell(struct ledger *ledger, uint32_t subject, const struct record *record)
{
    struct spell key = { .subject = subject,
                         .slot = record->time / SPELL_SECONDS,
                         .address = intern(ledger, record->address),
                         .from = record->time,
                         .to = record->time };
    struct spell *spell;
    bool added;

    if (record->time == RECORD_NO_TIME)
        return STATUS_OK;
    spell = key.address ? table_get(&ledger->spells, &spell_shape, &key, &added) : NULL;
    if (!spell)
        return err_nomem();
    spell->from = record->time < spell->from ? record->time : spell->from;
    spell->to = record->time > spell->to ? record->time : spell->to;
    if (call_reads(record->name))
        spell->reads |= name_bit(record->name);
    if (call_denied(record->error))
        spell->denied |= name_bit(record->name);
    return STATUS_OK;
}

/* --- suspects --- */

static uint64_t suspect_hash(const void *entry)
{
    const struct suspect *suspect = entry;

    return mix_text(suspect->kind, suspect->id);
}

static bool suspect_same(const void *a, const void *b)
{
    const struct suspect *left = a, *right = b;

    return left->kind == right->kind && left->id == right->id;
}

static int suspect_order(const void *a, const void *b)
{
    const struct suspect *left = a, *right = b;
    int order = compare(left->kind, right->kind);

    return order ? order : strcmp(left->id, right->id);
}

static const struct table_shape suspect_shape = { sizeof(struct suspect), LIMIT_TRAIL_STEPS,
                                                  suspect_hash, suspect_same, suspect_order };

enum status ledger_suspect(struct ledger *ledger, enum subject_kind kind, const char *id,
                           size_t indicator)
{
    struct suspect key = { .kind = kind, .id = intern(ledger, id) };
    struct suspect *suspect;
    bool added;

    suspect = key.id ? table_get(&ledger->suspects, &suspect_shape, &key, &added) : NULL;
    if (!suspect)
        return err_nomem();
    suspect->seeds |= UINT64_C(1) << indicator;
    return STATUS_OK;
}

/* --- all of it --- */

void ledger_init(struct ledger *ledger)
{
    *ledger = (struct ledger){ .first = RECORD_NO_TIME, .last = RECORD_NO_TIME };
}

static void note_time(struct ledger *ledger, int64_t time)
{
    if (time == RECORD_NO_TIME)
        return;
    if (ledger->first == RECORD_NO_TIME || time < ledger->first)
        ledger->first = time;
    if (time > ledger->last)
        ledger->last = time;
}

bool ledger_is_known(struct ledger *ledger, const struct record *record)
{
    struct slice id = slice_of(record->event_id), account = slice_of(record->account);

    if (id.len &&
        repeats_has(&ledger->repeats, table_mix(table_mix(name_hash(&id), name_hash(&account)),
                                                (uint64_t)record->time))) {
        ledger->duplicates++;
        return true;
    }
    ledger->records++;
    note_time(ledger, record->time);
    return false;
}

static int step_by_time(const void *a, const void *b)
{
    const struct step *left = a, *right = b;

    if (moment_before(&left->first, &right->first))
        return -1;
    return moment_before(&right->first, &left->first) ? 1 : step_order(a, b);
}

void ledger_finish(struct ledger *ledger)
{
    table_cut(&ledger->steps, &step_shape);
    table_cut(&ledger->hits, &hit_shape);
    table_cut(&ledger->spells, &spell_shape);
    table_cut(&ledger->suspects, &suspect_shape);
    if (ledger->steps.count)
        qsort(ledger->steps.entries, ledger->steps.count, sizeof(struct step), step_by_time);
}

uint64_t ledger_dropped(const struct ledger *ledger)
{
    return ledger->steps.dropped + ledger->spells.dropped + ledger->suspects.dropped;
}

void ledger_release(struct ledger *ledger)
{
    table_release(&ledger->names);
    table_release(&ledger->steps);
    table_release(&ledger->hits);
    table_release(&ledger->spells);
    table_release(&ledger->suspects);
    arena_release(&ledger->texts);
    repeats_release(&ledger->repeats);
    ledger_init(ledger);
}
