/* idx.c - a fan, and halving, in an index on disk (git's gitformat-pack). */
#include "git/store/idx.h"

#include <unistd.h>

#include "base/bytes.h"
#include "base/file.h"

enum {
    HEADER_V2 = 8,
    FAN_BYTES = 256 * 4,
    TRAILER_BYTES = 2 * 20,
    RECORD_V1 = 4 + ID_BYTES, /* the offset, then the id */
    BLOCK_IDS = 256,          /* so few are read at once */
};

static const uint8_t magic[HEADER_V2] = { 0xff, 't', 'O', 'c', 0, 0, 0, 2 };

static uint32_t count_of(const struct idx *idx)
{
    return idx->fan[255];
}

static uint64_t ids_at(const struct idx *idx)
{
    return (idx->v2 ? HEADER_V2 : 0) + FAN_BYTES;
}

static size_t record_bytes(const struct idx *idx)
{
    return idx->v2 ? ID_BYTES : RECORD_V1;
}

/* Read the fan, and check that the file is as large as it says. */
static enum status read_fan(struct idx *idx)
{
    uint8_t head[HEADER_V2 + FAN_BYTES];
    uint64_t need, more;

    if (idx->size < sizeof(head) || !file_read_at(idx->fd, head, sizeof(head), 0))
        return err_set(STATUS_CORRUPT, "its index is cut off");
    idx->v2 = memcmp(head, magic, 4) == 0;
    if (idx->v2 && memcmp(head, magic, sizeof(magic)))
        return err_set(STATUS_CORRUPT, "its index has a version that is not known");
    for (size_t i = 0; i < 256; i++) {
        idx->fan[i] = read_be32(head + (idx->v2 ? HEADER_V2 : 0) + i * 4);
        if (i && idx->fan[i] < idx->fan[i - 1])
            return err_set(STATUS_CORRUPT, "its index is not in order");
    }
    /* Version 2 has a checksum and an offset for each id too, and longer offsets for some. */
    need = ids_at(idx) + (uint64_t)count_of(idx) * (idx->v2 ? ID_BYTES + 8 : RECORD_V1) +
           TRAILER_BYTES;
    more = idx->v2 ? (uint64_t)count_of(idx) * 8 : 0;
    if (idx->size < need || idx->size - need > more)
        return err_set(STATUS_CORRUPT, "its index does not have the size that it names");
    return STATUS_OK;
}

enum status idx_open(struct idx *idx, const char *path)
{
    enum status status;

    *idx = (struct idx){ .fd = -1 };
    status = file_open(path, &idx->fd, &idx->size);
    if (!status)
        status = read_fan(idx);
    if (status)
        idx_release(idx);
    return status;
}

/* The offset of the `nth` id of an index of version 2. */
static enum status offset_v2(const struct idx *idx, uint32_t nth, uint64_t *offset)
{
    uint64_t table = ids_at(idx) + (uint64_t)count_of(idx) * (ID_BYTES + 4), at;
    uint8_t bytes[8];

    if (!file_read_at(idx->fd, bytes, 4, table + (uint64_t)nth * 4))
        return err_set(STATUS_IO, "its index cannot be read");
    *offset = read_be32(bytes);
    if (!(*offset & 0x80000000u))
        return STATUS_OK;
    at = table + (uint64_t)count_of(idx) * 4 + (*offset & 0x7fffffffu) * 8;
    if (at + 8 > idx->size - TRAILER_BYTES)
        return err_set(STATUS_CORRUPT, "its index points outside of itself");
    if (!file_read_at(idx->fd, bytes, 8, at))
        return err_set(STATUS_IO, "its index cannot be read");
    *offset = read_be64(bytes);
    return STATUS_OK;
}

/* Halve [*low, *high), which `id` lies in if it is there, until it is a block. */
static bool narrow(const struct idx *idx, const struct object_id *id, uint32_t *low, uint32_t *high)
{
    size_t record = record_bytes(idx);

    while (*high - *low > BLOCK_IDS) {
        uint32_t middle = *low + (*high - *low) / 2;
        struct object_id there;

        if (!file_read_at(idx->fd, there.byte, ID_BYTES,
                          ids_at(idx) + (uint64_t)middle * record + record - ID_BYTES))
            return false;
        if (id_cmp(&there, id) <= 0)
            *low = middle;
        else
            *high = middle;
    }
    return true;
}

enum status idx_find(const struct idx *idx, const struct object_id *id, uint64_t *offset)
{
    uint8_t block[BLOCK_IDS * RECORD_V1], byte = id->byte[0];
    uint32_t low = byte ? idx->fan[byte - 1] : 0, high = idx->fan[byte], nth;
    size_t record = record_bytes(idx);

    if (!narrow(idx, id, &low, &high) ||
        !file_read_at(idx->fd, block, (high - low) * record, ids_at(idx) + low * (uint64_t)record))
        return err_set(STATUS_IO, "its index cannot be read");
    if (!id_search(block + record - ID_BYTES, record, 0, high - low, id, &nth))
        return STATUS_ABSENT;
    if (idx->v2)
        return offset_v2(idx, low + nth, offset);
    *offset = read_be32(block + nth * record);
    return STATUS_OK;
}

bool idx_pack_checksum(const struct idx *idx, struct object_id *sum)
{
    return file_read_at(idx->fd, sum->byte, ID_BYTES, idx->size - TRAILER_BYTES);
}

void idx_release(struct idx *idx)
{
    if (idx->fd >= 0)
        close(idx->fd);
    *idx = (struct idx){ .fd = -1 };
}
