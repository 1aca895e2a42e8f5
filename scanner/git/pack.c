/*
 * pack.c - reading an index, and one look at the header of every entry of its pack.
 *
 * The entries are put in the order of a walk through the trees that bases and deltas make: a base,
 * then its first delta and what hangs on that, then the next. Who decodes them in this order needs
 * each base only while it is on the way from the root to the entry at hand.
 */
#include "git/pack.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "git/file.h"

enum {
    IDX_FAN_BYTES = 256 * 4,
    IDX_V2_HEADER = 8,
    PACK_HEADER_BYTES = 12,
    TRAILER_BYTES = 20,
    WINDOW_BYTES = 256 * 1024,
};

static const uint8_t idx_magic[8] = { 0xff, 't', 'O', 'c', 0, 0, 0, 2 };

/* --- the index --- */

/* One idx file, as it lies. */
struct idx {
    struct slice bytes;
    const uint8_t *fan;
    uint32_t count;
    bool v2;
};

static enum status idx_check(struct idx *idx, struct slice bytes)
{
    uint64_t need;

    *idx = (struct idx){ .bytes = bytes };
    if (bytes.len < IDX_V2_HEADER + IDX_FAN_BYTES)
        return err_set(STATUS_CORRUPT, "its index is cut off");
    idx->v2 = memcmp(bytes.ptr, idx_magic, 4) == 0;
    if (idx->v2 && memcmp(bytes.ptr, idx_magic, sizeof(idx_magic)))
        return err_set(STATUS_CORRUPT, "its index has a version that is not known");
    idx->fan = bytes.ptr + (idx->v2 ? IDX_V2_HEADER : 0);
    idx->count = read_be32(idx->fan + 255 * 4);
    need = (idx->v2 ? IDX_V2_HEADER : 0) + IDX_FAN_BYTES + 2 * TRAILER_BYTES +
           (uint64_t)idx->count * (idx->v2 ? ID_BYTES + 8 : ID_BYTES + 4);
    if (idx->count > PACK_COUNT_MAX || bytes.len < need ||
        bytes.len - need > (idx->v2 ? (uint64_t)idx->count * 8 : 0))
        return err_set(STATUS_CORRUPT, "its index does not have the size that it names");
    return STATUS_OK;
}

static const uint8_t *idx_id(const struct idx *idx, uint32_t i)
{
    const uint8_t *table = idx->fan + IDX_FAN_BYTES;

    return idx->v2 ? table + (size_t)i * ID_BYTES : table + (size_t)i * (4 + ID_BYTES) + 4;
}

/* The offset of entry `i`; UINT64_MAX where the index points outside of itself. */
static uint64_t idx_offset(const struct idx *idx, uint32_t i)
{
    const uint8_t *table = idx->fan + IDX_FAN_BYTES;
    uint64_t from;
    uint32_t offset;

    if (!idx->v2)
        return read_be32(table + (size_t)i * (4 + ID_BYTES));
    table += (size_t)idx->count * (ID_BYTES + 4);
    offset = read_be32(table + (size_t)i * 4);
    if (!(offset & 0x80000000u))
        return offset;
    from = (uint64_t)(table - idx->bytes.ptr) + (uint64_t)idx->count * 4 +
           (uint64_t)(offset & 0x7fffffffu) * 8;
    if (from + 8 > idx->bytes.len - 2 * TRAILER_BYTES)
        return UINT64_MAX;
    return read_be64(idx->bytes.ptr + from);
}

/* Copy ids and offsets out of the index, and make the fan anew from the ids. */
static enum status take_index(struct pack *pack, const struct idx *idx)
{
    uint32_t counts[256] = { 0 };
    size_t n = idx->count;

