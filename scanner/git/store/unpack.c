/*
 * unpack.c - decoding an entry of a pack.
 *
 * A reader keeps the decoded entries on the way from a root to the entry that it read last. In the
 * order of pack.order the next entry hangs on one of them, so that every entry is inflated once,
 * and what is kept is never more than one way. Where the bases of one way are too large together,
 * those nearest to the root are dropped, and decoded again if they are needed again.
 */
#include <libdeflate.h>

#include <stdlib.h>

#include "base/array.h"
#include "base/file.h"
#include "base/limits.h"
#include "git/store/reader.h"

enum { WINDOW_BYTES = 8 * 1024, TRAILER_BYTES = 20 };

/* `len` bytes of the pack at `offset`, which lie before its trailer; NULL where they cannot be had.
 */
static const uint8_t *window_get(struct reader *reader, const struct pack *pack, uint64_t offset,
                                 size_t len)
{
    uint64_t left = pack->size - TRAILER_BYTES - offset;
    size_t want = len > WINDOW_BYTES ? len : WINDOW_BYTES;
    struct window *window;

    assert(len <= left);
    for (window = reader->windows; window < reader->windows + READER_WINDOWS; window++)
        if (window->pack == pack && offset >= window->at &&
            offset + len <= window->at + window->bytes.len)
            return window->bytes.ptr + (offset - window->at);
    /* What is larger than a window goes into the first, so that only one ever grows. */
    window = reader->windows;
    if (len <= WINDOW_BYTES)
        window += 1 + reader->window_next++ % (READER_WINDOWS - 1);
    window->pack = NULL;
    if (want > left)
        want = (size_t)left;
    if (room_reserve(&window->bytes, want) ||
        !file_read_at(pack->fd, window->bytes.ptr, want, offset))
        return NULL;
    window->bytes.len = want;
    window->pack = pack;
    window->at = offset;
    return window->bytes.ptr;
}

/* Inflate an entry of `size` bytes into `out`. */
static enum status inflate_entry(struct reader *reader, struct slice packed, uint64_t size,
                                 struct room *out)
{
    enum status status = room_reserve(out, size);
    size_t used;

    if (status)
        return status;
    if (libdeflate_zlib_decompress_ex(reader->inflate, packed.ptr, packed.len, out->ptr,
                                      (size_t)size, &used, NULL) != LIBDEFLATE_SUCCESS)
        return err_set(STATUS_CORRUPT, "its compressed bytes are damaged or cut off");
    out->len = (size_t)size;
    return STATUS_OK;
}

/* --- deltas --- */

/* A size at the head of a delta, taken off `delta`. UINT64_MAX where there is none. */
static uint64_t delta_size(struct slice *delta)
{
    uint64_t size = 0;

    for (size_t i = 0; i < delta->len && i < 8; i++) {
        size |= (uint64_t)(delta->ptr[i] & 127) << (7 * i);
        if (!(delta->ptr[i] & 128)) {
            *delta = slice_sub(*delta, i + 1, delta->len);
            return size;
        }
    }
    return UINT64_MAX;
}

/* Take the bytes of a number whose presence the bits of `op` from `bit` on tell. */
static inline uint32_t take_bytes(const uint8_t **at, uint8_t op, unsigned bit, unsigned count)
{
    uint32_t number = 0;

    for (unsigned i = 0; i < count; i++)
        if (op & 1u << (bit + i))
            number |= (uint32_t) * (*at)++ << (8 * i);
    return number;
}

enum { COPY_BYTES = 7 }; /* of offset and length at the most */

