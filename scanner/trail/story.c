/*
 * story.c - select the root's steps and add them up in the ways a reader asks for.
 *
 * What is unusual is for unusual.c.
 */
#include "trail/story.h"

#include <stdlib.h>

#include "base/array.h"
#include "trail/unusual.h"

/* --- who belongs to it --- */

static int by_index(const void *a, const void *b)
{
    const uint32_t *left = a, *right = b;

    return (*left > *right) - (*left < *right);
}

bool story_follows(const struct story *story, uint32_t subject)
{
    return subject != SUBJECT_NONE &&
           (subject == story->root ||
            (story->descendant_count &&
             bsearch(&subject, story->descendants, story->descendant_count, sizeof(subject),
                     by_index)));
}

/* Is it the user that the root key belongs to, or another key of that user? */
static bool is_owners(const struct story *story, uint32_t index)
{
    const struct subject *list = story->follow->subjects.list;

    if (story->owner == SUBJECT_NONE || index == SUBJECT_NONE)
        return false;
    return index == story->owner || (list[index].kind == SUBJECT_KEY &&
                                     strcmp(list[index].user, list[story->owner].id) == 0);
}

/* What others did to the owner belongs to the story; what it did itself only where it got in. */
static bool belongs(const struct story *story, const struct step *step)
{
    return story_follows(story, step->actor) || story_follows(story, step->about) ||
           is_owners(story, step->about) ||
           (step->actor == story->owner && story->owner != SUBJECT_NONE &&
            strcmp(step->name, "ConsoleLogin") == 0);
}

size_t story_subject_count(const struct story *story)
{
    bool owned = story->owner != SUBJECT_NONE && !story_follows(story, story->owner);

    return story->descendant_count + 1 + owned;
}

uint32_t story_subject(const struct story *story, size_t i)
{
    if (i < story->descendant_count)
        return story->descendants[i];
    return i == story->descendant_count ? story->root : story->owner;
}

static bool add_children(struct story *story, size_t *cap, struct share children)
{
    for (size_t i = 0; i < children.count; i++) {
        uint32_t *grown = array_room(story->descendants, story->descendant_count, cap,
                                     sizeof(*story->descendants));

        if (!grown)
            return false;
        story->descendants = grown;
        /* Logs may be forged: whoever made whoever made it may be itself. */
        if (children.list[i] != story->root)
            grown[story->descendant_count++] = children.list[i];
    }
    return true;
}

static enum status find_descendants(struct story *story, const struct story_index *index)
{
    size_t cap = 0;
    bool room = add_children(story, &cap, share_of(&index->children, story->root));

    for (size_t i = 0; i < story->descendant_count && room; i++)
        room = add_children(story, &cap, share_of(&index->children, story->descendants[i]));
    if (!room)
        return err_nomem();
    if (story->descendant_count)
        qsort(story->descendants, story->descendant_count, sizeof(*story->descendants), by_index);
    return STATUS_OK;
}

/* --- adding up --- */

static void add_to_use(struct use *use, const struct step *step)
{
    use->calls += step->count;
    use->errors += step->error[0] ? step->count : 0;
    use->first = step->first.time < use->first ? step->first.time : use->first;
    use->last = step->last > use->last ? step->last : use->last;
}

/* The text of `step` that lies at `offset` in it. */
static const char *text_at(const struct step *step, size_t offset)
{
    return *(const char *const *)(const void *)((const char *)step + offset);
}

static int by_text_at(const void *a, const void *b, void *offset)
{
    const struct step *const *left = a, *const *right = b;

    return strcmp(text_at(*left, *(size_t *)offset), text_at(*right, *(size_t *)offset));
}

static int by_calls(const void *a, const void *b)
{
    const struct use *left = a, *right = b;

    if (left->calls != right->calls)
        return left->calls > right->calls ? -1 : 1;
    return strcmp(left->text, right->text);
}

/* Add up `calls` (n of them, whose order changes) by the text at `offset`. */
static enum status add_uses(struct use_list *uses, const struct step **calls, size_t n,
                            size_t offset)
{
    uses->list = calloc(n + 1, sizeof(*uses->list));
    if (!uses->list)
        return err_nomem();
    if (n)
        qsort_r(calls, n, sizeof(struct step *), by_text_at, &offset);
    for (size_t i = 0; i < n; i++) {
        const char *text = text_at(calls[i], offset);

        if (!i || strcmp(text, text_at(calls[i - 1], offset)) != 0)
            uses->list[uses->count++] =
                (struct use){ .text = text, .first = calls[i]->first.time, .last = calls[i]->last };
        add_to_use(&uses->list[uses->count - 1], calls[i]);
    }
    if (uses->count)
        qsort(uses->list, uses->count, sizeof(*uses->list), by_calls);
    return STATUS_OK;
}

static void add_call(struct story *story, const struct step *step)
{
    story->calls += step->count;
    story->own_calls += step->actor == story->root ? step->count : 0;
    story->after += step->actor == story->root ? step->after : 0;
    story->errors += step->error[0] ? step->count : 0;
    story->denied += call_denied(step->error) ? step->count : 0;
    story->bytes += step->bytes;
    if (story->first == RECORD_NO_TIME || step->first.time < story->first)
        story->first = step->first.time;
    story->last = step->last > story->last ? step->last : story->last;
}

/* Did it make the root, a key or a user? */
static bool is_making(const struct story *story, const struct step *step)
{
    const struct subject *root = &story->follow->subjects.list[story->root];
    const char *name = root->kind == SUBJECT_KEY ? "CreateAccessKey" : "CreateUser";

    return step->about == story->root && !step->error[0] && strcmp(step->name, name) == 0;
}

