/*
 * reader.c - reading objects by number, from whichever place holds a copy that can be read.
 */
#include <libdeflate.h>

#include <stdlib.h>

#include "base/file.h"
#include "base/limits.h"
#include "git/store/reader.h"

enum status room_reserve(struct room *room, uint64_t size)
{
    size_t cap;

    room->len = 0;
    if (size < room->cap)
        return STATUS_OK;
    free(room->ptr);
    room->cap = 0;
    /* A little more than asked for: the next of a family of objects is mostly as large. */
    cap = (size_t)size + (size_t)size / 8 + 64;
    room->ptr = malloc(cap);
    if (!room->ptr)
        return err_nomem();
    room->cap = cap;
    return STATUS_OK;
}

enum status reader_init(struct reader *reader, const struct objects *objects)
{
    *reader = (struct reader){ .objects = objects, .inflate = libdeflate_alloc_decompressor() };
    reader->way = malloc((LIMIT_GIT_DELTA_DEPTH + 1) * sizeof(*reader->way));
    if (!reader->inflate || !reader->way) {
        reader_release(reader);
        return err_nomem();
    }
    return STATUS_OK;
}

static enum status read_loose(struct reader *reader, uint32_t number, uint64_t max,
                              struct object *out)
{
    const struct loose *loose = &reader->objects->loose[number - reader->objects->loose_first];
    char hex[ID_DIGITS + 1], name[ID_DIGITS + 2];
    enum status status;
    char *path;

    id_hex(&loose->id, hex);
    memcpy(name, hex, 2);
    name[2] = '/';
    memcpy(name + 3, hex + 2, ID_DIGITS - 1);
    path = path_join(reader->objects->folders[loose->folder], name);
    if (!path)
        return err_nomem();
    status = loose_read(reader, path, max, out);
    free(path);
    return status;
}

enum status reader_read(struct reader *reader, uint32_t number, uint64_t max, struct object *out)
{
    const struct objects *objects = reader->objects;
    const struct pack *pack;
    enum status status;
    uint32_t other;
    size_t at;

    *out = (struct object){ 0 };
    if (number >= objects->loose_first)
        return read_loose(reader, number, max, out);
    at = objects_pack_of(objects, number);
    pack = &objects->packs[at];
    status = unpack_entry(reader, pack, number - pack->first, max, out);
    if (status < 0 && status != STATUS_NOMEM &&
        objects_find_from(objects, at + 1, &pack->ids[number - pack->first], &other))
        status = reader_read(reader, other, max, out);
    return status;
}

void reader_release(struct reader *reader)
{
    for (size_t i = 0; i < reader->chain_cap; i++) {
        free(reader->chain[i].content.ptr);
        free(reader->chain[i].note.ptr);
    }
    if (reader->inflate)
        libdeflate_free_decompressor(reader->inflate);
    if (reader->other)
        reader_release(reader->other);
    free(reader->other);
    free(reader->chain);
    free(reader->way);
    free(reader->copies);
    for (size_t i = 0; i < READER_WINDOWS; i++)
        free(reader->windows[i].bytes.ptr);
    free(reader->delta.ptr);
    free(reader->loose.ptr);
    free(reader->whole.ptr);
    *reader = (struct reader){ 0 };
}