/* The offset and length of a copy, whose first byte `op` says which of their bytes follow. */
static inline bool parse_copy(uint8_t op, struct slice *delta, uint32_t *from, uint32_t *len)
{
    uint8_t last[COPY_BYTES] = { 0 };
    const uint8_t *begin = delta->ptr, *at;
    size_t used;

    if (delta->len < COPY_BYTES) {
        if (delta->len)
            memcpy(last, delta->ptr, delta->len);
        begin = last;
    }
    at = begin;
    *from = take_bytes(&at, op, 0, 4);
    *len = take_bytes(&at, op, 4, 3);
    if (!*len)
        *len = 0x10000;
    used = (size_t)(at - begin);
    if (used > delta->len)
        return false;
    delta->ptr += used;
    delta->len -= used;
    return true;
}

enum { SHORT_BYTES = 32 };

/* memcpy(), quicker for the few bytes that most copies and inserts have. `*_room`: bytes that may
 * be written and read. */
static inline void put_bytes(uint8_t *to, size_t to_room, const uint8_t *from, size_t from_room,
                             size_t len)
{
    if (len <= SHORT_BYTES && to_room >= SHORT_BYTES && from_room >= SHORT_BYTES)
        memcpy(to, from, SHORT_BYTES);
    else
        memcpy(to, from, len);
}

/* Note a copy. git cuts long ones to pieces: what goes on where the last one ended is one with it.
 */
static bool note_copy(struct reader *reader, uint64_t at, uint64_t from, uint64_t len)
{
    struct copy *grown;
    struct copy *last = reader->copy_count ? &reader->copies[reader->copy_count - 1] : NULL;

    if (last && last->at + last->len == at && last->from + last->len == from) {
        last->len += (uint32_t)len;
        return true;
    }
    grown = array_room(reader->copies, reader->copy_count, &reader->copy_cap, sizeof(*grown));
    if (!grown)
        return false;
    reader->copies = grown;
    reader->copies[reader->copy_count++] =
        (struct copy){ (uint32_t)at, (uint32_t)from, (uint32_t)len };
    return true;
}

/*
 * Run the copies and inserts of `delta`; out->cap holds the `size` bytes that they must make.
 * STATUS_OK, STATUS_CORRUPT (no text) or STATUS_NOMEM.
 */
static enum status run_delta(struct reader *reader, struct slice delta, struct slice base,
                             struct room *out, uint64_t size)
{
    size_t made = 0;

    reader->copy_count = 0;
    while (delta.len > 0) {
        uint8_t op = *delta.ptr;
        uint32_t from, len = op;

        delta.ptr++;
        delta.len--;
        if (op & 128) {
            if (!parse_copy(op, &delta, &from, &len) || from > base.len || len > base.len - from ||
                len > size - made)
                return STATUS_CORRUPT;
            if (!note_copy(reader, made, from, len))
                return err_nomem();
            put_bytes(out->ptr + made, out->cap - made, base.ptr + from, base.len - from, len);
        } else {
            if (op == 0 || len > delta.len || len > size - made)
                return STATUS_CORRUPT;
            put_bytes(out->ptr + made, out->cap - made, delta.ptr, delta.len, len);
            delta.ptr += len;
            delta.len -= len;
        }
        made += len;
    }
    out->len = made;
    return out->len == size ? STATUS_OK : STATUS_CORRUPT;
}

/* Make `out` from `base` and the delta in reader->delta. */
static enum status apply(struct reader *reader, struct slice base, uint64_t max, struct room *out)
{
    struct slice delta = { reader->delta.ptr, reader->delta.len };
    uint64_t base_size = delta_size(&delta), size = delta_size(&delta);
    enum status status;

    if (base_size != base.len || size == UINT64_MAX)
        return err_set(STATUS_CORRUPT, "its delta was not made for its base");
    if (size > max)
        return STATUS_STOPPED;
    status = room_reserve(out, size);
    if (status)
        return status;
    status = run_delta(reader, delta, base, out, size);
    return status == STATUS_CORRUPT ? err_set(STATUS_CORRUPT, "its delta is damaged") : status;
}

/* --- the way from the root --- */

/* The base of `entry` lies in another pack or is loose: read it with a reader of its own. */
static enum status read_elsewhere(struct reader *reader, const struct object_id *id,
                                  struct object *base)
{
    uint32_t number;

