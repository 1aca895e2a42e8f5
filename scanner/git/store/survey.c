/*
 * survey.c - one look at the header of every entry of a pack.
 *
 * The entries are put in the order of a walk through the trees that bases and deltas make: a base,
 * then its first delta and what hangs on that, then the next. Who decodes them in this order needs
 * each base only while it is on the way from the root to the entry at hand.
 */
#include <stdlib.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/parallel.h"
#include "git/store/pack.h"

enum {
    TRAILER_BYTES = 20,
    WINDOW_BYTES = 256 * 1024,
    SURVEY_STEP = 16384 /* entries that a worker looks at in one go */
};

/* One entry, in the order of the offsets: its number there is its position. */
struct spot {
    uint64_t offset : 48;
    uint64_t type : 8;
    uint32_t index; /* in pack.entries */
    uint32_t base;  /* a position, or PACK_BASE_..., or, until link_deltas(), WHOLE and the type */
};

/*
 * What an entry that is no delta has for its base while headers are read: the type cannot be set
 * then, for it shares its bytes with the offset, which other workers read. An index is too small
 * (LIMIT_GIT_INDEX_BYTES) for positions to get there.
 */
#define WHOLE (UINT32_MAX - 16)

struct survey {
    struct pack *pack;
    struct spot *spots; /* `count` entries that have an offset */
    uint32_t count;
    uint32_t *position; /* of each entry that is a spot */
    uint32_t *bucket;   /* first position whose offset >> bucket_shift is the index or more */
    unsigned bucket_shift;
    uint32_t *child, *sibling; /* of each spot: first delta of it; next delta of the same base */
    struct peek {
        uint8_t *bytes; /* WINDOW_BYTES */
        uint64_t at;
        size_t len;
    } * peeks; /* one a worker */
};

/* Sort by offset, 11 bits at a time: comparing sorts take a tenth of a second on a large pack. */
static enum status sort_spots(struct survey *survey)
{
    const struct pack *pack = survey->pack;
    struct spot *from = malloc((pack->count + (size_t)1) * sizeof(*from));
    struct spot *to = malloc((pack->count + (size_t)1) * sizeof(*to));

    for (uint32_t i = 0; from && i < pack->count; i++)
        if (pack->entries[i].base != PACK_BASE_BROKEN)
            from[survey->count++] = (struct spot){ .offset = pack->entries[i].offset, .index = i };
    for (unsigned shift = 0; from && to && pack->size >> shift; shift += 11) {
        uint32_t at[2049] = { 0 };
        struct spot *swap = from;

        for (uint32_t i = 0; i < survey->count; i++)
            at[((from[i].offset >> shift) & 2047) + 1]++;
        for (size_t b = 1; b < 2048; b++)
            at[b] += at[b - 1];
        for (uint32_t i = 0; i < survey->count; i++)
            to[at[(from[i].offset >> shift) & 2047]++] = from[i];
        from = to;
        to = swap;
    }
    survey->spots = from;
    free(to);
    return from && to ? STATUS_OK : err_nomem();
}

/* Say where each entry stands, and where to look for an offset. */
static enum status index_spots(struct survey *survey)
{
    uint64_t size = survey->pack->size;
    size_t buckets, next = 0;

    while (size >> survey->bucket_shift > survey->count + 256u)
        survey->bucket_shift++;
    buckets = (size_t)(size >> survey->bucket_shift) + 2;
    survey->bucket = malloc(buckets * sizeof(*survey->bucket));
    survey->position = malloc((survey->pack->count + (size_t)1) * sizeof(*survey->position));
    if (!survey->bucket || !survey->position)
        return err_nomem();
    for (uint32_t i = 0; i < survey->count; i++) {
        survey->position[survey->spots[i].index] = i;
        while (next <= survey->spots[i].offset >> survey->bucket_shift)
            survey->bucket[next++] = i;
    }
    while (next < buckets)
        survey->bucket[next++] = survey->count;
    return STATUS_OK;
}