    pack->count = idx->count;
    pack->ids = malloc(n * sizeof(*pack->ids) + 1);
    pack->entries = calloc(n + 1, sizeof(*pack->entries));
    if (!pack->ids || !pack->entries)
        return err_nomem();
    for (uint32_t i = 0; i < n; i++) {
        uint64_t offset = idx_offset(idx, i);

        memcpy(&pack->ids[i], idx_id(idx, i), ID_BYTES);
        counts[pack->ids[i].byte[0]]++;
        if (i && id_cmp(&pack->ids[i - 1], &pack->ids[i]) >= 0)
            pack->damage = "its index is not in order";
        pack->entries[i].base = PACK_BASE_BROKEN;
        if (offset >= PACK_HEADER_BYTES && offset < pack->size - TRAILER_BYTES) {
            pack->entries[i].offset = offset;
            pack->entries[i].base = PACK_BASE_NONE;
        }
    }
    for (size_t b = 0; b < 256; b++)
        pack->fan[b + 1] = pack->fan[b] + counts[b];
    return STATUS_OK;
}

static enum status read_index(struct pack *pack)
{
    size_t stem = strlen(pack->path) - strlen(".pack");
    char *path = malloc(stem + sizeof(".idx"));
    struct buf bytes = { 0 };
    struct idx idx;
    enum status status;
    uint8_t trailer[TRAILER_BYTES];

    if (!path)
        return err_nomem();
    memcpy(path, pack->path, stem);
    memcpy(path + stem, ".idx", sizeof(".idx"));
    status = file_read(&bytes, path, LIMIT_GIT_INDEX_BYTES);
    if (status == STATUS_ABSENT)
        status = err_set(STATUS_CORRUPT, "it has no index");
    if (!status)
        status = idx_check(&idx, buf_view(&bytes));
    if (!status)
        status = take_index(pack, &idx);
    if (!status &&
        (!file_read_at(pack->fd, trailer, sizeof(trailer), pack->size - sizeof(trailer)) ||
         memcmp(trailer, bytes.ptr + bytes.len - 2 * TRAILER_BYTES, sizeof(trailer))))
        pack->damage = "it is not the pack that its index was made for, or it is cut off";
    buf_release(&bytes);
    free(path);
    return status;
}

/* --- the headers of the entries --- */

static bool parse_distance(struct pack_header *out, struct slice bytes, size_t used)
{
    uint64_t distance = 0;
    uint8_t c;

    do {
        if (used >= bytes.len || distance >> 48)
            return false;
        c = bytes.ptr[used];
        distance = (distance << 7) + (c & 127) + ((c & 128) ? 1 : 0);
        used++;
    } while (c & 128);
    out->distance = distance;
    out->length = (unsigned)used;
    return true;
}

bool pack_header_parse(struct pack_header *out, struct slice bytes)
{
    unsigned shift = 4;
    size_t used = 1;
    uint8_t c;

    if (bytes.len == 0)
        return false;
    c = bytes.ptr[0];
    *out = (struct pack_header){ .stored = (c >> 4) & 7, .size = c & 15 };
    for (; c & 128; shift += 7) {
        if (used >= bytes.len || shift > 53)
            return false;
        c = bytes.ptr[used++];
        out->size |= (uint64_t)(c & 127) << shift;
    }
    out->length = (unsigned)used;
    if (out->stored == STORED_OFS_DELTA)
        return parse_distance(out, bytes, used);
    if (out->stored == STORED_REF_DELTA) {
        if (bytes.len - used < ID_BYTES)
            return false;
        out->base = (const struct object_id *)(bytes.ptr + used);
        out->length += ID_BYTES;
    }
    return out->stored == STORED_REF_DELTA ||
           (out->stored >= OBJECT_COMMIT && out->stored <= OBJECT_TAG);
}

/* The entries by offset, for the survey only. */
struct survey {
    struct pack *pack;
    uint32_t *sorted; /* `count` entries that have an offset */
    uint32_t count;
    uint8_t *window;
    uint64_t window_at;
    size_t window_len;
    uint32_t *child, *sibling; /* of each entry: first delta of it; next delta of the same base */
};

/* Sort by offset, 11 bits at a time: comparing sorts take a tenth of a second on a large pack. */
static enum status sort_entries(struct survey *survey)
{
    const struct pack_entry *entries = survey->pack->entries;
    uint32_t *from = malloc((survey->pack->count + (size_t)1) * sizeof(*from));
    uint32_t *to = malloc((survey->pack->count + (size_t)1) * sizeof(*to));