/* Into the steps of the story, and into `calls` (`*n` of them) those made by the root and its. */
static void add_step(struct story *story, const struct step *step, const struct step **calls,
                     size_t *n)
{
    if (story->owner != SUBJECT_NONE && step->actor == story->owner)
        story->owner_calls += step->count;
    if (!belongs(story, step))
        return;
    story->steps[story->step_count++] = step;
    if (!story->created && is_making(story, step))
        story->created = step;
    if (!story_follows(story, step->actor))
        return;
    add_call(story, step);
    calls[(*n)++] = step;
}

/* Which steps may belong to the story, by their index. */
struct candidates {
    uint32_t *list; /* count of them */
    size_t count, cap;
};

static bool add_candidates(struct candidates *c, struct share steps)
{
    for (size_t i = 0; i < steps.count; i++) {
        uint32_t *grown = array_room(c->list, c->count, &c->cap, sizeof(*grown));

        if (!grown)
            return false;
        c->list = grown;
        grown[c->count++] = steps.list[i];
    }
    return true;
}

/* Those of all whose doings make the story, and of the user's other keys what was done to them. A
 * step that has two of them is there twice. */
static enum status find_candidates(struct candidates *out, const struct story *story,
                                   const struct story_index *index)
{
    struct share keys = { 0 };
    bool room = true;

    if (story->owner != SUBJECT_NONE)
        keys = share_of(&index->keys, story->owner);
    for (size_t i = 0; i < story_subject_count(story) && room; i++)
        room = add_candidates(out, share_of(&index->steps, story_subject(story, i)));
    for (size_t i = 0; i < keys.count && room; i++)
        room = add_candidates(out, share_of(&index->steps, keys.list[i]));
    if (out->count)
        qsort(out->list, out->count, sizeof(*out->list), by_index);
    return room ? STATUS_OK : err_nomem();
}

static enum status add_all_uses(struct story *story, const struct step **calls, size_t n)
{
    const struct {
        struct use_list *uses;
        size_t offset;
    } all[] = { { &story->addresses, offsetof(struct step, address) },
                { &story->agents, offsetof(struct step, agent) },
                { &story->regions, offsetof(struct step, region) },
                { &story->services, offsetof(struct step, source) } };
    enum status status = STATUS_OK;

    for (size_t i = 0; i < COUNT_OF(all) && !status; i++)
        status = add_uses(all[i].uses, calls, n, all[i].offset);
    return status;
}

static enum status add_steps(struct story *story, const struct story_index *index)
{
    const struct step *steps = ledger_steps(&story->follow->ledger);
    struct candidates candidates = { 0 };
    enum status status = find_candidates(&candidates, story, index);
    const struct step **calls = calloc(candidates.count + 1, sizeof(*calls));
    size_t n = 0;

    story->steps = calloc(candidates.count + 1, sizeof(*story->steps));
    if (!status && (!story->steps || !calls))
        status = err_nomem();
    for (size_t i = 0; i < candidates.count && !status; i++)
        if (!i || candidates.list[i] != candidates.list[i - 1])
            add_step(story, &steps[candidates.list[i]], calls, &n);
    if (!status)
        status = add_all_uses(story, calls, n);
    free(candidates.list);
    free(calls);
    return status;
}

/* The first use since the leak, from the ten minutes that each address was seen in. */
static void find_exposed(struct story *story, const struct story_index *index)
{
    int64_t since = story->follow->subjects.list[story->root].exposed;
    struct share spells = share_of(&index->spells, story->root);

    for (size_t i = 0; i < spells.count && since != RECORD_NO_TIME; i++) {
        const struct spell *spell = &ledger_spells(&story->follow->ledger)[spells.list[i]];
        int64_t from = spell->from > since ? spell->from : since;

        if (spell->to >= since &&
            (story->first_exposed == RECORD_NO_TIME || from < story->first_exposed))
            story->first_exposed = from;
    }
}

bool story_is_hunted(const struct story *story)
{
    unsigned score = 0;

    for (size_t i = 0; i < story->reason_count; i++)
        score += story->reasons[i].indicator->seed ? story->reasons[i].indicator->score : 0;
    return score >= story->follow->indicators->hunt_score;
}

bool story_is_open(const struct subject *subject, int64_t now)
{
    if (strcmp(subject->state, "inactive") == 0 || strcmp(subject->state, "deleted") == 0)
        return false;
    return subject->expires == RECORD_NO_TIME || subject->expires > now;
}

/* --- all of it --- */

enum status story_tell(struct story *out, const struct story_index *index, uint32_t root,
                       const struct geo *geo)
{
    const struct follow *follow = index->follow;
    const struct subject *subject = &follow->subjects.list[root];
    enum status status;

    *out = (struct story){ .follow = follow,
                           .root = root,
                           .owner = subjects_find(&follow->subjects, SUBJECT_USER, subject->user),
                           .first = RECORD_NO_TIME,
                           .last = RECORD_NO_TIME,
                           .first_exposed = RECORD_NO_TIME };
    if ((status = find_descendants(out, index)) || (status = add_steps(out, index)))
        return status;
    find_exposed(out, index);
    return unusual_find(out, index, geo);
}

void story_release(struct story *story)
{
    arena_release(&story->arena);
    free(story->steps);
    free(story->descendants);
    free(story->addresses.list);
    free(story->agents.list);
    free(story->regions.list);
    free(story->services.list);
    free(story->reasons);
}
