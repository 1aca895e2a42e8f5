/* pair_evidence.c - names, labels, structure, order and distance, in figures. */
#include "detect/pair_evidence.h"

#include "detect/match.h"
#include "detect/pair.h"

static int log2_floor(uint64_t n)
{
    int bits = 0;

    while (n >>= 1)
        bits++;
    return bits;
}

static bool differ(uint64_t a, uint64_t b)
{
    return a && b && a != b;
}

/* +: in one object; -: in two; 0: not known, or one inside the other. */
static int object_evidence(const struct part *id, const struct part *other)
{
    if (id->layer != other->layer)
        return 0;
    if (id->object && id->object == other->object)
        return 1;
    if (!differ(id->object, other->object))
        return 0;
    return id->object == other->outer || other->object == id->outer ? 0 : -1;
}

bool pair_share_block(const struct part *a, const struct part *b)
{
    return (a->block && (a->block == b->block || a->block == b->row)) ||
           (b->block && b->block == a->row);
}

/* Do they stand in two sections? One that sees none is in another's if that began before it. */
static bool sections_differ(const struct part *a, const struct part *b)
{
    if (!a->section || !b->section)
        return a->section > b->here || b->section > a->here;
    return a->section != b->section;
}

int pair_weigh(const struct part *id, const struct part *other)
{
    uint64_t bytes = pair_gap(id, other);
    bool bare = other->role == ROLE_SECRET && other->label == LABEL_NONE;
    bool named = id->stem && id->stem == other->stem;
    bool comparable = id->layer == other->layer;
    int object = object_evidence(id, other);
    int weight = 100;

    if (bytes > (bare ? MATCH_NEAR_BYTES : PAIR_REACH_BYTES))
        return 0;
    if (!named && ((comparable && sections_differ(id, other)) || (bare && object < 0)))
        return 0;
    weight += other->label == LABEL_STRONG ? 60 : other->label == LABEL_WEAK ? 40 : 0;
    weight += named ? 120 : differ(id->stem, other->stem) ? -60 : 0;
    weight += object > 0 ? 60 : object < 0 ? -50 : 0;
    weight += comparable && id->row == other->row ? 30 : 0;
    weight += comparable && pair_share_block(id, other) ? 50 : 0;
    weight += comparable && id->paragraph == other->paragraph ? 15 : -15;
    weight += id->offset < other->offset ? 5 : 0;
    weight -= 6 * log2_floor(1 + bytes / 8);
    return weight > 0 ? weight : 0;
}

bool pair_is_rule(const struct ruleset *set, const struct part *id, const struct part *other)
{
    for (size_t i = 0; i < ruleset_rules(set); i++) {
        const struct composition *rule = ruleset_rule(set, i);

        if (rule->part[ROLE_ID] == id->kind && rule->part[other->role] == other->kind)
            return true;
    }
    return false;
}

enum confidence pair_confidence(const struct part *id, const struct part *secret)
{
    bool together = (id->layer == secret->layer && id->row == secret->row) ||
                    object_evidence(id, secret) > 0 || (id->stem && id->stem == secret->stem);
    uint64_t bytes = pair_gap(id, secret);

    if (secret->label == LABEL_STRONG)
        return bytes <= 1024 || together ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM;
    if (secret->label == LABEL_WEAK)
        return bytes <= 512 || together ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM;
    if (bytes <= 128)
        return CONFIDENCE_HIGH;
    return bytes <= 512 || together ? CONFIDENCE_MEDIUM : CONFIDENCE_LOW;
}