    for (uint32_t i = 0; from && i < survey->pack->count; i++)
        if (entries[i].base != PACK_BASE_BROKEN)
            from[survey->count++] = i;
    for (unsigned shift = 0; from && to && survey->pack->size >> shift; shift += 11) {
        uint32_t at[2049] = { 0 };
        uint32_t *swap = from;

        for (uint32_t i = 0; i < survey->count; i++)
            at[((entries[from[i]].offset >> shift) & 2047) + 1]++;
        for (size_t b = 1; b < 2048; b++)
            at[b] += at[b - 1];
        for (uint32_t i = 0; i < survey->count; i++)
            to[at[(entries[from[i]].offset >> shift) & 2047]++] = from[i];
        from = to;
        to = swap;
    }
    survey->sorted = from;
    if (!to || !from) {
        free(to);
        return err_nomem();
    }
    free(to);
    return STATUS_OK;
}

/* The entry that begins at `offset`, or PACK_BASE_BROKEN. */
static uint32_t entry_at(const struct survey *survey, uint64_t offset)
{
    uint32_t low = 0, high = survey->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (survey->pack->entries[survey->sorted[middle]].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < survey->count && survey->pack->entries[survey->sorted[low]].offset == offset)
        return survey->sorted[low];
    return PACK_BASE_BROKEN;
}

/* Up to PACK_HEADER_MAX bytes at `offset`; empty where they cannot be read. */
static struct slice peek(struct survey *survey, uint64_t offset)
{
    uint64_t left = survey->pack->size - TRAILER_BYTES - offset;
    size_t want = left < PACK_HEADER_MAX ? (size_t)left : PACK_HEADER_MAX;

    if (offset < survey->window_at || offset + want > survey->window_at + survey->window_len) {
        survey->window_at = offset;
        survey->window_len = left < WINDOW_BYTES ? (size_t)left : WINDOW_BYTES;
        if (!file_read_at(survey->pack->fd, survey->window, survey->window_len, offset)) {
            survey->window_len = 0;
            return (struct slice){ 0 };
        }
    }
    return (struct slice){ survey->window + (offset - survey->window_at), want };
}

static void read_header(struct survey *survey, uint32_t index, uint64_t end)
{
    struct pack_entry *entry = &survey->pack->entries[index];
    struct pack_header header;

    entry->packed = end - entry->offset > UINT32_MAX ? UINT32_MAX : (uint32_t)(end - entry->offset);
    if (entry->packed == 0 || !pack_header_parse(&header, peek(survey, entry->offset))) {
        entry->base = PACK_BASE_BROKEN;
    } else if (header.stored == STORED_OFS_DELTA) {
        entry->base = header.distance && header.distance < entry->offset
                          ? entry_at(survey, entry->offset - header.distance)
                          : PACK_BASE_BROKEN;
    } else if (header.stored == STORED_REF_DELTA) {
        if (!pack_find(survey->pack, header.base, &entry->base))
            entry->base = PACK_BASE_ELSEWHERE;
    } else {
        entry->type = header.stored;
    }
}

/* Hang every delta on its base; walking backwards puts the first delta first. */
static void link_deltas(struct survey *survey)
{
    memset(survey->child, 0xff, survey->pack->count * sizeof(*survey->child));
    for (uint32_t i = survey->count; i-- > 0;) {
        uint32_t index = survey->sorted[i], base = survey->pack->entries[index].base;

        if (base < survey->pack->count) {
            survey->sibling[index] = survey->child[base];
            survey->child[base] = index;
        }
    }
}

/* Put the tree that hangs on `root` into the order, and give all of it the root's type. */
static void take_tree(struct survey *survey, uint32_t root)
{
    struct pack *pack = survey->pack;
    uint32_t at = root, depth = 0;

    for (;;) {
        pack->entries[at].type = pack->entries[root].type;
        pack->order[pack->order_count++] = at;
        if (survey->child[at] != UINT32_MAX && depth < LIMIT_GIT_DELTA_DEPTH) {
            at = survey->child[at];
            depth++;
            continue;
        }
        while (depth > 0 && survey->sibling[at] == UINT32_MAX) {
            at = pack->entries[at].base;
            depth--;
        }
        if (depth == 0)
            return;
        at = survey->sibling[at];
    }
}

