/*
 * fuzz_git_pack.c - any bytes as a pack, with an index or without one, and every object of it read.
 *
 * The first byte says what the others are: the entries of a pack, which are compressed here so that
 * what lies inside (deltas above all) is reached; a pack as it is; or an index and a pack.
 */
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "git/store/reader.h"

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

/* Three bytes an entry (kind, base, length), and its body. */
static void build(struct buf *out, struct slice rest)
{
    struct buf entries = { 0 };
    uint32_t n = 0;

    for (; rest.len > 3; n++) {
        size_t len = rest.ptr[2] < rest.len - 3 ? rest.ptr[2] : rest.len - 3;

        add_entry(&entries, rest.ptr[0] & 7, rest.ptr[1], slice_sub(rest, 3, 3 + len));
        rest = slice_sub(rest, 3 + len, rest.len);
    }
    buf_text(out, "PACK");
    number(out, 2);
    number(out, n);
    buf_append(out, buf_view(&entries));
    for (unsigned i = 0; i < ID_BYTES; i++)
        buf_byte(out, (uint8_t)i);
    buf_release(&entries);
}

static void store(const char *path, struct slice bytes)
{
    FILE *file = fopen(path, "wb");

    if (!file || (bytes.len && fwrite(bytes.ptr, bytes.len, 1, file) != 1) || fclose(file))
        abort();
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
        objects_release(&objects);
    }
    outcome_release(&outcome);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char folder[] = "/tmp/fuzz_git_pack.XXXXXX", inner[64], pack[64], idx[64];
    struct slice all = { data, size };
    struct buf bytes = { 0 };

    if (size < 4 || size > BOUND || !mkdtemp(folder))
        return 0;
    snprintf(inner, sizeof(inner), "%s/pack", folder);
    snprintf(pack, sizeof(pack), "%s/pack/a.pack", folder);
    snprintf(idx, sizeof(idx), "%s/pack/a.idx", folder);
    if (mkdir(inner, 0700))
        abort();
    if (data[0] % 3 == 0) {
        build(&bytes, slice_sub(all, 1, size));
        store(pack, buf_view(&bytes));
    } else if (data[0] % 3 == 1) {
        store(pack, slice_sub(all, 1, size));
    } else {
        size_t cut = 3 + ((size_t)data[1] << 8 | data[2]) % (size - 2);

        store(idx, slice_sub(all, 3, cut));
        store(pack, slice_sub(all, cut, size));
    }
    read_all(folder);
    buf_release(&bytes);
    unlink(idx);
    unlink(pack);
    rmdir(inner);
    rmdir(folder);
    return 0;
}
