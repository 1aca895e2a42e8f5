/* story_index.c - one counting sort for each kind of thing. */
#include "trail/story_index.h"

#include <stdlib.h>

#include "base/array.h"

/* What the sorting goes by. */
struct sorting {
    size_t subjects, count;                          /* how many of either */
    uint32_t (*whose)(const void *things, size_t i); /* a subject, or SUBJECT_NONE */
    uint32_t (*name)(size_t i);                      /* as what it stands in the list */
    const void *things;
};

static enum status sort_out(struct shares *out, const struct sorting *by)
{
    size_t held = 0;

    out->begin = calloc(by->subjects + 2, sizeof(*out->begin));
    if (!out->begin)
        return err_nomem();
    /* Counts stand two places further on, sums one: the filling moves each to where it begins. */
    for (size_t i = 0; i < by->count; i++) {
        uint32_t subject = by->whose(by->things, i);

        if (subject != SUBJECT_NONE) {
            out->begin[subject + 2]++;
            held++;
        }
    }
    for (size_t i = 2; i < by->subjects + 2; i++)
        out->begin[i] += out->begin[i - 1];
    out->list = calloc(held + 1, sizeof(*out->list));
    if (!out->list)
        return err_nomem();
    for (size_t i = 0; i < by->count; i++) {
        uint32_t subject = by->whose(by->things, i);

        if (subject != SUBJECT_NONE)
            out->list[out->begin[subject + 1]++] = by->name(i);
    }
    return STATUS_OK;
}

/* --- whose a thing is --- */

/* A step has two: who made the call, and whom it was about. */
static uint32_t step_subject(const void *things, size_t i)
{
    const struct step *step = &((const struct step *)things)[i / 2];

    if (i % 2 == 0)
        return step->actor;
    return step->about == step->actor ? SUBJECT_NONE : step->about;
}

static uint32_t spell_subject(const void *things, size_t i)
{
    return ((const struct spell *)things)[i].subject;
}

static uint32_t hit_subject(const void *things, size_t i)
{
    return ((const struct hit *)things)[i].subject;
}

static uint32_t parent_of(const void *things, size_t i)
{
    return ((const struct subjects *)things)->list[i].parent;
}

static uint32_t user_of(const void *things, size_t i)
{
    const struct subjects *subjects = things;
    const struct subject *subject = &subjects->list[i];

    return subject->kind == SUBJECT_KEY ? subjects_find(subjects, SUBJECT_USER, subject->user)
                                        : SUBJECT_NONE;
}

static uint32_t itself(size_t i)
{
    return (uint32_t)i;
}

static uint32_t half(size_t i)
{
    return (uint32_t)(i / 2);
}

/* --- all of it --- */

enum status story_index_init(struct story_index *out, const struct follow *follow)
{
    const struct ledger *ledger = &follow->ledger;
    const struct subjects *subjects = &follow->subjects;
    size_t n = subjects->count;
    const struct {
        struct shares *shares;
        struct sorting by;
    } all[] = {
        { &out->steps, { n, 2 * ledger->steps.count, step_subject, half, ledger_steps(ledger) } },
        { &out->spells, { n, ledger->spells.count, spell_subject, itself, ledger_spells(ledger) } },
        { &out->hits, { n, ledger->hits.count, hit_subject, itself, ledger_hits(ledger) } },
        { &out->children, { n, n, parent_of, itself, subjects } },
        { &out->keys, { n, n, user_of, itself, subjects } },
    };
    enum status status = STATUS_OK;

    *out = (struct story_index){ .follow = follow };
    for (size_t i = 0; i < COUNT_OF(all) && !status; i++)
        status = sort_out(all[i].shares, &all[i].by);
    return status;
}

void story_index_release(struct story_index *index)
{
    struct shares *all[] = { &index->steps, &index->spells, &index->hits, &index->children,
                             &index->keys };

    for (size_t i = 0; i < COUNT_OF(all); i++) {
        free(all[i]->begin);
        free(all[i]->list);
    }
    *index = (struct story_index){ 0 };
}
