/* covered.c - lines into sets of ids, and a repository into lines. */
#include "git/covered.h"

#include <stdlib.h>

#include "base/array.h"
#include "git/history_private.h"

/* "^ID" for a range. */
static enum status add_tip(struct covered *covered, struct slice id)
{
    const char **grown;
    struct history_range *since = &covered->since;
    char *text = arena_alloc(&covered->arena, id.len + 2);

    grown = array_room(covered->revisions, since->revision_count, &covered->cap, sizeof(*grown));
    if (!grown)
        return err_nomem();
    covered->revisions = grown;
    if (!text)
        return err_nomem();
    text[0] = '^';
    memcpy(text + 1, id.ptr, id.len);
    text[id.len + 1] = 0;
    covered->revisions[since->revision_count++] = text;
    since->revisions = covered->revisions;
    since->everything = since->lenient = true;
    return STATUS_OK;
}

enum status covered_take(struct covered *covered, struct slice line)
{
    const struct {
        struct slice word;
        struct id_map *map;
    } kinds[] = { { SLICE("tip "), NULL },
                  { SLICE("pack "), &covered->packs },
                  { SLICE("loose "), &covered->loose },
                  { SLICE("shallow "), &covered->shallow } };

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct slice hex;
        struct object_id id;
        enum status status;

        if (!slice_starts(line, kinds[i].word))
            continue;
        hex = slice_sub(line, kinds[i].word.len, line.len);
        if (hex.len != ID_DIGITS || !id_parse(&id, hex) || id_is_zero(&id))
            return STATUS_INVALID;
        status = kinds[i].map ? id_map_add(kinds[i].map, &id, 0) : add_tip(covered, hex);
        return status == STATUS_STOPPED ? STATUS_OK : status;
    }
    return STATUS_INVALID;
}

void covered_release(struct covered *covered)
{
    arena_release(&covered->arena);
    free(covered->revisions);
    id_map_release(&covered->packs);
    id_map_release(&covered->loose);
    id_map_release(&covered->shallow);
    *covered = (struct covered){ 0 };
}

/* --- a repository --- */

static void write_id(struct buf *out, const char *word, const struct object_id *id)
{
    char hex[ID_DIGITS + 1];

    id_hex(id, hex);
    buf_printf(out, "%s %s\n", word, hex);
}

void history_note(const struct history *history, struct buf *out)
{
    const struct objects *objects = &history->objects;
    const struct refs *refs = &history->refs;
    struct object_id sum;

    for (size_t i = 0; i < refs->tip_count; i++)
        if (!id_is_zero(&refs->tips[i].id))
            write_id(out, "tip", &refs->tips[i].id);
    for (size_t i = 0; i < refs->shallow.cap; i++)
        if (!id_is_zero(&refs->shallow.slots[i].id))
            write_id(out, "shallow", &refs->shallow.slots[i].id);
    for (size_t i = 0; history->all && i < objects->pack_count; i++)
        if (pack_checksum(&objects->packs[i], &sum))
            write_id(out, "pack", &sum);
    for (size_t i = 0; history->all && i < objects->loose_count; i++)
        write_id(out, "loose", &objects->loose[i].id);
}

bool history_still_covered(const struct history *history, const struct covered *covered)
{
    for (size_t i = 0; i < covered->shallow.cap; i++)
        if (!id_is_zero(&covered->shallow.slots[i].id) &&
            !id_map_find(&history->refs.shallow, &covered->shallow.slots[i].id))
            return false;
    return true;
}

/* Which packs are covered, by their place; whether all that were are still there. */
static bool *find_packs(const struct objects *objects, const struct covered *covered, bool *whole)
{
    bool *known = calloc(objects->pack_count + 1, sizeof(*known));
    size_t found = 0;
    struct object_id sum;

    for (size_t i = 0; known && i < objects->pack_count; i++) {
        known[i] = pack_checksum(&objects->packs[i], &sum) && id_map_find(&covered->packs, &sum);
        found += known[i];
    }
    *whole = covered->packs.count && found >= covered->packs.count;
    return known;
}

static bool is_in(const struct objects *objects, const bool *known, const struct covered *covered,
                  const struct object_id *id)
{
    uint32_t index;

    for (size_t i = 0; i < objects->pack_count; i++)
        if (known[i] && pack_find(&objects->packs[i], id, &index))
            return true;
    return id_map_find(&covered->loose, id) != NULL;
}

enum status history_list_uncovered(struct history *history, const struct covered *covered)
{
    const struct objects *objects = &history->objects;
    uint8_t *old = calloc(objects->total + (size_t)1, 1);
    bool whole, *known = find_packs(objects, covered, &whole);
    enum status status = known && old ? STATUS_OK : err_nomem();

    history->list = malloc((objects->order_count + (size_t)1) * sizeof(*history->list));
    if (!history->list)
        status = err_nomem();
    /* After a repack, or a scan of what is reached alone, only the tips say what was covered. */
    if (!status && !whole)
        status = history_mark_old(history, &covered->since, old);
    for (uint32_t i = 0; !status && i < objects->order_count; i++) {
        uint32_t number = objects->order[i];

        if (!old[number] && !is_in(objects, known, covered, objects_id(objects, number)))
            history->list[history->list_count++] = number;
    }
    free(known);
    free(old);
    return status;
}
