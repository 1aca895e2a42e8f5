/* pair_units.c - groups of parts by unit, sorted; and a handful of examples. */
#include "detect/pair_units.h"

#include <stdlib.h>

#include "base/array.h"
#include "detect/pair_evidence.h"

/* A secret without a label is one of its unit's id up to so many bytes away. */
enum { BARE_BYTES = 256 };

/* --- examples --- */

/* Are the two in one unit of this kind? */
static bool share(enum unit unit, const struct part *a, const struct part *b)
{
    if (a->layer != b->layer)
        return false;
    if (unit == UNIT_ROW)
        return a->row == b->row;
    if (unit == UNIT_OBJECT)
        return a->object && a->object == b->object;
    return pair_share_block(a, b);
}

/* Has each such a unit, but not the same one? */
static bool part_ways(enum unit unit, const struct part *a, const struct part *b)
{
    bool both = unit == UNIT_ROW || (unit == UNIT_OBJECT && a->object && b->object) ||
                (unit == UNIT_BLOCK && a->block && b->block);

    return a->layer == b->layer && both && !share(unit, a, b);
}

/* Names tell of objects and blocks; rows are those of a table, where columns stand for names. */
static bool tells(enum unit unit, const struct part *id, const struct part *secret)
{
    if (!id->name || !secret->name || id->name == secret->name)
        return false;
    return unit == UNIT_ROW ? part_in_column(id) && part_in_column(secret)
                            : !part_in_column(id) && !part_in_column(secret);
}

void pair_examples_add(struct pair_examples *examples, const struct part *id,
                       const struct part *secret)
{
    examples->stems |= id->stem && id->stem == secret->stem;
    for (enum unit unit = UNIT_ROW; unit < UNIT_COUNT; unit++) {
        struct pair_example example = { unit, id->name, secret->name, secret->label > LABEL_NONE };
        bool known = false;

        if (!share(unit, id, secret) || !tells(unit, id, secret))
            continue;
        for (size_t i = 0; i < examples->count; i++)
            known |= examples->list[i].unit == unit && examples->list[i].id_name == id->name &&
                     examples->list[i].secret_name == secret->name;
        if (!known && examples->count < COUNT_OF(examples->list))
            examples->list[examples->count++] = example;
    }
}

bool pair_examples_forbid(const struct pair_examples *examples, const struct part *id,
                          const struct part *secret)
{
    if (id->stem && secret->stem) {
        if (id->stem == secret->stem)
            return false;
        if (examples->stems)
            return true;
    }
    for (size_t i = 0; i < examples->count; i++) {
        const struct pair_example *example = &examples->list[i];

        if (example->id_name != id->name)
            continue;
        if (example->secret_name == secret->name && part_ways(example->unit, id, secret))
            return true;
        /* Where secrets have their name, what has none is another value of the record. */
        if (example->secret_name != secret->name && example->labelled &&
            secret->label == LABEL_NONE)
            return true;
    }
    return false;
}

/* --- units --- */

/* A part in a unit; those of one unit follow one another when sorted. */
struct membership {
    uint64_t layer, key;
    uint32_t part;
};

static int by_unit(const void *a, const void *b)
{
    const struct membership *left = a, *right = b;

    if (left->layer != right->layer)
        return left->layer < right->layer ? -1 : 1;
    if (left->key != right->key)
        return left->key > right->key ? -1 : 1; /* inner units begin behind outer ones */
    return (left->part > right->part) - (left->part < right->part);
}

static size_t enter(struct membership *list, size_t count, const struct part *parts, size_t i,
                    uint64_t key)
{
    if (key)
        list[count++] = (struct membership){ parts[i].layer, key, (uint32_t)i };
    return count;
}

/* The memberships in units of one kind. A line is of the block that is indented under it, too. */
static size_t collect(struct membership *list, const struct part *parts, size_t n,
                      const uint32_t *partner, enum unit unit)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++) {
        const struct part *part = &parts[i];

        if (partner[i] || part->role == ROLE_TOKEN)
            continue;
        if (unit == UNIT_OBJECT)
            count = enter(list, count, parts, i, part->object);
        else
            count = enter(list, count, parts, i, part->row);
        if (unit == UNIT_BLOCK)
            count = enter(list, count, parts, i, part->block);
    }
    qsort(list, count, sizeof(*list), by_unit);
    return count;
}

/* The one secret among `n` members that is the id's: of several the one that has a label. */
static size_t secret_of(const struct ruleset *set, const struct part *parts,
                        const struct membership *list, size_t n, size_t id,
                        const struct pair_examples *examples)
{
    size_t labelled = SIZE_MAX, bare = SIZE_MAX, labels = 0, bares = 0;

    for (size_t i = 0; i < n; i++) {
        const struct part *part = &parts[list[i].part];

        if (part->role != ROLE_SECRET || !pair_is_rule(set, &parts[id], part) ||
            !pair_weigh(&parts[id], part))
            continue;
        if (part->label > LABEL_NONE) {
            labelled = list[i].part;
            labels++;
        } else if (examples && !pair_examples_forbid(examples, &parts[id], part)) {
            bare = list[i].part;
            bares++;
        }
    }
    if (labels)
        return labels == 1 ? labelled : SIZE_MAX;
    return bares == 1 && pair_gap(&parts[id], &parts[bare]) <= BARE_BYTES ? bare : SIZE_MAX;
}

/* Is the group of the block that its key names, and no row by itself? */
static bool has_block(const struct part *parts, const struct membership *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (parts[list[i].part].block == list[i].key)
            return true;
    return false;
}

/* Rows are those of tables: what has names may stand in a line that was folded, or in one with
 * others. */
static bool is_row(const struct part *parts, const struct membership *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!part_in_column(&parts[list[i].part]))
            return false;
    return true;
}

/* The one id among the members; SIZE_MAX where there is none or there are several. */
static size_t only_id(const struct part *parts, const struct membership *list, size_t n)
{
    size_t id = SIZE_MAX;

    for (size_t i = 0; i < n; i++) {
        if (parts[list[i].part].role != ROLE_ID)
            continue;
        if (id != SIZE_MAX)
            return SIZE_MAX;
        id = list[i].part;
    }
    return id;
}

enum status pair_units(const struct ruleset *set, const struct part *parts, size_t n,
                       const uint32_t *partner, const struct pair_examples *examples,
                       struct arena *arena, pair_units_fn *fn, void *ctx)
{
    struct membership *list = arena_alloc(arena, 2 * n * sizeof(*list));

    if (!list)
        return err_nomem();
    for (enum unit unit = UNIT_ROW; unit < UNIT_COUNT; unit++) {
        size_t count = collect(list, parts, n, partner, unit);

        for (size_t first = 0, end; first < count; first = end) {
            size_t id, secret = SIZE_MAX;

            for (end = first + 1; end < count && list[end].key == list[first].key &&
                                  list[end].layer == list[first].layer;)
                end++;
            id = end - first > 1 ? only_id(parts, list + first, end - first) : SIZE_MAX;
            if ((unit == UNIT_BLOCK && !has_block(parts, list + first, end - first)) ||
                (unit == UNIT_ROW && !is_row(parts, list + first, end - first)))
                continue;
            if (id != SIZE_MAX && !partner[id])
                secret = secret_of(set, parts, list + first, end - first, id, examples);
            if (secret != SIZE_MAX && !partner[secret])
                fn(ctx, id, secret);
        }
    }
    return STATUS_OK;
}