/* Whatever no root leads to is a circle, or hangs on something broken or too deep. */
static void mark_broken(struct survey *survey)
{
    struct pack *pack = survey->pack;
    uint8_t *reached = (uint8_t *)survey->child; /* not needed any more, and large enough */

    memset(reached, 0, pack->count);
    for (uint32_t i = 0; i < pack->order_count; i++)
        reached[pack->order[i]] = 1;
    for (uint32_t i = 0; i < pack->count; i++)
        if (!reached[i])
            pack->entries[i].base = PACK_BASE_BROKEN;
    pack->broken = pack->count - pack->order_count;
}

static enum status survey_pack(struct pack *pack)
{
    size_t n = pack->count + (size_t)1;
    struct survey survey = { .pack = pack };
    enum status status;

    survey.window = malloc(WINDOW_BYTES);
    survey.child = malloc(n * sizeof(*survey.child));
    survey.sibling = malloc(n * sizeof(*survey.sibling));
    pack->order = malloc(n * sizeof(*pack->order));
    status = sort_entries(&survey);
    if (!survey.window || !survey.child || !survey.sibling || !pack->order)
        status = err_nomem();
    if (!status) {
        for (uint32_t i = 0; i < survey.count; i++)
            read_header(&survey, survey.sorted[i],
                        i + 1 < survey.count ? pack->entries[survey.sorted[i + 1]].offset
                                             : pack->size - TRAILER_BYTES);
        link_deltas(&survey);
        for (uint32_t i = 0; i < survey.count; i++) {
            uint32_t base = pack->entries[survey.sorted[i]].base;

            if (base == PACK_BASE_NONE || base == PACK_BASE_ELSEWHERE)
                take_tree(&survey, survey.sorted[i]);
        }
        mark_broken(&survey);
    }
    free(survey.sorted);
    free(survey.window);
    free(survey.child);
    free(survey.sibling);
    return status;
}

/* --- the whole --- */

static enum status check_pack_header(struct pack *pack)
{
    uint8_t header[PACK_HEADER_BYTES];
    uint32_t version;

    if (pack->size < PACK_HEADER_BYTES + TRAILER_BYTES || pack->size >> 47 ||
        !file_read_at(pack->fd, header, sizeof(header), 0))
        return err_set(STATUS_CORRUPT, "it is cut off");
    version = read_be32(header + 4);
    if (memcmp(header, "PACK", 4) || (version != 2 && version != 3))
        pack->damage = "it does not begin as a pack does";
    else if (read_be32(header + 8) != pack->count)
        pack->damage = "it names another number of objects than its index";
    return STATUS_OK;
}

enum status pack_open(struct pack *pack, const char *path)
{
    enum status status;

    *pack = (struct pack){ .fd = -1, .path = strdup(path) };
    if (!pack->path)
        return err_nomem();
    status = file_open(path, &pack->fd, &pack->size);
    if (status == STATUS_ABSENT)
        status = err_set(STATUS_IO, "it vanished");
    if (!status && pack->size < PACK_HEADER_BYTES + TRAILER_BYTES)
        status = err_set(STATUS_CORRUPT, "it is cut off");
    if (!status)
        status = read_index(pack);
    if (!status)
        status = check_pack_header(pack);
    if (!status)
        status = survey_pack(pack);
    if (status)
        pack_release(pack);
    return status;
}

bool pack_find(const struct pack *pack, const struct object_id *id, uint32_t *index)
{
    uint32_t low = pack->fan[id->byte[0]], high = pack->fan[id->byte[0] + 1];

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = id_cmp(&pack->ids[middle], id);

        if (order == 0) {
            *index = middle;
            return pack->entries[middle].base != PACK_BASE_BROKEN;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

void pack_release(struct pack *pack)
{
    if (pack->fd >= 0)
        close(pack->fd);
    free(pack->path);
    free(pack->ids);
    free(pack->entries);
    free(pack->order);
    *pack = (struct pack){ .fd = -1 };
}
