/* pack.c - reading the index of a pack, and the header of one of its entries. */
#include "git/store/objects.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/limits.h"

enum {
    IDX_FAN_BYTES = 256 * 4,
    IDX_V2_HEADER = 8,
    PACK_HEADER_BYTES = 12,
    TRAILER_BYTES = 20,
    FAN_BITS_MIN = 8,
    FAN_BITS_MAX = 20,
};

static const uint8_t idx_magic[8] = { 0xff, 't', 'O', 'c', 0, 0, 0, 2 };

/* --- the index --- */

/* One idx file, as it lies. */
struct idx_bytes {
    struct slice bytes;
    const uint8_t *fan;
    uint32_t count;
    bool v2;
};

static enum status idx_check(struct idx_bytes *idx, struct slice bytes)
{
    uint64_t need;

    *idx = (struct idx_bytes){ .bytes = bytes };
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

static const uint8_t *idx_id(const struct idx_bytes *idx, uint32_t i)
{
    const uint8_t *table = idx->fan + IDX_FAN_BYTES;

    return idx->v2 ? table + (size_t)i * ID_BYTES : table + (size_t)i * (4 + ID_BYTES) + 4;
}

/* The offset of entry `i`; UINT64_MAX where the index points outside of itself. */
static uint64_t idx_offset(const struct idx_bytes *idx, uint32_t i)
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

/* The first fan_bits bits of an id. */
static uint32_t fan_of(const struct pack *pack, const struct object_id *id)
{
    return read_be32(id->byte) >> (32 - pack->fan_bits);
}

/* Make the fan from the ids. */
static enum status make_fan(struct pack *pack)
{
    size_t n = pack->count;

    for (pack->fan_bits = FAN_BITS_MIN; pack->fan_bits < FAN_BITS_MAX && n >> (pack->fan_bits + 3);)
        pack->fan_bits++;
    pack->fan = calloc(((size_t)1 << pack->fan_bits) + 1, sizeof(*pack->fan));
    if (!pack->fan)
        return err_nomem();
    for (size_t i = 0; i < n; i++)
        pack->fan[fan_of(pack, &pack->ids[i]) + 1]++;
    for (size_t b = 0; b < (size_t)1 << pack->fan_bits; b++)
        pack->fan[b + 1] += pack->fan[b];
    return STATUS_OK;
}

/* Copy ids and offsets out of the index. */
static enum status take_index(struct pack *pack, const struct idx_bytes *idx)
{
    size_t n = idx->count;

    pack->count = idx->count;
    pack->ids = malloc(n * sizeof(*pack->ids) + 1);
    pack->entries = calloc(n + 1, sizeof(*pack->entries));
    if (!pack->ids || !pack->entries)
        return err_nomem();
    for (uint32_t i = 0; i < n; i++) {
        uint64_t offset = idx_offset(idx, i);

        memcpy(&pack->ids[i], idx_id(idx, i), ID_BYTES);
        if (i && id_cmp(&pack->ids[i - 1], &pack->ids[i]) >= 0)
            pack->damage = "its index is not in order";
        pack->entries[i].base = PACK_BASE_BROKEN;
        if (offset >= PACK_HEADER_BYTES && offset < pack->size - TRAILER_BYTES) {
            pack->entries[i].offset = offset;
            pack->entries[i].base = PACK_BASE_NONE;
        }
    }
    return STATUS_OK;
}

static enum status read_index(struct pack *pack)
{
    size_t stem = strlen(pack->path);
    char *path = malloc(stem + sizeof(".idx"));
    struct buf bytes = { 0 };
    struct idx_bytes idx;
    enum status status;
    uint8_t trailer[TRAILER_BYTES];

