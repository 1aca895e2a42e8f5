/*
 * subjects.c - a list that only grows, and an open-addressed table over it.
 */
#include "trail/subjects.h"

#include <stdlib.h>

#include "base/limits.h"
#include "trail/record.h"

static uint64_t hash_of(enum subject_kind kind, const char *id)
{
    uint64_t hash = 14695981039346656037u + kind; /* FNV-1a */

    for (; *id; id++)
        hash = (hash ^ (uint8_t)*id) * 1099511628211u;
    return hash ^ hash >> 29;
}

/* The slot that holds the subject, or the free one where it would go. */
static size_t slot_of(const struct subjects *s, enum subject_kind kind, const char *id)
{
    size_t mask = s->table_cap - 1;
    size_t at = (size_t)hash_of(kind, id) & mask;

    while (s->table[at]) {
        const struct subject *subject = &s->list[s->table[at] - 1];

        if (subject->kind == kind && strcmp(subject->id, id) == 0)
            break;
        at = (at + 1) & mask;
    }
    return at;
}

uint32_t subjects_find(const struct subjects *subjects, enum subject_kind kind, const char *id)
{
    if (!id[0] || !subjects->table_cap)
        return SUBJECT_NONE;
    return subjects->table[slot_of(subjects, kind, id)] - 1; /* 0 - 1 is SUBJECT_NONE */
}

static bool grow(struct subjects *s)
{
    size_t cap = s->cap ? s->cap * 2 : 64;
    struct subject *list = realloc(s->list, cap * sizeof(*list));
    uint32_t *table = calloc(cap * 2, sizeof(*table));

    s->list = list ? list : s->list;
    if (!list || !table) {
        free(table);
        return false;
    }
    free(s->table);
    s->table = table;
    s->table_cap = cap * 2;
    s->cap = cap;
    for (size_t i = 0; i < s->count; i++)
        s->table[slot_of(s, s->list[i].kind, s->list[i].id)] = (uint32_t)i + 1;
    return true;
}

static const char *copy(struct subjects *s, const char *text)
{
    return (const char *)arena_copy(&s->arena, slice_of(text ? text : "")).ptr;
}

static bool fill_text(struct subjects *s, const char **field, const char *text, bool *changed)
{
    const char *kept;

    if ((*field)[0] || !text || !text[0])
        return true;
    kept = copy(s, text);
    if (!kept)
        return false;
    *field = kept;
    *changed = true;
    return true;
}

static void fill_time(int64_t *field, int64_t time)
{
    if (*field == RECORD_NO_TIME)
        *field = time;
}

/* `known` is there already: what else is learned of it. */
static enum status fill_in(struct subjects *s, struct subject *known, const struct subject *more,
                           bool *changed)
{
    if (more->owner && !known->owner) {
        known->owner = true;
        *changed = true;
    }
    /* An owner has days of its own, which nobody who uses its key answers for. */
    if (!known->owner && known->parent == SUBJECT_NONE && more->parent != SUBJECT_NONE &&
        &s->list[more->parent] != known) {
        known->parent = more->parent;
        *changed = true;
    }
    fill_time(&known->made, more->made);
    fill_time(&known->expires, more->expires);
    if (!fill_text(s, &known->how, more->how, changed) ||
        !fill_text(s, &known->user, more->user, changed) ||
        !fill_text(s, &known->role, more->role, changed))
        return err_nomem();
    return STATUS_OK;
}

enum status subjects_add(struct subjects *subjects, const struct subject *subject, bool *changed)
{
    uint32_t index = subjects_find(subjects, subject->kind, subject->id);
    struct subject *added;

    if (index != SUBJECT_NONE)
        return fill_in(subjects, &subjects->list[index], subject, changed);
    if (!subject->id[0])
        return STATUS_OK;
    if (subjects->count >= LIMIT_TRAIL_SUBJECTS) {
        subjects->cut = true;
        return STATUS_OK;
    }
    if (subjects->count == subjects->cap && !grow(subjects))
        return err_nomem();
    added = &subjects->list[subjects->count];
    *added = *subject;
    added->id = copy(subjects, subject->id);
    added->how = copy(subjects, subject->how);
    added->user = copy(subjects, subject->user);
    added->role = copy(subjects, subject->role);
    added->state = "";
    added->state_time = RECORD_NO_TIME;
    if (!added->id || !added->how || !added->user || !added->role)
        return err_nomem();
    subjects->table[slot_of(subjects, added->kind, added->id)] = (uint32_t)++subjects->count;
    *changed = true;
    return STATUS_OK;
}

enum status subjects_set_state(struct subjects *subjects, uint32_t index, const char *state,
                               int64_t time, uint64_t order, bool *changed)
{
    struct subject *subject = &subjects->list[index];

    if (time < subject->state_time ||
        (time == subject->state_time && order <= subject->state_order))
        return STATUS_OK;
    subject->state = state;
    subject->state_time = time;
    subject->state_order = order;
    *changed = true;
    return STATUS_OK;
}

void subjects_release(struct subjects *subjects)
{
    free(subjects->list);
    free(subjects->table);
    arena_release(&subjects->arena);
    *subjects = (struct subjects){ 0 };
}
