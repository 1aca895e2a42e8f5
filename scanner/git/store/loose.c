/* loose.c - one object in a file of its own: a zlib stream of "TYPE SIZE\0" and the bytes. */
#include <libdeflate.h>

#include <unistd.h>

#include "base/array.h"
#include "base/file.h"
#include "git/store/reader.h"

enum { HEADER_MAX = 32, FIRST_GUESS = 32 * 1024 };

static const struct {
    const char *name;
    enum object_type type;
} types[] = {
    { "blob ", OBJECT_BLOB },
    { "commit ", OBJECT_COMMIT },
    { "tag ", OBJECT_TAG },
    { "tree ", OBJECT_TREE },
};

/* Split "TYPE SIZE\0bytes", whose size must be true. */
static enum status split(struct slice whole, struct object *out)
{
    uint64_t size = 0;
    size_t i;

    *out = (struct object){ 0 };
    for (size_t t = 0; t < COUNT_OF(types); t++) {
        if (!slice_starts(whole, slice_of(types[t].name)))
            continue;
        out->type = types[t].type;
        i = strlen(types[t].name);
        while (i < whole.len && i < HEADER_MAX && whole.ptr[i] >= '0' && whole.ptr[i] <= '9')
            size = size * 10 + (uint64_t)(whole.ptr[i++] - '0');
        if (i == whole.len || whole.ptr[i] != 0 || size != whole.len - i - 1)
            return err_set(STATUS_CORRUPT, "does not have the size that it names");
        out->content = slice_sub(whole, i + 1, whole.len);
        return STATUS_OK;
    }
    return err_set(STATUS_CORRUPT, "does not begin as an object does");
}

/* Inflate reader->loose into reader->whole, whose size only the stream itself knows. */
static enum status inflate_whole(struct reader *reader, uint64_t max)
{
    uint64_t most = max + HEADER_MAX, guess = reader->loose.len * 4 + FIRST_GUESS;

    for (;; guess *= 4) {
        enum libdeflate_result result;
        enum status status;

        guess = guess < most ? guess : most;
        status = room_reserve(&reader->whole, guess);
        if (status)
            return status;
        result = libdeflate_zlib_decompress_ex(reader->inflate, reader->loose.ptr,
                                               reader->loose.len, reader->whole.ptr, (size_t)guess,
                                               NULL, &reader->whole.len);
        if (result == LIBDEFLATE_SUCCESS)
            return STATUS_OK;
        if (result != LIBDEFLATE_INSUFFICIENT_SPACE)
            return err_set(STATUS_CORRUPT, "its compressed bytes are damaged or cut off");
        if (guess == most)
            return STATUS_STOPPED;
    }
}

static enum status read_file(struct reader *reader, const char *path, uint64_t max)
{
    enum status status;
    uint64_t size;
    int fd;

    status = file_open(path, &fd, &size);
    if (status == STATUS_ABSENT)
        return err_set(STATUS_IO, "it vanished");
    if (status)
        return status;
    /* Deflate never makes more than a few bytes in a thousand out of nothing. */
    if (size > max + max / 256 + 4096)
        status = STATUS_STOPPED;
    if (!status)
        status = room_reserve(&reader->loose, size);
    reader->loose.len = (size_t)size;
    if (!status && !file_read_at(fd, reader->loose.ptr, (size_t)size, 0))
        status = err_set(STATUS_IO, "it cannot be read to its end");
    close(fd);
    return status;
}

enum status loose_read(struct reader *reader, const char *path, uint64_t max, struct object *out)
{
    enum status status = read_file(reader, path, max);

    if (!status)
        status = inflate_whole(reader, max);
    if (!status)
        status = split((struct slice){ reader->whole.ptr, reader->whole.len }, out);
    if (!status && out->content.len > max)
        status = STATUS_STOPPED;
    return status;
}