    if (reader->depth >= LIMIT_GIT_ALTERNATES || !objects_find(reader->objects, id, &number))
        return err_set(STATUS_CORRUPT, "the object that it is a delta of is not there");
    if (!reader->other) {
        enum status status;

        reader->other = calloc(1, sizeof(*reader->other));
        if (!reader->other)
            return err_nomem();
        status = reader_init(reader->other, reader->objects);
        if (status)
            return status;
        reader->other->depth = reader->depth + 1;
    }
    return reader_read(reader->other, number, LIMIT_GIT_BASE_BYTES, base);
}

/*
 * The header of `entry` and its compressed bytes, or a little more. An object larger than `max` is
 * not read (STATUS_STOPPED): what the header says bounds what is.
 */
static enum status find_packed(struct reader *reader, const struct pack *pack,
                               const struct pack_entry *entry, uint64_t max,
                               struct pack_header *header, struct slice *packed)
{
    size_t len = entry->packed < PACK_HEADER_MAX ? entry->packed : PACK_HEADER_MAX;
    const uint8_t *bytes = window_get(reader, pack, entry->offset, len);
    bool delta = entry->base != PACK_BASE_NONE;
    uint64_t most;

    if (!bytes || !pack_header_parse(header, (struct slice){ bytes, len }) ||
        delta != (header->stored >= STORED_OFS_DELTA))
        return err_set(STATUS_CORRUPT, "its entry in the pack cannot be read");
    if (header->size > (delta ? LIMIT_GIT_BASE_BYTES : max))
        return STATUS_STOPPED;
    most = header->length + header->size + header->size / 256 + 4096;
    len = entry->packed < most ? entry->packed : (size_t)most;
    bytes = window_get(reader, pack, entry->offset, len);
    if (!bytes)
        return err_set(STATUS_IO, "its entry in the pack cannot be read");
    *packed = slice_sub((struct slice){ bytes, len }, header->length, len);
    return STATUS_OK;
}

/* Decode the entry of `link` into it; `parent` is its base's link, or NULL for a root. */
static enum status decode(struct reader *reader, const struct pack *pack, struct link *link,
                          const struct link *parent, uint64_t max)
{
    const struct pack_entry *entry = &pack->entries[link->entry];
    struct pack_header header;
    struct object base = { 0 };
    struct slice packed;
    enum status status = find_packed(reader, pack, entry, max, &header, &packed);

    if (status)
        return status;
    if (!parent && entry->base == PACK_BASE_NONE) {
        reader->chain_type = (enum object_type)entry->type;
        return inflate_entry(reader, packed, header.size, &link->content);
    }
    if (parent) {
        base.content = (struct slice){ parent->content.ptr, parent->content.len };
    } else {
        struct object_id id;

        if (header.stored != STORED_REF_DELTA)
            return err_set(STATUS_CORRUPT, "its entry in the pack has changed");
        /* Not from the header parsed above: its bytes may have moved since. */
        memcpy(&id, packed.ptr - ID_BYTES, ID_BYTES);
        status = read_elsewhere(reader, &id, &base);
        if (status)
            return status == STATUS_STOPPED ? err_set(STATUS_LIMIT, "its base is too large")
                                            : status;
        reader->chain_type = base.type;
    }
    status = inflate_entry(reader, packed, header.size, &reader->delta);
    return status ? status : apply(reader, base.content, max, &link->content);
}

/*
 * Give back memory while the chain holds too much: unused links first, then those near the root. A
 * note, which is a fraction of the content, stays with its link.
 */