    if (!path)
        return err_nomem();
    if (stem > 5 && !strcmp(pack->path + stem - 5, ".pack"))
        stem -= 5;
    memcpy(path, pack->path, stem);
    memcpy(path + stem, ".idx", sizeof(".idx"));
    status = file_read(&bytes, path, LIMIT_GIT_INDEX_BYTES);
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

bool pack_find_any(const struct pack *pack, const struct object_id *id, uint32_t *index)
{
    uint32_t fan = fan_of(pack, id);

    return id_search(pack->ids, sizeof(*pack->ids), pack->fan[fan], pack->fan[fan + 1], id, index);
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

/* --- the whole --- */

static void check_pack_header(struct pack *pack)
{
    uint8_t header[PACK_HEADER_BYTES];
    uint32_t version;

    if (!file_read_at(pack->fd, header, sizeof(header), 0)) {
        pack->damage = "it is cut off";
        return;
    }
    version = read_be32(header + 4);
    if (memcmp(header, "PACK", 4) || (version != 2 && version != 3))
        pack->damage = "it does not begin as a pack does";
    else if (read_be32(header + 8) != pack->count)
        pack->damage = "it names another number of objects than its index";
}

/* Open the file alone. */
static enum status open_file(struct pack *pack, const char *path, uint64_t start)
{
    enum status status;

    *pack = (struct pack){ .fd = -1, .path = strdup(path), .start = start };
    if (!pack->path)
        return err_nomem();
    status = file_open(path, &pack->fd, &pack->size);
    if (status == STATUS_ABSENT)
        status = err_set(STATUS_IO, "it vanished");
    if (!status && (pack->size < start + PACK_HEADER_BYTES + TRAILER_BYTES || pack->size >> 47))
        status = err_set(STATUS_CORRUPT, "it is cut off");
    return status;
}

static enum status finish(struct pack *pack, struct pool *pool)
{
    enum status status = make_fan(pack);

    if (!status)
        status = pack_survey(pack, pool);
    pack->broken += pack->lost;
    return status;
}

enum status pack_open_at(struct pack *pack, const char *path, uint64_t start,
                         const struct objects *others, struct pool *pool)
{
    enum status status = open_file(pack, path, start);

    if (!status)
        status = pack_walk(pack, others, pool);
    if (!status)
        status = finish(pack, pool);
    if (status)
        pack_release(pack);
    return status;
}

static enum status open_indexed(struct pack *pack, const char *path, struct pool *pool)
{
    enum status status = open_file(pack, path, 0);

    if (!status)
        status = read_index(pack);
    if (!status)
        check_pack_header(pack);
    if (!status)
        status = finish(pack, pool);
    if (status)
        pack_release(pack);
    return status;
}

enum status pack_open(struct pack *pack, const char *path, struct pool *pool)
{
    enum status status = open_indexed(pack, path, pool), walk_status;
    struct objects nothing = { 0 };
    struct pack walked;

    if (status == STATUS_NOMEM || (!status && !pack->damage && !pack->broken))
        return status;
    walk_status = pack_open_at(&walked, path, 0, &nothing, pool);
    if (walk_status)
        return status ? walk_status : STATUS_OK;
    /* Of two that have lost something the index is the better guide: it knows where to go on. */
    if (!status && (walked.damage || walked.broken || walked.apart)) {
        pack_release(&walked);
        return STATUS_OK;
    }
    if (!status)
        pack_release(pack);
    *pack = walked;
    return STATUS_OK;
}

bool pack_find(const struct pack *pack, const struct object_id *id, uint32_t *index)
{
    return pack_find_any(pack, id, index) && pack->entries[*index].base != PACK_BASE_BROKEN;
}

bool pack_checksum(const struct pack *pack, struct object_id *sum)
{
    return !pack->damage && !pack->unfinished && !pack->lent &&
           file_read_at(pack->fd, sum->byte, ID_BYTES, pack->size - TRAILER_BYTES) &&
           !id_is_zero(sum);
}

void pack_release(struct pack *pack)
{
    if (pack->fd >= 0)
        close(pack->fd);
    free(pack->path);
    free(pack->fan);
    free(pack->ids);
    free(pack->entries);
    free(pack->order);
    *pack = (struct pack){ .fd = -1 };
}