/* The position of the entry that begins at `offset`, or PACK_BASE_BROKEN. */
static uint32_t spot_at(const struct survey *survey, uint64_t offset)
{
    uint32_t low = survey->bucket[offset >> survey->bucket_shift];
    uint32_t end = survey->bucket[(offset >> survey->bucket_shift) + 1], high = end;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (survey->spots[middle].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < end && survey->spots[low].offset == offset ? low : PACK_BASE_BROKEN;
}

/* Up to PACK_HEADER_MAX bytes at `offset`; empty where they cannot be read. */
static struct slice peek(const struct pack *pack, struct peek *peek, uint64_t offset)
{
    uint64_t left = pack->size - TRAILER_BYTES - offset;
    size_t want = left < PACK_HEADER_MAX ? (size_t)left : PACK_HEADER_MAX;

    if (offset < peek->at || offset + want > peek->at + peek->len) {
        peek->at = offset;
        peek->len = left < WINDOW_BYTES ? (size_t)left : WINDOW_BYTES;
        if (!file_read_at(pack->fd, peek->bytes, peek->len, offset)) {
            peek->len = 0;
            return (struct slice){ 0 };
        }
    }
    return (struct slice){ peek->bytes + (offset - peek->at), want };
}

static void read_header(struct survey *survey, struct peek *from, uint32_t position)
{
    struct pack *pack = survey->pack;
    struct spot *spot = &survey->spots[position];
    uint64_t end = position + 1 < survey->count ? survey->spots[position + 1].offset
                                                : pack->size - TRAILER_BYTES;
    uint64_t packed = end - spot->offset;
    struct pack_header header;
    uint32_t index;

    spot->base = PACK_BASE_NONE;
    pack->entries[spot->index].packed = packed > UINT32_MAX ? UINT32_MAX : (uint32_t)packed;
    if (packed == 0 || !pack_header_parse(&header, peek(pack, from, spot->offset)))
        spot->base = PACK_BASE_BROKEN;
    else if (header.stored == STORED_OFS_DELTA)
        spot->base = header.distance && header.distance < spot->offset
                         ? spot_at(survey, spot->offset - header.distance)
                         : PACK_BASE_BROKEN;
    else if (header.stored != STORED_REF_DELTA)
        spot->base = WHOLE + header.stored;
    else if (!pack_find_any(pack, header.base, &index))
        spot->base = PACK_BASE_ELSEWHERE;
    else /* an entry that lies outside of the pack is found, and is broken */
        spot->base = pack->entries[index].base == PACK_BASE_BROKEN ? PACK_BASE_BROKEN
                                                                   : survey->position[index];
}

static void read_headers(void *ctx, unsigned worker, size_t from, size_t to)
{
    struct survey *survey = ctx;

    for (size_t i = from; i < to; i++)
        read_header(survey, &survey->peeks[worker], (uint32_t)i);
}

/* Hang every delta on its base; walking backwards puts the first delta first. */
static void link_deltas(struct survey *survey)
{
    memset(survey->child, 0xff, survey->count * sizeof(*survey->child));
    for (uint32_t i = survey->count; i-- > 0;) {
        uint32_t base = survey->spots[i].base;

        if (base > WHOLE && base <= WHOLE + OBJECT_TAG) {
            survey->spots[i].type = (base - WHOLE) & 7;
            survey->spots[i].base = PACK_BASE_NONE;
        } else if (base < survey->count) {
            survey->sibling[i] = survey->child[base];
            survey->child[base] = i;
        }
    }
}

/* Put the tree that hangs on `root` into the order, and give all of it the root's type. */
static void take_tree(struct survey *survey, uint32_t root)
{
    struct pack *pack = survey->pack;
    uint32_t at = root, depth = 0;

    for (;;) {
        survey->spots[at].type = survey->spots[root].type;
        pack->order[pack->order_count++] = at;
        if (survey->child[at] != UINT32_MAX && depth < LIMIT_GIT_DELTA_DEPTH) {
            at = survey->child[at];
            depth++;
            continue;
        }
        while (depth > 0 && survey->sibling[at] == UINT32_MAX) {
            at = survey->spots[at].base;
            depth--;
        }
        if (depth == 0)
            return;
        at = survey->sibling[at];
    }
}

/*
 * Turn positions into entries. Whatever no root led to is a circle, or hangs on something broken or
 * too deep.
 */
static void write_entries(struct survey *survey)
{
    struct pack *pack = survey->pack;

    for (uint32_t i = 0; i < pack->count; i++)
        pack->entries[i].base = PACK_BASE_BROKEN;
    for (uint32_t i = 0; i < pack->order_count; i++) {
        const struct spot *spot = &survey->spots[pack->order[i]];
        struct pack_entry *entry = &pack->entries[spot->index];

        entry->type = spot->type;
        entry->base = spot->base < survey->count ? survey->spots[spot->base].index : spot->base;
        pack->order[i] = spot->index;
    }
    pack->broken = pack->count - pack->order_count;
}

static enum status make_peeks(struct survey *survey, unsigned workers)
{
    survey->peeks = calloc(workers, sizeof(*survey->peeks));
    for (unsigned i = 0; survey->peeks && i < workers; i++) {
        survey->peeks[i].bytes = malloc(WINDOW_BYTES);
        if (!survey->peeks[i].bytes)
            return err_nomem();
    }
    return survey->peeks ? STATUS_OK : err_nomem();
}

static enum status link_all(struct survey *survey)
{
    size_t n = survey->pack->count + (size_t)1;

    survey->child = malloc(n * sizeof(*survey->child));
    survey->sibling = malloc(n * sizeof(*survey->sibling));
    survey->pack->order = malloc(n * sizeof(*survey->pack->order));
    if (!survey->child || !survey->sibling || !survey->pack->order)
        return err_nomem();
    link_deltas(survey);
    for (uint32_t i = 0; i < survey->count; i++)
        if (survey->spots[i].base == PACK_BASE_NONE || survey->spots[i].base == PACK_BASE_ELSEWHERE)
            take_tree(survey, i);
    write_entries(survey);
    return STATUS_OK;
}

enum status pack_survey(struct pack *pack, struct pool *pool)
{
    struct survey survey = { .pack = pack };
    unsigned workers = parallel_workers(pool);
    enum status status = sort_spots(&survey);

    if (!status)
        status = index_spots(&survey);
    if (!status)
        status = make_peeks(&survey, workers);
    if (!status)
        status = parallel_run(pool, survey.count, SURVEY_STEP, read_headers, &survey);
    if (!status)
        status = link_all(&survey);
    for (unsigned i = 0; survey.peeks && i < workers; i++)
        free(survey.peeks[i].bytes);
    free(survey.peeks);
    free(survey.spots);
    free(survey.position);
    free(survey.bucket);
    free(survey.child);
    free(survey.sibling);
    return status;
}