static void trim(struct reader *reader)
{
    size_t *total = &reader->chain_bytes;

    for (size_t i = reader->chain_cap; i-- > reader->chain_len && *total > LIMIT_GIT_CHAIN_BYTES;) {
        *total -= reader->chain[i].content.cap;
        free(reader->chain[i].content.ptr);
        free(reader->chain[i].note.ptr);
        reader->chain[i] = (struct link){ 0 };
    }
    for (size_t i = 0; i + 1 < reader->chain_len && *total > LIMIT_GIT_CHAIN_BYTES; i++) {
        *total -= reader->chain[i].content.cap;
        free(reader->chain[i].content.ptr);
        reader->chain[i].content = (struct room){ 0 };
        reader->chain[i].held = false;
    }
}

/* Room for `len` links. */
static enum status chain_reserve(struct reader *reader, size_t len)
{
    size_t cap = reader->chain_cap ? reader->chain_cap : 64;
    struct link *grown;

    if (len <= reader->chain_cap)
        return STATUS_OK;
    while (cap < len)
        cap *= 2;
    grown = realloc(reader->chain, cap * sizeof(*grown));
    if (!grown)
        return err_nomem();
    memset(grown + reader->chain_cap, 0, (cap - reader->chain_cap) * sizeof(*grown));
    reader->chain = grown;
    reader->chain_cap = cap;
    return STATUS_OK;
}

/* Fill reader->way with the entries from `entry` to its root; their number. */
static size_t find_way(struct reader *reader, const struct pack *pack, uint32_t entry)
{
    size_t len = 0;

    while (len <= LIMIT_GIT_DELTA_DEPTH) {
        reader->way[len++] = entry;
        if (pack->entries[entry].base >= pack->count)
            break;
        entry = pack->entries[entry].base;
    }
    assert(pack->entries[entry].base >= pack->count); /* the survey left no circle, none deeper */
    return len;
}

/* How many links of the chain are on the way and need not be decoded again. */
static size_t held_links(const struct reader *reader, const struct pack *pack, size_t len)
{
    size_t same = 0;

    if (reader->chain_pack != pack)
        return 0;
    while (same < len && same < reader->chain_len &&
           reader->chain[same].entry == reader->way[len - 1 - same])
        same++;
    while (same > 0 && !reader->chain[same - 1].held)
        same--;
    return same;
}

enum status unpack_entry(struct reader *reader, const struct pack *pack, uint32_t entry,
                         uint64_t max, struct object *out)
{
    size_t len = find_way(reader, pack, entry);
    enum status status = chain_reserve(reader, len);
    size_t known = reader->chain_pack == pack ? reader->chain_len : 0;
    struct link *link;
    bool fresh;

    if (status)
        return status;
    reader->chain_len = held_links(reader, pack, len);
    reader->chain_pack = pack;
    fresh = reader->chain_len < len;
    while (reader->chain_len < len) {
        size_t at = reader->chain_len;
        bool last = at + 1 == len;

        link = &reader->chain[at];
        /* A link whose bytes were dropped keeps its mark; any other is a new one. */
        if (at >= known || link->entry != reader->way[len - 1 - at])
            link->mark = 0;
        link->entry = reader->way[len - 1 - at];
        link->held = false;
        reader->chain_bytes -= link->content.cap;
        status =
            decode(reader, pack, link, at ? link - 1 : NULL, last ? max : LIMIT_GIT_BASE_BYTES);
        reader->chain_bytes += link->content.cap;
        if (status == STATUS_STOPPED && !last)
            status = err_set(STATUS_LIMIT, "an object that it is a delta of is too large");
        if (status)
            return status;
        link->held = true;
        reader->chain_len++;
        trim(reader);
    }
    link = &reader->chain[len - 1];
    *out = (struct object){ .type = reader->chain_type,
                            .content = { link->content.ptr, link->content.len },
                            .link = link };
    if (len > 1) {
        /* Where all links were held nothing was decoded: what the copies were is forgotten. */
        out->base = fresh ? link - 1 : NULL;
        out->copies = reader->copies;
        out->copy_count = reader->copy_count;
    }
    return link->content.len > max ? STATUS_STOPPED : STATUS_OK;
}
