/*
 * fuzz_git_pack.c - any bytes as a pack, with an index or without one, and every object of it read.
 *
 * The first byte says what the others are: the entries of a pack, which are compressed here so that
 * what lies inside (deltas above all) is reached, with an index or not; a pack as it is; or an
 * index and a pack.
 */
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "git/store/lookup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BOUND = 1 << 16, OBJECT_MAX = 1 << 20 };

static void number(struct buf *out, uint32_t n)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        buf_byte(out, (uint8_t)(n >> shift));
}

/* An entry: its header, what names its base, and the body, compressed. */
static void add_entry(struct buf *out, unsigned kind, uint8_t back, struct slice body)
{
    static uint8_t packed[BOUND * 2];
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(1);
    uint64_t size = body.len >> 4;

    buf_byte(out, (uint8_t)((kind << 4) | (body.len & 15) | (size ? 128u : 0)));
    for (; size; size >>= 7)
        buf_byte(out, (uint8_t)((size & 127) | (size >> 7 ? 128u : 0)));
    if (kind == STORED_OFS_DELTA)
        buf_byte(out, back & 127);
    if (kind == STORED_REF_DELTA)
        for (unsigned i = 0; i < ID_BYTES; i++)
            buf_byte(out, back);
    buf_append(out, (struct slice){ packed, libdeflate_zlib_compress(compressor, body.ptr, body.len,
                                                                     packed, sizeof(packed)) });
    libdeflate_free_compressor(compressor);
}

static void trailer(struct buf *out)
{
    for (unsigned i = 0; i < ID_BYTES; i++)
        buf_byte(out, (uint8_t)i);
}

enum { INDEXED_MAX = 255 };

/* Of version 1: the id of the nth entry is the byte n twenty times, as in what ref-deltas name. */
static void build_index(struct buf *out, const uint32_t *offsets, uint32_t n)
{
    for (uint32_t i = 0; i < 256; i++)
        number(out, i < n ? i + 1 : n);
    for (uint32_t i = 0; i < n; i++) {
        number(out, offsets[i]);
        for (unsigned k = 0; k < ID_BYTES; k++)
            buf_byte(out, (uint8_t)i);
    }
    trailer(out);
    trailer(out);
}

/* Three bytes an entry (kind, base, length), and its body. */
static void build(struct buf *out, struct buf *index, struct slice rest)
{
    uint32_t offsets[INDEXED_MAX];
    struct buf entries = { 0 };
    uint32_t n = 0;

    for (; rest.len > 3; n++) {
        size_t len = rest.ptr[2] < rest.len - 3 ? rest.ptr[2] : rest.len - 3;

        if (n < INDEXED_MAX)
            offsets[n] = 12 + (uint32_t)entries.len;

        add_entry(&entries, rest.ptr[0] & 7, rest.ptr[1], slice_sub(rest, 3, 3 + len));
        rest = slice_sub(rest, 3 + len, rest.len);
    }
    buf_text(out, "PACK");
    number(out, 2);
    number(out, n);
    buf_append(out, buf_view(&entries));
    trailer(out);
    build_index(index, offsets, n < INDEXED_MAX ? n : INDEXED_MAX);
    buf_release(&entries);
}

static void store(const char *path, struct slice bytes)
{
    FILE *file = fopen(path, "wb");

    if (!file || (bytes.len && fwrite(bytes.ptr, bytes.len, 1, file) != 1) || fclose(file))
        abort();
}

/* One by one, through the index alone: what it has, and what build_index() makes up. */
static void look_up(const struct objects_places *places, const struct objects *objects)
{
    struct lookup_reader *reader;
    struct lookup *lookup;
    struct object object;

    if (lookup_open(&lookup, places))
        return;
    if (!lookup_reader_new(&reader, lookup)) {
        for (uint32_t i = 0; i < objects->order_count; i++)
            lookup_read(reader, objects_id(objects, objects->order[i]), OBJECT_MAX, &object);
        for (int byte = 0; byte < INDEXED_MAX; byte++) {
            struct object_id id;

            memset(id.byte, byte, ID_BYTES);
            lookup_read(reader, &id, OBJECT_MAX, &object);
        }
        lookup_reader_free(reader);
    }
    lookup_free(lookup);
}

static void read_all(const char *folder)
{
    struct outcome outcome = { 0 };
    struct objects_places places = { .folders = { folder }, .strays = true };
    struct objects objects;
    struct reader reader;
    struct object object;

    if (!objects_open(&objects, &places, "fuzz", &outcome, NULL)) {
        if (!reader_init(&reader, &objects)) {
            for (uint32_t i = 0; i < objects.order_count; i++)
                reader_read(&reader, objects.order[i], OBJECT_MAX, &object);
            reader_release(&reader);
        }
        look_up(&places, &objects);
        objects_release(&objects);
    }
    outcome_release(&outcome);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char folder[] = "/tmp/fuzz_git_pack.XXXXXX", inner[64], pack[64], idx[64];
    struct slice all = { data, size };
    struct buf bytes = { 0 }, index = { 0 };

    if (size < 4 || size > BOUND || !mkdtemp(folder))
        return 0;
    snprintf(inner, sizeof(inner), "%s/pack", folder);
    snprintf(pack, sizeof(pack), "%s/pack/a.pack", folder);
    snprintf(idx, sizeof(idx), "%s/pack/a.idx", folder);
    if (mkdir(inner, 0700))
        abort();
    if (data[0] % 3 == 0) {
        build(&bytes, &index, slice_sub(all, 1, size));
        store(pack, buf_view(&bytes));
        if (data[0] % 2)
            store(idx, buf_view(&index));
    } else if (data[0] % 3 == 1) {
        store(pack, slice_sub(all, 1, size));
    } else {
        size_t cut = 3 + ((size_t)data[1] << 8 | data[2]) % (size - 2);

        store(idx, slice_sub(all, 3, cut));
        store(pack, slice_sub(all, cut, size));
    }
    read_all(folder);
    buf_release(&index);
    buf_release(&bytes);
    unlink(idx);
    unlink(pack);
    rmdir(inner);
    rmdir(folder);
    return 0;
}
