/* learned.c - an array, an open-addressed index over it, and the order of what is in it. */
#include "trail/learned.h"

#include <stdlib.h>

#include "base/limits.h"

/* By time, then by content: the order in which threads learned it tells nothing. */
static int by_learning(const void *a, const void *b)
{
    const struct learned *left = a, *right = b;
    int order;

    if (left->time != right->time)
        return left->time < right->time ? -1 : 1;
    if (left->order != right->order)
        return left->order < right->order ? -1 : 1;
    if (left->subject.kind != right->subject.kind)
        return left->subject.kind < right->subject.kind ? -1 : 1;
    if ((order = strcmp(left->subject.id, right->subject.id)))
        return order;
    if (left->subject.parent != right->subject.parent)
        return left->subject.parent < right->subject.parent ? -1 : 1;
    order = strcmp(left->subject.how, right->subject.how);
    return order ? order : strcmp(left->subject.user, right->subject.user);
}

/* What is learned of one subject: that it came of something, whose it is, or what it is now. */
static unsigned aspect(const struct subject *subject)
{
    return subject->state ? 2 : subject->parent != SUBJECT_NONE;
}

static size_t learned_slot(const struct learned_set *set, const struct subject *subject)
{
    size_t mask = 2 * set->cap - 1;
    uint64_t hash = 14695981039346656037u + 3 * subject->kind + aspect(subject);

    for (const char *at = subject->id; *at; at++)
        hash = (hash ^ (uint8_t)*at) * 1099511628211u;
    for (size_t slot = (size_t)(hash ^ hash >> 29) & mask;; slot = (slot + 1) & mask) {
        const struct subject *held =
            set->slots[slot] ? &set->list[set->slots[slot] - 1].subject : NULL;

        if (!held || (held->kind == subject->kind && aspect(held) == aspect(subject) &&
                      strcmp(held->id, subject->id) == 0))
            return slot;
    }
}

static bool learned_grow(struct learned_set *set)
{
    size_t cap = set->cap ? set->cap * 2 : 64;
    struct learned *grown = realloc(set->list, cap * sizeof(*grown));
    uint32_t *slots = calloc(2 * cap, sizeof(*slots));

    set->list = grown ? grown : set->list;
    if (!grown || !slots) {
        free(slots);
        return false;
    }
    free(set->slots);
    set->slots = slots;
    set->cap = cap;
    for (size_t i = 0; i < set->count; i++)
        slots[learned_slot(set, &set->list[i].subject)] = (uint32_t)i + 1;
    return true;
}

static void learned_free(struct learned *learned)
{
    free((void *)(uintptr_t)learned->subject.id);
    free((void *)(uintptr_t)learned->subject.how);
    free((void *)(uintptr_t)learned->subject.user);
    free((void *)(uintptr_t)learned->subject.role);
}

static bool copy_learned(struct learned *to, const struct learned *from)
{
    *to = *from;
    to->subject.id = strdup(from->subject.id);
    to->subject.how = strdup(from->subject.how);
    to->subject.user = strdup(from->subject.user);
    to->subject.role = strdup(from->subject.role);
    if (to->subject.id && to->subject.how && to->subject.user && to->subject.role)
        return true;
    learned_free(to);
    return false;
}

enum status learned_add(struct learned_set *set, const struct subject *subject, int64_t time,
                        uint64_t order)
{
    struct learned fresh = { *subject, time, order }, copy;
    uint32_t *slot;

    if (!subject->id[0])
        return STATUS_OK;
    if (set->count >= LIMIT_TRAIL_LEARNED) {
        set->cut = true;
        return STATUS_OK;
    }
    if (set->count == set->cap && !learned_grow(set))
        return err_nomem();
    slot = &set->slots[learned_slot(set, subject)];
    if (*slot && (by_learning(&fresh, &set->list[*slot - 1]) < 0) == (subject->state != NULL))
        return STATUS_OK;
    if (!copy_learned(&copy, &fresh))
        return err_nomem();
    if (*slot)
        learned_free(&set->list[*slot - 1]);
    else
        *slot = (uint32_t)++set->count;
    set->list[*slot - 1] = copy;
    return STATUS_OK;
}

void learned_sort(struct learned_set *set)
{
    if (set->count)
        qsort(set->list, set->count, sizeof(*set->list), by_learning);
}

void learned_clear(struct learned_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        learned_free(&set->list[i]);
    set->count = 0;
    set->cut = false;
    if (set->slots)
        memset(set->slots, 0, 2 * set->cap * sizeof(*set->slots));
}

void learned_release(struct learned_set *set)
{
    learned_clear(set);
    free(set->list);
    free(set->slots);
    *set = (struct learned_set){ 0 };
}
